import { z } from 'zod';
import { Amount, Fee, Flag, Text } from './answer-parts.ts';
import { accepted, succeeded } from './wire-answers.ts';

/** The word of a transfer that waits for money in the wallet. Source: easebuzz.md, Status words. */
const queued = 'queued';

const Transfer = z
  .object({
    id: Text,
    unique_request_number: z.string(),
    status: z.string(),
    amount: Amount,
    unique_transaction_reference: Text,
    failure_reason: Text,
    service_charge: Fee,
    gst_amount: Fee,
    queue_on_low_balance: Flag.nullish(),
  })
  .transform((row) => ({
    number: row.unique_request_number,
    gatewayTransferId: row.id,
    word: row.status,
    amountPaise: row.amount,
    utr: row.unique_transaction_reference,
    failureReason: row.failure_reason,
    feePaise: row.service_charge,
    taxPaise: row.gst_amount,
    queuedOnLowBalance: row.status === queued && row.queue_on_low_balance === true,
  }));

/** A transfer as the gateway knows it; texts are empty where it says nothing, and fee and tax are 0 while it tells none. */
export type GatewayTransfer = z.output<typeof Transfer>;

/** Source: easebuzz.md 4.1, 4.2. */
export const OneTransfer = accepted(
  succeeded(z.object({ transfer_request: Transfer })).transform(({ data }) => data.transfer_request),
);

/** The wallet is a virtual account, of which only the balance is read. Source: easebuzz.md 2.1, 2.2. */
export const Wallet = accepted(
  succeeded(z.object({ virtual_account: z.object({ balance_amount: Amount }) })).transform(
    ({ data }) => data.virtual_account.balance_amount,
  ),
);
