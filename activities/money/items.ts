import type { Tx } from '../../prisma/client.ts';
import type { ItemKind } from '../../workflows/domain/money/journals/journal.ts';
import type { Allocation } from '../../workflows/domain/money/journals/payouts.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { paise } from '../../workflows/domain/money.ts';

interface Reserved {
  kind: ItemKind;
  source: string;
  reserved: bigint;
}

/**
 * Reserves open items of a driver for a payout, up to its amount: the one of its own source first, then collections, incentives and
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
    source = null,
  }: { payoutId: string; driverId: string; amount: Paise; source?: string | null },
): Promise<Allocation[]> => {
  const rows = await tx.$queryRaw<Reserved[]>`
    UPDATE "payable_item" item
    SET "reserved_by" = ${payoutId}, "updated_at" = now(),
      "reserved_paise" = least(item."open_paise", ${amount}::bigint - "before")
    FROM (
      SELECT "id", sum("open_paise") OVER (ORDER BY "rank", "id") - "open_paise" AS "before"
      FROM (
        SELECT *, CASE WHEN "source" = ${source} THEN 0 WHEN "kind" = 'COLLECTION' THEN 1 WHEN "kind" = 'INCENTIVE' THEN 2 ELSE 3 END AS "rank"
        FROM "payable_item" WHERE "driver_id" = ${driverId} AND "open_paise" > 0 AND "reserved_by" IS NULL
      ) ranked
    ) free
    WHERE item."id" = free."id" AND "before" < ${amount}::bigint
    RETURNING item."kind", item."source", item."reserved_paise" AS "reserved"`;
  return rows.map(({ kind, source: from, reserved }) => ({ kind, source: from, amount: paise(Number(reserved)) }));
};
