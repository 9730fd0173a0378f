import { beforeAll, expect, test } from '@jest/globals';
import { post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, hubPoint } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import {
  aDayWithCash,
  adjust,
  anEarlierDay,
  aShift,
  aSharingDriver,
  beginShift,
  cashStatusOf,
  countCash,
  dayOf,
  dayRow,
  duesOf,
  endShift,
  journalsOf,
  readCollection,
  reconcile,
  setAside,
  toldOf,
  untilCash,
  untilShiftEnds,
} from '../../../world/money/collections.ts';
import { tick } from '../../../world/money/credits.ts';
import { until } from '../../../world/until.ts';
import { aPenalty } from '../../../world/money/penalties.ts';
import { aDue } from '../payments.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const aDay = async (cash = 100) => {
  const driver = await aSharingDriver(fleet);
  return { driver, ...(await aDayWithCash(fleet, driver, cash)) };
};

const expectBooks = async (driverId: string, id: string, balances: Record<string, number>) => {
  expect(await balancesOf(driverId, id)).toEqual(balances);
  expect(await faultsInBooks(driverId, id, fleet.hubId)).toEqual([]);
};

test('an adjustment adds to a day or takes from it at most what it holds', async () => {
  const { driver, id } = await aDay();

  const plus = await adjust(id, '12.50', fleet.manager, 'Toll');
  const minus = await adjust(id, -30, fleet.fleetAdmin);
  const tooMuch = await adjust(id, '-82.51', fleet.manager);

  expect([plus.body.data, minus.body.data]).toMatchObject([
    { totalCollection: 112.5, cashCollectionAmount: 100, status: 'CLOSED' },
    { totalCollection: 82.5 },
  ]);
  expectRefused(tooMuch, 422, 'ADJUSTMENT_EXCEEDS_TOTAL');
  expect(tooMuch.body.error.details).toEqual({ total: '82.50' });
  expect((await journalsOf(driver.id)).slice(1)).toEqual([
    'collection_adjusted: D 4050 1250, C 2030 1250',
    'collection_adjusted: C 4050 3000, D 2030 3000',
  ]);
  expect(await readCollection(id, fleet.manager)).toMatchObject({
    entries: [
      { kind: 'CASH' },
      { kind: 'ADJUSTMENT', amount: 12.5, reason: 'Toll' },
      { kind: 'ADJUSTMENT', amount: -30 },
    ],
  });
  expectInvalid(await adjust(id, 5, fleet.manager, ' '), 'reason');
  expect((await adjust(id, -82.5, fleet.manager)).body.data).toMatchObject({ totalCollection: 0 });
  await expectBooks(driver.id, id, { [`1050[${driver.id}]`]: 10_000 });
});

test('an adjustment of a reconciled day takes its reconciliation back', async () => {
  const { driver, id, attendanceId } = await aDay();
  await reconcile(id, fleet.manager, { expectedRevenue: 100 });
  await untilCash(attendanceId, 'RECONCILED');

  const { body } = await adjust(id, 10, fleet.manager);

  expect(body.data).toMatchObject({
    ...{ status: 'CLOSED', isReconciled: false, netPayout: null, revShareAmount: null, variance: null },
    ...{ expectedRevenue: null, reconciledBy: null, reconciledAt: null, totalCollection: 110 },
  });
  await untilCash(attendanceId, 'DECLARED');
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ netPayout: 77 });
  await expectBooks(driver.id, id, { [`2020[${driver.id}]`]: 7_700 });
});

test('a day is adjusted to nothing and reconciled: nothing is shared, and it is paid', async () => {
  const { driver, id } = await aDay();
  await adjust(id, -100, fleet.manager);

  const { body } = await reconcile(id, fleet.manager);

  expect(body.data).toMatchObject({ status: 'PAID', totalCollection: 0, revShareAmount: 0, netPayout: 0 });
  await expectBooks(driver.id, id, {});
});

test('a dispute takes the reconciliation back and blocks another; to reopen ends it', async () => {
  const { driver, id, attendanceId } = await aDay();
  await reconcile(id, fleet.manager);

  const disputed = await setAside(id, 'dispute', fleet.manager);
  expect(disputed.body.data).toMatchObject({ status: 'DISPUTED', netPayout: null, isReconciled: false });
  expectRefused(await reconcile(id, fleet.manager), 409, 'COLLECTION_DISPUTED');
  await expectBooks(driver.id, id, { [`2030[${id}]`]: 10_000 });
  expect((await setAside(id, 'dispute', fleet.manager)).status).toBe(200);
  expect((await countCash(id, attendanceId, 90, fleet.operations)).body.data.status).toBe('DISPUTED');
  expect((await adjust(id, 10, fleet.manager)).body.data.status).toBe('DISPUTED');
  expect(await readCollection(id, fleet.manager)).toMatchObject({ cash: { state: 'DISPUTED' } });
  const reopened = await setAside(id, 'reopen', fleet.fleetAdmin);

  expect(reopened.body.data).toMatchObject({ status: 'CLOSED', totalCollection: 110 });
  // 110 × 70 % = 77, less the shortage of 10.
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ netPayout: 67 });
  const audited = await db.auditEntry.findMany({ where: { subjectId: id, action: 'collection.dispute' } });
  expect(audited).toMatchObject([{ actorId: fleet.manager.id, after: { reason: 'The driver objects' } }]);
  await expectBooks(driver.id, id, { [`2020[${driver.id}]`]: 6_700 });
});

