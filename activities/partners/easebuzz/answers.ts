import { z } from 'zod';
import { paiseOfLiteral } from '../../../workflows/domain/money/gateway-amounts.ts';

// Answers are read with numbers as text: see `literalJson`.

const Yes = z.union([z.literal(true), z.literal('1'), z.literal('true')]);
const No = z.union([z.literal(false), z.literal('0'), z.literal('false')]);
const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

const Amount = z.string().transform((text, context) => {
  const amount = paiseOfLiteral(text);
  if (amount !== null) return amount;
  context.addIssue('is no amount');
  return z.NEVER;
});

/** The text of a refusal stands in one of several places. Source: easebuzz.md 1.1, 1.3, 1.4. */
const Refusal = z
  .looseObject({ status: No })
  .transform(({ error_desc, data, msg, reason, message }) =>
    [error_desc, reason, message, data, msg].filter((text) => typeof text === 'string' && text !== '').join(': '),
  );

const accepted = <T extends z.ZodType>(answer: T) =>
  z.union([
    answer.transform((value: z.output<T>) => ({ isAccepted: true as const, value })),
    Refusal.transform((text) => ({ isAccepted: false as const, text })),
  ]);

/** Source: easebuzz.md 1.1. */
export const Initiated = accepted(
  z.object({ status: Yes, data: z.string().regex(/^[0-9a-f]{64}$/) }).transform(({ data }) => data),
);

const Payment = z
  .object({
    txnid: z.string(),
    status: z.string(),
    amount: Amount,
    easepayid: Text,
    mode: Text,
    bank_ref_num: Text,
    error_Message: Text,
    addedon: Text,
  })
  .transform((row) => ({
    txnid: row.txnid,
    word: row.status,
    amountPaise: row.amount,
    easepayid: row.easepayid,
    mode: row.mode,
    bankRef: row.bank_ref_num,
    errorText: row.error_Message,
    addedOn: row.addedon,
  }));

/** One payment as the gateway knows it; texts are empty where it says nothing, and `addedOn` is Indian time. */
export type GatewayPayment = z.output<typeof Payment>;

const oneOrMany = <T extends z.ZodType>(row: T) => z.union([z.array(row), row.transform((only) => [only])]);

/** Payments stand under `msg`, `data` or `result`, one or many. Source: easebuzz.md 1.3. */
export const Payments = accepted(
  z.union([
    z.object({ status: Yes, msg: oneOrMany(Payment) }).transform(({ msg }) => msg),
    z.object({ status: Yes, data: oneOrMany(Payment) }).transform(({ data }) => data),
    z.object({ status: Yes, result: oneOrMany(Payment) }).transform(({ result }) => result),
  ]),
);

/** Source: easebuzz.md 1.4. */
export const Refunded = accepted(
  z.object({ status: Yes, refund_id: z.string() }).transform(({ refund_id }) => ({ gatewayRefundId: refund_id })),
);

const Refund = z
  .object({ refund_id: z.string(), merchant_refund_id: Text, refund_amount: Amount, refund_status: z.string() })
  .transform((row) => ({
    gatewayRefundId: row.refund_id,
    refundId: row.merchant_refund_id,
    amountPaise: row.refund_amount,
    word: row.refund_status,
  }));

export type GatewayRefund = z.output<typeof Refund>;

/** Source: easebuzz.md 1.4. */
export const Refunds = accepted(
  z.object({ status: Yes, refunds: z.array(Refund) }).transform(({ refunds }) => refunds),
);

const SettledPayment = z
  .object({ txnid: z.string(), easepayid: Text, amount: Amount, service_charge: Amount, gst_amount: Amount })
  .transform((row) => ({
    txnid: row.txnid,
    easepayid: row.easepayid,
    grossPaise: row.amount,
    feePaise: row.service_charge,
    taxPaise: row.gst_amount,
  }));

const Settlement = z
  .object({
    payout_id: z.string(),
    payout_date: z.string(),
    payout_amount: Amount,
    utr: Text,
    transactions: z.array(SettledPayment),
  })
  .transform((row) => ({
    settlementId: row.payout_id,
    settledOn: row.payout_date,
    netPaise: row.payout_amount,
    utr: row.utr,
    payments: row.transactions,
  }));

/** Money that the gateway has paid to our bank, with the payments in it and what each of them cost. */
export type GatewaySettlement = z.output<typeof Settlement>;

/** Source: easebuzz.md 1.5; its answer is not public, so the names are those of our simulator. */
export const Settlements = accepted(
  z.object({ status: Yes, payouts: z.array(Settlement) }).transform(({ payouts }) => payouts),
);
