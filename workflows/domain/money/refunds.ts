import { paise, rupeeText, sum } from '../money.ts';
import type { Paise } from '../money.ts';
import type { Labels } from '../records.ts';
import { refusal } from '../refusals.ts';
import { dayMs, hourMs, istDay, minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';
import type { RefundOf } from './journals/refunds.ts';

export type RefundStatus = 'REQUESTED' | 'UNKNOWN' | 'ACCEPTED' | 'SETTLED' | 'FAILED';

/** A refund at the gateway, as far as its process cares; nothing of the payer. */
export interface RefundFacts {
  refundId: string;
  shortId: string;
  amountPaise: Paise;
  /** Null: the money came from nobody that we know. */
  driverId: string | null;
  fleetId: string | null;
  status: RefundStatus;
  createdAt: Instant;
}

interface RefundRow {
  id: string;
  shortId: string;
  amountPaise: bigint;
  driverId: string | null;
  fleetId: string | null;
  status: RefundStatus;
  createdAt: Date;
}

export const refundFacts = (row: RefundRow): RefundFacts => ({
  refundId: row.id,
  shortId: row.shortId,
  amountPaise: paise(Number(row.amountPaise)),
  driverId: row.driverId,
  fleetId: row.fleetId,
  status: row.status,
  createdAt: row.createdAt.toISOString(),
});

export const refundLabels = ({ shortId, fleetId, driverId, status, createdAt }: RefundFacts): Labels => ({
  ...{ shortId, fleetId, driverId, hubId: null, state: status },
  businessDay: istDay(ms(createdAt)),
});

/** How a refund ended. */
export type RefundEnd = { status: 'SETTLED' } | { status: 'FAILED'; reason: string };

/** Where a refund stands, as the gateway says. Taken is not paid. */
export type RefundState = RefundEnd | { status: 'UNKNOWN' | 'ACCEPTED' };

export const isEnd = <State extends { status: RefundStatus }>(state: State): state is State & RefundEnd =>
  state.status === 'SETTLED' || state.status === 'FAILED';

/** Whether a person wrote the end of a refund. */
export const isRefundEnd = (written: unknown): written is RefundEnd => {
  const { status, reason } = (written ?? {}) as Partial<Record<string, unknown>>;
  return status === 'SETTLED' || (status === 'FAILED' && typeof reason === 'string');
};

/** Every time that a refund keeps. Source: easebuzz.md 1.4, Retryability; the times are ours. */
export interface RefundClock {
  /** After the refund was sent: when the gateway is asked what became of it. After the last one a person decides. */
  enquiriesMs: readonly number[];
}

export const refundClock: RefundClock = {
  enquiriesMs: [2, 5, 15, 30]
    .map((minutes) => minutes * minuteMs)
    .concat([1, 3, 12].map((hours) => hours * hourMs))
    .concat([1, 2, 3, 4, 5, 6, 7].map((days) => days * dayMs)),
};

/** A payment, as far as refunds of it care. */
interface Paid {
  type: string;
  status: string;
  amount: Paise;
  /** Refunds under way and settled. */
  refunded: Paise;
}

/**
 * Throws PAYMENT_NOT_REFUNDABLE or REFUND_EXCEEDS_PAID: all refunds of a payment together give back at most what was paid, and after
 * a chargeback nothing is left. Source: payments.md, Later.
 */
export const requireRefundable = ({ type, status, amount, refunded }: Paid, wanted: Paise): void => {
  if (status !== 'SUCCESS' && status !== 'REFUNDED') throw refusal('PAYMENT_NOT_REFUNDABLE', { type, status });
  const left = status === 'REFUNDED' ? 0 : amount - refunded;
  if (wanted > left)
    throw refusal('REFUND_EXCEEDS_PAID', {
      ...{ paid: rupeeText(amount), refunded: rupeeText(refunded), left: rupeeText(paise(left)) },
    });
};

const requireHeld = (wanted: Paise, available: Paise): void => {
  if (wanted > available) throw refusal('REFUND_NOT_COVERED', { available: rupeeText(available) });
};

/** A deposit gives back only what it still holds. Throws REFUND_NOT_COVERED. Source: ledger.md 35. */
export const depositRefund = (amount: Paise, held: Paise): RefundOf[] => {
  requireHeld(amount, held);
  return [{ of: 'DEPOSIT', amount }];
};

/** What of the payment of a penalty can still go back. */
export interface PenaltyPaid {
  penaltyId: string;
  /** What it settled of the due. */
  settled: Paise;
  /** What it paid that nothing was due for, as far as that is still owed to the driver, by the item that says so. */
  late: { source: string; open: Paise }[];
}

/** What was overpaid goes back first; for the rest the due is open again. Throws REFUND_NOT_COVERED. Source: ledger.md 35. */
export const penaltyRefund = (amount: Paise, { penaltyId, settled, late }: PenaltyPaid): RefundOf[] => {
  requireHeld(amount, sum(settled, ...late.map(({ open }) => open)));
  let rest: number = amount;
  const parts = late.map(({ source, open }): RefundOf => {
    const taken = paise(Math.min(rest, open));
    rest -= taken;
    return { of: 'LATE_PAYMENT', source, amount: taken };
  });
  return [...parts, { of: 'PENALTY', penaltyId, amount: paise(rest) }];
};

/** What of a payment of rent can still go back. */
export interface RentPaid {
  txnid: string;
  price: Paise;
  /** Refunds of it that are under way or settled. */
  refunded: Paise;
  /** Null: it could start no period. */
  rental: {
    rentalId: string;
    isLive: boolean;
    rest: Paise;
    /** Given back when it was cancelled. */ givenBack: Paise;
  } | null;
  /** What the driver is still owed of it: of a payment that started no period, or of a cancelled one. */
  owed: Paise;
  /** What refunds have taken of that. */
  fromOwed: Paise;
}

/**
 * What makes the rent of a period go back whole ends it; a part of it is income that we give up, and the period goes on. What a cancelled period owes
 * its driver goes back first, and what they were given is not given again. Throws REFUND_NOT_COVERED. Source: ledger.md 35.
 */
export const rentalRefund = (
  amount: Paise,
  { txnid, price, refunded, rental, owed, fromOwed }: RentPaid,
): RefundOf[] => {
  if (!rental) {
    requireHeld(amount, owed);
    return [{ of: 'LATE_PAYMENT', source: txnid, amount }];
  }
  const { rentalId, isLive, rest, givenBack } = rental;
  // Parts that went back before were income given up, which is undone as far as it was not earned.
  if (refunded + amount === price && isLive) return [{ of: 'RENTAL', rentalId, rest, earned: paise(amount - rest) }];
  const kept = price - givenBack - (refunded - fromOwed);
  requireHeld(amount, paise(owed + kept));
  const ofOwed = paise(Math.min(amount, owed));
  return [
    { of: 'RENT_REFUND', rentalId, amount: ofOwed },
    { of: 'RENTAL_PART', amount: paise(amount - ofOwed) },
  ];
};
