import { beforeAll, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { get, post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db, seals } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { untilWaiting } from '../../../world/locks.ts';
import { balancesOf } from '../../../world/money/books.ts';
import { csv, upload } from '../../../world/money/bulk-files.ts';
import { aBatchRow, aPayee, expectInOrder, paidTo, rowsOf, untilBatch } from '../../../world/money/bulk-payouts.ts';
import { gateway } from '../../../world/money/collections.ts';
import { smsWith } from '../../../world/sms.ts';
import { until } from '../../../world/until.ts';
import { expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;

beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

const act = (id: string, verb: string, by: Sent = fleet.manager) =>
  post(`/payments/admin/bulk-payout/${id}/${verb}`, {}, by);

test('a file is paid: each row to the bank of its driver, with its penalty and incentive booked', async () => {
  const [anil, bela] = [await aPayee(fleet), await aPayee(fleet)];

  const { status, body } = await upload(
    csv([anil.phone, 500, '', 200, 'Week 1'], [bela.phone, '1250.50', 50, '', 'Week 1'], ['12345', 10, '', '', '']),
    fleet.manager,
  );

  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    ...{ status: 'COMPLETED_WITH_ERRORS', total: 3, success: 2, failed: 1, skipped: 0, pending: 0, valid: 0 },
    ...{ amountDisbursed: 1750.5, amountAccepted: 1750.5, amountTotal: 1750.5 },
  });
  const [first, another, wrong] = body.data.details;
  expect(first).toMatchObject({
    row: 1,
    phone: anil.phone,
    driverId: anil.id,
    amount: 500,
    status: 'SUCCESS',
    error: null,
  });
  expect(first.utr).toBeTruthy();
  expect(another.warnings).toEqual(['ROW_ADVANCE']);
  expect(wrong).toMatchObject({ row: 3, status: 'FAILED', errorCode: 'ROW_IDENTIFIER_INVALID', driverId: null });
  expect(await paidTo(anil)).toMatchObject([{ amount: 500 }]);
  expect(await paidTo(bela)).toMatchObject([{ amount: 1250.5 }]);
  // What was paid beyond what was owed is an advance: 500 − 200, and 1250.50 + 50.
  expect(await balancesOf(anil.id)).toEqual({ [`2020[${anil.id}]`]: -30_000 });
  expect(await balancesOf(bela.id)).toEqual({ [`2020[${bela.id}]`]: -130_050 });
  expect(await db.penalty.findFirstOrThrow({ where: { driverId: bela.id } })).toMatchObject({
    ...{ amountPaise: 5_000n, isPaid: true, createdBy: 'SYSTEM_BULK_UPLOAD' },
  });
  expect(await db.incentive.findFirstOrThrow({ where: { driverId: anil.id } })).toMatchObject({
    ...{ amountPaise: 20_000n, status: 'PAID', createdBy: 'SYSTEM_BULK_UPLOAD' },
  });
  await expectInOrder(body.data.batchId, anil, bela);
});

test('a row that the bank refuses takes its penalty and its incentive back, and is sent again as a new file', async () => {
  const driver = await aPayee(fleet);
  await gateway.scenario({ match: driver.id.slice(0, 8), call: 'transfer', becomes: 'failure', times: 1 });

  const { body } = await upload(csv([driver.phone, 300, 20, 100, 'Week 2']), fleet.manager);

  const { batchId } = body.data;
  expect(body.data).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', success: 0, failed: 1, amountDisbursed: 0 });
  expect(body.data.details[0]).toMatchObject({ status: 'FAILED', errorCode: 'PAYOUT_FAILED' });
  expect(await balancesOf(driver.id)).toEqual({});
  expect(await db.penalty.findFirstOrThrow({ where: { driverId: driver.id } })).toMatchObject({ status: 'WAIVED' });
  expect(await db.incentive.findFirstOrThrow({ where: { driverId: driver.id } })).toMatchObject({
    status: 'CANCELLED',
  });
  await expectInOrder(batchId, driver);
  const [row] = await rowsOf(batchId);
  expectRefused(await post(`/payments/admin/payout/${row!.payoutId}/retry`, {}, fleet.manager), 409, 'USE_BATCH_RETRY');

  const again = await act(batchId, 'retry-failed');

  expect(again.body.data).toMatchObject({ status: 'COMPLETED', success: 1, amountDisbursed: 300 });
  expect(await paidTo(driver)).toMatchObject([{ amount: 300 }]);
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: -22_000 });
  await expectInOrder(again.body.data.batchId, driver);
  expectRefused(await act(batchId, 'retry-failed'), 409, 'BULK_FILE_DUPLICATE');
});

