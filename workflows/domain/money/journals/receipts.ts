import type { Paise } from '../../money.ts';
import type { DuePart } from './deposits.ts';
import { book, credit, debit, journal, use } from './journal.ts';
import type { Happened, Journal } from './journal.ts';

/** Where the gateway holds money: 1020 from checkouts, 1030 from virtual accounts. */
export type Clearing = 1020 | 1030;

interface Receipt extends Happened {
  amount: Paise;
}

/** A credit that belongs to nobody yet. Source: ledger.md 8. */
export const qrUnattributed = (of: Receipt & { creditId: string }): Journal =>
  journal('qr_unattributed', of.creditId, of, [debit(1030, of.amount), credit(2040, of.amount)]);

/** A payment of another amount than was asked for. Source: ledger.md 45. */
export const amountMismatch = (of: Receipt & { gatewayEventId: string; clearing: Clearing }): Journal =>
  journal('amount_mismatch', of.gatewayEventId, of, [debit(of.clearing, of.amount), credit(2040, of.amount)]);

/** Source: ledger.md 9. */
export const unattributedAssigned = (of: Receipt & { receiptId: string; collectionId: string }): Journal =>
  journal('unattributed_assigned', of.receiptId, of, [
    debit(2040, of.amount),
    credit(2030, of.amount, of.collectionId),
  ]);

/** What finance decided about money that belonged to nobody. */
export type Resolution =
  | { as: 'DEPOSIT'; driverId: string }
  | { as: 'DUES'; driverId: string; dues: DuePart[] }
  | { as: 'LATE_PAYMENT'; driverId: string }
  | { as: 'RENTAL'; rentalId: string }
  | { as: 'REFUND' };

const resolvedTo = (to: Resolution, receiptId: string, amount: Paise) => {
  switch (to.as) {
    case 'DEPOSIT':
      return { entry: credit(2010, amount, to.driverId), moves: {} };
    case 'DUES':
      return {
        entry: credit(1070, amount, to.driverId),
        moves: { dues: to.dues.map((due) => use(due.kind, due.source, due.amount)) },
      };
    case 'LATE_PAYMENT':
      return {
        entry: credit(2020, amount, to.driverId),
        moves: { items: [book('LATE_PAYMENT' as const, receiptId, amount)] },
      };
    case 'RENTAL':
      return { entry: credit(2070, amount, to.rentalId), moves: {} };
    case 'REFUND':
      return { entry: credit(2090, amount), moves: {} };
  }
};

/** Source: ledger.md 48. */
export const unattributedResolved = (of: Receipt & { receiptId: string; to: Resolution }): Journal => {
  const { entry, moves } = resolvedTo(of.to, of.receiptId, of.amount);
  return journal('unattributed_resolved', of.receiptId, of, [debit(2040, of.amount), entry], moves);
};
