import { paise } from '../money.ts';
import type { Paise } from '../money.ts';
import type { Labels } from '../records.ts';
import { hourMs, istDay, minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';
import { payInOutcome } from './gateway-words.ts';

export type PayInStatus = 'PENDING' | 'SUCCESS' | 'FAILED' | 'REFUNDED';
/** What a driver pays for at the gateway. */
export type PayInType = 'DEPOSIT' | 'PENALTY' | 'RENTAL';
export type PayInFailure = 'GATEWAY_FAILURE' | 'USER_CANCELLED' | 'DROPPED' | 'BOUNCED';

/** A payment at the gateway, as far as its process cares; nothing of the payer. */
export interface PayInFacts {
  transactionId: string;
  shortId: string;
  /** Our number at the gateway. */
  txnid: string;
  type: PayInType;
  amountPaise: Paise;
  driverId: string;
  fleetId: string;
  status: PayInStatus;
  /** Whether the payer can be sent to the checkout page. */
  hasLink: boolean;
  /** We do not want the money any more, but the gateway still takes it. */
  isVoided: boolean;
  createdAt: Instant;
}

/** A payment's row, as far as the rules care. */
export interface PayInRow {
  id: string;
  shortId: string;
  easebuzzTxnId: string | null;
  type: string;
  amountPaise: bigint;
  driverId: string | null;
  fleetId: string | null;
  status: PayInStatus;
  statusReason: string | null;
  paymentUrl: string | null;
  createdAt: Date;
}

export const payInFacts = (row: PayInRow): PayInFacts => ({
  transactionId: row.id,
  shortId: row.shortId,
  txnid: row.easebuzzTxnId!,
  type: row.type as PayInType,
  amountPaise: paise(Number(row.amountPaise)),
  driverId: row.driverId!,
  fleetId: row.fleetId!,
  status: row.status,
  hasLink: row.paymentUrl !== null,
  isVoided: row.statusReason === 'WAIVED' || row.statusReason === 'SUPERSEDED',
  createdAt: row.createdAt.toISOString(),
});

/** Whether the payment may still be made, so that the gateway is asked about it. */
export const isPayable = ({ status, hasLink, isVoided }: PayInFacts): boolean =>
  status === 'PENDING' || (status === 'FAILED' && isVoided && hasLink);

/**
 * Names what the gateway says of a payment: the same is one event, whether it was sent or asked for. With the amount, or an event of
 * a wrong amount would hide the one of the right amount that comes after it. Source: easebuzz.md 1.2.
 */
export const payInEventKey = (txnid: string, word: string, easepayid: string, amountPaise: number | null): string =>
  `${txnid}|${word}|${easepayid}|${amountPaise ?? ''}`;

/** What the gateway says of a payment, in what it signs. */
export interface PayInNews {
  txnid: string;
  word: string;
  /** Null is a text that is no amount. */
  amountPaise: Paise | null;
  /** Whether the books hold the money of this number and amount already. */
  isBooked: boolean;
}

/** What finance is told of an event besides. */
export type PayInAlert = 'LATE_SUCCESS' | 'AMOUNT_MISMATCH' | 'UNKNOWN_WORD' | 'RETURNED';

export type PayInVerdict =
  | { effect: 'credit'; amount: Paise; alert: 'LATE_SUCCESS' | null }
  /** Money that was not asked for: another amount, or a second payment. It waits for finance; without an amount only the event does. */
  | { effect: 'mismatch'; amount: Paise | null; alert: 'AMOUNT_MISMATCH' }
  | { effect: 'fail'; reason: PayInFailure; alert: null }
  | { effect: 'none'; alert: 'UNKNOWN_WORD' | 'RETURNED' | null };

const nothing: PayInVerdict = { effect: 'none', alert: null };

const judgeSuccess = ({ status, amountPaise }: PayInFacts, news: PayInNews): PayInVerdict => {
  if (news.isBooked) return nothing;
  if (!news.amountPaise) return { effect: 'mismatch', amount: null, alert: 'AMOUNT_MISMATCH' };
  const isAwaited = (status === 'PENDING' || status === 'FAILED') && news.amountPaise === amountPaise;
  return isAwaited
    ? { effect: 'credit', amount: news.amountPaise, alert: status === 'FAILED' ? 'LATE_SUCCESS' : null }
    : { effect: 'mismatch', amount: news.amountPaise, alert: 'AMOUNT_MISMATCH' };
};

/**
 * What news of the gateway do to a payment. A success is never downgraded and never counted twice; one that comes after the payment
 * was given up is honoured; money that was not asked for moves nothing of the driver's, whenever it comes; a number that was given
 * up for another one can be paid but fails nothing; a word that nobody knows decides nothing. Source: payments.md, rules 14 and 16,
 * and Lifecycle of a pay-in.
 */
export const judgePayIn = (payIn: PayInFacts, news: PayInNews): PayInVerdict => {
  const outcome = payInOutcome(news.word);
  switch (outcome.status) {
    case 'SUCCESS':
      return judgeSuccess(payIn, news);
    case 'FAILED':
      return payIn.status === 'PENDING' && news.txnid === payIn.txnid
        ? { effect: 'fail', reason: outcome.reason, alert: null }
        : nothing;
    case 'RETURNED':
      return { effect: 'none', alert: 'RETURNED' };
    case 'CHARGEBACK':
    case 'CHARGEBACK_WON':
      return nothing; // Judged by `judgeCase`.
    case 'PENDING':
      return outcome.isKnown ? nothing : { effect: 'none', alert: 'UNKNOWN_WORD' };
  }
};

/** Whether a word leaves every payment as it is, so that nobody needs to hear it. */
export const changesNothing = (word: string): boolean => {
  const outcome = payInOutcome(word);
  return outcome.status === 'PENDING' && outcome.isKnown;
};

/** Every time that a payment keeps. Source: payments.md rule 15. */
export interface PayInClock {
  /** After the payment was begun: when the gateway is asked what became of it. At the last the payment is given up. */
  enquiriesMs: readonly number[];
  /** From then on, how often the gateway is asked until it answers. */
  repeatMs: number;
  /** The least time between two enquiries that people cause. */
  spacingMs: number;
}

export const payInClock: PayInClock = {
  enquiriesMs: [2, 5, 15, 30]
    .map((minutes) => minutes * minuteMs)
    .concat([1, 3, 12, 24].map((hours) => hours * hourMs)),
  repeatMs: hourMs,
  spacingMs: 30_000,
};

/** Until when a payer may pay. */
export const linkEndsMs = (createdAt: Instant, { enquiriesMs }: PayInClock = payInClock): number =>
  ms(createdAt) + enquiriesMs.at(-1)!;

export const payInLabels = ({ shortId, fleetId, driverId, status, createdAt }: PayInFacts): Labels => ({
  ...{ shortId, fleetId, driverId, hubId: null, state: status },
  businessDay: istDay(ms(createdAt)),
});