test('a large file waits for a second person', async () => {
  const drivers = await Promise.all(Array.from({ length: 6 }, () => aPayee(fleet)));
  const uploader = await aUser('MANAGER', fleet.id);
  const rows = drivers.map(({ phone }) => [phone, 90_000, '', '', 'Week 3']);

  const { body } = await upload(csv(...rows), uploader);

  const { batchId } = body.data;
  expect(body.data).toMatchObject({ status: 'AWAITING_APPROVAL', valid: 6, success: 0, amountTotal: 540_000 });
  expectRefused(await act(batchId, 'approve', uploader), 409, 'APPROVER_IS_CREATOR');
  const stranger = await aUser('MANAGER', (await aFleet()).id);
  expectRefused(await act(batchId, 'approve', stranger), 403, 'SCOPE_FORBIDDEN');

  expectRefused(await act(batchId, 'approve', second), 400, 'APPROVAL_CODE_INVALID');
  expect((await act(batchId, 'approval-code', second)).status).toBe(200);
  const code = await smsWith(second.phone, /^(\d{6}) approves/);

  const approved = await post(`/payments/admin/bulk-payout/${batchId}/approve`, { code }, second);

  expect(approved.body.data).toMatchObject({ status: 'PROCESSING', approvedBy: second.id });
  await untilBatch(batchId, 'COMPLETED');
  for (const driver of drivers) expect(await paidTo(driver)).toMatchObject([{ amount: 90_000 }]);
  await expectInOrder(batchId, ...drivers);
});

test('the same file is taken once, and the same rows with other bytes pay nothing', async () => {
  const driver = await aPayee(fleet);
  const file = csv([driver.phone, 75, '', '', 'Week 4']);
  const both = await Promise.all([upload(file, fleet.manager), upload(file, fleet.manager, {}, 'other-name.csv')]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const { batchId } = both.find(({ status }) => status === 200)!.body.data;

  const again = await upload(file, fleet.manager);
  expectRefused(again, 409, 'BULK_FILE_DUPLICATE');
  expect(again.body.error.details).toEqual({ batchId });
  const { body } = await upload(`${file}\r\n`, fleet.manager);

  expect(body.data).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', skipped: 1, success: 0 });
  expect(body.data.details[0]).toMatchObject({ status: 'SKIPPED', message: 'Duplicate transaction found' });
  expect(await paidTo(driver)).toHaveLength(1);
  await expectInOrder(batchId, driver);
});

test('a dry run says what the file would do, and does nothing', async () => {
  const driver = await aPayee(fleet);
  const file = csv([driver.phone, 80, '', '', 'Week 5'], [driver.phone, 80, '', '', ' week  5']);

  const dry = await upload(file, fleet.manager, { dryRun: 'true' });

  expect(dry.body.data).toMatchObject({
    batchId: null,
    status: 'PROCESSING',
    total: 2,
    valid: 1,
    failed: 1,
    success: 0,
  });
  expect(dry.body.data.details[1]).toMatchObject({ errorCode: 'ROW_DUPLICATE_IN_FILE' });
  expect(await db.bulkPayout.count({ where: { fleetId: fleet.id, rows: { some: { driverId: driver.id } } } })).toBe(0);
  const { body } = await upload(file, fleet.manager);
  const shownOf = (answer: typeof dry) =>
    answer.body.data.details.map(({ row, errorCode, error }: Record<string, unknown>) => [row, errorCode, error]);
  expect(shownOf({ ...dry, body })).toEqual(shownOf(dry));
  await expectInOrder(body.data.batchId, driver);
});

test('JSON rows are paid like a file', async () => {
  const driver = await aPayee(fleet);
  const payouts = [{ driverId: driver.id, amount: 4.35, description: 'Diwali' }];

  const { status, body } = await post('/payments/admin/bulk-payout', { payouts }, fleet.manager);

  expect([status, body.data.status]).toEqual([200, 'COMPLETED']);
  expect(await paidTo(driver)).toMatchObject([{ amount: 4.35 }]);
  expectRefused(await post('/payments/admin/bulk-payout', {}, fleet.manager), 400, 'FILE_REQUIRED');
});

test('a file is found by its name, read with its rows, and reported', async () => {
  const driver = await aPayee(fleet);
  const file = csv([driver.phone, 60, '', '', '"=HYPERLINK(""http://x"")"'], ['abc', 1, '', '', '']);
  const { body } = await upload(file, fleet.manager, {}, 'भुगतान मार्च.csv');
  const { batchId } = body.data;

  const read = await get(`/payments/admin/bulk-payout/${batchId}?status=FAILED`, fleet.manager);
  expect(read.body.data).toMatchObject({ fileName: 'भुगतान मार्च.csv', rowsTotal: 2, total: 1, rows: [{ row: 2 }] });
  const listed = await get('/payments/admin/bulk-payouts?limit=1', fleet.manager);
  expect(listed.body.data).toMatchObject([{ id: batchId }]);
  const report = await get(`/payments/admin/bulk-payout/${batchId}/report`, fleet.manager);
  const [header, first] = (report.body as string).split(/\r?\n/);
  expect(header!.replace('﻿', '')).toBe(
    'row,phone,driverId,driverName,amount,penalty,incentive,payoutCycle,status,errorCode,message,payoutId,uniqueRequestNumber,utr,settledAt',
  );
  expect(first).toContain(`"'=HYPERLINK(""http://x"")"`);
  expect(first).toContain(',60,0,0,');
  const template = await get('/payments/admin/bulk-payout/template', fleet.manager);
  expect(template.body).toContain('phone,accountNumber,amount,penalty,incentive,payoutCycle');
});

test('a payout that is cancelled while its row waits for its turn at the gateway is not sent', async () => {
  const drivers = await Promise.all(Array.from({ length: 7 }, () => aPayee(fleet)));
  for (const { id } of drivers)
    await gateway.scenario({ call: 'transfer', delayMs: 1_500, times: 1, match: id.slice(0, 8) });

  const { body } = await upload(csv(...drivers.map(({ phone }) => [phone, 100, '', '', 'Week 11'])), fleet.manager, {
    wait: '0',
  });
  const { batchId } = body.data;
  const waiting = await until(async () => {
    const of = { bulkRow: { batchId }, status: 'CREATED' as const };
    const found = await db.payout.findFirst({ where: of, orderBy: { createdAt: 'desc' } });
    return (
      found && (await post(`/payments/admin/payout/${found.id}/cancel`, {}, fleet.manager)).status === 200 && found
    );
  }, 'a row to be cancelled while it waits for its turn');

  await untilBatch(batchId, 'COMPLETED_WITH_ERRORS', 20_000);
  expect(await paidTo({ id: waiting.driverId! })).toEqual([]);
  expect(await db.payout.findUniqueOrThrow({ where: { id: waiting.id } })).toMatchObject({ status: 'CANCELLED' });
  await expectInOrder(batchId, ...drivers);
});

test('a row that only books a penalty is no advance, whatever its driver is owed', async () => {
  const strict = await aFleet();
  await db.fleet.update({ where: { id: strict.id }, data: { allowAdvance: false } });
  const driver = await aPayee(strict);

  const { body } = await upload(csv([driver.phone, 0, 50, '', 'Week 12']), strict.manager);

  expect(body.data).toMatchObject({ status: 'COMPLETED', success: 1, failed: 0 });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: -5_000 });
  await expectInOrder(body.data.batchId, driver);
});