test('to reopen takes a reconciliation back, once', async () => {
  const { driver, id } = await aDay();
  await aPenalty(driver, fleet.manager, { amount: 30 });
  await reconcile(id, fleet.manager);

  const reopened = [await setAside(id, 'reopen', fleet.manager), await setAside(id, 'reopen', fleet.manager)];

  expect(reopened.map(({ status, body }) => [status, body.data.status])).toEqual(Array(2).fill([200, 'CLOSED']));
  expect((await journalsOf(driver.id)).filter((of) => of.startsWith('back'))).toHaveLength(2);
  expect(await duesOf(driver.id)).toEqual([['PENALTY', 3_000]]);
  await expectBooks(driver.id, id, { [`1070[${driver.id}]`]: 3_000, [`2030[${id}]`]: 10_000 });
});

test('a stale If-Match is refused with both versions, and nothing happens; a fresh one is taken, quoted or not', async () => {
  const { driver, id } = await aDay();
  await adjust(id, 1, fleet.manager);
  const { version } = await dayRow(id);
  const ifMatch = (seen: string) => reconcile(id, fleet.manager, {}, { 'if-match': seen });

  const stale = await ifMatch(`"${version - 1}"`);

  expectRefused(stale, 409, 'VERSION_CONFLICT');
  expect(stale.body.error.details).toEqual({ version, seen: version - 1 });
  expect(await dayRow(id)).toMatchObject({ status: 'CLOSED', reconciliations: 0 });
  const fresh = await ifMatch(`"${version}"`);
  expect(fresh.body.data).toMatchObject({ status: 'RECONCILED', version: version + 1 });
  expect((await ifMatch(String(version + 1))).status).toBe(200);
  await expectBooks(driver.id, id, { [`2020[${driver.id}]`]: 7_070 });
});

test('a day at which its process only looked is at the version that was seen', async () => {
  const { driver, id } = await aDay();
  await beginShift(fleet, driver);
  await reconcile(id, fleet.manager, { force: true });
  await endShift(driver, 50);
  const seen = await dayRow(id);
  await tick();
  await until(async () => (await dayRow(id)).unheardSince === null, 'the process to look');

  const { status } = await reconcile(id, fleet.manager, {}, { 'if-match': String(seen.version) });

  expect(status).toBe(200);
});

test('an If-Match that is no version reconciles nothing', async () => {
  const { id } = await aDay();

  const { status } = await reconcile(id, fleet.manager, {}, { 'if-match': '"of yesterday"' });

  expect(status).toBeGreaterThanOrEqual(400);
  expect(await dayRow(id)).toMatchObject({ reconciliations: 0 });
});

test('an open shift blocks its day; forced, its cash opens the day again and finance hears of it', async () => {
  const { driver, id, attendanceId } = await aDay();
  const second = await beginShift(fleet, driver);

  expectRefused(await reconcile(id, fleet.manager), 409, 'SHIFT_STILL_OPEN');
  const forced = await reconcile(id, fleet.manager, { force: true });
  expect(forced.body.data).toMatchObject({ status: 'RECONCILED', netPayout: 70 });
  await endShift(driver, 50);

  expect(await dayRow(id)).toMatchObject({ status: 'CLOSED', totalPaise: 15_000n, netPaise: null });
  const told = await toldOf('collection:reopened', id);
  expect(told.map(({ userId }) => userId)).toEqual(expect.arrayContaining([fleet.manager.id, fleet.fleetAdmin.id]));
  expect(await cashStatusOf(second)).toBe('DECLARED');
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ netPayout: 105 });
  for (const shift of [attendanceId, second]) await untilShiftEnds(shift);
  await expectBooks(driver.id, id, { [`2020[${driver.id}]`]: 10_500 });
});

test('a shift that begins after the day was looked at blocks it too', async () => {
  const { driver, id, attendanceId } = await aDay();
  await countCash(id, attendanceId, 100, fleet.operations);
  await beginShift(fleet, driver);

  const refused = await reconcile(id, fleet.manager);

  expectRefused(refused, 409, 'SHIFT_STILL_OPEN');
  expect(await dayRow(id)).toMatchObject({ status: 'CLOSED', reconciliations: 0 });
  await endShift(driver, 0);
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ status: 'RECONCILED', netPayout: 70 });
});

