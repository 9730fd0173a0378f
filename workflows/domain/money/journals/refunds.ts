import type { Paise } from '../../money.ts';
import { minus, paise, sum } from '../../money.ts';
import { book, change, credit, debit, journal, mirror, use } from './journal.ts';
import type { DueMove, Entry, Happened, ItemMove, Journal, OfDriver, PostedJournal } from './journal.ts';
import { orderIncomeOwner } from './orders.ts';
import type { Clearing } from './receipts.ts';

type When = Pick<Happened, 'occurredAt' | 'by'>;

/** Money of an order, by where it lies: beyond the order, in it, or income already. */
export interface OrderParts {
  orderId: string;
  fleetId: string | null;
  excess: Paise;
  collected: Paise;
  income: Paise;
}

const orderDebits = (of: OrderParts): Entry[] => [
  debit(2060, of.excess, of.orderId),
  debit(2050, of.collected, of.orderId),
  debit(4040, of.income, orderIncomeOwner(of.fleetId)),
];

/** Source: ledger.md 34. */
export const orderRefundInitiated = (of: Happened & OrderParts & { refundId: string }): Journal =>
  journal('order_refund_initiated', of.refundId, of, [
    ...orderDebits(of),
    credit(2090, sum(of.excess, of.collected, of.income)),
  ]);

/** A refund of an order that had arrived came back: its money is where it was taken from. Source: ledger.md 27 and 34. */
export const orderRefundReversed = (begun: PostedJournal, happened: When): Journal => {
  const entries = begun.entries.map((entry) => (entry.code === 2090 ? { ...entry, code: 1040 as const } : entry));
  return mirror('payout_reversed', begun.eventKey, { ...begun, entries }, happened);
};

/** A refund of an order that was given up arrived after all. Source: ledger.md 34 and 47. */
export const orderRefundLate = (of: Happened & OrderParts & { refundId: string }): Journal =>
  journal('payout_late_success', of.refundId, of, [
    ...orderDebits(of),
    credit(1040, sum(of.excess, of.collected, of.income)),
  ]);

/** What a payment at the checkout was for, and thus who gives the money back. */
export type RefundOf =
  | { of: 'DEPOSIT'; amount: Paise }
  /** The whole period: what was not earned yet, and the income for the remainder. */
  | { of: 'RENTAL'; rentalId: string; rest: Paise; earned: Paise }
  /** A part of the rent: the period goes on. */
  | { of: 'RENTAL_PART'; amount: Paise }
  /** The due is open again. */
  | { of: 'PENALTY'; penaltyId: string; amount: Paise }
  /** What is owed to the driver under the number of the payment, or under a refund of it that failed. */
  | { of: 'LATE_PAYMENT'; source: string; amount: Paise }
  /** What a cancelled rental owes its driver. */
  | { of: 'RENT_REFUND'; rentalId: string; amount: Paise };

interface Given {
  debits: Entry[];
  dues?: DueMove[];
  items?: ItemMove[];
}

const givenBack = (refund: RefundOf, { driverId, fleetId }: OfDriver): Given => {
  switch (refund.of) {
    case 'DEPOSIT':
      return { debits: [debit(2010, refund.amount, driverId)] };
    case 'RENTAL':
      return { debits: [debit(2070, refund.rest, refund.rentalId), change(4010, refund.earned, fleetId)] };
    case 'RENTAL_PART':
      return { debits: [debit(4010, refund.amount, fleetId)] };
    case 'PENALTY':
      return {
        debits: [debit(1070, refund.amount, driverId)],
        dues: [use('PENALTY', refund.penaltyId, minus(refund.amount))],
      };
    case 'RENT_REFUND':
      return {
        debits: [debit(2020, refund.amount, driverId)],
        items: [use('RENT_REFUND', refund.rentalId, refund.amount)],
      };
    case 'LATE_PAYMENT':
      return {
        debits: [debit(2020, refund.amount, driverId)],
        items: [use('LATE_PAYMENT', refund.source, refund.amount)],
      };
  }
};

