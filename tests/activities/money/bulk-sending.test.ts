import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { bulkSending } from '../../../activities/money/payouts/bulk-sending.ts';
import { workerEnv } from '../../../workers/env.ts';
import { transfersPartner } from '../../../workers/gateway.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { aBatch, aPayee, expectInOrder, rowsOf } from '../../world/money/bulk-payouts.ts';
import { gateway } from '../../world/money/collections.ts';
import { askingFor } from '../../world/money/payouts.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';

const log = pino({ level: 'silent' });

test('rows that were begun and not sent when their worker ends are sent by processes of their own', async () => {
  const fleet = await aFleet();
  const drivers = await Promise.all(Array.from({ length: 5 }, () => aPayee(fleet)));
  const rows = drivers.map(({ id: driverId }) => ({ driverId, fleetId: fleet.id }));
  const { id: batchId } = await aBatch(rows, fleet.manager.id, 'PROCESSING');
  let go = () => {};
  const turn = new Promise<void>((resolve) => (go = resolve));
  const transfers = transfersPartner(workerEnv(world.workerEnvironment), log);
  const paced = { pace: () => turn, concurrency: 1 };
  const { sendRows } = bulkSending({ ...{ db, client: temporal, log, transfers }, ...paced, ...askingFor() });
  const worker = new MockActivityEnvironment();

  const sending = worker.run(sendRows, batchId);
  await until(
    async () => (await rowsOf(batchId)).every(({ status }) => status === 'PROCESSING'),
    'every row to be begun',
  );
  worker.cancel();
  go();
  await sending;

  // The two that waited for their turn were sent.
  const adopted = { bulkRow: { batchId }, begunAt: { not: null }, status: 'SUCCESS' as const };
  await until(async () => (await db.payout.count({ where: adopted })) === 3, 'the others to be paid');
  const numbers = (await db.payout.findMany({ where: { bulkRow: { batchId } } })).map(({ number }) => number);
  const transferred = (await gateway.transfers()).map(({ number }) => number).filter((sent) => numbers.includes(sent));
  expect(transferred.sort()).toEqual(numbers.sort());
  await expectInOrder(batchId, ...drivers);
});
