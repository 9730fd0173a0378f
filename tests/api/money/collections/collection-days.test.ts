import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aTrip, aVehicle } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import {
  aDriverWithQr,
  aDayWithCash,
  anEarlierDay,
  aQr,
  aShift,
  aSharingDriver,
  beganAt,
  beginShift,
  countCash,
  dayOf,
  dayRow,
  daysOf,
  endShift,
  fromMidnight,
  give,
  pay,
  readCollection,
  reconcile,
  toldOf,
  untilCash,
  untilCredit,
} from '../../../world/money/collections.ts';
import { tick } from '../../../world/money/credits.ts';
import { until } from '../../../world/until.ts';
import { aPenalty } from '../../../world/money/penalties.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const isoDay = (date: Date) => date.toISOString().slice(0, 10);
const indianDay = (at: Date) => isoDay(new Date(at.getTime() + 5.5 * 3_600_000));
const collected = async (account: string, amount: number, at?: Date) => {
  const { id } = await pay(account, amount, at ? { at: at.toISOString() } : {});
  await untilCredit(id, 'COLLECTED');
};

test('shifts and vehicles of a day add up in one day, and its entries keep them apart', async () => {
  const driver = await aDriverWithQr(fleet);
  const first = await beginShift(fleet, driver);
  await collected(driver.qr.gatewayId, 40);
  await endShift(driver, 100);
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const qr = await aQr(fleet, vehicle.id);
  const ended = { status: 'ENDED', endTime: new Date(), endReason: 'MANUAL' } as const;
  await db.assignment.updateMany({ where: { driverId: driver.id }, data: ended });
  const link = { fleetId: fleet.id, driverId: driver.id, vehicleId: vehicle.id, startTime: new Date() };
  await db.assignment.create({ data: { id: randomUUID(), ...link } });

  const second = await beginShift(fleet, driver);
  expect(await dayOf(driver.id)).toMatchObject({ status: 'CLOSED', vehicleId: driver.vehicleId });
  await collected(qr.gatewayId, 60);
  await endShift(driver, 50.5);

  const day = await dayOf(driver.id);
  expect(day).toMatchObject({ qrPaise: 10_000n, cashPaise: 15_050n, totalPaise: 25_050n, status: 'CLOSED' });
  expect(day.vehicleId).toBe(driver.vehicleId);
  const { entries, counts } = (await readCollection(day.id, fleet.manager)) as unknown as Record<
    'entries' | 'counts',
    { kind: string; amount: number; vehicleId: string; attendanceId: string }[]
  >;
  expect(entries.map((of) => [of.kind, of.amount, of.vehicleId, of.attendanceId])).toEqual([
    ['QR', 40, driver.vehicleId, first],
    ['CASH', 100, driver.vehicleId, first],
    ['QR', 60, vehicle.id, second],
    ['CASH', 50.5, vehicle.id, second],
  ]);
  expect(counts.map(({ attendanceId }) => attendanceId)).toEqual([first, second]);
  // 250.50 × 70 % = 175.35
  expect((await reconcile(day.id, fleet.manager)).body.data).toMatchObject({ netPayout: 175.35 });
  expect(await balancesOf(driver.id, day.id)).toEqual({ [`2020[${driver.id}]`]: 17_535 });
  expect(await faultsInBooks(driver.id, day.id, fleet.hubId)).toEqual([]);
});

test('two passengers of one shift pay by QR, and both payments are collected', async () => {
  const driver = await aDriverWithQr(fleet);
  await beginShift(fleet, driver);

  await collected(driver.qr.gatewayId, 40);
  await pay(driver.qr.gatewayId, 25);

  await until(async () => (await dayOf(driver.id)).qrPaise === 6_500n, 'both payments to be collected');
  expect(await dayOf(driver.id)).toMatchObject({ totalPaise: 6_500n });
});

test('a shift that began before midnight brings all of its money into the day of its check-in', async () => {
  const driver = await aDriverWithQr(fleet);
  const began = fromMidnight(-30);
  const attendanceId = await beginShift(fleet, driver);
  await beganAt(attendanceId, began);

  await collected(driver.qr.gatewayId, 40);
  await endShift(driver, 100);

  const day = await dayOf(driver.id);
  expect(isoDay(day.date)).toBe(indianDay(began));
  expect(isoDay(day.date)).not.toBe(indianDay(new Date()));
  expect(day).toMatchObject({ qrPaise: 4_000n, cashPaise: 10_000n, status: 'CLOSED' });
  expect((await reconcile(day.id, fleet.manager)).body.data).toMatchObject({
    ...{ netPayout: 98, date: `${indianDay(began)}T00:00:00.000Z` },
  });
  await untilCash(attendanceId, 'RECONCILED');
  expect(await balancesOf(driver.id, day.id)).toEqual({ [`2020[${driver.id}]`]: 9_800 });
  expect(await faultsInBooks(driver.id, day.id)).toEqual([]);
});

