import type { Db, Tx } from '../../prisma/client.ts';
import { audit } from '../../prisma/audit.ts';
import { postedJournal, whatBecameOf } from '../../prisma/books.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Refund } from '../../prisma/generated/client.ts';
import { lockDrivers } from '../../prisma/locks.ts';
import { financeOf, putIntoInbox } from '../../prisma/notifications.ts';
import { creditPenalties } from '../../prisma/penalties.ts';
import { post } from '../../prisma/post.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import type { PostedJournal } from '../../workflows/domain/money/journals/journal.ts';
import { rentalCancelled } from '../../workflows/domain/money/journals/rentals.ts';
import { refundFailed, refundSettled } from '../../workflows/domain/money/journals/refunds.ts';
import { isEnd, refundFacts } from '../../workflows/domain/money/refunds.ts';
import type { RefundFacts, RefundState } from '../../workflows/domain/money/refunds.ts';
import { paise, rupeeText } from '../../workflows/domain/money.ts';
import { instant } from '../../workflows/domain/time.ts';

/** Where a refund stands; `by` is the person who decided, when the gateway did not say. */
interface Answered {
  refundId: string;
  state: RefundState;
  by: Actor | null;
}

const locked = async (tx: Tx, id: string): Promise<Refund> => {
  await tx.$queryRaw`SELECT "id" FROM "refunds" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
  return tx.refund.findUniqueOrThrow({ where: { id } });
};

const change = (tx: Tx, id: string, data: Prisma.RefundUpdateInput): Promise<Refund> =>
  tx.refund.update({ where: { id }, data: { ...data, version: { increment: 1 } } });

/** What its driver sees of a refund. */
const show = (tx: Tx, { id }: Refund, data: Prisma.TransactionUpdateManyMutationInput) =>
  tx.transaction.updateMany({ where: { id }, data: { ...data, version: { increment: 1 } } });

const happened = ({ driverId, fleetId }: Refund) => ({ driverId, fleetId, occurredAt: instant(Date.now()) });

/** The payer has the money. The payment is REFUNDED when nothing of it is left. */
const settle = async (tx: Tx, row: Refund): Promise<Refund> => {
  const { id: refundId, transactionId, amountPaise } = row;
  await post(tx, refundSettled({ ...happened(row), refundId, amount: paise(Number(amountPaise)), paidFrom: 1020 }));
  if (transactionId)
    await tx.$executeRaw`
      UPDATE "transactions" SET "refundedPaise" = "refundedPaise" + ${amountPaise}, "version" = "version" + 1, "updatedAt" = now(),
        "status" = CASE WHEN "refundedPaise" + ${amountPaise} = "amountPaise" THEN 'REFUNDED' ELSE "status" END
      WHERE "id" = ${transactionId}::uuid`;
  await show(tx, row, { status: 'SUCCESS' });
  return change(tx, refundId, { status: 'SETTLED', endedAt: new Date() });
};

/** The journal that took the money of a refund: from a payment, or from the receipts that belong to nobody. */
const begunBy = async (tx: Tx, { id, transactionId }: Refund) =>
  (await postedJournal(tx, transactionId ? 'pg_refund_initiated' : 'unattributed_resolved', id))!;

/** The period of a rent that went back whole is over: what could not be sent is owed to its driver. */
const oweRent = async (tx: Tx, row: Refund, { entries }: PostedJournal): Promise<void> => {
  const deferred = entries.find(({ code }) => code === 2070);
  if (!deferred) return;
  const [driverId, fleetId] = [row.driverId!, row.fleetId!];
  const of = { ...happened(row), driverId, fleetId, rentalId: deferred.ownerId, rest: deferred.amount };
  await post(tx, rentalCancelled({ ...of, refund: paise(Number(row.amountPaise)) }));
  await tx.rental.update({ where: { id: of.rentalId }, data: { refundPaise: row.amountPaise } });
};

/** The money goes back to where it was taken from, and finance is told. An event waits for another decision. */
const fail = async (tx: Tx, row: Refund, reason: string): Promise<Refund> => {
  const { id, shortId, driverId, fleetId, transactionId, gatewayEventId, amountPaise } = row;
  if (driverId) await lockDrivers(tx, [driverId]);
  const begun = await begunBy(tx, row);
  const undone = refundFailed(begun, { occurredAt: instant(Date.now()) }, await whatBecameOf(tx, begun.dues));
  await post(tx, undone);
  await creditPenalties(tx, undone, 'linkPaidPaise');
  if (transactionId) await oweRent(tx, row, begun);
  if (gatewayEventId)
    await tx.gatewayEvent.update({
      where: { id: gatewayEventId },
      data: { state: 'REVIEW', resolution: Prisma.DbNull },
    });
  await show(tx, row, { status: 'FAILED', statusReason: 'GATEWAY_FAILURE' });
  await putIntoInbox(tx, {
    to: await financeOf(tx, fleetId),
    event: 'refund:failed',
    title: `Refund ${shortId} was not paid; its money is where it was, and can be refunded again`,
    payload: { refundId: id, transactionId, gatewayEventId, amount: rupeeText(paise(Number(amountPaise))), reason },
    cause: id,
  });
  return change(tx, id, { status: 'FAILED', failureReason: reason, endedAt: new Date() });
};

const applied = (tx: Tx, row: Refund, state: RefundState): Promise<Refund> => {
  switch (state.status) {
    case 'SETTLED':
      return settle(tx, row);
    case 'FAILED':
      return fail(tx, row, state.reason);
    case 'ACCEPTED':
      return change(tx, row.id, { status: 'ACCEPTED' });
    case 'UNKNOWN':
      // What was taken once stays taken, though an enquiry is not answered.
      return row.status === 'REQUESTED' ? change(tx, row.id, { status: 'UNKNOWN' }) : Promise.resolve(row);
  }
};

/** Whether refunds of ours are what the gateway speaks of; their own processes ask what became of them. */
export const isOurRefund = async (tx: Tx, transactionId: string, paidPaise: bigint, word: string): Promise<boolean> => {
  const where = { transactionId, status: { not: 'FAILED' as const } };
  const { _sum } = await tx.refund.aggregate({ where, _sum: { amountPaise: true } });
  const refunded = _sum.amountPaise ?? 0n;
  return word === 'refunded' ? refunded === paidPaise : refunded > 0n;
};

/** Everything that happens to a refund, each in one transaction under the lock of its row. */
export const refundActivities = ({ db }: { db: Db }) => ({
  /** Marks the row as begun, and reads it. Safe to retry: it keeps the first mark. */
  async begin(refundId: string): Promise<RefundFacts> {
    await db.refund.updateMany({ where: { id: refundId, begunAt: null }, data: { begunAt: new Date() } });
    return refundFacts(await db.refund.findUniqueOrThrow({ where: { id: refundId } }));
  },

  /** Writes down where the refund stands, with the journal of its end. Safe to retry: one that is over is left as it is. */
  answered: ({ refundId, state, by }: Answered): Promise<RefundFacts> =>
    db.$transaction(async (tx) => {
      const row = await locked(tx, refundId);
      if (isEnd(row as { status: RefundFacts['status'] })) return refundFacts(row);
      const changed = await applied(tx, row, state);
      if (by) {
        const audited = { action: 'refund.decided', subject: 'refund', subjectId: refundId };
        await audit(tx, by, { ...audited, before: { status: row.status }, after: { ...state } });
      }
      return refundFacts(changed);
    }),
});

export type RefundActivities = ReturnType<typeof refundActivities>;
