import { beforeAll, expect, test } from '@jest/globals';
import { dateOf } from '../../../../prisma/collections.ts';
import { daysAfter, istDay } from '../../../../workflows/domain/time.ts';
import { get, post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { csv, upload } from '../../../world/money/bulk-files.ts';
import { aPayee, batchRow, miscounted, rowsOf, untilBatch } from '../../../world/money/bulk-payouts.ts';
import { casesOf } from '../../../world/money/cases.ts';
import { aCollectionRow } from '../../../world/money/collection-rows.ts';
import { gateway } from '../../../world/money/collections.ts';
import { smsWith } from '../../../world/sms.ts';
import { until } from '../../../world/until.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A driver with a bank account, to whom reconciled days owe these amounts, the oldest first. */
const owed = async (...amounts: readonly number[]) => {
  const driver = await aPayee(fleet);
  const days: string[] = [];
  for (const [index, amountPaise] of amounts.entries()) {
    const date = dateOf(daysAfter(istDay(Date.now()), index - amounts.length));
    const { id } = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id }, { date });
    const adjustment = { amount: ((amountPaise - 50_000) / 100).toFixed(2), reason: 'What the day was worth' };
    await post(`/payments/admin/collection/${id}/adjust`, adjustment, fleet.manager);
    await post(`/payments/admin/collection/${id}/reconcile`, {}, fleet.manager);
    days.push(id);
  }
  return { driver, days };
};

const allowAdvance = (isAllowed: boolean) =>
  db.fleet.update({ where: { id: fleet.id }, data: { allowAdvance: isAllowed } });

const sent = async (...lines: (string | number)[][]) => {
  const { body } = await upload(csv(...lines), fleet.manager);
  return body.data as { batchId: string; status: string; details: { status: string; errorCode: string | null }[] };
};

const payoutsOf = (batchId: string) => db.payout.findMany({ where: { bulkRow: { batchId } } });
const dayOf = (id: string) => db.dailyCollection.findUniqueOrThrow({ where: { id } });
const numbersIn = (text: string) => text.replace(/[[\]]/g, '').split(' ').map(Number);
const expectInOrder = async (batchId: string, driverId: string) => {
  expect(await miscounted(batchId)).toEqual([]);
  expect(await faultsInBooks(driverId)).toEqual([]);
};

test.each([...casesOf('bulk_fifo_allocation'), ...casesOf('bulk_fifo_advance')])(
  '$id: a row pays the oldest days first',
  async ({ given, expected }) => {
    const shares = numbersIn(given['open_items_paise']!);
    // Seventy per cent of a day is its driver's.
    const { driver, days } = await owed(...shares.map((share) => Math.round(share / 0.7)));
    const payout = Number(given['payout_paise']);

    const { batchId } = await sent([driver.phone, payout / 100, '', '', 'Fifo']);

    const [row] = await payoutsOf(batchId);
    const settled = await Promise.all(days.map(async (id) => Number((await dayOf(id)).paidPaise)));
    expect(settled).toEqual(numbersIn(expected['settled_paise']!));
    const left = shares.reduce((sum, share) => sum + share, 0) - payout;
    expect(await balancesOf(driver.id)).toEqual(left === 0 ? {} : { [`2020[${driver.id}]`]: left });
    const advance = await db.payoutAllocation.findMany({ where: { payoutId: row!.id, itemKind: 'ADVANCE' } });
    const advancePaise = Number(expected['advance_paise']);
    expect(advance.map(({ amountPaise }) => Number(amountPaise))).toEqual(advancePaise ? [advancePaise] : []);
    const statuses = await Promise.all(days.map(async (id) => (await dayOf(id)).status));
    expect(statuses).toEqual(['PAID', 'PAID', advancePaise ? 'PAID' : 'PAYOUT_PENDING']);
    await expectInOrder(batchId, driver.id);
  },
);

test.each(casesOf('bulk_row_ledger'))(
  '$id: penalty and incentive are booked beside the transfer',
  async ({ given, expected }) => {
    const driver = await aPayee(fleet);
    const rupeesOf = (name: string) => Number(given[name]) / 100;
    const cells = [
      driver.phone,
      rupeesOf('amount_paise'),
      rupeesOf('penalty_paise'),
      rupeesOf('incentive_paise'),
      'Row',
    ];

    const { batchId, status } = await sent(cells);

    expect(status).toBe('COMPLETED');
    const payouts = await payoutsOf(batchId);
    expect(payouts.map(({ amountPaise }) => String(amountPaise)).join()).toBe(
      expected['transfer_paise'] === '0' ? '' : expected['transfer_paise'],
    );
    expect(await balancesOf(driver.id)).toEqual({
      [`2020[${driver.id}]`]: Number(expected['driver_payable_delta_paise']),
    });
    await expectInOrder(batchId, driver.id);
  },
);

