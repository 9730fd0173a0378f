/** A bank took the money of a payment back, or gave it again. */
export type CaseWord = 'CHARGEBACK' | 'CHARGEBACK_WON';

/** What a word of the gateway means for a payment. RETURNED is a refund. */
export type PayInOutcome =
  | { status: 'PENDING'; isKnown: boolean }
  | { status: 'SUCCESS' }
  | { status: 'FAILED'; reason: 'GATEWAY_FAILURE' | 'USER_CANCELLED' | 'DROPPED' | 'BOUNCED' }
  | { status: 'RETURNED' | CaseWord };

/** What a word of the gateway means for a refund. */
export interface RefundOutcome {
  status: 'ACCEPTED' | 'SETTLED' | 'FAILED';
  isKnown: boolean;
}

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
  [{ status: 'RETURNED' }, ['refunded', 'partially refunded', 'partially_refunded']],
  [{ status: 'CHARGEBACK' }, ['chargeback']],
  [{ status: 'CHARGEBACK_WON' }, ['chargeback_won', 'chargeback reversed']],
]);

const refundWords = table<RefundOutcome['status']>([
  ['ACCEPTED', ['queued', 'accepted']],
  ['SETTLED', ['refunded']],
  ['FAILED', ['cancelled']],
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

const isCase = (status: PayInOutcome['status']): status is CaseWord =>
  status === 'CHARGEBACK' || status === 'CHARGEBACK_WON';

/**
 * The outcome of a payment. A word that is not in the table leaves it pending and is not known, which calls for an alert. Words
 * are compared as they are written, but for `userCancelled`, which comes in any case. Source: easebuzz.md, Status words.
 */
export const payInOutcome = (word: string): PayInOutcome => {
  if (word.toLowerCase() === 'usercancelled') return { status: 'FAILED', reason: 'USER_CANCELLED' };
  return payInWords.get(word) ?? { status: 'PENDING', isKnown: false };
};

/** The words of the gateway that speak of a chargeback. */
export const caseWords = [...payInWords].flatMap(([word, { status }]) => (isCase(status) ? [word] : []));

/** The outcome of a refund. A word that is not in the table says no more than that it was taken. Source: easebuzz.md 1.4. */
export const refundOutcome = (word: string): RefundOutcome => {
  const status = refundWords.get(word);
  return { status: status ?? 'ACCEPTED', isKnown: status !== undefined };
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
