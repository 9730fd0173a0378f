import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import { payInClock, payInFacts } from '../../workflows/domain/money/pay-ins.ts';
import { txnid } from '../../workflows/domain/money/txnids.ts';
import { paiseFrom, rupeeText } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { refusal, refusalIn } from '../../workflows/domain/refusals.ts';
import { minuteMs } from '../../workflows/domain/time.ts';
import { payInLink } from '../../workflows/money/pay-ins.ts';
import type { PayInLink } from '../../workflows/money/pay-ins.ts';
import { payInProcess } from '../../workflows/processes.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { Instant, Rupees } from '../http/shapes.ts';

/** How long a driver waits for the checkout page. Source: payments.md, Paths, aliases, envelope 5. */
const linkDeadlineMs = 8_000;
/** A second wish for the same amount gets the same page for so long. */
const sameLinkMs = 10 * minuteMs;

const depositAmount = ({ services }: Base, amount: unknown): Paise => {
  const wanted = paiseFrom(amount);
  if (wanted === null) throw refusal('AMOUNT_INVALID');
  const { DEPOSIT_MIN: min, MAX_TRANSACTION_AMOUNT: max } = services.env;
  if (wanted < min || wanted > max) throw refusal('AMOUNT_OUT_OF_RANGE', { min: rupeeText(min), max: rupeeText(max) });
  return wanted;
};

/** Who may not drive may still pay while suspended, so that they can drive again. Source: payments.md rule 13. */
const payerOf = async ({ db, services }: Base, driverId: string) => {
  const driver = await db.driver.findUniqueOrThrow({
    where: { id: driverId },
    select: { id: true, status: true, fleetId: true, email: true, fleet: { select: { email: true } } },
  });
  if (driver.status === 'BLACKLISTED' || driver.status === 'INACTIVE')
    throw refusal('DRIVER_BLOCKED', { status: driver.status });
  if (!driver.email && !driver.fleet.email && !services.env.PAYMENT_FALLBACK_EMAIL)
    throw refusal('PAYER_EMAIL_MISSING');
  return driver;
};

const linkRefusals: Record<Exclude<PayInLink, 'LIVE'>, (transactionId: string) => Error> = {
  REFUSED: (transactionId) => refusal('GATEWAY_REJECTED', { transactionId }),
  UNAVAILABLE: (transactionId) => refusal('GATEWAY_UNAVAILABLE', { transactionId }),
  UNKNOWN: (transactionId) => refusal('GATEWAY_TIMEOUT', { transactionId }),
};

interface Wanted {
  id: string;
  driver: { id: string; fleetId: string };
  amountPaise: Paise;
}

/**
 * Writes down what is wanted before the gateway is called; a second wish for the same amount, also one at the same moment, is the
 * first one. The lock of the driver lets their wishes come one after the other.
 */
const wantedOnce = (db: Db, { id, driver, amountPaise }: Wanted) =>
  db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT "id" FROM "drivers" WHERE "id" = ${driver.id}::uuid FOR NO KEY UPDATE`;
    const since = (ms: number) => ({ gt: new Date(Date.now() - ms) });
    const known = await tx.transaction.findFirst({
      where: {
        ...{ driverId: driver.id, type: 'DEPOSIT', amountPaise },
        OR: [
          { id },
          { status: 'PENDING', paymentUrl: { not: null }, createdAt: since(sameLinkMs) },
          { status: 'PENDING', paymentUrl: null, createdAt: since(linkDeadlineMs) },
        ],
      },
      orderBy: { createdAt: 'desc' },
    });
    if (known) return known;
    return tx.transaction.create({
      data: {
        ...{ id, driverId: driver.id, fleetId: driver.fleetId, amountPaise },
        ...{ type: 'DEPOSIT', direction: 'CREDIT', description: 'Security deposit' },
        easebuzzTxnId: txnid('DEPOSIT', randomBytes(20)),
      },
    });
  });

const DepositView = z.object({
  transactionId: z.string(),
  txnId: z.string(),
  amount: Rupees,
  paymentUrl: z.string(),
  accessKey: z.string(),
  expiresAt: Instant,
});

/** What a driver pays at the gateway's checkout page. */
export const deposit = [
  post('/payments/deposit', {
    allow: 'payments:own',
    summary: 'Begin to top the deposit up; answers the checkout page of the gateway',
    says: 'Payment link created',
    body: z.object({ amount: z.unknown().optional() }), // What is missing is refused as what is no amount.
    returns: DepositView,
    refuses: [
      ...(['AMOUNT_INVALID', 'AMOUNT_OUT_OF_RANGE', 'DRIVER_BLOCKED', 'PAYER_EMAIL_MISSING'] as const),
      ...(['GATEWAY_REJECTED', 'GATEWAY_UNAVAILABLE', 'GATEWAY_TIMEOUT'] as const),
    ],
    async handle(context) {
      const { body, caller, db, newId, services, requestId, commandId } = context;
      if (!caller.driverId) throw refusal('NOT_FOUND', { resource: 'driver' });
      const amountPaise = depositAmount(context, body.amount);
      const driver = await payerOf(context, caller.driverId);
      const wanted = await wantedOnce(db, { id: newId('transaction'), driver, amountPaise });
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
    },
  }),
];

interface LiveRow {
  id: string;
  easebuzzTxnId: string | null;
  amountPaise: bigint;
  paymentUrl: string | null;
  accessKey: string | null;
  expiresAt: Date | null;
  createdAt: Date;
}

const viewOf = (row: LiveRow) => ({
  transactionId: row.id,
  txnId: row.easebuzzTxnId!,
  amount: Number(row.amountPaise),
  paymentUrl: row.paymentUrl!,
  accessKey: row.accessKey!,
  expiresAt: row.expiresAt ?? new Date(row.createdAt.getTime() + payInClock.enquiriesMs.at(-1)!),
});
