import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { istDay } from '../../../../workflows/domain/time.ts';
import { post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aHub, aUser } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import {
  aDayWithCash,
  adjust,
  anEarlierDay,
  aShift,
  aSharingDriver,
  bank,
  countCash,
  dayOf,
  dayRow,
  duesOf,
  journalsOf,
  readCollection,
  reconcile,
} from '../../../world/money/collections.ts';
import { expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A driver whose shift brought 100.00, unless told otherwise. */
const aDay = async (cash = 100) => {
  const driver = await aSharingDriver(fleet);
  return { driver, ...(await aDayWithCash(fleet, driver, cash)) };
};

const countsOf = async (driverId: string) =>
  (await journalsOf(driverId)).filter((of) => of.startsWith('cash_counted')).map((of) => of.replace(/^.*?: /, ''));
const expectInOrder = async (driverId: string, id: string) =>
  expect(await faultsInBooks(driverId, id, fleet.hubId)).toEqual([]);
const declarationOf = (attendanceId: string) => db.cashDeclaration.findUniqueOrThrow({ where: { attendanceId } });

test.each([
  ['below', 80, 'D 1060 8000, D 1070 2000, C 1050 10000', 10_000n, [['CASH_SHORTAGE', 2_000]]],
  ['nothing of', 0, 'D 1070 10000, C 1050 10000', 10_000n, [['CASH_SHORTAGE', 10_000]]],
  ['as', 100, 'D 1060 10000, C 1050 10000', 10_000n, []],
  ['above', 125.5, 'D 1060 12550, C 1050 10000, C 2030 2550', 12_550n, []],
] as const)('cash is counted %s what was declared', async (_, counted, journal, totalPaise, dues) => {
  const { driver, id, attendanceId } = await aDay();

  const { status, body } = await countCash(id, attendanceId, counted, fleet.operations);

  expect([status, body.data.cashCollectionAmount]).toEqual([200, counted]);
  expect(await dayRow(id)).toMatchObject({ status: 'CLOSED', cashPaise: BigInt(counted * 100), totalPaise });
  expect(await declarationOf(attendanceId)).toMatchObject({
    ...{ declaredPaise: 10_000n, countedPaise: BigInt(counted * 100), state: 'COUNTED', counts: 1 },
    ...{ countedBy: fleet.operations.id, hubId: fleet.hubId },
  });
  expect(await countsOf(driver.id)).toEqual([journal]);
  expect(await duesOf(driver.id)).toEqual(dues);
  const told = await db.notification.findMany({ where: { userId: driver.userId, event: 'cash:difference' } });
  expect(told).toHaveLength(counted === 100 ? 0 : 1);
  expect((await balancesOf(id))[`2030[${id}]`]).toBe(Number(totalPaise));
  expect(await readCollection(id, fleet.manager)).toMatchObject({
    cash: { declared: 100, counted, state: 'COUNTED' },
    entries: [{ kind: 'CASH', amount: counted, attendanceId }],
  });
  await expectInOrder(driver.id, id);
});

/** Counts a day of 100.00 again and again; the books are in order after each. */
const countAgain = async (...amounts: number[]) => {
  const { driver, id, attendanceId } = await aDay();
  for (const counted of amounts) {
    const { status, body } = await countCash(id, attendanceId, counted, fleet.operations);
    expect([status, body.errorCode, body.data?.cashCollectionAmount]).toEqual([200, undefined, counted]);
    await expectInOrder(driver.id, id);
  }
  return { driver, id, attendanceId };
};

test('the same again is the same count; another value is another one, booked by its difference', async () => {
  const { driver, id, attendanceId } = await countAgain(125, 125, 110, 90, 60, 60, 95);

  expect(await countsOf(driver.id)).toEqual([
    'D 1060 12500, C 1050 10000, C 2030 2500',
    'C 1060 1500, D 2030 1500',
    'C 1060 2000, D 1070 1000, D 2030 1000',
    'C 1060 3000, D 1070 3000',
    'D 1060 3500, C 1070 3500',
  ]);
  expect(await dayRow(id)).toMatchObject({ cashPaise: 9_500n, totalPaise: 10_000n });
  expect(await declarationOf(attendanceId)).toMatchObject({ countedPaise: 9_500n, counts: 5 });
  expect(await balancesOf(driver.id, id)).toEqual({ [`1070[${driver.id}]`]: 500, [`2030[${id}]`]: 10_000 });
});

test.each([
  ['too low, then a bit better, then right', [80, 90, 100], 0],
  ['wrong, then right, and after all short', [80, 100, 95], 500],
])('a shortage that nobody paid does not settle its count: %s', async (_, amounts, short) => {
  const { driver, id } = await countAgain(...amounts);

  expect((await balancesOf(driver.id, id))[`1070[${driver.id}]`] ?? 0).toBe(short);
});

test('a hub that has banked its cash refuses a lower count, and the day stays reconciled', async () => {
  const own = await aFleet();
  const driver = await aSharingDriver(own);
  const { id, attendanceId } = await aDayWithCash(own, driver, 100);
  await reconcile(id, own.manager);
  expect((await bank(own.hubId, 100, 'S1', own.manager)).status).toBe(201);
  const before = [await dayRow(id), await journalsOf(driver.id), await declarationOf(attendanceId)];

  const counted = await countCash(id, attendanceId, 60, own.manager);
  const reconciled = await reconcile(id, own.manager, { countedCash: 99.99 });

  for (const refused of [counted, reconciled]) {
    expectRefused(refused, 409, 'HUB_CASH_SHORT');
    expect(refused.body.error.details).toEqual({ onHand: '0.00' });
  }
  const [day, ...others] = before;
  expect(await dayRow(id)).toMatchObject({ status: 'RECONCILED', netPaise: 7_000n, version: day!['version' as never] });
  expect([await journalsOf(driver.id), await declarationOf(attendanceId)]).toEqual(others);
  expect(await balancesOf(driver.id, id, own.hubId)).toEqual({ [`2020[${driver.id}]`]: 7_000 });
  expect(await faultsInBooks(driver.id, id, own.hubId)).toEqual([]);
});

test('a count whose shortage another day took stays, and an adjustment helps', async () => {
  const driver = await aSharingDriver(fleet);
  const earlier = await anEarlierDay(fleet, driver, 100);
  await countCash(earlier.id, earlier.attendanceId, 80, fleet.manager);
  await aShift(fleet, driver, 200);
  const today = await db.dailyCollection.findFirstOrThrow({ where: { driverId: driver.id, id: { not: earlier.id } } });
  const taken = await reconcile(today.id, fleet.manager);
  expect(taken.body.data).toMatchObject({ shortageAmount: 20, netPayout: 120 });
  const before = await journalsOf(driver.id);

  const counted = await countCash(earlier.id, earlier.attendanceId, 90, fleet.manager);
  const reconciled = await reconcile(earlier.id, fleet.manager, { countedCash: 90 });

  for (const refused of [counted, reconciled]) {
    expectRefused(refused, 409, 'COUNT_SETTLED');
    expect(refused.body.error.details).toEqual({ counted: '80.00' });
  }
  expect(await journalsOf(driver.id)).toEqual(before);
  expect((await adjust(earlier.id, 10, fleet.manager)).status).toBe(200);
  // (100 + 10) × 70 % = 77, and nothing is owed any more.
  expect((await reconcile(earlier.id, fleet.manager)).body.data).toMatchObject({ netPayout: 77, countAssumed: false });
  expect(await balancesOf(driver.id, earlier.id, today.id)).toEqual({ [`2020[${driver.id}]`]: 19_700 });
  await expectInOrder(driver.id, earlier.id);
  await expectInOrder(driver.id, today.id);
});

test('another count opens a reconciled day again; who only counts is refused', async () => {
  const { driver, id, attendanceId } = await aDay();
  await reconcile(id, fleet.manager);

  expectRefused(await countCash(id, attendanceId, 90, fleet.operations), 409, 'COLLECTION_RECONCILED');
  expect(await dayRow(id)).toMatchObject({ status: 'RECONCILED', netPaise: 7_000n });
  const counted = await countCash(id, attendanceId, 90, fleet.manager);

  expect(counted.body.data).toMatchObject({ status: 'CLOSED', netPayout: null, cashCollectionAmount: 90 });
  expect((await journalsOf(driver.id)).slice(2)).toEqual([
    'collection_reconciled: D 2030 10000, C 2020 7000, C 4020 3000',
    'back collection_reconciled: C 2030 10000, D 2020 7000, D 4020 3000',
    'cash_counted: C 1060 1000, D 1070 1000',
  ]);
  expect(await balancesOf(driver.id, id)).toEqual({ [`1070[${driver.id}]`]: 1_000, [`2030[${id}]`]: 10_000 });
  await expectInOrder(driver.id, id);
});

test('a shortage that the day itself took does not keep it from being counted anew', async () => {
  const { driver, id, attendanceId } = await aDay();
  const short = await reconcile(id, fleet.manager, { countedCash: 90 });
  expect(short.body.data).toMatchObject({ shortageAmount: 10, netPayout: 60, countAssumed: false });

  const { body } = await reconcile(id, fleet.manager, { countedCash: 100 });

  expect(body.data).toMatchObject({ shortageAmount: 0, netPayout: 70, cashCollectionAmount: 100 });
  expect(await declarationOf(attendanceId)).toMatchObject({ counts: 2 });
  expect(await balancesOf(driver.id, id)).toEqual({ [`2020[${driver.id}]`]: 7_000 });
  await expectInOrder(driver.id, id);
});

test('the same count again leaves a reconciled day as it is', async () => {
  const { driver, id, attendanceId } = await aDay();
  await countCash(id, attendanceId, 100, fleet.manager);
  await reconcile(id, fleet.manager);

  const again = await countCash(id, attendanceId, 100, fleet.manager);

  expect([again.status, again.body.data.status]).toEqual([200, 'RECONCILED']);
  expect(await balancesOf(driver.id, id)).toEqual({ [`2020[${driver.id}]`]: 7_000 });
});

test('a count of the whole day is split over its shifts, and overrides no count by assuming', async () => {
  const driver = await aSharingDriver(fleet);
  const first = await aShift(fleet, driver, 100);
  const second = await aShift(fleet, driver, 50);
  const { id } = await dayOf(driver.id);

  const { body } = await reconcile(id, fleet.manager, { countedCash: 130 });

  // 150 × 70 % = 105, less the shortage of 20.
  expect(body.data).toMatchObject({
    ...{ totalCollection: 150, cashCollectionAmount: 130, countAssumed: false, shortageAmount: 20, netPayout: 85 },
  });
  expect((await declarationOf(first)).countedPaise).toBe(10_000n);
  expect((await declarationOf(second)).countedPaise).toBe(3_000n);
  expect(await balancesOf(driver.id, id)).toEqual({ [`2020[${driver.id}]`]: 8_500 });
  await expectInOrder(driver.id, id);
});

test('what was counted of one shift is not assumed anew, and of the other the declared sum is', async () => {
  const driver = await aSharingDriver(fleet);
  const first = await aShift(fleet, driver, 100);
  await aShift(fleet, driver, 50);
  const { id } = await dayOf(driver.id);
  await countCash(id, first, 110, fleet.operations);

  const { body } = await reconcile(id, fleet.manager);

  expect(body.data).toMatchObject({ totalCollection: 160, countAssumed: true, netPayout: 112 });
  expect(await balancesOf(driver.id, id)).toEqual({ [`2020[${driver.id}]`]: 11_200 });
  await expectInOrder(driver.id, id);
});

test('cash that a driver declared as nothing does not vanish when the hub counts it', async () => {
  const driver = await aSharingDriver(fleet);
  await aShift(fleet, driver, 0);
  const id = randomUUID();
  const date = new Date(istDay(Date.now()));
  await db.dailyCollection.create({ data: { id, driverId: driver.id, fleetId: fleet.id, date, status: 'CLOSED' } });
  expect((await adjust(id, 100, fleet.manager)).status).toBe(200);

  const { status, body } = await reconcile(id, fleet.manager, { countedCash: 40 });

  // Either it is counted, or whoever counted is told that it cannot be.
  expect(status === 200 && body.data.cashCollectionAmount).toBe(status === 200 && 40);
});

test('cash is counted at the hub of its shift, wherever its driver belongs by then', async () => {
  const { driver, id, attendanceId } = await aDay();
  const elsewhere = await aHub(fleet.id);
  await db.driver.update({ where: { id: driver.id }, data: { hubId: elsewhere.id } });

  expect((await countCash(id, attendanceId, 100, fleet.manager)).status).toBe(200);

  expect((await balancesOf(elsewhere.id))[`1060[${elsewhere.id}]`]).toBeUndefined();
  expect(await declarationOf(attendanceId)).toMatchObject({ hubId: fleet.hubId });
  await expectInOrder(driver.id, id);
});

test('a correction makes no count of what was only assumed', async () => {
  const { id } = await aDay();
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ countAssumed: true });

  const corrected = await reconcile(id, fleet.manager, { expectedRevenue: 100 });

  expect(corrected.body.data).toMatchObject({ status: 'RECONCILED', countAssumed: true });
});