test('a row whose beginning died is passed over with the others when its file is cancelled', async () => {
  const driver = await aPayee(fleet);
  const { id } = await aBatchRow({ driverId: driver.id, fleetId: fleet.id }, fleet.manager.id, 'PAUSED');

  const { answer } = await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT "id" FROM "bulk_payout_rows" WHERE "batchId" = ${id}::uuid FOR UPDATE`;
    const cancelling = act(id, 'cancel');
    await untilWaiting(1);
    return { answer: cancelling };
  });

  expect((await answer).body.data).toMatchObject({ status: 'CANCELLED', rowsValid: 0, rowsSkipped: 1 });
  expect(await rowsOf(id)).toMatchObject([{ status: 'SKIPPED', errorCode: 'BATCH_CANCELLED' }]);
});

test('a row whose phone and account number belong to different drivers pays neither', async () => {
  const [anil, bela] = [await aPayee(fleet), await aPayee(fleet)];
  const accountNumber = randomInt(1e11, 1e12).toString();
  const sealedBankAccountNumber = seals.seal('bank-number', accountNumber, bela.id);
  const bankNumberHash = seals.hash('bank-number', accountNumber);
  await db.driver.update({ where: { id: bela.id }, data: { sealedBankAccountNumber, bankNumberHash } });
  const file = `phone,accountNumber,amount\r\n${anil.phone},${accountNumber},100`;

  const { body } = await upload(file, fleet.manager, { cycle: 'Week 13' });

  expect(body.data.details[0]).toMatchObject({ status: 'FAILED', errorCode: 'ROW_IDENTIFIER_MISMATCH' });
});
