import { z } from 'zod';
import type { Paise } from '../../../workflows/domain/money.ts';
import { accepting, Amount, No, Text, Yes } from './answer-parts.ts';

/** The text of a refusal stands in one of several places. Source: easebuzz.md 1.1, 1.3, 1.4. */
const Refusal = z
  .looseObject({ status: No })
  .transform(({ error_desc, data, msg, reason, message }) =>
    [error_desc, reason, message, data, msg].filter((text) => typeof text === 'string' && text !== '').join(': '),
  );

const accepted = accepting(Refusal);

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

const SettledCredit = z
  .object({ id: z.string(), utr: Text, amount: Amount, service_charge: Amount, gst_amount: Amount })
  .transform((row) => ({
    creditId: row.id,
    utr: row.utr,
    grossPaise: row.amount,
    feePaise: row.service_charge,
    taxPaise: row.gst_amount,
  }));

/**
 * Money that the gateway has paid to our bank, with what is in it and what each part cost: payments, or credits to virtual
 * accounts, never both.
 */
export interface GatewaySettlement {
  settlementId: string;
  settledOn: string;
  netPaise: Paise;
  utr: string;
  product: 'PAY_IN' | 'INSTA_COLLECT';
  payments: z.output<typeof SettledPayment>[];
  credits: z.output<typeof SettledCredit>[];
}

const settled = { payout_id: z.string(), payout_date: z.string(), payout_amount: Amount, utr: Text };

const settlementOf = (
  row: { payout_id: string; payout_date: string; payout_amount: Paise; utr: string },
  of: Pick<GatewaySettlement, 'product' | 'payments' | 'credits'>,
): GatewaySettlement => ({
  settlementId: row.payout_id,
  settledOn: row.payout_date,
  netPaise: row.payout_amount,
  utr: row.utr,
  ...of,
});

const Settlement = z.union([
  z
    .object({ ...settled, product: z.literal('INSTA_COLLECT'), transactions: z.array(SettledCredit) })
    .transform((row) => settlementOf(row, { product: row.product, payments: [], credits: row.transactions })),
  z
    .object({ ...settled, product: z.literal('PAY_IN').default('PAY_IN'), transactions: z.array(SettledPayment) })
    .transform((row) => settlementOf(row, { product: row.product, payments: row.transactions, credits: [] })),
]);

/** Source: easebuzz.md 1.5; its answer is not public, so the names, and `product`, are those of our simulator. */
export const Settlements = accepted(
  z.object({ status: Yes, payouts: z.array(Settlement) }).transform(({ payouts }) => payouts),
);
