import type { Endpoint } from '../http/endpoint.ts';
import { deposit } from './deposit.ts';
import { gatewayWebhooks } from './gateway-webhooks.ts';
import { ledgerAdministration } from './ledger-administration.ts';
import { ledger } from './ledger.ts';

/** The routes of money. */
export const moneyEndpoints: readonly Endpoint[] = [...deposit, ...gatewayWebhooks, ...ledger, ...ledgerAdministration];
