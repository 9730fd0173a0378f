import { z } from 'zod';
import { gatewayInstant } from '../../../workflows/domain/money/gateway-times.ts';
import { Amount, Fee, Flag, Text, Yes } from './answer-parts.ts';
import { accepted, succeeded } from './wire-answers.ts';

const Id = z.string().min(1);

/** The names inside a virtual account differ between callers, so both are read. Source: easebuzz.md 3.1. */
const names = {
  virtual_account_number: Text,
  account_number: Text,
  virtual_ifsc_number: Text,
  ifsc: Text,
  virtual_upi_handle: Text,
  upi_handle: Text,
  upi_qrcode_remote_file_location: Text,
};

type Named = { id: string; is_active: boolean } & Record<keyof typeof names, string>;

const accountOf = (row: Named) => ({
  gatewayId: row.id,
  accountNumber: row.virtual_account_number || row.account_number,
  ifsc: row.virtual_ifsc_number || row.ifsc,
  upiId: row.virtual_upi_handle || row.upi_handle,
  qrImageUrl: row.upi_qrcode_remote_file_location,
  isActive: row.is_active,
});

/** A virtual account as the gateway knows it; texts are empty where it says nothing. */
export type GatewayAccount = ReturnType<typeof accountOf>;

const hasNumber = ({ accountNumber }: GatewayAccount) => accountNumber !== '';

const Account = z
  .object({ ...names, id: Id, is_active: Flag })
  .transform(accountOf)
  .refine(hasNumber);

/** Of an order's own account the gateway may say less; it is made to take money. */
const OrderAccount = z
  .object({ ...names, id: Text, is_active: Flag.default(true) })
  .transform(accountOf)
  .refine(hasNumber);

/** Source: easebuzz.md 2.1, 2.2. */
export const OneAccount = accepted(
  succeeded(z.object({ virtual_account: Account })).transform(({ data }) => data.virtual_account),
);

/** The state after a switch, undefined where the gateway does not repeat it: its answer is not public. Source: easebuzz.md 2.2. */
export const Switched = accepted(
  z
    .object({ success: Yes, data: z.object({ virtual_account: z.object({ is_active: Flag }).optional() }).nullish() })
    .transform(({ data }) => data?.virtual_account?.is_active),
);

const Moment = z
  .string()
  .nullish()
  .transform((text) => gatewayInstant(text ?? ''));

const Credit = z
  .object({
    id: Id,
    unique_transaction_reference: Text,
    amount: Amount,
    service_charge: Fee,
    gst_amount: Fee,
    status: z.string(),
    payment_mode: Text,
    transaction_date: Moment,
    created_at: Moment,
    virtual_account: z
      .object({ id: Text })
      .nullish()
      .transform((account) => account?.id ?? ''),
  })
  .transform((row, context) => {
    const occurredAt = row.transaction_date ?? row.created_at;
    if (occurredAt === null) {
      context.addIssue('has no time');
      return z.NEVER;
    }
    return {
      creditId: row.id,
      utr: row.unique_transaction_reference,
      amountPaise: row.amount,
      feePaise: row.service_charge,
      taxPaise: row.gst_amount,
      word: row.status,
      mode: row.payment_mode,
      occurredAt,
      accountGatewayId: row.virtual_account,
    };
  });

/**
 * Money on a virtual account as the gateway lists it. Fee and tax are 0 while it tells none; texts are empty where it says
 * nothing.
 */
export type GatewayCredit = z.output<typeof Credit>;

/** Source: easebuzz.md 2.2, with the rows of 2.3. */
export const Credits = accepted(
  succeeded(z.object({ results: z.array(Credit) })).transform(({ data }) => data.results),
);

const Order = z
  .object({ id: Id, payment_link: Text, virtual_account: OrderAccount })
  .transform((row) => ({ gatewayId: row.id, paymentLink: row.payment_link, account: row.virtual_account }));

/** An order with the account that takes its money; the link is empty where the gateway gives none. */
export type GatewayOrder = z.output<typeof Order>;

/** Source: easebuzz.md 3.1. */
export const OneOrder = accepted(
  succeeded(z.object({ transaction_order: Order })).transform(({ data }) => data.transaction_order),
);

const OrderCredit = z
  .object({ id: Id, amount: Amount, status: z.string() })
  .transform((row) => ({ creditId: row.id, amountPaise: row.amount, word: row.status }));

export type GatewayOrderCredit = z.output<typeof OrderCredit>;

/** Source: easebuzz.md 3.2. */
export const OrderCredits = accepted(
  succeeded(z.object({ transaction_order: z.object({ transactions: z.array(OrderCredit) }) })).transform(
    ({ data }) => data.transaction_order.transactions,
  ),
);