/** Source: ledger.md 35. */
export const pgRefundInitiated = (of: OfDriver & { refundId: string; parts: RefundOf[] }): Journal => {
  const given = of.parts.map((part) => givenBack(part, of));
  const debits = given.flatMap((part) => part.debits);
  const total = sum(...debits.map(({ side, amount }) => (side === 'D' ? amount : minus(amount))));
  return journal('pg_refund_initiated', of.refundId, of, [...debits, credit(2090, total)], {
    dues: given.flatMap(({ dues = [] }) => dues),
    items: given.flatMap(({ items = [] }) => items),
  });
};

/** Paid by the gateway from where the money came in, or by transfer from the wallet (1040). Source: ledger.md 36. */
export const refundSettled = (of: Happened & { refundId: string; amount: Paise; paidFrom: Clearing | 1040 }): Journal =>
  journal('refund_settled', of.refundId, of, [debit(2090, of.amount), credit(of.paidFrom, of.amount)]);

/** Takes `gone` from what a move gives back to its due. */
const less = (move: DueMove, gone: number): DueMove =>
  move.booked < 0 ? { ...move, booked: paise(move.booked + gone) } : { ...move, used: paise(move.used - gone) };

/** What became of the dues that a journal opened. */
interface Became {
  open: Paise;
  writtenOff: Paise;
}

/**
 * The mirror of a journal that opened a due. What was paid of the due meanwhile stays paid, and is owed to the driver as a late
 * payment; what was written off is no loss any more.
 */
const undone = (eventType: string, begun: PostedJournal, happened: When, became: Became | null): Journal => {
  const whole = mirror(eventType, begun.eventKey, begun, happened);
  const opened = begun.dues.reduce((total, { booked, used }) => total + booked - used, 0);
  const gone = became ? Math.max(0, opened - became.open) : 0;
  if (!became || gone === 0) return whole;
  const writtenOff = Math.min(gone, became.writtenOff);
  const paid = gone - writtenOff;
  const { driverId, fleetId, entries, dues, items } = whole;
  return journal(
    eventType,
    begun.eventKey,
    { ...happened, driverId, fleetId },
    [
      ...entries.map((entry) => (entry.code === 1070 ? { ...entry, amount: paise(entry.amount - gone) } : entry)),
      credit(2020, paid, driverId!),
      credit(5040, writtenOff, fleetId!),
    ],
    { dues: dues.map((move) => less(move, gone)), items: [...items, book('LATE_PAYMENT', begun.eventKey, paid)] },
  );
};

/** The mirror of the journal that began the refund. Without a word of what became of its dues they are as it left them. Source: ledger.md 37. */
export const refundFailed = (begun: PostedJournal, happened: When, became: Became | null = null): Journal =>
  undone('refund_failed', begun, happened, became);

interface OfCase {
  caseId: string;
  clearing: Clearing;
}

/** The bank took a deposit payment back; what the deposit no longer holds is due. Source: ledger.md 38. */
export const depositChargeback = (of: OfDriver & OfCase & { amount: Paise; depositBalance: Paise }): Journal => {
  const held = Math.min(of.amount, of.depositBalance);
  return journal(
    'chargeback',
    of.caseId,
    of,
    [debit(2010, held, of.driverId), debit(1070, of.amount - held, of.driverId), credit(of.clearing, of.amount)],
    { dues: [book('CHARGEBACK', of.caseId, of.amount - held)] },
  );
};

/** The bank took the payment of a rent or a penalty link back: it is due. Source: ledger.md 38. */
export const driverChargeback = (of: OfDriver & OfCase & { amount: Paise }): Journal =>
  journal('chargeback', of.caseId, of, [debit(1070, of.amount, of.driverId), credit(of.clearing, of.amount)], {
    dues: [book('CHARGEBACK', of.caseId, of.amount)],
  });

/** The bank took the payment of an order back. Source: ledger.md 38. */
export const orderChargeback = (of: Happened & OfCase & OrderParts): Journal =>
  journal('chargeback', of.caseId, of, [
    ...orderDebits(of),
    credit(of.clearing, sum(of.excess, of.collected, of.income)),
  ]);

/** The mirror of the chargeback. Without a word of what became of its dues they are as it left them. Source: ledger.md 49. */
export const chargebackWon = (lost: PostedJournal, happened: When, became: Became | null = null): Journal =>
  undone('chargeback_won', lost, happened, became);