test('counting what was assumed to be there keeps the reconciliation', async () => {
  const { id, attendanceId } = await aDay();
  await reconcile(id, fleet.manager);
  const { declaredPaise } = await declarationOf(attendanceId);

  const counted = await countCash(id, attendanceId, Number(declaredPaise) / 100, fleet.manager);

  expect(counted.body.data).toMatchObject({ status: 'RECONCILED', countAssumed: false });
  expect(await declarationOf(attendanceId)).toMatchObject({ assumed: false });
});

test('cash of a shift without a hub is counted at that of its driver, and without any it is not', async () => {
  const { driver, id, attendanceId } = await aDay();
  const at = (hubId: string | null) => db.driver.update({ where: { id: driver.id }, data: { hubId } });
  await db.cashDeclaration.update({ where: { attendanceId }, data: { hubId: null } });
  await at(null);

  for (const refused of [await countCash(id, attendanceId, 5, fleet.manager), await reconcile(id, fleet.manager)])
    expectRefused(refused, 422, 'CASH_WITHOUT_HUB');
  await at(fleet.hubId);

  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ countAssumed: true, netPayout: 70 });
  expect(await declarationOf(attendanceId)).toMatchObject({ hubId: fleet.hubId, countedPaise: 10_000n });
  await expectInOrder(driver.id, id);
});

