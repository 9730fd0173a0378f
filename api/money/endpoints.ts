import type { Endpoint } from '../http/endpoint.ts';
import { ledgerAdministration } from './ledger-administration.ts';
import { ledger } from './ledger.ts';

/** The routes of money. */
export const moneyEndpoints: readonly Endpoint[] = [...ledger, ...ledgerAdministration];