test('a row that comes back days later is failed in its batch, and its days are owed again', async () => {
  const { driver, days } = await owed(50_000);
  const { batchId } = await sent([driver.phone, 350, '', '', 'Comes back']);
  const [payout] = await payoutsOf(batchId);
  const before = await dayOf(days[0]!);

  await gateway.transfer({ number: payout!.number, word: 'reversed' });

  await until(async () => (await rowsOf(batchId))[0]!.status === 'FAILED', 'the row to fail');
  expect((await rowsOf(batchId))[0]).toMatchObject({ errorCode: 'PAYOUT_REVERSED' });
  expect(await batchRow(batchId)).toMatchObject({ status: 'COMPLETED', rowsFailed: 1, disbursedPaise: 0n });
  expect([before.status, (await dayOf(days[0]!)).status]).toEqual(['PAID', 'RECONCILED']);
  await expectInOrder(batchId, driver.id);
});

test('a row whose failure was no failure is paid, and does not book its penalty again', async () => {
  const driver = await aPayee(fleet);
  await gateway.scenario({ match: driver.id.slice(0, 8), call: 'transfer', becomes: 'failure', times: 1 });
  const { batchId } = await sent([driver.phone, 200, 30, '', 'Late']);
  const [payout] = await payoutsOf(batchId);
  expect((await rowsOf(batchId))[0]).toMatchObject({ status: 'FAILED' });

  await gateway.transfer({ number: payout!.number, word: 'success', utr: 'UTR900000001' });

  await until(async () => (await rowsOf(batchId))[0]!.status === 'SUCCESS', 'the row to be paid');
  expect(await batchRow(batchId)).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', rowsSucceeded: 1 });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: -20_000 });
  await expectInOrder(batchId, driver.id);
});

test('a late success of a row that was paid again is money paid twice, and finance is told', async () => {
  const driver = await aPayee(fleet);
  await gateway.scenario({ match: driver.id.slice(0, 8), call: 'transfer', becomes: 'failure', times: 1 });
  const { batchId } = await sent([driver.phone, 200, '', '', 'Twice']);
  const [payout] = await payoutsOf(batchId);
  await post(`/payments/admin/bulk-payout/${batchId}/retry-failed`, {}, fleet.manager);

  await gateway.transfer({ number: payout!.number, word: 'success', utr: 'UTR900000002' });

  await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: payout!.id, state: 'REVIEW' } }),
    'the event to be looked at by finance',
  );
  expect((await rowsOf(batchId))[0]).toMatchObject({ status: 'FAILED' });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: -40_000 });
  await expectInOrder(batchId, driver.id);
});

test('when the gateway does not take our credentials the file waits, and no row fails', async () => {
  const other = await aFleet();
  const drivers = await Promise.all(Array.from({ length: 30 }, () => aPayee(other)));
  const match = drivers[0]!.id.slice(0, 8);
  await gateway.scenario({ match, call: 'transfer', answer: 'refuse', message: 'Invalid credentials', times: 1 });
  const { body } = await upload(csv(...drivers.map(({ phone }) => [phone, 10, '', '', 'Keys'])), other.manager);
  const { batchId } = body.data;
  expect(await batchRow(batchId)).toMatchObject({ status: 'PAUSED', pausedFor: 'NOT_ALLOWED', rowsFailed: 0 });

  await post(`/payments/admin/bulk-payout/${batchId}/resume`, {}, other.manager);

  await untilBatch(batchId, 'COMPLETED');
  expect(await batchRow(batchId)).toMatchObject({ rowsSucceeded: 30, disbursedPaise: 30_000n });
  await expectInOrder(batchId, drivers[0]!.id);
});

test('a row of a driver whose books are not in order is not paid, and an administrator is told', async () => {
  const [odd, even] = [await aPayee(fleet), await aPayee(fleet)];
  const due = { driverId: odd.id, fleetId: fleet.id, kind: 'PENALTY', source: odd.id, amountPaise: 700n };
  await db.driverDue.create({ data: { ...due, outstandingPaise: 700n } });

  const { batchId } = await sent([odd.phone, 10, '', '', 'Books'], [even.phone, 10, '', '', 'Books']);

  expect(await untilBatch(batchId, 'COMPLETED_WITH_ERRORS')).toMatchObject({ rowsSucceeded: 1, rowsFailed: 1 });
  expect((await rowsOf(batchId))[0]).toMatchObject({
    ...{ status: 'FAILED', errorCode: 'ROW_FAULT', payoutId: null },
    message: expect.stringContaining('The books are not in order'),
  });
  const where = { event: 'ledger:check_failed', payload: { path: ['owner'], equals: odd.id } };
  expect(await db.notification.count({ where })).toBeGreaterThan(0);
  await db.driverDue.deleteMany({ where: { driverId: odd.id } });
  await expectInOrder(batchId, even.id);
});