test('a shift counts into its own day, and only for those who see both', async () => {
  const [one, two] = [await aDay(), await aDay()];
  const elsewhere = await aHub(fleet.id);
  const neighbour = await aUser('OPERATIONS', fleet.id, [elsewhere.id]);
  const other = await aFleet();

  expectRefused(await countCash(one.id, two.attendanceId, 5, fleet.operations), 422, 'ATTENDANCE_OF_OTHER_DAY');
  for (const outsider of [neighbour, other.operations, other.manager, other.fleetAdmin])
    expectRefused(await countCash(one.id, one.attendanceId, 5, outsider), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await countCash(one.id, one.attendanceId, 5, one.driver), 403, 'FORBIDDEN');
  expect(await countsOf(one.driver.id)).toEqual([]);
});

test.each([
  ['1e3'],
  ['1,000'],
  ['NaN'],
  ['-5'],
  [1.005],
  ['1.005'],
  ['12abc'],
  [''],
  [true],
  [[]],
  [{}],
  [null],
  [undefined],
])('%j is no count', async (countedCash) => {
  const { driver, id, attendanceId } = shared ?? (shared = await aDay());
  const { version } = await dayRow(id);

  const refused = await post(`/payments/admin/collection/${id}/cash`, { attendanceId, countedCash }, fleet.manager);

  expectRefused(refused, 400, 'AMOUNT_INVALID');
  expect([await countsOf(driver.id), (await dayRow(id)).version]).toEqual([[], version]);
});
let shared: Awaited<ReturnType<typeof aDay>> | undefined;