test('somebody is told of a shift that was never ended, although an earlier one has closed its day', async () => {
  const driver = await aSharingDriver(fleet);
  const { id, attendanceId, began } = await anEarlierDay(fleet, driver, 100, 2);
  const forgotten = await beginShift(fleet, driver);
  await beganAt(forgotten, new Date(began.getTime() + 2 * 3_600_000));

  await countCash(id, attendanceId, 100, fleet.operations);

  const told = await until(async () => {
    const rows = await toldOf('collection:open', id);
    return rows.length > 0 && rows;
  }, 'word of the open shift');
  expect(told.map(({ userId }) => userId)).toContain(fleet.manager.id);
  expect((await readCollection(id, fleet.manager))['shiftOpen']).toBe(true);
});

test('a trip that a shift completes after midnight counts into the revenue that its day suggests', async () => {
  const driver = await aSharingDriver(fleet);
  const attendanceId = await beginShift(fleet, driver);
  await beganAt(attendanceId, fromMidnight(-30));
  const trip = await aTrip(fleet);
  const assigned = {
    tripId: trip.id,
    driverId: driver.id,
    status: 'COMPLETED',
    assignedAt: fromMidnight(-20),
  } as const;
  await db.tripAssignment.create({ data: { id: randomUUID(), ...assigned } });
  const completed = { status: 'COMPLETED', completedAt: new Date(), begunAt: new Date() } as const;
  await db.trip.update({ where: { id: trip.id }, data: completed });
  await endShift(driver, 600);
  const { id } = await dayOf(driver.id);

  const { body } = await get(`/payments/admin/reconciliations/pending?fleetId=${fleet.id}`, fleet.manager);

  const row = body.data.find((of: { id: string }) => of.id === id);
  expect(row).toMatchObject({ totalCollection: 600, tripRevenue: 600 });
});

test('a late credit opens a reconciled day again, and finance hears of it', async () => {
  const driver = await aDriverWithQr(fleet);
  const { id, attendanceId, began } = await anEarlierDay(fleet, driver, 100);
  await reconcile(id, fleet.manager, { expectedRevenue: 90, reconciliationNotes: 'A tip' });
  await untilCash(attendanceId, 'RECONCILED');

  await collected(driver.qr.gatewayId, 50, new Date(began.getTime() + 60_000));

  expect(await dayRow(id)).toMatchObject({
    ...{
      status: 'CLOSED',
      qrPaise: 5_000n,
      totalPaise: 15_000n,
      netPaise: null,
      sharePaise: null,
      expectedPaise: null,
    },
    ...{ reconciledBy: null, reconciliationNotes: null, variancePaise: null },
  });
  const told = await toldOf('collection:reopened', id);
  expect(told.map(({ userId }) => userId)).toEqual(expect.arrayContaining([fleet.manager.id]));
  expect(told[0]).toMatchObject({ payload: { amount: '100.00', reason: 'a credit came in late' } });
  await tick();
  await untilCash(attendanceId, 'DECLARED');
  expect(await balancesOf(driver.id, id)).toEqual({ [`2030[${id}]`]: 15_000 });
  const again = await reconcile(id, fleet.manager);
  expect(again.body.data).toMatchObject({ status: 'RECONCILED', netPayout: 105, variance: null });
  expect(await balancesOf(driver.id, id)).toEqual({ [`2020[${driver.id}]`]: 10_500 });
  expect(await faultsInBooks(driver.id, id)).toEqual([]);
});

test('a late credit of a paid day goes to the current one, and says where it belongs', async () => {
  const driver = await aDriverWithQr(fleet);
  const earlier = await anEarlierDay(fleet, driver, 100);
  await aPenalty(driver, fleet.manager, { amount: 100 });
  expect((await reconcile(earlier.id, fleet.manager)).body.data.status).toBe('PAID');
  await aShift(fleet, driver, 20);

  await collected(driver.qr.gatewayId, 50, new Date(earlier.began.getTime() + 60_000));

  const [, today, ...others] = await daysOf(driver.id);
  expect(others).toEqual([]);
  expect(await dayRow(earlier.id)).toMatchObject({ status: 'PAID', totalPaise: 10_000n });
  expect(today).toMatchObject({ qrPaise: 5_000n, cashPaise: 2_000n, totalPaise: 7_000n });
  const entry = await db.collectionEntry.findFirstOrThrow({ where: { collectionId: today!.id, kind: 'QR' } });
  expect(indianDay(earlier.began)).toBe(isoDay(entry.originalDate!));
  expect(await faultsInBooks(driver.id, earlier.id, today!.id)).toEqual([]);
});

