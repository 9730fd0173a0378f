import { beforeAll, expect, jest, test } from '@jest/globals';
import { post } from '../../../world/api.ts';
import type { Answer, Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { faultsInBooks } from '../../../world/money/books.ts';
import { csv, upload } from '../../../world/money/bulk-files.ts';
import { aBatchRow, aPayee, batchRow, miscounted, rowsOf } from '../../../world/money/bulk-payouts.ts';
import { gateway } from '../../../world/money/collections.ts';
import { until } from '../../../world/until.ts';
import { expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let uploader: Awaited<ReturnType<typeof aUser>>;
let second: Awaited<ReturnType<typeof aUser>>;
beforeAll(async () => {
  fleet = await aFleet();
  [uploader, second] = [await aUser('MANAGER', fleet.id), await aUser('MANAGER', fleet.id)];
});

/** Of every race. `RACES=100` is the long form. */
const rounds = Number(process.env['RACES'] ?? 10);
jest.setTimeout(60_000 + rounds * 2_000);

const act = (id: string, verb: string, by: Sent) => post(`/payments/admin/bulk-payout/${id}/${verb}`, {}, by);

/** Waits until the bank has paid a driver so many times, and sees that it has not more often. */
const untilPaid = async ({ id: driverId }: { id: string }, times: number) => {
  const numbers = (await db.payout.findMany({ where: { driverId } })).map(({ number }) => number);
  const paid = async () =>
    (await gateway.transfers()).filter(({ number, paidAt }) => paidAt && numbers.includes(number)).length;
  await until(async () => (await paid()) >= times, `${times} transfers`);
  expect(await paid()).toBe(times);
};

/** No row waits, and the gateway has taken what was begun. */
const isSent = async (id: string) => {
  const row = await batchRow(id);
  const unsent = { in: ['CREATED' as const, 'SUBMITTING' as const, 'UNKNOWN' as const] };
  const isQuiet = (await db.payout.count({ where: { bulkRow: { batchId: id }, status: unsent } })) === 0;
  return row.rowsValid === 0 && isQuiet && row;
};

const isPaid = ({ status }: { status: string }) => status === 'PENDING' || status === 'SUCCESS';

const wins = (answers: Answer[]) => answers.filter(({ status }) => status === 200).length;

test('of two people who approve and cancel one wins, and a row is sent or passed over', async () => {
  const driver = await aPayee(fleet);
  let sent = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await aBatchRow({ driverId: driver.id, fleetId: fleet.id }, uploader.id);

    const answers = await Promise.all([act(id, 'approve', second), act(id, 'cancel', fleet.fleetAdmin)]);

    const { status } = await until(() => isSent(id), 'the batch to be over');
    const [row] = await rowsOf(id);
    expect(isPaid(row!)).toBe(row!.status !== 'SKIPPED');
    if (status !== 'CANCELLED') expect(isPaid(row!)).toBe(true);
    sent += Number(isPaid(row!));
    for (const answer of answers.filter((of) => of.status !== 200)) expectRefused(answer, 409, 'BATCH_STATE_INVALID');
    expect(wins(answers)).toBeGreaterThan(0);
    expect(await miscounted(id)).toEqual([]);
  }
  await untilPaid(driver, sent);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('two approvals are one, and the one that came second is refused', async () => {
  const driver = await aPayee(fleet);
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await aBatchRow({ driverId: driver.id, fleetId: fleet.id }, uploader.id);

    const answers = await Promise.all([second, fleet.fleetAdmin].map((by) => act(id, 'approve', by)));

    expect(wins(answers)).toBe(1);
    const winner = answers.find(({ status }) => status === 200)!;
    await until(() => isSent(id), 'the batch to be over');
    expect((await batchRow(id)).approvedBy).toBe(winner.body.data.approvedBy);
    expect(await miscounted(id)).toEqual([]);
  }
  await untilPaid(driver, rounds);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('two people who retry the failed rows of a file pay them once', async () => {
  const driver = await aPayee(fleet);
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await aBatchRow({ driverId: driver.id, fleetId: fleet.id }, uploader.id, 'COMPLETED_WITH_ERRORS');

    const answers = await Promise.all([second, fleet.fleetAdmin].map((by) => act(id, 'retry-failed', by)));

    expect(wins(answers)).toBe(1);
    const refused = answers.find(({ status }) => status !== 200)!;
    expect(refused).toMatchObject({ status: 409, body: { errorCode: expect.stringMatching(/^BULK_/) } });
  }
  await untilPaid(driver, rounds);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a file is paused, resumed and cancelled while it is sent: each row is paid once or passed over', async () => {
  for (let round = 0; round < 5; round += 1) {
    const drivers = await Promise.all(Array.from({ length: 12 }, () => aPayee(fleet)));
    const file = csv(...drivers.map(({ phone }) => [phone, 100, '', '', `Week ${round}`]));
    const { batchId } = (await upload(file, uploader, { wait: '0' })).body.data;

    const verbs = ['pause', 'resume', 'pause', 'resume', 'pause', round % 2 === 0 ? 'cancel' : 'resume'];
    const people = [second, fleet.fleetAdmin];
    await Promise.all(verbs.flatMap((verb) => people.map((by) => act(batchId, verb, by))));
    const batch = await batchRow(batchId);
    if (batch.status === 'PAUSED') await act(batchId, 'resume', second);

    await until(() => isSent(batchId), 'the batch to be over');
    expect(await miscounted(batchId)).toEqual([]);
    for (const row of await rowsOf(batchId)) await untilPaid({ id: row.driverId! }, isPaid(row) ? 1 : 0);
    expect(await faultsInBooks(...drivers.map(({ id }) => id))).toEqual([]);
  }
});

test('after a pause nothing more leaves than what was being sent', async () => {
  const drivers = await Promise.all(Array.from({ length: 40 }, () => aPayee(fleet)));
  for (const { id } of drivers) await gateway.scenario({ match: id.slice(0, 8), call: 'transfer', delayMs: 800 });
  const file = csv(...drivers.map(({ phone }) => [phone, 100, '', '', 'Week 9']));
  const { batchId } = (await upload(file, uploader, { wait: '0' })).body.data;
  const begun = () => db.payout.count({ where: { bulkRow: { batchId } } });
  await until(async () => (await begun()) >= 5, 'rows to be sent');

  const { body } = await act(batchId, 'pause', second);

  expect(body.data.status).toBe('PAUSED');
  const before = await begun();
  await until(async () => (await batchRow(batchId)).rowsPending === 0, 'what was sent to be over');
  // One that each of the ten lanes had claimed.
  expect((await begun()) - before).toBeLessThanOrEqual(10);
  expect((await batchRow(batchId)).rowsValid).toBeGreaterThan(0);
  await act(batchId, 'resume', second);
  await until(() => isSent(batchId), 'the batch to be over');
  for (const driver of drivers) await untilPaid(driver, 1);
  expect(await miscounted(batchId)).toEqual([]);
});

test('what is cancelled while it is sent is not paid again by the same file', async () => {
  const drivers = await Promise.all(Array.from({ length: 10 }, () => aPayee(fleet)));
  for (const { id } of drivers) await gateway.scenario({ match: id.slice(0, 8), call: 'transfer', delayMs: 200 });
  const file = csv(...drivers.map(({ phone }) => [phone, 100, '', '', 'Week 10']));
  const { batchId } = (await upload(file, uploader, { wait: '0' })).body.data;
  await until(() => db.payout.findFirst({ where: { bulkRow: { batchId } } }), 'rows to be sent');
  await act(batchId, 'cancel', second);

  const again = await upload(file, uploader, { wait: '0' });

  expect(again.status).toBe(200);
  const { batchId: next } = again.body.data;
  if ((await batchRow(next)).status === 'AWAITING_APPROVAL') await act(next, 'approve', second);
  await until(() => isSent(next), 'the second batch to be over');
  await until(() => isSent(batchId), 'the first batch to be over');
  for (const driver of drivers) await untilPaid(driver, 1);
  for (const id of [batchId, next]) expect(await miscounted(id)).toEqual([]);
  expect(await faultsInBooks(...drivers.map(({ id }) => id))).toEqual([]);
});
