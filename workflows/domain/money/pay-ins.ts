import { paise } from '../money.ts';
import type { Paise } from '../money.ts';
import type { Labels } from '../records.ts';
import { hourMs, istDay, minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';
import { payInOutcome } from './gateway-words.ts';

export type PayInStatus = 'PENDING' | 'SUCCESS' | 'FAILED' | 'REFUNDED';
export type PayInFailure = 'GATEWAY_FAILURE' | 'USER_CANCELLED' | 'DROPPED' | 'BOUNCED';

/** A payment at the gateway, as far as its process cares; nothing of the payer. */
export interface PayInFacts {
  transactionId: string;
  shortId: string;
  /** Our number at the gateway. */
  txnid: string;
  type: 'DEPOSIT';
  amountPaise: Paise;
  driverId: string;
  fleetId: string;
  status: PayInStatus;
  /** Whether the payer can be sent to the checkout page. */
  hasLink: boolean;
  createdAt: Instant;
}

/** A payment's row, as far as the rules care. */
interface PayInRow {
  id: string;
  shortId: string;
  easebuzzTxnId: string | null;
  type: string;
  amountPaise: bigint;
  driverId: string | null;
  fleetId: string | null;
  status: PayInStatus;
  paymentUrl: string | null;
  createdAt: Date;
}

export const payInFacts = (row: PayInRow): PayInFacts => ({
  transactionId: row.id,
  shortId: row.shortId,
  txnid: row.easebuzzTxnId!,
  type: row.type as 'DEPOSIT',
  amountPaise: paise(Number(row.amountPaise)),
  driverId: row.driverId!,
  fleetId: row.fleetId!,
  status: row.status,
  hasLink: row.paymentUrl !== null,
  createdAt: row.createdAt.toISOString(),
});

/** Names a payment of the gateway's: the same words are one event, whether they were sent or asked for. Source: easebuzz.md 1.2. */
export const payInEventKey = (txnid: string, word: string, easepayid: string): string =>
  `${txnid}|${word}|${easepayid}`;

/** What the gateway says of a payment: its own word, and the amount that was paid. */
export interface PayInNews {
  word: string;
  amountPaise: number;
}

/** What finance is told of an event besides. */
export type PayInAlert = 'LATE_SUCCESS' | 'AMOUNT_MISMATCH' | 'UNKNOWN_WORD' | 'RETURNED';

export type PayInVerdict =
  | { effect: 'credit'; alert: 'LATE_SUCCESS' | null }
  /** Money came, but not as much as was asked for: it waits for finance. */
  | { effect: 'mismatch'; alert: 'AMOUNT_MISMATCH' }
  | { effect: 'fail'; reason: PayInFailure; alert: null }
  | { effect: 'none'; alert: 'UNKNOWN_WORD' | 'RETURNED' | null };

/**
 * What news of the gateway do to a payment. A success is never downgraded and never counted twice; one that comes after the payment
 * was given up is honoured; another amount moves nothing of the driver's; a word that nobody knows decides nothing. Source:
 * payments.md, rules 14 and 16, and Lifecycle of a pay-in.
 */
export const judgePayIn = ({ status, amountPaise }: PayInFacts, news: PayInNews): PayInVerdict => {
  const outcome = payInOutcome(news.word);
  const isOpen = status === 'PENDING' || status === 'FAILED';
  switch (outcome.status) {
    case 'SUCCESS':
      if (!isOpen) return { effect: 'none', alert: null };
      if (news.amountPaise !== amountPaise) return { effect: 'mismatch', alert: 'AMOUNT_MISMATCH' };
      return { effect: 'credit', alert: status === 'FAILED' ? 'LATE_SUCCESS' : null };
    case 'FAILED':
      return status === 'PENDING'
        ? { effect: 'fail', reason: outcome.reason, alert: null }
        : { effect: 'none', alert: null };
    case 'RETURNED':
      return { effect: 'none', alert: 'RETURNED' };
    case 'PENDING':
      return { effect: 'none', alert: outcome.isKnown ? null : 'UNKNOWN_WORD' };
  }
};

/** Every time that a payment keeps. Source: payments.md rule 15. */
export interface PayInClock {
  /** After the payment was begun: when the gateway is asked what became of it. At the last the payment is given up. */
  enquiriesMs: readonly number[];
  /** The least time between two enquiries that people cause. */
  spacingMs: number;
}

export const payInClock: PayInClock = {
  enquiriesMs: [2, 5, 15, 30]
    .map((minutes) => minutes * minuteMs)
    .concat([1, 3, 12, 24].map((hours) => hours * hourMs)),
  spacingMs: 30_000,
};

/** Until when a payer may pay. */
export const linkEndsMs = (createdAt: Instant, { enquiriesMs }: PayInClock = payInClock): number =>
  ms(createdAt) + enquiriesMs.at(-1)!;

export const payInLabels = ({ shortId, fleetId, driverId, status, createdAt }: PayInFacts): Labels => ({
  ...{ shortId, fleetId, driverId, hubId: null, state: status },
  businessDay: istDay(ms(createdAt)),
});
