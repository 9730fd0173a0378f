import type { ItemKind } from '../../workflows/domain/money/journals/journal.ts';
import type { Allocation } from '../../workflows/domain/money/journals/payouts.ts';
import { paise } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import type { Tx } from '../client.ts';
import type { PayableItem, Payout } from '../generated/client.ts';
import { lockDrivers } from '../locks.ts';

// Whoever changes a payout has locked whose it is (`lockOwner`) until the end of the transaction.

/** Locks whose payout it is: a driver, or the order whose money goes back. */
export const lockOwner = async (tx: Tx, { driverId, orderId }: Pick<Payout, 'driverId' | 'orderId'>): Promise<void> => {
  if (driverId) await lockDrivers(tx, [driverId]);
  else await tx.$queryRaw`SELECT "id" FROM "payment_orders" WHERE "id" = ${orderId}::uuid FOR UPDATE`;
};

/** The same, of a payout of which nothing was read yet. */
export const lockOwnerOf = async (tx: Tx, payoutId: string): Promise<void> => {
  await tx.$queryRaw`
    WITH payout AS (SELECT "driverId", "orderId" FROM "payouts" WHERE "id" = ${payoutId}::uuid),
      driver AS (SELECT d."id" FROM "drivers" d WHERE d."id" = (SELECT "driverId" FROM payout) FOR NO KEY UPDATE),
      ordered AS (SELECT o."id" FROM "payment_orders" o WHERE o."id" = (SELECT "orderId" FROM payout) FOR UPDATE)
    SELECT "id" FROM driver UNION ALL SELECT "id" FROM ordered`;
};