test('cash that is declared once the day is paid goes to the next one, and can be counted there', async () => {
  const driver = await aSharingDriver(fleet);
  const { id } = await aDayWithCash(fleet, driver, 100);
  await beginShift(fleet, driver);
  await aPenalty(driver, fleet.manager, { amount: 100 });
  expect((await reconcile(id, fleet.manager, { force: true })).body.data.status).toBe('PAID');

  await endShift(driver, 50);

  const [today, next, ...others] = await daysOf(driver.id);
  expect([today!.totalPaise, next!.totalPaise, others]).toEqual([10_000n, 5_000n, []]);
  const entry = await db.collectionEntry.findFirstOrThrow({ where: { collectionId: next!.id } });
  expect(entry).toMatchObject({ kind: 'CASH', originalDate: today!.date });
  // 35.00 of the share go into what is left of the penalty: 30.00.
  expect((await reconcile(next!.id, fleet.manager)).body.data).toMatchObject({ penaltyAmount: 30, netPayout: 5 });
  expect(await balancesOf(driver.id, id, next!.id)).toEqual({ [`2020[${driver.id}]`]: 500 });
  expect(await faultsInBooks(driver.id, id, next!.id)).toEqual([]);
});

test('an incentive of a later day is not settled with an earlier one', async () => {
  const driver = await aSharingDriver(fleet);
  const { id } = await anEarlierDay(fleet, driver, 100);
  await give(driver.id, 20, fleet.manager);

  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ incentiveAmount: 0, netPayout: 70 });
  expect(await db.incentive.findFirst({ where: { driverId: driver.id } })).toMatchObject({ status: 'UNPAID' });
});

test('days that wait are listed with cash, open shift and driver, oldest first, until they are reconciled', async () => {
  const own = await aFleet();
  const driver = await aSharingDriver(own);
  const earlier = await anEarlierDay(own, driver, 30);
  await aShift(own, driver, 20);
  await beginShift(own, driver);
  const pending = async (query = '') =>
    (await get(`/payments/admin/reconciliations/pending?fleetId=${own.id}${query}`, own.manager)).body.data;

  const [, today] = await daysOf(driver.id);
  expect(await pending()).toMatchObject([
    { id: earlier.id, shiftOpen: false, cash: { declared: 30, counted: null, state: 'DECLARED' }, tripRevenue: 0 },
    { id: today!.id, shiftOpen: true, cash: { declared: 20 }, driver: { id: driver.id, firstName: 'Dinesh' } },
  ]);
  expect(await pending(`&date=${isoDay(today!.date)}`)).toMatchObject([{ id: today!.id }]);
  await reconcile(earlier.id, own.manager);
  expect((await pending()).map(({ id }: { id: string }) => id)).toEqual([today!.id]);
});

test('a driver reads the own days of a range and their sums, whatever is filtered', async () => {
  const driver = await aSharingDriver(fleet);
  const earlier = await anEarlierDay(fleet, driver, 100);
  await reconcile(earlier.id, fleet.manager);
  await aShift(fleet, driver, 50);
  const read = async (query = '') => (await get(`/payments/collections${query}`, driver)).body.data;
  const [first, today] = await daysOf(driver.id);

  const all = await read();
  expect(all.collections.map(({ id }: { id: string }) => id)).toEqual([today!.id, first!.id]);
  const sums = {
    totalDays: 2,
    totalCollections: 150,
    totalRevShare: 70,
    unpaidAmount: 70,
    balance: 70,
    deductions: 80,
  };
  expect(all.summary).toMatchObject({ ...sums, paidDays: 0, unpaidDays: 2, paidAmount: 0, totalPayout: 0 });
  const reconciled = await read('?isReconciled=true');
  expect(reconciled.collections).toMatchObject([{ id: first!.id, netPayout: 70 }]);
  expect(reconciled.summary).toEqual(all.summary);
  expect((await read('?isReconciled=false&isPaid=false')).collections).toMatchObject([{ id: today!.id }]);
  const date = isoDay(first!.date);
  expect(await read(`?startDate=${date}&endDate=${date}`)).toMatchObject({
    ...{ collections: [{ id: first!.id }], summary: { totalDays: 1, totalCollections: 100, deductions: 30 } },
  });
});
