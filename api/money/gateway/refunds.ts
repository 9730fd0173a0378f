import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import { depositHeld, postedJournal } from '../../../prisma/books.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { Refund, Transaction } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { post as postJournal } from '../../../prisma/post.ts';
import { creditPenalties } from '../../../prisma/penalties.ts';
import { createRefund, paidNumber } from '../../../prisma/refunds.ts';
import { changePeriods, liveRental } from '../../../prisma/rentals.ts';
import type { Changing } from '../../../prisma/rentals.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import type { RefundOf } from '../../../workflows/domain/money/journals/refunds.ts';
import { pgRefundInitiated } from '../../../workflows/domain/money/journals/refunds.ts';
import {
  depositRefund,
  penaltyRefund,
  refundFacts,
  rentalRefund,
  requireRefundable,
} from '../../../workflows/domain/money/refunds.ts';
import type { PenaltyPaid, RentPaid } from '../../../workflows/domain/money/refunds.ts';
import { paise, paiseFrom, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { cancelled } from '../../../workflows/domain/money/rental-periods.ts';
import { instant, ms } from '../../../workflows/domain/time.ts';
import { refundProcess } from '../../../workflows/processes.ts';
import { post } from '../../http/endpoint.ts';
import { ById, Text } from '../../http/shapes.ts';
import { RefundView, refundView } from './refund-views.ts';

interface Wanted {
  id: string;
  transactionId: string;
  amount: Paise;
  reason: string;
  by: Actor;
}

/** Refunds of a payment that are under way or settled: what failed is free again. */
const alive = (transactionId: string) => ({ transactionId, status: { not: 'FAILED' as const } });

const refundedOf = async (tx: Tx, transactionId: string): Promise<Paise> => {
  const { _sum } = await tx.refund.aggregate({ where: alive(transactionId), _sum: { amountPaise: true } });
  return paise(Number(_sum.amountPaise ?? 0));
};

/** What refunds of a payment have taken from an account of its driver, less what failed ones gave back. */
const takenFrom = async (tx: Tx, code: 1070 | 2020, transactionId: string): Promise<Paise> => {
  const [row] = await tx.$queryRaw<{ taken: bigint }[]>`
    SELECT coalesce(sum(CASE e."side" WHEN 'D' THEN e."amount_paise" ELSE -e."amount_paise" END), 0)::bigint AS "taken"
    FROM "refunds" r
    JOIN "ledger_journal" j ON j."event_type" IN ('pg_refund_initiated', 'refund_failed') AND j."event_key" = r."id"::text
    JOIN "ledger_entry" e ON e."journal_id" = j."id"
    JOIN "ledger_account" a ON a."id" = e."account_id" AND a."code" = ${code}
    WHERE r."transactionId" = ${transactionId}::uuid`;
  return paise(Number(row!.taken));
};

const openItems = async (tx: Tx, kind: 'LATE_PAYMENT' | 'RENT_REFUND', sources: string[]) => {
  const items = await tx.payableItem.findMany({ where: { kind, source: { in: sources } }, orderBy: { id: 'asc' } });
  return items.map(({ source, openPaise, reservedPaise }) => ({
    source,
    open: paise(Number(openPaise - reservedPaise)),
  }));
};

/** What a payment did for its penalty and can be undone. Of a penalty that was waived the money went elsewhere already. */
const penaltyPaid = async (tx: Tx, { id, penaltyId }: Transaction, txnid: string): Promise<PenaltyPaid> => {
  const journal = await postedJournal(tx, 'penalty_paid_link', txnid);
  const isWaived = (await postedJournal(tx, 'penalty_waived', penaltyId ?? '')) !== null;
  const settled = journal?.dues.reduce((total, { used }) => total + used, 0) ?? 0;
  const failed = await tx.refund.findMany({ where: { transactionId: id, status: 'FAILED' }, select: { id: true } });
  return {
    penaltyId: penaltyId ?? '',
    settled: paise(isWaived ? 0 : settled - (await takenFrom(tx, 1070, id))),
    late: await openItems(tx, 'LATE_PAYMENT', [txnid, ...failed.map((refund) => refund.id)]),
  };
};

/** What a payment of rent bought, and what of it the driver is still owed. */
const rentPaid = async (tx: Tx, { id, amountPaise }: Transaction, txnid: string): Promise<RentPaid> => {
  // The nightly statement counts income beside us.
  await tx.$queryRaw`SELECT "id" FROM "rentals" WHERE "transactionId" = ${id}::uuid FOR UPDATE`;
  const rental = await tx.rental.findUnique({ where: { transactionId: id } });
  const [owed] = rental
    ? await openItems(tx, 'RENT_REFUND', [rental.id])
    : await openItems(tx, 'LATE_PAYMENT', [txnid]);
  return {
    ...{ txnid, price: paise(Number(amountPaise)), refunded: await refundedOf(tx, id) },
    ...{ owed: owed?.open ?? paise(0), fromOwed: await takenFrom(tx, 2020, id) },
    rental: rental && {
      rentalId: rental.id,
      isLive: liveRental.status.in.includes(rental.status as 'ACTIVE'),
      rest: paise(Number(rental.pricePaise - rental.recognizedPaise)),
      givenBack: paise(Number(rental.refundPaise)),
    },
  };
};

/** A rent that goes back whole ends its period; the money is booked by the refund. */
const endRented = (tx: Tx, { driverId, rentalId }: Transaction, changing: Changing): Promise<void> =>
  changePeriods(
    tx,
    driverId!,
    ({ periods, isKeptOff }) => cancelled(periods, rentalId!, { nowMs: ms(changing.at), refunds: false, isKeptOff }),
    { ...changing, isBooked: true },
  );

/** From where the money of a payment is taken. Other types than these are not refunded. */
const partsOf = async (tx: Tx, row: Transaction, txnid: string, amount: Paise): Promise<RefundOf[]> => {
  const { type, status } = row;
  if (type === 'DEPOSIT') return depositRefund(amount, await depositHeld(tx, row.driverId!));
  if (type === 'PENALTY') return penaltyRefund(amount, await penaltyPaid(tx, row, txnid));
  if (type === 'RENTAL') return rentalRefund(amount, await rentPaid(tx, row, txnid));
  throw refusal('PAYMENT_NOT_REFUNDABLE', { type, status });
};

/** Takes the money of a refund and writes the refund down. Two wishes for one payment come one after the other. */
export const beginRefund = async (tx: Tx, wanted: Wanted): Promise<Refund> => {
  const { id, transactionId, amount, reason, by } = wanted;
  const driverOf = await tx.transaction.findUniqueOrThrow({ where: { id: transactionId }, select: { driverId: true } });
  if (driverOf.driverId) await lockDrivers(tx, [driverOf.driverId]);
  await tx.$queryRaw`SELECT "id" FROM "transactions" WHERE "id" = ${transactionId}::uuid FOR NO KEY UPDATE`;
  const known = await tx.refund.findUnique({ where: { id } });
  if (known) return known;

  const row = await tx.transaction.findUniqueOrThrow({ where: { id: transactionId } });
  const { type, status, driverId, fleetId } = row;
  const txnid = await paidNumber(tx, transactionId);
  if (!txnid || !driverId || !fleetId) throw refusal('PAYMENT_NOT_REFUNDABLE', { type, status });
  const refunded = await refundedOf(tx, transactionId);
  requireRefundable({ type, status, amount: paise(Number(row.amountPaise)), refunded }, amount);
  const parts = await partsOf(tx, row, txnid, amount);

  const happened = { driverId, fleetId, occurredAt: instant(Date.now()), by: by.userId };
  const taken = pgRefundInitiated({ ...happened, refundId: id, parts });
  await postJournal(tx, taken);
  await creditPenalties(tx, taken, 'linkPaidPaise');
  if (parts.some(({ of }) => of === 'RENTAL'))
    await endRented(tx, row, { at: happened.occurredAt, by: by.userId, reason });
  const of = { transactionId };
  const refund = await createRefund(tx, {
    ...{ id, of, paidUnder: txnid, amountPaise: amount, reason, driverId, fleetId },
    by: by.userId,
  });
  const audited = { action: 'refund.requested', subject: 'refund', subjectId: id };
  await audit(tx, by, {
    ...{ ...audited, before: { refunded: rupeeText(refunded) } },
    after: { transactionId, amount: rupeeText(amount), reason },
  });
  return refund;
};

/** Money of a payment at the gateway goes back to its payer. Source: payments.md, Later; ledger.md 35 to 37. */
export const refunds = [
  post('/payments/admin/transactions/:id/refund', {
    allow: 'payments:refund',
    summary: 'Send a payment at the gateway, or a part of it, back to its payer',
    says: 'Refund begun',
    status: 201,
    params: ById('transaction'),
    body: z.object({ amount: z.unknown().optional(), reason: Text(500) }), // What is missing is refused as what is no amount.
    returns: RefundView,
    refuses: ['AMOUNT_INVALID', 'PAYMENT_NOT_REFUNDABLE', 'REFUND_EXCEEDS_PAID', 'REFUND_NOT_COVERED'],
    async handle({ transaction, body, actor, db, newId, begin }) {
      const amount = paiseFrom(body.amount);
      if (!amount) throw refusal('AMOUNT_INVALID');
      const wanted = { id: newId('refund'), transactionId: transaction.id, amount, reason: body.reason };
      const refund = await db.$transaction((tx) => beginRefund(tx, { ...wanted, by: actor }));
      begin(refundProcess(refundFacts(refund)));
      return refundView(refund);
    },
  }),
];
