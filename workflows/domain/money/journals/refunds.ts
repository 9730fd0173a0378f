import type { Paise } from '../../money.ts';
import { minus, sum } from '../../money.ts';
import { book, credit, debit, journal, mirror, use } from './journal.ts';
import type { Entry, Happened, Journal, OfDriver } from './journal.ts';
import { orderIncomeOwner } from './orders.ts';
import type { Clearing } from './receipts.ts';

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

/** What a payment at the checkout was for, and thus who gives the money back. */
export type RefundOf =
  | { of: 'DEPOSIT'; amount: Paise }
  /** The whole period: what was not earned yet, and the income for the remainder. */
  | { of: 'RENTAL'; rentalId: string; rest: Paise; earned: Paise }
  /** A part of the rent: the period goes on. */
  | { of: 'RENTAL_PART'; amount: Paise }
  /** The due is open again. */
  | { of: 'PENALTY'; penaltyId: string; amount: Paise }
  | { of: 'LATE_PAYMENT'; txnid: string; amount: Paise };

const givenBack = (refund: RefundOf, { driverId, fleetId }: OfDriver) => {
  switch (refund.of) {
    case 'DEPOSIT':
      return { debits: [debit(2010, refund.amount, driverId)], moves: {} };
    case 'RENTAL':
      return { debits: [debit(2070, refund.rest, refund.rentalId), debit(4010, refund.earned, fleetId)], moves: {} };
    case 'RENTAL_PART':
      return { debits: [debit(4010, refund.amount, fleetId)], moves: {} };
    case 'PENALTY':
      return {
        debits: [debit(1070, refund.amount, driverId)],
        moves: { dues: [use('PENALTY' as const, refund.penaltyId, minus(refund.amount))] },
      };
    case 'LATE_PAYMENT':
      return {
        debits: [debit(2020, refund.amount, driverId)],
        moves: { items: [use('LATE_PAYMENT' as const, refund.txnid, refund.amount)] },
      };
  }
};

/** Source: ledger.md 35. */
export const pgRefundInitiated = (of: OfDriver & { refundId: string; refund: RefundOf }): Journal => {
  const { debits, moves } = givenBack(of.refund, of);
  const total = sum(...debits.map(({ amount }) => amount));
  return journal('pg_refund_initiated', of.refundId, of, [...debits, credit(2090, total)], moves);
};

/** Paid by the gateway from where the money came in, or by transfer from the wallet (1040). Source: ledger.md 36. */
export const refundSettled = (of: Happened & { refundId: string; amount: Paise; paidFrom: Clearing | 1040 }): Journal =>
  journal('refund_settled', of.refundId, of, [debit(2090, of.amount), credit(of.paidFrom, of.amount)]);

/** The mirror of the journal that began the refund. Source: ledger.md 37. */
export const refundFailed = (begun: Journal, happened: Pick<Happened, 'occurredAt' | 'by'>): Journal =>
  mirror('refund_failed', begun.eventKey, begun, happened);

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

/** The mirror of the chargeback. Source: ledger.md 49. */
export const chargebackWon = (lost: Journal, happened: Pick<Happened, 'occurredAt' | 'by'>): Journal =>
  mirror('chargeback_won', lost.eventKey, lost, happened);
