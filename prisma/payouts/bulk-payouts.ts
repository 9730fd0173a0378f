import { bulkRowReversed } from '../../workflows/domain/money/journals/payouts.ts';
import { paise } from '../../workflows/domain/money.ts';
import { isInFlight } from '../../workflows/domain/money/payouts/payouts.ts';
import { instant } from '../../workflows/domain/time.ts';
import type { Tx } from '../client.ts';
import type {
  BulkPayout,
  BulkPayoutRow,
  BulkPayoutStatus,
  BulkRowStatus,
  Payout,
  Prisma,
} from '../generated/client.ts';
import { post } from '../post.ts';

/** How a row is counted in its batch. */
const counterOf: Record<BulkRowStatus, string> = {
  ...{ VALID: 'rowsValid', PROCESSING: 'rowsPending', PENDING: 'rowsPending', SUCCESS: 'rowsSucceeded' },
  ...{ FAILED: 'rowsFailed', SKIPPED: 'rowsSkipped' },
};

const isHandedOver = (status: BulkRowStatus) => ['PROCESSING', 'PENDING', 'SUCCESS'].includes(status);

/** What becomes of a row; what is not named stays. */
export interface RowChange {
  status: BulkRowStatus;
  payoutId?: string;
  penaltyId?: string | null;
  incentiveId?: string | null;
  errorCode?: string | null;
  message?: string | null;
}

export interface Move {
  row: BulkPayoutRow;
  to: RowChange;
}

/** How many rows more, and how much more, a counter of a batch holds after moves. */
const counted = (moves: readonly Move[], holds: (status: BulkRowStatus) => boolean) => {
  const changes = moves.map(({ row, to }) => ({ by: Number(holds(to.status)) - Number(holds(row.status)), row }));
  return {
    rows: { increment: changes.reduce((total, { by }) => total + by, 0) },
    paise: { increment: changes.reduce((total, { by, row }) => total + BigInt(by) * row.amountPaise, 0n) },
  };
};

/**
 * Moves rows of one bulk file, and counts them anew. With its last row a batch that was sent is over. The batch is locked until the
 * transaction ends, so that is the last lock that is taken.
 */
export const moveRows = async (tx: Tx, moves: readonly Move[]): Promise<void> => {
  const changes = JSON.stringify(moves.map(({ row: { id }, to }) => ({ id, to })));
  await tx.$executeRaw`
    UPDATE "bulk_payout_rows" r SET ("status", "payoutId", "penaltyId", "incentiveId", "errorCode", "message", "updatedAt") = (
      SELECT n."status", n."payoutId", n."penaltyId", n."incentiveId", n."errorCode", n."message", now() FROM jsonb_populate_record(r, change."to") n
    ) FROM jsonb_to_recordset(${changes}::jsonb) AS change("id" uuid, "to" jsonb) WHERE r."id" = change."id"`;
  if (moves.every(({ row, to }) => counterOf[to.status] === counterOf[row.status])) return;
  const rowsIn = (counter: string) => counted(moves, (status) => counterOf[status] === counter).rows;
  const batch = await tx.bulkPayout.update({
    where: { id: moves[0]!.row.batchId },
    data: {
      ...{ rowsValid: rowsIn('rowsValid'), rowsPending: rowsIn('rowsPending') },
      ...{ rowsSucceeded: rowsIn('rowsSucceeded'), rowsFailed: rowsIn('rowsFailed') },
      acceptedPaise: counted(moves, isHandedOver).paise,
      disbursedPaise: counted(moves, (status) => status === 'SUCCESS').paise,
      version: { increment: 1 },
    },
  });
  const isSent = batch.status === 'PROCESSING' || batch.status === 'PAUSED';
  const isOver = isSent && batch.rowsValid + batch.rowsPending === 0;
  const isChanged = batch.status === 'COMPLETED' || batch.status === 'COMPLETED_WITH_ERRORS';
  if (!isOver && !isChanged) return;
  const ended = batch.rowsFailed > 0 ? ('COMPLETED_WITH_ERRORS' as const) : ('COMPLETED' as const);
  const end = isOver ? { status: ended, pausedFor: null, finishedAt: new Date() } : {};
  await tx.bulkPayout.update({ where: { id: batch.id }, data: { ...end, unheardSince: new Date() } });
};

