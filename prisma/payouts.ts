import type { ItemKind } from '../workflows/domain/money/journals/journal.ts';
import type { Allocation } from '../workflows/domain/money/journals/payouts.ts';
import { paise, sum } from '../workflows/domain/money.ts';
import type { Paise } from '../workflows/domain/money.ts';
import { instant } from '../workflows/domain/time.ts';
import type { Tx } from './client.ts';
import type { PayableItem, Payout } from './generated/client.ts';

// Whoever changes a payout has locked its driver (`lockDrivers`) until the end of the transaction.

interface Reserved {
  kind: ItemKind;
  source: string;
  reserved: bigint;
}

/**
 * Reserves open items of a driver for a payout, up to its amount: its own first, then collections, incentives and
 * the other kinds, each oldest first. Returns what it reserved; what the amount is beyond that will be an advance. The reservation
 * ends with the journal that settles the payout or takes it back. The driver must be locked (`lockDrivers`).
 * Source: ledger.md, Sub-ledgers.
 */
export const reserve = async (
  tx: Tx,
  {
    payoutId,
    driverId,
    amount,
    sources = [],
  }: { payoutId: string; driverId: string; amount: Paise; sources?: readonly string[] },
): Promise<Allocation[]> => {
  const rows = await tx.$queryRaw<Reserved[]>`
    UPDATE "payable_item" item
    SET "reserved_by" = ${payoutId}, "updated_at" = now(),
      "reserved_paise" = least(item."open_paise", ${amount}::bigint - "before")
    FROM (
      SELECT "id", sum("open_paise") OVER (ORDER BY "rank", "id") - "open_paise" AS "before"
      FROM (
        SELECT *, CASE WHEN "source" = ANY(${sources}) THEN 0 WHEN "kind" = 'COLLECTION' THEN 1 WHEN "kind" = 'INCENTIVE' THEN 2 ELSE 3 END AS "rank"
        FROM "payable_item" WHERE "driver_id" = ${driverId} AND "open_paise" > 0 AND "reserved_by" IS NULL
      ) ranked
    ) free
    WHERE item."id" = free."id" AND "before" < ${amount}::bigint
    RETURNING item."kind", item."source", item."reserved_paise" AS "reserved"`;
  return rows.map(({ kind, source, reserved }) => ({ kind, source, amount: paise(Number(reserved)) }));
};

/** What a journal needs to know of a payout. */
export const bookingOf = ({ id, driverId, fleetId, attempt, amountPaise }: Payout) => ({
  ...{ payoutId: id, driverId, fleetId, attempt, from: 'PAYABLE' as const },
  ...{ amount: paise(Number(amountPaise)), occurredAt: instant(Date.now()) },
});

/** The allocations of the current attempt that were not undone. */
export const allocationsOf = async (tx: Tx, { id, attempt }: Payout): Promise<Allocation[]> => {
  const rows = await tx.payoutAllocation.findMany({
    where: { payoutId: id, attempt, undoneAt: null },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ itemKind, itemSource, amountPaise }) => ({
    kind: itemKind as Allocation['kind'],
    source: itemSource,
    amount: paise(Number(amountPaise)),
  }));
};

export const allocate = (tx: Tx, { id, attempt }: Payout, allocations: readonly Allocation[]) =>
  tx.payoutAllocation.createMany({
    data: allocations.map(({ kind, source, amount }) => ({
      ...{ payoutId: id, attempt, itemKind: kind, itemSource: source, amountPaise: amount },
    })),
  });

/** What of a day is paid out: its share, and the incentives that are settled with it; of an incentive itself. */
export const ownItems = async (
  tx: Tx,
  { kind, sourceId }: Pick<Payout, 'kind' | 'sourceId'>,
): Promise<PayableItem[]> => {
  const attached =
    kind === 'COLLECTION'
      ? await tx.incentive.findMany({ where: { collectionId: sourceId }, select: { id: true } })
      : [];
  const incentives = { kind: 'INCENTIVE', source: { in: attached.map(({ id }) => id) } };
  return tx.payableItem.findMany({ where: { OR: [{ kind, source: sourceId }, incentives] }, orderBy: { id: 'asc' } });
};

/** What was set aside, or paid, is owed again: its day is reconciled, its incentive unpaid. `wasPaid`: it had been settled. */
export const oweAgain = async (tx: Tx, row: Payout, wasPaid: boolean): Promise<void> => {
  const allocations = await allocationsOf(tx, row);
  await tx.payoutAllocation.updateMany({
    where: { payoutId: row.id, attempt: row.attempt, undoneAt: null },
    data: { undoneAt: new Date() },
  });
  const unpaid = { paidAt: null, payoutId: null };
  if (row.kind === 'INCENTIVE') {
    await tx.incentive.update({ where: { id: row.sourceId }, data: { ...unpaid, status: 'UNPAID' } });
    return;
  }
  const decrement = wasPaid ? sum(...allocations.map(({ amount }) => amount)) : 0;
  await tx.dailyCollection.update({
    where: { id: row.sourceId },
    data: {
      ...{ paidPaise: { decrement }, status: 'RECONCILED', paidAt: null, unheardSince: new Date() },
      version: { increment: 1 },
    },
  });
  await tx.incentive.updateMany({
    where: { collectionId: row.sourceId, status: 'PAID' },
    data: { ...unpaid, status: 'ATTACHED' },
  });
};
