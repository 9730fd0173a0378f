import { beforeAll, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db, seals } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { balancesOf } from '../../../world/money/books.ts';
import { csv, upload } from '../../../world/money/bulk-files.ts';
import { aPayee, expectInOrder, paidTo, rowsOf, untilBatch } from '../../../world/money/bulk-payouts.ts';
import { gateway } from '../../../world/money/collections.ts';
import { until } from '../../../world/until.ts';
import { withBank } from '../../../world/money/payouts.ts';
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

test('a row that is cancelled while it waits for its turn at the bank is not sent', async () => {
  const drivers = await Promise.all(Array.from({ length: 7 }, () => aPayee(fleet)));
  for (const { id } of drivers) await gateway.scenario({ match: id.slice(0, 8), call: 'transfer', delayMs: 1_500 });
  const rows = drivers.map(({ phone }) => [phone, 100, '', '', 'Week 1']);
  const { batchId } = (await upload(csv(...rows), fleet.manager, { wait: '0' })).body.data;
  const { driverId } = await until(async () => {
    const of = { bulkRow: { batchId }, status: 'CREATED' as const };
    const found = await db.payout.findFirst({ where: of, orderBy: { createdAt: 'desc' } });
    return found && (await actOnPayout(found.id, 'cancel', fleet.manager)).status === 200 && found;
  }, 'a row to be cancelled while it waits for its turn');

  await untilBatch(batchId, 'COMPLETED_WITH_ERRORS');
  // Meanwhile their turn has come.
  await pause(2_000);
  expect(await paidTo({ id: driverId! })).toEqual([]);
  expect((await rowsOf(batchId)).filter(({ errorCode }) => errorCode === 'PAYOUT_CANCELLED')).toHaveLength(1);
  await expectInOrder(batchId, ...drivers);
});

test('a file gives nobody more than may be given by hand', async () => {
  const driver = await aPayee(fleet);

  const { body } = await upload(csv([driver.phone, 0, '', '25000.01', 'Week 2']), fleet.manager);

  expect(body.data.details[0]).toMatchObject({ status: 'FAILED', errorCode: 'ROW_AMOUNT_OUT_OF_RANGE' });
  expect(await balancesOf(driver.id)).toEqual({});
});

test('a fleet that gives no advance takes a penalty from who is owed nothing', async () => {
  const strict = await aFleet();
  await db.fleet.update({ where: { id: strict.id }, data: { allowAdvance: false } });
  const driver = await aPayee(strict);

  const { body } = await upload(csv([driver.phone, 0, 50, '', 'Week 3']), strict.manager);

  expect(body.data.details[0]).toMatchObject({ status: 'SUCCESS', errorCode: null });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: -5_000 });
  await expectInOrder(body.data.batchId, driver);
});

test('the phone of one driver and the account of another are no row', async () => {
  const [anil, bela] = [await aPayee(fleet), await aPayee(fleet)];
  const accountNumber = `7${Date.now()}`;
  await db.driver.update({
    where: { id: bela.id },
    data: {
      sealedBankAccountNumber: seals.seal('bank-number', accountNumber, bela.id),
      bankNumberHash: seals.hash('bank-number', accountNumber),
    },
  });
  const file = `phone,accountNumber,amount\n${anil.phone},${accountNumber},10`;

  const { body } = await upload(file, fleet.manager);

  expect(body.data.details[0]).toMatchObject({ status: 'FAILED', errorCode: 'ROW_IDENTIFIER_MISMATCH' });
  expect(await paidTo(anil)).toEqual([]);
});

test('the rows of a file wait for a second person when SUPER_ADMIN sends them once more', async () => {
  const driver = await aPayee(fleet);
  const file = `phone,amount\n${driver.phone},70`;
  const first = await upload(file, fleet.manager, { cycle: 'Monday' });

  const again = await upload(file, fleet.superAdmin, { cycle: 'Tuesday' });

  expect(again.body.data).toMatchObject({ status: 'AWAITING_APPROVAL', sameRowsAs: first.body.data.batchId });
  expect(await paidTo(driver)).toHaveLength(1);
});

test('a row is retried once, whoever asks and how often, and its late success is a second payment', async () => {
  const driver = await aPayee(fleet);
  const match = driver.id.slice(0, 8);
  await gateway.scenario({ match, call: 'transfer', becomes: 'failure', times: 1 });
  const { batchId } = (await upload(csv([driver.phone, 90, 10, 30, 'Week 4']), fleet.manager)).body.data;
  const [failed] = await db.payout.findMany({ where: { driverId: driver.id } });

  const answers = await Promise.all([fleet.manager, second, second].map((by) => act(batchId, 'retry-failed', by)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  await until(async () => (await paidTo(driver)).length === 1, 'the row to be paid');
  await gateway.transfer({ number: failed!.number, word: 'success', utr: 'UTR000000055' });
  await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: failed!.id, error: { contains: 'DOUBLE_PAYMENT' } } }),
    'the second payment to be seen',
  );
  // 90 twice, and 30 − 10 once.
  await until(
    async () => (await balancesOf(driver.id))[`2020[${driver.id}]`] === -16_000,
    'the second payment to be booked',
  );
  await expectInOrder(batchId, driver);
});

test('whoever sent a file releases none of its rows; who released it does', async () => {
  const driver = await aPayee(fleet);
  await withBank(driver.id, { bankChangedAt: new Date() });
  const { batchId } = (await upload(csv([driver.phone, 40, '', '', 'Week 6']), fleet.manager, { wait: '0' })).body.data;
  const held = await until(() => db.payout.findFirst({ where: { driverId: driver.id, status: 'HELD' } }), 'a hold');

  expectRefused(await actOnPayout(held.id, 'approve', fleet.manager), 409, 'APPROVER_IS_CREATOR');
  const answers = await Promise.all([
    ...[1, 2, 3].map(() => actOnPayout(held.id, 'approve', second)),
    actOnPayout(held.id, 'cancel', fleet.manager),
    act(batchId, 'cancel'),
  ]);

  expect(answers.some(({ status }) => status === 200)).toBe(true);
  const { status } = await until(async () => {
    const row = await db.payout.findUniqueOrThrow({ where: { id: held.id } });
    return ['SUCCESS', 'CANCELLED'].includes(row.status) && row;
  }, 'an end');
  expect(await paidTo(driver)).toHaveLength(status === 'SUCCESS' ? 1 : 0);
  await expectInOrder(batchId, driver);
});
