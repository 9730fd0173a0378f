import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { db, seals } from '../database.ts';
import { aDriver } from '../factories.ts';
import { until } from '../until.ts';
import { faultsInBooks } from './books.ts';
import { gateway } from './collections.ts';
import { withBank } from './payouts.ts';

/** A driver with a bank account. */
export const aPayee = async (fleet: { id: string; hubId: string }) => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  return driver;
};

export const batchRow = (id: string) => db.bulkPayout.findUniqueOrThrow({ where: { id } });

export const rowsOf = (batchId: string) =>
  db.bulkPayoutRow.findMany({ where: { batchId }, orderBy: { rowNumber: 'asc' } });

export const untilBatch = (id: string, status: string, patienceMs?: number) =>
  until(
    async () => {
      const row = await batchRow(id);
      return row.status === status && row;
    },
    `the batch to be ${status}`,
    patienceMs,
  );

/** The counters of a batch that its rows do not bear out. */
export const miscounted = (batchId: string) => db.$queryRaw<unknown[]>`
  SELECT b."id" FROM "bulk_payouts" b JOIN (
    SELECT "batchId", count(*) FILTER (WHERE "status" = 'VALID') AS valid, count(*) FILTER (WHERE "status" IN ('PROCESSING', 'PENDING')) AS pending,
      count(*) FILTER (WHERE "status" = 'SUCCESS') AS paid, count(*) FILTER (WHERE "status" = 'FAILED') AS failed,
      count(*) FILTER (WHERE "status" = 'SKIPPED') AS skipped,
      coalesce(sum("amountPaise") FILTER (WHERE "status" = 'SUCCESS'), 0) AS disbursed,
      coalesce(sum("amountPaise") FILTER (WHERE "status" IN ('PROCESSING', 'PENDING', 'SUCCESS')), 0) AS accepted
    FROM "bulk_payout_rows" GROUP BY "batchId"
  ) r ON r."batchId" = b."id"
  WHERE b."id" = ${batchId}::uuid AND (b."rowsValid", b."rowsPending", b."rowsSucceeded", b."rowsFailed", b."rowsSkipped", b."disbursedPaise", b."acceptedPaise")
    IS DISTINCT FROM (r.valid, r.pending, r.paid, r.failed, r.skipped, r.disbursed, r.accepted)`;

type BatchStatus = 'AWAITING_APPROVAL' | 'PROCESSING' | 'PAUSED' | 'COMPLETED_WITH_ERRORS';

interface Row {
  driverId: string;
  fleetId: string;
  amountPaise?: number;
  penaltyPaise?: number;
  incentivePaise?: number;
}

/** A batch of rows, of 500.00 each if nothing else is said, that were not sent. Its process has not begun, or waits. */
export const aBatch = async (rows: Row[], createdBy: string, status: BatchStatus = 'AWAITING_APPROVAL') => {
  const id = randomUUID();
  const isFailed = status === 'COMPLETED_WITH_ERRORS';
  const amounts = rows.map(({ amountPaise = 50_000 }) => amountPaise);
  const file = { fileName: 'week-48.csv', fileSize: 120, fileSha256: id, rowsSha256: id, format: 'CSV' as const };
  const batch = await db.bulkPayout.create({
    data: {
      ...{ id, ...file, fleetId: rows[0]!.fleetId, createdBy, begunAt: new Date(), rowsTotal: rows.length },
      ...{ status, pausedFor: status === 'PAUSED' ? 'MANUAL' : null, rowsValid: isFailed ? 0 : rows.length },
      ...{ rowsFailed: isFailed ? rows.length : 0, rowsSkipped: 0 },
      amountPaise: amounts.reduce((total, amount) => total + amount, 0),
    },
  });
  await db.bulkPayoutRow.createMany({
    data: rows.map(({ driverId, fleetId, penaltyPaise = 0, incentivePaise = 0 }, n) => {
      const rowId = randomUUID();
      const cycle = `Week ${n + 1} ${id}`;
      return {
        ...{ id: rowId, batchId: id, rowNumber: n + 1, driverId, fleetId, phone: '9876543210', warnings: [] },
        ...{ amountPaise: amounts[n]!, penaltyPaise, incentivePaise, payoutCycle: cycle },
        sealedRaw: seals.seal('bulk-row', '{}', rowId),
        ...{ status: isFailed ? 'FAILED' : 'VALID', errorCode: isFailed ? 'PAYOUT_FAILED' : null },
        cycleKey: `${driverId}:${cycle.toLowerCase()}`,
      };
    }),
  });
  return batch;
};

/** The same with one row. */
export const aBatchRow = (of: { driverId: string; fleetId: string }, createdBy: string, status?: BatchStatus) =>
  aBatch([of], createdBy, status);

/** What the bank paid to a driver. */
export const paidTo = async ({ id: driverId }: { id: string }) => {
  const numbers = (await db.payout.findMany({ where: { driverId } })).map(({ number }) => number);
  return (await gateway.transfers()).filter(({ number, paidAt }) => paidAt && numbers.includes(number));
};

/** The counters of a batch are those of its rows, and the books of its drivers are in order. */
export const expectInOrder = async (batchId: string, ...drivers: { id: string }[]): Promise<void> => {
  expect(await miscounted(batchId)).toEqual([]);
  expect(await faultsInBooks(...drivers.map(({ id }) => id))).toEqual([]);
};
