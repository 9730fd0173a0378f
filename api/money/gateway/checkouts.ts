import { z } from 'zod';
import type { Transaction } from '../../../prisma/generated/client.ts';
import { payInClock, payInFacts } from '../../../workflows/domain/money/pay-ins.ts';
import { refusal, refusalIn } from '../../../workflows/domain/refusals.ts';
import type { RefusalKey } from '../../../workflows/domain/refusals.ts';
import { payInLink } from '../../../workflows/money/pay-ins.ts';
import type { PayInLink } from '../../../workflows/money/pay-ins.ts';
import { payInProcess } from '../../../workflows/processes.ts';
import type { Base } from '../../http/endpoint.ts';
import { Instant, Rupees } from '../../http/shapes.ts';

/** How long somebody waits for the checkout page. Source: payments.md, Paths, aliases, envelope 5. */
export const linkDeadlineMs = 8_000;

export const CheckoutView = z.object({
  transactionId: z.string(),
  txnId: z.string(),
  amount: Rupees,
  paymentUrl: z.string(),
  accessKey: z.string(),
  expiresAt: Instant,
});

/** What an endpoint may refuse that makes a checkout page. */
export const checkoutRefusals: RefusalKey[] = [
  ...(['PAYER_EMAIL_MISSING', 'GATEWAY_REJECTED', 'GATEWAY_UNAVAILABLE', 'GATEWAY_TIMEOUT'] as const),
];

/** Whose address the gateway can be given. */
export interface Payer {
  email: string | null;
  fleet: { email: string | null };
}

/** Whether there is an address for the gateway, which asks for one. */
export const hasEmail = ({ services }: Base, { email, fleet }: Payer): boolean =>
  Boolean(email ?? fleet.email ?? services.env.PAYMENT_FALLBACK_EMAIL);

const linkRefusals: Record<Exclude<PayInLink, 'LIVE'>, (transactionId: string) => Error> = {
  REFUSED: (transactionId) => refusal('GATEWAY_REJECTED', { transactionId }),
  UNAVAILABLE: (transactionId) => refusal('GATEWAY_UNAVAILABLE', { transactionId }),
  UNKNOWN: (transactionId) => refusal('GATEWAY_TIMEOUT', { transactionId }),
};

/**
 * The checkout page of a payment that was written down; its process is begun, and asks the gateway for the page. Throws
 * GATEWAY_REJECTED, GATEWAY_UNAVAILABLE, or GATEWAY_TIMEOUT when that is not known in time.
 */
export const checkoutOf = async ({ db, services, requestId, commandId }: Base, wanted: Transaction) => {
  if (wanted.paymentUrl) return viewOf(wanted);
  const { id } = wanted;
  const process = payInProcess(payInFacts(wanted));
  const updateId = commandId(payInLink, process.workflowId);
  const link = await services.temporal
    .ask(process, payInLink, [], updateId, requestId, linkDeadlineMs)
    .catch((error: unknown): PayInLink => {
      if (refusalIn(error)?.key === 'SERVICE_UNAVAILABLE') return 'UNKNOWN';
      throw error;
    });
  if (link !== 'LIVE') throw linkRefusals[link](id);
  return viewOf(await db.transaction.findUniqueOrThrow({ where: { id } }));
};

const viewOf = (row: Transaction) => ({
  transactionId: row.id,
  txnId: row.easebuzzTxnId!,
  amount: Number(row.amountPaise),
  paymentUrl: row.paymentUrl!,
  accessKey: row.accessKey!,
  expiresAt: row.expiresAt ?? new Date(row.createdAt.getTime() + payInClock.enquiriesMs.at(-1)!),
});
