/** What a word of the gateway means for a payment. RETURNED is for the flow of refunds and chargebacks. */
export type PayInOutcome =
  | { status: 'PENDING'; isKnown: boolean }
  | { status: 'SUCCESS' }
  | { status: 'FAILED'; reason: 'GATEWAY_FAILURE' | 'USER_CANCELLED' | 'DROPPED' | 'BOUNCED' }
  | { status: 'RETURNED' };

/** What a word of the gateway means for a transfer to a driver. */
export interface TransferOutcome {
  status: 'ACCEPTED' | 'SUCCESS' | 'FAILED' | 'REVERSED';
  isKnown: boolean;
}

/** What a word of the gateway means for a credit to a virtual account: CREDIT is money that is ours. */
export interface CreditOutcome {
  effect: 'CREDIT' | 'WAIT' | 'NONE' | 'REFUND';
  isKnown: boolean;
}

export type GatewayMethod = 'PG_UPI' | 'PG_CARD' | 'PG_NETBANKING';

const table = <T>(rows: [meaning: T, words: string[]][]): Map<string, T> =>
  new Map(rows.flatMap(([meaning, words]) => words.map((word) => [word, meaning] as const)));

const payInWords = table<PayInOutcome>([
  [{ status: 'SUCCESS' }, ['success']],
  [{ status: 'FAILED', reason: 'GATEWAY_FAILURE' }, ['failure']],
  [{ status: 'FAILED', reason: 'DROPPED' }, ['dropped']],
  [{ status: 'FAILED', reason: 'BOUNCED' }, ['bounced']],
  [{ status: 'PENDING', isKnown: true }, ['preinitiated', 'initiated', 'pending']],
  [{ status: 'RETURNED' }, ['refunded', 'partially refunded', 'partially_refunded', 'chargeback']],
]);

const transferWords = table<TransferOutcome['status']>([
  ['ACCEPTED', ['accepted', 'in_process', 'pending', 'on_hold', 'queued', 'PENDING']],
  ['SUCCESS', ['success', 'completed', 'processed', 'SUCCESS']],
  ['FAILED', ['failure', 'failed', 'rejected', 'FAILED']],
  ['REVERSED', ['reversed']],
]);

const creditWords = table<CreditOutcome['effect']>([
  ['CREDIT', ['received', 'unsettled', 'timed_out']],
  ['WAIT', ['pending']],
  ['NONE', ['failure']],
  ['REFUND', ['refunded', 'partially_refunded']],
]);

const methods = table<GatewayMethod>([
  ['PG_UPI', ['UPI']],
  ['PG_CARD', ['CC', 'DC', 'EMI']],
  ['PG_NETBANKING', ['NB']],
]);

/**
 * The outcome of a payment. A word that is not in the table leaves it pending and is not known, which calls for an alert. Words
 * are compared as they are written, but for `userCancelled`, which comes in any case. Source: easebuzz.md, Status words.
 */
export const payInOutcome = (word: string): PayInOutcome => {
  if (word.toLowerCase() === 'usercancelled') return { status: 'FAILED', reason: 'USER_CANCELLED' };
  return payInWords.get(word) ?? { status: 'PENDING', isKnown: false };
};

/** The outcome of a transfer. A word that is not in the table says no more than that it was taken. Source: easebuzz.md, Status words. */
export const transferOutcome = (word: string): TransferOutcome => {
  const status = transferWords.get(word);
  return { status: status ?? 'ACCEPTED', isKnown: status !== undefined };
};

/** The effect of a credit to a virtual account; none for a word that is not in the table. Source: easebuzz.md, Status words. */
export const creditOutcome = (word: string): CreditOutcome => {
  const effect = creditWords.get(word);
  return { effect: effect ?? 'NONE', isKnown: effect !== undefined };
};

/** The payment method of a gateway mode; the raw mode is kept beside it. Source: payments.md, paymentMethod. */
export const methodOf = (mode: string): GatewayMethod => methods.get(mode) ?? 'PG_UPI';
