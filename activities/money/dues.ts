import type { Tx } from '../../prisma/client.ts';
import type { DuePart } from '../../workflows/domain/money/journals/deposits.ts';
import type { DueKind } from '../../workflows/domain/money/journals/journal.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { paise } from '../../workflows/domain/money.ts';

interface OpenPart {
  kind: DueKind;
  source: string;
  part: bigint;
}

/**
 * The open dues of a driver that an amount covers, oldest first, each with its part; together at most the amount. For the journal
 * that covers them, so the driver must be locked (`lockDrivers`) until that is posted.
 */
export const oldestDues = async (tx: Tx, driverId: string, amount: Paise): Promise<DuePart[]> => {
  const rows = await tx.$queryRaw<OpenPart[]>`
    SELECT "kind", "source", least("outstanding_paise", ${amount}::bigint - "before")::bigint AS "part"
    FROM (
      SELECT *, sum("outstanding_paise") OVER (ORDER BY "id") - "outstanding_paise" AS "before"
      FROM "driver_due" WHERE "driver_id" = ${driverId} AND "outstanding_paise" > 0
    ) due
    WHERE "before" < ${amount}::bigint ORDER BY "id"`;
  return rows.map(({ kind, source, part }) => ({ kind, source, amount: paise(Number(part)) }));
};