/** A row that failed takes its penalty and its incentive back; a penalty that was waived went back before. Source: ledger.md 50. */
const takeBookingsBack = async (tx: Tx, row: BulkPayoutRow): Promise<void> => {
  const { batchId, rowNumber, driverId, fleetId, penaltyId, incentiveId } = row;
  if (!penaltyId && !incentiveId) return;
  const penalty = penaltyId ? await tx.penalty.findUniqueOrThrow({ where: { id: penaltyId } }) : null;
  const isOpen = penalty !== null && penalty.status !== 'WAIVED';
  const amounts = {
    penalty: paise(isOpen ? Number(row.penaltyPaise) : 0),
    incentive: paise(Number(row.incentivePaise)),
  };
  if (amounts.penalty + amounts.incentive === 0) return;
  const of = { batchId, row: rowNumber, driverId: driverId!, fleetId: fleetId!, occurredAt: instant(Date.now()) };
  const { posted } = await post(tx, bulkRowReversed({ ...of, ...amounts }));
  if (!posted) return;
  if (isOpen)
    await tx.penalty.update({
      where: { id: penalty.id },
      data: {
        ...{ status: 'WAIVED', nettedPaise: 0, paidAt: null, waivedAt: new Date(), waiverReason: 'The payout failed' },
        version: { increment: 1 },
      },
    });
  if (incentiveId)
    await tx.incentive.update({ where: { id: incentiveId }, data: { status: 'CANCELLED', paidAt: null } });
};

/** Why a row failed whose payout did. */
const faultOf = ({ status, failureReason }: Payout) => {
  const words = { FAILED: 'The bank refused it', REVERSED: 'The bank sent it back', CANCELLED: 'It was cancelled' };
  const message = failureReason || words[status as keyof typeof words];
  return { errorCode: `PAYOUT_${status}`, message };
};

/** The row of a bulk file follows its payout. The driver is locked. Source: payouts.md, Lifecycle, Bulk row. */
export const followPayout = async (tx: Tx, payout: Payout): Promise<void> => {
  if (payout.kind !== 'BULK_ROW') return;
  if (isInFlight(payout)) {
    // Both states count the same in the batch.
    await tx.bulkPayoutRow.updateMany({
      where: { payoutId: payout.id, status: 'PROCESSING' },
      data: { status: 'PENDING' },
    });
    return;
  }
  const row = await tx.bulkPayoutRow.findUniqueOrThrow({ where: { payoutId: payout.id } });
  const status = payout.status === 'SUCCESS' ? ('SUCCESS' as const) : ('FAILED' as const);
  if (row.status === status) return;
  if (status === 'FAILED') await takeBookingsBack(tx, row);
  const fault = status === 'FAILED' ? faultOf(payout) : { errorCode: null, message: null };
  await moveRows(tx, [{ row, to: { status, ...fault } }]);
};

export const withBatch = {
  bulkRow: { select: { batch: { select: { status: true } } } },
} satisfies Prisma.PayoutInclude;

/** Whether its batch hears what the gateway says of it: a row on its way that has no process of its own, while the batch is sent. */
export const isHeardByBatch = (payout: Prisma.PayoutGetPayload<{ include: typeof withBatch }>): boolean =>
  payout.bulkRow?.batch.status === 'PROCESSING' && payout.begunAt === null && isInFlight(payout);

/** Whether another row pays the same driver for the same cycle by now. */
export const isRepaid = async (tx: Tx, payoutId: string): Promise<boolean> => {
  const row = await tx.bulkPayoutRow.findUniqueOrThrow({ where: { payoutId } });
  const status = { in: ['VALID', 'PROCESSING', 'PENDING', 'SUCCESS'] satisfies BulkRowStatus[] };
  return (await tx.bulkPayoutRow.count({ where: { cycleKey: row.cycleKey, status, id: { not: row.id } } })) > 0;
};

/** Locks a batch, which then is in the state that is returned until the transaction ends. */
export const lockBatch = async (tx: Tx, id: string): Promise<BulkPayout> => {
  await tx.$queryRaw`SELECT "id" FROM "bulk_payouts" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
  return tx.bulkPayout.findUniqueOrThrow({ where: { id } });
};

/** Locks the rows of a batch that wait, so that none is begun any more. Before the batch: whoever begins a row locks that last. */
export const lockWaitingRows = async (tx: Tx, id: string): Promise<void> => {
  await tx.$queryRaw`
    SELECT "id" FROM "bulk_payout_rows" WHERE "batchId" = ${id}::uuid AND "status" = 'VALID' ORDER BY "rowNumber" FOR UPDATE`;
};

/**
 * Cancels a batch that is in one of these states: rows that were not begun are passed over, the others go on. Returns the batch as it
 * is then. Its waiting rows must be locked (`lockWaitingRows`). Source: payouts.md, Lifecycle.
 */
export const cancelBatch = async (tx: Tx, id: string, from: readonly BulkPayoutStatus[]): Promise<BulkPayout> => {
  const batch = await lockBatch(tx, id);
  if (!from.includes(batch.status)) return batch;
  const count = await tx.$executeRaw`
    UPDATE "bulk_payout_rows" SET "status" = 'SKIPPED', "errorCode" = 'BATCH_CANCELLED', "message" = 'The batch was cancelled', "updatedAt" = now()
    WHERE "batchId" = ${id}::uuid AND "status" = 'VALID'`;
  const rows = { rowsValid: { decrement: count }, rowsSkipped: { increment: count } };
  const ended = { status: 'CANCELLED', pausedFor: null, finishedAt: new Date(), unheardSince: new Date() } as const;
  return tx.bulkPayout.update({ where: { id }, data: { ...rows, ...ended, version: { increment: 1 } } });
};
