import type { Paise } from '../../money.ts';
import { sum } from '../../money.ts';
import { credit, debit, journal, use } from './journal.ts';
import type { DueKind, Journal, OfDriver } from './journal.ts';

/** A part of one due, named by its kind and by the record that opened it. */
export interface DuePart {
  kind: DueKind;
  source: string;
  amount: Paise;
}

/** A driver topped the deposit up at the checkout. Source: ledger.md 1. */
export const depositPaid = (of: OfDriver & { txnid: string; amount: Paise }): Journal =>
  journal('deposit_paid', of.txnid, of, [debit(1020, of.amount), credit(2010, of.amount, of.driverId)]);

/** The deposit that a driver brings along. Source: ledger.md 2. */
export const depositOpening = (of: OfDriver & { amount: Paise }): Journal =>
  journal('deposit_opening', of.driverId, of, [debit(3010, of.amount), credit(2010, of.amount, of.driverId)]);

/** Dues are paid from the deposit when the account of a driver is settled. Source: ledger.md 43. */
export const depositDuesCleared = (of: OfDriver & { settlementId: string; dues: DuePart[] }): Journal => {
  const total = sum(...of.dues.map(({ amount }) => amount));
  return journal(
    'deposit_dues_cleared',
    of.settlementId,
    of,
    [debit(2010, total, of.driverId), credit(1070, total, of.driverId)],
    { dues: of.dues.map(({ kind, source, amount }) => use(kind, source, amount)) },
  );
};
