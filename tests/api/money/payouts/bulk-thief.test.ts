import { beforeAll, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { csv, upload } from '../../../world/money/bulk-files.ts';
import { aPayee, miscounted, rowsOf, untilBatch } from '../../../world/money/bulk-payouts.ts';
import { gateway } from '../../../world/money/collections.ts';
import { until } from '../../../world/until.ts';
import { expectRefused } from '../../http/refused.ts';
import { act as actOnPayout } from './deeds.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;

beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

const act = (id: string, verb: string, by: Sent = fleet.manager) =>
  post(`/payments/admin/bulk-payout/${id}/${verb}`, {}, by);

/** What the bank paid to a driver. */
const paidTo = async ({ id: driverId }: { id: string }) => {
  const numbers = (await db.payout.findMany({ where: { driverId } })).map(({ number }) => number);
  return (await gateway.transfers()).filter(({ number, paidAt }) => paidAt && numbers.includes(number));
};

const expectInOrder = async (batchId: string, ...drivers: { id: string }[]) => {
  expect(await miscounted(batchId)).toEqual([]);
  expect(await faultsInBooks(...drivers.map(({ id }) => id))).toEqual([]);
};

test('a row that is cancelled while it waits for its turn at the bank is not sent', async () => {
  const drivers = await Promise.all(Array.from({ length: 7 }, () => aPayee(fleet)));
  for (const { id } of drivers) await gateway.scenario({ match: id.slice(0, 8), call: 'transfer', delayMs: 1_500 });
  const rows = drivers.map(({ phone }) => [phone, 100, '', '', 'Week 1']);
  const { batchId } = (await upload(csv(...rows), fleet.manager, { wait: '0' })).body.data;
  const waiting = await until(async () => {
    const found = await db.payout.findMany({ where: { bulkRow: { batchId }, status: 'CREATED' } });
    const sent = await db.payout.count({ where: { bulkRow: { batchId }, status: 'SUBMITTING' } });
    return sent === 5 && found.length === 2 && found;
  }, 'five rows to be sent and two to wait');

  for (const { id } of waiting) expect((await actOnPayout(id, 'cancel', fleet.manager)).status).toBe(200);

  await untilBatch(batchId, 'COMPLETED_WITH_ERRORS');
  // Meanwhile their turn has come.
  await pause(2_000);
  for (const { driverId } of waiting) expect(await paidTo({ id: driverId! })).toEqual([]);
  expect((await rowsOf(batchId)).filter(({ errorCode }) => errorCode === 'PAYOUT_CANCELLED')).toHaveLength(2);
  await expectInOrder(batchId, ...drivers);
});