test('cash of a shift that is rejected after its check-out is counted and settled like any other', async () => {
  const driver = await aSharingDriver(fleet);
  const { lat, lng } = hubPoint;
  const selfieUrl = 'https://files.example.com/selfie.jpg';
  const begun = await post('/attendance/check-in', { lat, lng, odometer: 1000, selfieUrl }, driver);
  const shift = begun.body.data.id as string;
  await endShift(driver, 100);
  expect((await post(`/attendance/${shift}/reject`, { adminRemarks: 'Wrong vehicle' }, fleet.manager)).status).toBe(
    200,
  );
  const { id } = await dayOf(driver.id);

  expect((await reconcile(id, fleet.manager, { countedCash: 100 })).body.data).toMatchObject({ netPayout: 70 });

  await untilCash(shift, 'RECONCILED');
  await untilShiftEnds(shift);
  await expectBooks(driver.id, id, { [`2020[${driver.id}]`]: 7_000 });
});

test('the cash of a shift is settled with its day and open again with it, and its process ends with it', async () => {
  const { driver, id, attendanceId } = await aDay();
  expect(await cashStatusOf(attendanceId)).toBe('DECLARED');

  await reconcile(id, fleet.manager);
  await untilCash(attendanceId, 'RECONCILED');
  await untilShiftEnds(attendanceId);
  await setAside(id, 'reopen', fleet.manager);
  await untilCash(attendanceId, 'DECLARED');
  await reconcile(id, fleet.manager);
  await untilCash(attendanceId, 'RECONCILED');
  await untilShiftEnds(attendanceId);

  await expectBooks(driver.id, id, { [`2020[${driver.id}]`]: 7_000 });
});

test('older shortages come first, then those of this day, then chargebacks, then penalties', async () => {
  const driver = await aSharingDriver(fleet);
  const of = { driverId: driver.id, fleetId: fleet.id };
  await aPenalty(driver, fleet.manager, { amount: 20 });
  await aDue(of, 1_500);
  const earlier = await anEarlierDay(fleet, driver, 50);
  await countCash(earlier.id, earlier.attendanceId, 40, fleet.manager);
  const shift = await aShift(fleet, driver, 60);
  const today = await db.dailyCollection.findFirstOrThrow({ where: { ...of, id: { not: earlier.id } } });
  await countCash(today.id, shift, 55, fleet.manager);

  // (60 + 25) × 70 % = 59.50; older 10, revenue 25, cash 5, chargeback 15, and 4.50 of the penalty.
  const { body } = await reconcile(today.id, fleet.manager, { expectedRevenue: 85, reconciliationNotes: 'Short' });

  expect(body.data).toMatchObject({ revShareAmount: 59.5, shortageAmount: 55, penaltyAmount: 4.5, status: 'PAID' });
  expect((await journalsOf(driver.id)).at(-1)).toBe(
    `dues_netted: ${[1_000, 2_500, 500, 1_500, 450].map((x) => `D 2020 ${x}, C 1070 ${x}`).join(', ')}`,
  );
  expect(await duesOf(driver.id)).toEqual([['PENALTY', 1_550]]);
  expect(await faultsInBooks(driver.id, today.id, earlier.id, fleet.hubId)).toEqual([]);
});

test('a day whose shortage another one took is not taken back before that one is', async () => {
  const driver = await aSharingDriver(fleet, 60);
  const first = await anEarlierDay(fleet, driver, 100);
  await aShift(fleet, driver, 100);
  const second = await db.dailyCollection.findFirstOrThrow({ where: { driverId: driver.id, id: { not: first.id } } });
  // (100 + 250) × 60 % = 210 of the shortage of 250 are taken; the next day takes 40 of its 60.
  await reconcile(first.id, fleet.manager, { expectedRevenue: 350, reconciliationNotes: 'Short' });
  expect(await dayRow(first.id)).toMatchObject({ status: 'PAID', sharePaise: 21_000n, shortagePaise: 21_000n });
  expect((await reconcile(second.id, fleet.manager)).body.data).toMatchObject({ shortageAmount: 40, netPayout: 20 });
  // As a transfer that the bank reverses will leave it.
  await db.dailyCollection.update({
    where: { id: first.id },
    data: { status: 'RECONCILED', paidAt: null, version: { increment: 1 } },
  });

  const refused = await setAside(first.id, 'reopen', fleet.manager);

  expectRefused(refused, 409, 'COLLECTION_LOCKED');
  expect(refused.body.error.details).toEqual({ status: 'RECONCILED', lockedBy: second.id });
  expectRefused(await reconcile(first.id, fleet.manager), 409, 'COLLECTION_LOCKED');
  expectRefused(await adjust(first.id, 5, fleet.manager), 409, 'COLLECTION_LOCKED');
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 2_000 });
  expect((await setAside(second.id, 'reopen', fleet.manager)).status).toBe(200);
  expect((await setAside(first.id, 'reopen', fleet.manager)).body.data).toMatchObject({ status: 'CLOSED' });
  expect(await balancesOf(driver.id, first.id, second.id)).toEqual({
    ...{ [`2030[${first.id}]`]: 10_000, [`2030[${second.id}]`]: 10_000 },
  });
  expect(await faultsInBooks(driver.id, first.id, second.id)).toEqual([]);
});
