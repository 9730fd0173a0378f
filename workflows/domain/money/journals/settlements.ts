import type { Paise } from '../../money.ts';
import { change, credit, debit, journal } from './journal.ts';
import type { Happened, Journal } from './journal.ts';

/** The gateway pays checkout money into the bank, less its fee and the tax on it. Source: ledger.md 39. */
export const pgSettlement = (
  of: Happened & { settlementId: string; line: number; net: Paise; fee: Paise; tax: Paise },
): Journal =>
  journal('pg_settlement', `${of.settlementId}:${of.line}`, of, [
    change(1010, of.net),
    debit(5020, of.fee),
    debit(1080, of.tax),
    credit(1020, of.net + of.fee + of.tax),
  ]);

/** The same for virtual accounts, whose fees are booked with each credit. Source: ledger.md 40. */
export const vaSettlement = (of: Happened & { settlementId: string; net: Paise }): Journal =>
  journal('va_settlement', of.settlementId, of, [debit(1010, of.net), credit(1030, of.net)]);

/** Money moves from the bank into the payout wallet. Source: ledger.md 41. */
export const wireTopup = (of: Happened & { bankReference: string; amount: Paise }): Journal =>
  journal('wire_topup', of.bankReference, of, [debit(1040, of.amount), credit(1010, of.amount)]);

/** Cash of a hub is brought to the bank. Source: ledger.md 42. */
export const hubCashBanked = (of: Happened & { slipId: string; hubId: string; amount: Paise }): Journal =>
  journal('hub_cash_banked', of.slipId, of, [debit(1010, of.amount), credit(1060, of.amount, of.hubId)]);
