import type { Endpoint } from '../http/endpoint.ts';
import { balances } from './balances.ts';
import { deposit } from './deposit.ts';
import { gatewayEvents } from './gateway-events.ts';
import { gatewayWebhooks } from './gateway-webhooks.ts';
import { ledgerAdministration } from './ledger-administration.ts';
import { ledger } from './ledger.ts';
import { refunds } from './refunds.ts';
import { resultPages } from './result-pages.ts';
import { transactions } from './transactions.ts';

/** The routes of money. */
export const moneyEndpoints: readonly Endpoint[] = [
  ...balances,
  ...transactions,
  ...deposit,
  ...refunds,
  ...gatewayWebhooks,
  ...resultPages,
  ...gatewayEvents,
  ...ledger,
  ...ledgerAdministration,
];
