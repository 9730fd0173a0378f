import type { Tx } from './client.ts';
import { depositDuesCleared } from '../workflows/domain/money/journals/deposits.ts';
import type { DuePart } from '../workflows/domain/money/journals/deposits.ts';
import type { DueKind, OfDriver } from '../workflows/domain/money/journals/journal.ts';
import type { Paise } from '../workflows/domain/money.ts';
import { paise } from '../workflows/domain/money.ts';
import { depositHeld } from './books.ts';
import { creditPenalties } from './penalties.ts';
import { post } from './post.ts';

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

/** What a driver owes altogether. */
export const openDues = async (tx: Tx, driverId: string): Promise<Paise> => {
  const { _sum } = await tx.driverDue.aggregate({ where: { driverId }, _sum: { outstandingPaise: true } });
  return paise(Number(_sum.outstandingPaise ?? 0));
};

/**
 * Clears dues from the deposit of a driver, oldest first, as far as it goes. `settlementId` names the settlement, which clears once.
 * The driver must be locked (`lockDrivers`). Source: ledger.md 43.
 */
export const clearDues = async (tx: Tx, of: OfDriver & { settlementId: string }): Promise<void> => {
  const dues = await oldestDues(tx, of.driverId, await depositHeld(tx, of.driverId));
  if (dues.length === 0) return;
  const cleared = depositDuesCleared({ ...of, dues });
  await post(tx, cleared);
  await creditPenalties(tx, cleared, 'depositPaise');
};
