import type { Journal } from '../../../../workflows/domain/money/journals/journal.ts';
import { paise } from '../../../../workflows/domain/money.ts';

/** Number in ledger.md, journal, event, entries, moves of dues and items. */
export type PostingRow = [string, Journal, string, string[], string[]];

export const of = { driverId: 'd', fleetId: 'f', occurredAt: '2026-11-29T10:00:00.000Z' };
export const p = paise;
export const none = p(0);

export const part = (amount: number) => ({ kind: 'PENALTY' as const, source: 'pen', amount: p(amount) });
export const order = { ...of, orderId: 'o' };
export const rental = { ...of, rentalId: 'r' };
export const payout = { ...of, payoutId: 'po', attempt: 1, amount: p(100) };
export const collection = { ...of, collectionId: 'c' };
export const count = { ...collection, attendanceId: 'a', hubId: 'h', declared: p(500), before: null };
export const refund = { ...of, refundId: 're' };
export const theCase = { ...of, caseId: 'ca', clearing: 1020 as const };
