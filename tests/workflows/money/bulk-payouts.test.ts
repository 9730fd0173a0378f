import { beforeAll, expect, test } from '@jest/globals';
import { batchClock, batchFacts } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import type { BatchClock } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import { bulkPayoutProcess, startOptions } from '../../../workflows/processes.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { aBatchRow, batchRow, miscounted, rowsOf, untilBatch } from '../../world/money/bulk-payouts.ts';
import { csv, upload } from '../../world/money/bulk-files.ts';
import { withBank } from '../../world/money/payouts.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { cardOf } from '../on-temporal.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A file of one row whose process keeps this time. */
const aFile = async (clock: Partial<BatchClock>, status?: Parameters<typeof aBatchRow>[2]) => {
  const { id: driverId } = await aDriver(fleet);
  await withBank(driverId);
  const batch = await aBatchRow({ driverId, fleetId: fleet.id }, fleet.manager.id, status);
  const facts = batchFacts(batch);
  const process = bulkPayoutProcess(facts);
  const handle = await temporal.workflow.start(process.type, {
    ...startOptions(process),
    args: [facts, { ...batchClock, ...clock }] as never,
  });
  return { id: batch.id, driverId, handle };
};

test('a file that nobody approves in time is cancelled, and none of it is paid', async () => {
  const { id, driverId, handle } = await aFile({ approvalMs: 6_000 });
  await until(async () => (await cardOf(handle)).includes('a second person to approve it'), 'the card');

  await handle.result();

  expect(await batchRow(id)).toMatchObject({ status: 'CANCELLED', rowsSkipped: 1, rowsValid: 0 });
  expect(await rowsOf(id)).toMatchObject([{ status: 'SKIPPED', errorCode: 'BATCH_CANCELLED' }]);
  expect(await db.payout.count({ where: { driverId } })).toBe(0);
  expect(await miscounted(id)).toEqual([]);
});

test('a file that is paused says so and is not sent, however long', async () => {
  const { id, handle } = await aFile({ approvalMs: 500, looksMs: [100] }, 'PAUSED');
  await until(async () => (await cardOf(handle)).includes('somebody paused it'), 'the card');

  const card = await cardOf(handle);

  expect(card).toContain(`POST /payments/admin/bulk-payout/${id}/resume`);
  expect(await batchRow(id)).toMatchObject({ status: 'PAUSED', rowsValid: 1 });
  await handle.terminate();
});

/** `HISTORY_ROWS=2000` is the long form. */
const historyRows = Number(process.env['HISTORY_ROWS'] ?? 100);

test(
  `${historyRows} rows leave a short history, and no person in it`,
  async () => {
    const other = await aFleet();
    const { id: driverId, phone } = await aDriver(other);
    await withBank(driverId);
    const lines = Array.from({ length: historyRows }, (_, n) => [phone, 1, '', '', `भुगतान ${n}`]);

    const { body } = await upload(csv(...lines), other.manager, { wait: '0' });

    const { batchId } = body.data;
    await untilBatch(batchId, 'COMPLETED', 50_000 + historyRows * 100);
    const handle = temporal.workflow.getHandle(`bulk-payout:${batchId}`);
    await until(async () => (await handle.describe()).status.name === 'COMPLETED', 'the process to end', 40_000);
    const { events = [] } = await handle.fetchHistory();
    expect(events!.length).toBeLessThan(200);
    expect(JSON.stringify(events)).not.toMatch(new RegExp(`${phone}|भुगतान|50100123456789`));
    expect(await miscounted(batchId)).toEqual([]);
  },
  120_000 + historyRows * 100,
);