test('a row that would pay a day whose total is not that of its books is not paid', async () => {
  const { driver, days } = await owed(50_000, 60_000);
  const where = { id: days[1]! };
  const { status, netPaise } = await dayOf(where.id);
  await db.dailyCollection.update({ where, data: { status: 'CLOSED', netPaise: null } });

  const { batchId } = await sent([driver.phone, 10, '', '', 'A day']);

  await untilBatch(batchId, 'COMPLETED_WITH_ERRORS');
  expect((await rowsOf(batchId))[0]).toMatchObject({ status: 'FAILED', errorCode: 'ROW_FAULT', payoutId: null });
  await db.dailyCollection.update({ where, data: { status, netPaise } });
  await expectInOrder(batchId, driver.id);
});

test('a row that we cannot begin fails at last, and when row after row does the file waits', async () => {
  const other = await aFleet();
  const second = await aUser('MANAGER', other.id);
  const drivers = await Promise.all(Array.from({ length: 30 }, () => aPayee(other)));
  const { batchId } = (await upload(csv(...drivers.map(({ phone }) => [phone, 20_000])), other.manager)).body.data;
  // So large a file waits for a second person; meanwhile most numbers of accounts become illegible.
  const legible = await db.driver.findMany({ where: { id: { in: drivers.map(({ id }) => id) } } });
  const spoilt = drivers.slice(0, 26).map(({ id }) => id);
  await db.driver.updateMany({ where: { id: { in: spoilt } }, data: { sealedBankAccountNumber: 'spoilt' } });

  await post(`/payments/admin/bulk-payout/${batchId}/approval-code`, {}, second);
  const code = await smsWith(second.phone, /^(\d{6}) approves/);
  await post(`/payments/admin/bulk-payout/${batchId}/approve`, { code }, second);

  expect(await untilBatch(batchId, 'PAUSED', 100_000)).toMatchObject({ pausedFor: 'ROW_FAULTS' });
  for (const { id, sealedBankAccountNumber } of legible)
    await db.driver.update({ where: { id }, data: { sealedBankAccountNumber } });
  await post(`/payments/admin/bulk-payout/${batchId}/resume`, {}, other.manager);
  const { rowsFailed, disbursedPaise } = await untilBatch(batchId, 'COMPLETED_WITH_ERRORS', 60_000);
  const failed = (await rowsOf(batchId)).filter(({ status }) => status === 'FAILED');
  expect(failed.map(({ errorCode, payoutId }) => [errorCode, payoutId])).toEqual(
    Array.from({ length: rowsFailed }, () => ['ROW_FAULT', null]),
  );
  expect(rowsFailed).toBeGreaterThanOrEqual(3);
  expect(disbursedPaise).toBe(BigInt(30 - rowsFailed) * 2_000_000n);
  const retried = await post(`/payments/admin/bulk-payout/${batchId}/retry-failed`, {}, second);
  await untilBatch(retried.body.data.batchId, 'COMPLETED', 60_000);
  await expectInOrder(batchId, drivers[1]!.id);
}, 180_000);

test('a row to a new bank account waits for a second person, who is not the uploader', async () => {
  const driver = await aPayee(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { bankChangedAt: new Date() } });
  const { body } = await upload(csv([driver.phone, 40, '', '', 'New']), fleet.manager, { wait: '1' });
  const { batchId } = body.data;
  const [payout] = await payoutsOf(batchId);
  expect(payout).toMatchObject({ status: 'HELD', heldFor: ['NEW_BANK_DETAILS'] });
  const second = await aUser('MANAGER', fleet.id);

  const own = await post(`/payments/admin/payout/${payout!.id}/approve`, {}, fleet.manager);
  expect(own.body.errorCode).toBe('APPROVER_IS_CREATOR');
  await post(`/payments/admin/payout/${payout!.id}/approve`, {}, second);

  await untilBatch(batchId, 'COMPLETED');
  await expectInOrder(batchId, driver.id);
});

test('a fleet that gives no advance pays at most what it owes', async () => {
  await allowAdvance(false);
  const { driver } = await owed(50_000);
  const { details } = await sent([driver.phone, 350.01, '', '', 'No advance'], [driver.phone, 350, '', '', 'Owed']);
  await allowAdvance(true);

  expect(details).toMatchObject([{ status: 'FAILED', errorCode: 'ROW_ADVANCE_BLOCKED' }, { status: 'SUCCESS' }]);
  const { body } = await get(`/payments/admin/payouts?driverId=${driver.id}`, fleet.manager);
  expect(body.data).toMatchObject([{ kind: 'BULK_ROW', amount: 350, detailStatus: 'SUCCESS' }]);
});