/** Keeps a payout, whose owner is locked, from being sent until the transaction ends: `submit` takes no lock but that of its row. */
export const lockUnsent = async (tx: Tx, id: string): Promise<void> => {
  await tx.$queryRaw`SELECT "id" FROM "payouts" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
};

interface Wanted {
  payoutId: string;
  driverId: string;
  amount: Paise;
  sources?: readonly string[];
}

interface Reserved {
  payoutId: string;
  kind: ItemKind;
  source: string;
  reserved: bigint;
}

/**
 * Reserves open items of drivers for payouts, one of each driver, up to their amounts: `sources` first, then collections, incentives
 * and the other kinds, each oldest first. Returns what it reserved for each; what an amount is beyond that will be an advance. A
 * reservation ends with the journal that settles the payout or takes it back. The drivers must be locked (`lockDrivers`).
 * Source: ledger.md, Sub-ledgers.
 */
export const reserve = async (tx: Tx, wanted: readonly Wanted[]): Promise<Allocation[][]> => {
  const text = JSON.stringify(wanted.map(({ sources = [], ...of }) => ({ ...of, sources })));
  const rows = await tx.$queryRaw<Reserved[]>`
    UPDATE "payable_item" item
    SET "reserved_by" = free."payoutId", "updated_at" = now(),
      "reserved_paise" = least(item."open_paise", free."amount" - "before")
    FROM (
      SELECT "id", "payoutId", "amount", sum("open_paise") OVER (PARTITION BY "payoutId" ORDER BY "rank", "id") - "open_paise" AS "before"
      FROM (
        SELECT *, CASE WHEN "sources" ? "source" THEN 0 WHEN "kind" = 'COLLECTION' THEN 1 WHEN "kind" = 'INCENTIVE' THEN 2 ELSE 3 END AS "rank"
        FROM jsonb_to_recordset(${text}::jsonb) AS wanted("payoutId" text, "driverId" text, "amount" bigint, "sources" jsonb)
          JOIN "payable_item" ON "driver_id" = "driverId" AND "open_paise" > 0 AND "reserved_by" IS NULL
      ) ranked
    ) free
    WHERE item."id" = free."id" AND "before" < free."amount"
    RETURNING item."reserved_by" AS "payoutId", item."kind", item."source", item."reserved_paise" AS "reserved"`;
  return wanted.map(({ payoutId }) =>
    rows
      .filter((row) => row.payoutId === payoutId)
      .map(({ kind, source, reserved }) => ({ kind, source, amount: paise(Number(reserved)) })),
  );
};

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

/** What attempts pay. */
export const allocate = (tx: Tx, of: readonly { row: Payout; allocations: readonly Allocation[] }[]) =>
  tx.payoutAllocation.createMany({
    data: of.flatMap(({ row: { id, attempt }, allocations }) =>
      allocations.map(({ kind, source, amount }) => ({
        ...{ payoutId: id, attempt, itemKind: kind, itemSource: source, amountPaise: amount },
      })),
    ),
  });

/** What of days is paid out: their shares, and the incentives that are settled with them. */
export const itemsOfDays = async (tx: Tx, collectionIds: string[]): Promise<PayableItem[]> => {
  const where = { collectionId: { in: collectionIds } };
  const attached = await tx.incentive.findMany({ where, select: { id: true } });
  const [kind, incentives] = ['COLLECTION', { in: attached.map(({ id }) => id) }];
  return tx.payableItem.findMany({
    where: {
      OR: [
        { kind, source: { in: collectionIds } },
        { kind: 'INCENTIVE', source: incentives },
      ],
    },
    orderBy: { id: 'asc' },
  });
};

/** What of days is open and not reserved, and which payout has reserved the rest, by day. Days of which nothing is open are left out. */
export const openOfDays = async (db: Pick<Tx, '$queryRaw'>, collectionIds: string[]) => {
  const rows = await db.$queryRaw<{ id: string; free: bigint; payoutId: string | null }[]>`
    WITH own AS (
      SELECT "id", 'COLLECTION' AS "kind", "id"::text AS "source" FROM "daily_collections" WHERE "id" = ANY(${collectionIds}::uuid[])
      UNION ALL SELECT "collectionId", 'INCENTIVE', "id"::text FROM "incentives" WHERE "collectionId" = ANY(${collectionIds}::uuid[])
    )
    SELECT own."id", sum(item."open_paise" - item."reserved_paise")::bigint AS "free", max(item."reserved_by") AS "payoutId"
    FROM own JOIN "payable_item" item USING ("kind", "source") WHERE item."open_paise" > 0 GROUP BY own."id"`;
  return new Map(rows.map(({ id, free, payoutId }) => [id, { free: paise(Number(free)), payoutId }]));
};

/**
 * Says of the days and incentives of which payouts pay, or paid, something how far they are, once the payouts and their allocations are
 * as they should be: paid when nothing of their items is open, under way when something of them is reserved or paid. An incentive that
 * was cancelled since, and a day that is not reconciled any more, stay as they are. The payouts pay different items. Rule 8.
 */
export const restate = async (tx: Tx, payouts: readonly Pick<Payout, 'id'>[]): Promise<void> => {
  await tx.$executeRaw`
    WITH touched AS (
      SELECT DISTINCT "payoutId", "itemKind" AS "kind", "itemSource" AS "source" FROM "payout_allocations"
      WHERE "payoutId" = ANY(${payouts.map(({ id }) => id)}::uuid[]) AND "itemKind" IN ('COLLECTION', 'INCENTIVE') AND "itemSource" ~ '^[0-9a-f-]{36}$'
    ), incentive AS (
      UPDATE "incentives" n SET ("status", "paidAt", "payoutId", "transactionId", "updatedAt") = (
        SELECT CASE WHEN item."open_paise" = 0 THEN 'PAID' WHEN n."collectionId" IS NOT NULL THEN 'ATTACHED'
            WHEN item."reserved_paise" > 0 OR paid."amount" > 0 THEN 'PAYING' ELSE 'UNPAID' END::"IncentiveStatus",
          CASE WHEN item."open_paise" = 0 THEN now() END,
          CASE WHEN item."reserved_paise" > 0 OR paid."amount" > 0 THEN touched."payoutId" END,
          CASE WHEN item."reserved_paise" > 0 OR paid."amount" > 0 THEN touched."payoutId" END, now()
        FROM "payable_item" item, LATERAL settled_of(item."kind", item."source") paid("amount")
        WHERE item."kind" = 'INCENTIVE' AND item."source" = n."id"::text
      ) FROM touched WHERE n."status" <> 'CANCELLED' AND touched."kind" = 'INCENTIVE' AND n."id" = touched."source"::uuid
      RETURNING n."collectionId", touched."payoutId"
    ), day AS (
      SELECT "source"::uuid AS "id", "payoutId" FROM touched WHERE "kind" = 'COLLECTION'
      UNION SELECT "collectionId", "payoutId" FROM incentive WHERE "collectionId" IS NOT NULL
    ), own AS (
      SELECT day.*, 'COLLECTION' AS "kind", day."id"::text AS "source" FROM day
      UNION ALL SELECT day.*, 'INCENTIVE', n."id"::text FROM day JOIN "incentives" n ON n."collectionId" = day."id"
    ), state AS (
      SELECT own."id", own."payoutId", sum(item."open_paise") AS "open", sum(item."reserved_paise") AS "reserved", sum(paid."amount") AS "paid"
      FROM own JOIN "payable_item" item USING ("kind", "source"), LATERAL settled_of(item."kind", item."source") paid("amount")
      GROUP BY own."id", own."payoutId"
    )
    UPDATE "daily_collections" c SET "paidPaise" = state."paid", "unheardSince" = now(), "version" = c."version" + 1, "updatedAt" = now(),
      "status" = CASE WHEN state."open" = 0 THEN 'PAID' WHEN state."reserved" + state."paid" > 0 THEN 'PAYOUT_PENDING'
        ELSE 'RECONCILED' END::"CollectionStatus",
      "paidAt" = CASE WHEN state."open" = 0 THEN now() END, "payoutTransactionId" = state."payoutId"
    FROM state WHERE c."id" = state."id" AND c."status" IN ('RECONCILED', 'PAYOUT_PENDING', 'PAID')`;
};

/** The allocations of an attempt whose money did not arrive, or came back. */
export const undoAllocations = (tx: Tx, { id, attempt }: Payout) =>
  tx.payoutAllocation.updateMany({
    where: { payoutId: id, attempt, undoneAt: null },
    data: { undoneAt: new Date() },
  });
