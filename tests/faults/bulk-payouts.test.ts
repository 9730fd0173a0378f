import { beforeAll, expect, jest, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { minuteMs } from '../../workflows/domain/time.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aFleet } from '../world/factories.ts';
import { faultsInBooks } from '../world/money/books.ts';
import { csv, upload } from '../world/money/bulk-files.ts';
import { aPayee, batchRow, miscounted, rowsOf, untilBatch } from '../world/money/bulk-payouts.ts';
import { gatewayAt } from '../world/money/gateway.ts';
import { kill, untilUp } from '../world/parts.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';

/** More of them, and kills, take as long as they take: `BULK_ROWS=1000 npx jest tests/faults/bulk-payouts`. */
const rowsWanted = Number(process.env['BULK_ROWS'] ?? 40);
const killEveryMs = Number(process.env['BULK_KILL_EVERY_MS'] ?? 3_000);
const patienceMs = 60_000 + rowsWanted * 500;
jest.setTimeout(60_000 + patienceMs);

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** Drivers with bank accounts, made a few at a time. */
const payees = async (count: number) => {
  const made: Awaited<ReturnType<typeof aPayee>>[] = [];
  const lane = async () => {
    while (made.length < count) made.push(await aPayee(fleet));
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return made.slice(0, count);
};

/** A quarter of an hour passes in which the gateway did not hear of what nobody knows yet, and it is asked again. */
const askNow = async (batchId: string) => {
  const unknown = await db.payout.findMany({
    where: { bulkRow: { batchId }, status: 'UNKNOWN' },
    select: { id: true },
  });
  const calledAt = new Date(Date.now() - 16 * minuteMs);
  for (const { id } of unknown) {
    await db.payout.updateMany({ where: { id, status: 'UNKNOWN' }, data: { calledAt } });
    await post(`/payments/admin/payout/${id}/refresh`, {}, fleet.manager).catch(() => undefined);
  }
};

test('worker and API die while a file is sent, and every tenth answer is lost: each row is paid once', async () => {
  const drivers = await payees(rowsWanted);
  for (const { id } of drivers.filter((_, n) => n % 10 === 0))
    await gateway.scenario({ match: id.slice(0, 8), call: 'transfer', answer: 'lose', times: 1 });
  await gateway.scenario({ call: 'transfer', delayMs: 200 });
  const file = csv(...drivers.map(({ phone }) => [phone, 100, '', '', 'Week 48']));
  const { body } = await upload(file, fleet.manager, { wait: '0' });
  const { batchId } = body.data;

  const isSent = async () => (await batchRow(batchId).catch(() => null))?.rowsValid === 0;
  for (let n = 0; !(await isSent()); n += 1) {
    // Longer each time, so that something is sent between two kills on a slow machine too.
    await pause(killEveryMs * (n + 1));
    await kill(n % 2 === 0 ? 'worker' : 'api');
    await untilUp();
    if (n === 0) expect((await upload(file, fleet.manager)).status).toBe(409);
    if (n === 1) await upload(`${file}\n`, fleet.manager, { wait: '0' });
  }
  await until(
    async () => {
      await askNow(batchId);
      return (await batchRow(batchId)).finishedAt !== null;
    },
    'every row to be over',
    patienceMs,
  );

  await untilBatch(batchId, 'COMPLETED');
  const numbers = (await db.payout.findMany({ where: { fleetId: fleet.id } })).map(({ number }) => number);
  const paid = (await gateway.transfers()).filter(({ number, paidAt }) => paidAt && numbers.includes(number));
  expect(paid).toHaveLength(rowsWanted);
  expect(new Set(paid.map(({ number }) => number)).size).toBe(rowsWanted);
  expect((await rowsOf(batchId)).filter(({ status }) => status !== 'SUCCESS')).toEqual([]);
  expect(await miscounted(batchId)).toEqual([]);
  expect(await faultsInBooks(...drivers.map(({ id }) => id))).toEqual([]);
});

test('three rows in a row that wait for money in the wallet stop the file; with money they and the rest are paid', async () => {
  const drivers = await payees(30);
  await gateway.wallet(0);
  const { body } = await upload(csv(...drivers.map(({ phone }) => [phone, 10, '', '', 'Low'])), fleet.manager);
  const { batchId } = body.data;
  const paused = await untilBatch(batchId, 'PAUSED', patienceMs);
  expect(paused).toMatchObject({ pausedFor: 'LOW_BALANCE', rowsSucceeded: 0, rowsFailed: 0 });
  expect(paused.rowsValid).toBeGreaterThan(0);

  await gateway.wallet(1_000_000);
  expect((await post(`/payments/admin/bulk-payout/${batchId}/resume`, {}, fleet.manager)).status).toBe(200);

  await untilBatch(batchId, 'COMPLETED', patienceMs);
  expect(await batchRow(batchId)).toMatchObject({ rowsSucceeded: 30, disbursedPaise: 30_000n });
  expect(await miscounted(batchId)).toEqual([]);
  expect(await faultsInBooks(...drivers.map(({ id }) => id))).toEqual([]);
});
