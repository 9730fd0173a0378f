import type { Endpoint } from '../http/endpoint.ts';
import { balances } from './balances.ts';
import { deposit } from './deposit.ts';
import { dues } from './dues.ts';
import { earnings } from './earnings.ts';
import { gatewayEvents } from './gateway-events.ts';
import { gatewayWebhooks } from './gateway-webhooks.ts';
import { incentives } from './incentives.ts';
import { ledgerAdministration } from './ledger-administration.ts';
import { ledger } from './ledger.ts';
import { ownPenalties } from './own-penalties.ts';
import { penalties } from './penalties.ts';
import { ownRentals } from './rentals/own-rentals.ts';
import { rentalPlans } from './rentals/plans.ts';
import { rentalPurchase } from './rentals/purchase.ts';
import { rentals } from './rentals/rentals.ts';
import { resultPages } from './result-pages.ts';
import { transactions } from './transactions.ts';

/** The routes of money. */
export const moneyEndpoints: readonly Endpoint[] = [
  ...balances,
  ...transactions,
  ...deposit,
  ...ownPenalties,
  ...penalties,
  ...incentives,
  ...rentalPlans,
  ...rentalPurchase,
  ...ownRentals,
  ...rentals,
  ...earnings,
  ...dues,
  ...gatewayWebhooks,
  ...resultPages,
  ...gatewayEvents,
  ...ledger,
  ...ledgerAdministration,
];
