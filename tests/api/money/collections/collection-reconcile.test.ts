import { beforeAll, expect, test } from '@jest/globals';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import {
  aDayWithCash,
  adjust,
  advance,
  aSharingDriver,
  countCash,
  dayRow,
  duesOf,
  give,
  itemsOf,
  journalsOf,
  readCollection,
  reconcile,
  setAside,
  toldOf,
  untilCash,
} from '../../../world/money/collections.ts';
import { aPenalty, penaltyRow } from '../../../world/money/penalties.ts';
import { expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const payable = (driverId: string) => `2020[${driverId}]`;
const receivable = (driverId: string) => `1070[${driverId}]`;

/** A driver whose day brought so many rupees of cash. */
const aDay = async (cash: number, percent = 70) => {
  const driver = await aSharingDriver(fleet, percent);
  const { id, attendanceId } = await aDayWithCash(fleet, driver, cash);
  return { driver, id, attendanceId };
};

const expectBooks = async (driverId: string, id: string, balances: Record<string, number>) => {
  expect(await balancesOf(driverId, id)).toEqual(balances);
  expect(await faultsInBooks(driverId, id, fleet.hubId)).toEqual([]);
};

test('a day is shared as in the example of the ledger, and its driver is told', async () => {
  const { driver, id } = await aDay(5980);

  const { status, body } = await reconcile(id, fleet.manager, { expectedRevenue: 6120, reconciliationNotes: 'Toll' });

  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    ...{ status: 'RECONCILED', isReconciled: true, isPaid: false, countAssumed: true, totalCollection: 5980 },
    ...{ cashCollectionAmount: 5980, expectedRevenue: 6120, variance: -140, revSharePercentage: 70 },
    ...{ revShareAmount: 4284, platformShareAmount: 1836, shortageAmount: 140, penaltyAmount: 0, netPayout: 4144 },
    ...{ reconciliationNotes: 'Toll', reconciledBy: fleet.manager.id, reconciledAt: expect.any(String) },
  });
  expect(await journalsOf(driver.id)).toEqual([
    'cash_declared: D 1050 598000, C 2030 598000',
    'cash_counted: D 1060 598000, C 1050 598000',
    'collection_reconciled: D 2030 598000, D 1070 14000, C 2020 428400, C 4020 183600',
    'dues_netted: D 2020 14000, C 1070 14000',
  ]);
  expect(await toldOf('collection:reconciled', id)).toMatchObject([
    { userId: driver.userId, payload: { netPayout: '4144.00' } },
  ]);
  expect(await db.auditEntry.findFirst({ where: { subjectId: id } })).toMatchObject({
    ...{ action: 'collection.reconcile', actorId: fleet.manager.id },
    after: { net: '4144.00', shortageMode: 'RECOVER', notes: 'Toll' },
  });
  await expectBooks(driver.id, id, { [payable(driver.id)]: 414_400 });
});

test('an expectation of 0 is one, and without any there is no variance', async () => {
  const { driver, id } = await aDay(100);

  expectRefused(await reconcile(id, fleet.manager, { expectedRevenue: 0 }), 422, 'NOTES_REQUIRED');
  const zero = await reconcile(id, fleet.manager, { expectedRevenue: 0, reconciliationNotes: 'No trips' });
  const none = await reconcile(id, fleet.manager);

  expect(zero.body.data).toMatchObject({ expectedRevenue: 0, variance: 100, shortageAmount: 0, netPayout: 70 });
  expect(none.body.data).toMatchObject({ expectedRevenue: null, variance: null, netPayout: 70 });
  expect(none.body.data.reconciliationNotes).toBeNull();
  await expectBooks(driver.id, id, { [payable(driver.id)]: 7_000 });
});

test('a difference without notes is refused, and nothing is counted or shared', async () => {
  const { driver, id } = await aDay(100);
  // Its process may look at it meanwhile.
  const { begunAt: _, updatedAt: __, unheardSince: ___, version: ____, ...before } = await dayRow(id);

  const refused = await reconcile(id, fleet.manager, { expectedRevenue: 100.01 });

  expectRefused(refused, 422, 'NOTES_REQUIRED');
  expect(refused.body.error.details).toMatchObject({ variance: '-0.01' });
  expect(await dayRow(id)).toMatchObject(before);
  expect(await db.cashDeclaration.findFirst({ where: { collectionId: id } })).toMatchObject({ countedPaise: null });
  expect(await journalsOf(driver.id)).toEqual(['cash_declared: D 1050 10000, C 2030 10000']);
  await expectBooks(driver.id, id, { [`1050[${driver.id}]`]: 10_000, [`2030[${id}]`]: 10_000 });
});

test.each([
  ['10.00 is within it', 110, 0, 70],
  // (100.00 + 10.01) × 70 % = 77.01 (77.007), less the shortage of 10.01.
  ['10.01 is beyond it', 110.01, 10.01, 67],
])('the tolerance: a lack of %s', async (_, expectedRevenue, shortageAmount, netPayout) => {
  const { driver, id } = await aDay(100);

  const { body } = await reconcile(id, fleet.manager, { expectedRevenue, reconciliationNotes: 'Short' });

  expect(body.data).toMatchObject({ shortageAmount, netPayout });
  await expectBooks(driver.id, id, { [payable(driver.id)]: netPayout * 100 });
});

test('whoever rents gets the percentage of the fleet, and a share is kept as it was at the reconciliation', async () => {
  const own = await aFleet();
  await db.fleet.update({ where: { id: own.id }, data: { rentalQrSharePercent: 62.5 } });
  const driver = await aSharingDriver(own, 70);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'RENTAL' } });
  const { id } = await aDayWithCash(own, driver, 333.33);

  const { body } = await reconcile(id, own.manager);
  await db.fleet.update({ where: { id: own.id }, data: { rentalQrSharePercent: 100 } });

  // 33333 × 62.5 % = 20833.125
  const shared = { revSharePercentage: 62.5, revShareAmount: 208.33, platformShareAmount: 125, netPayout: 208.33 };
  expect(body.data).toMatchObject(shared);
  expect(await readCollection(id, own.manager)).toMatchObject(shared);
  expect(await balancesOf(driver.id, own.id, own.hubId)).toEqual({
    ...{ [`1060[${own.hubId}]`]: 33_333, [payable(driver.id)]: 20_833, [`4020[${own.id}]`]: 12_500 },
  });
  expect(await faultsInBooks(driver.id, id, own.hubId)).toEqual([]);
});

test('incentives are settled with the day; dues take the share first, and then incentives in their order', async () => {
  const { driver, id } = await aDay(100);
  const first = (await give(driver.id, 50, fleet.manager)).body.data.id as string;
  const second = (await give(driver.id, 30, fleet.manager)).body.data.id as string;
  const penalty = await aPenalty(driver, fleet.manager, { amount: 90 });

  const { body } = await reconcile(id, fleet.manager);

  expect(body.data).toMatchObject({
    ...{ status: 'RECONCILED', revShareAmount: 70, incentiveAmount: 80, penaltyAmount: 90, netPayout: 60 },
  });
  expect(await itemsOf(driver.id)).toEqual([
    ['INCENTIVE', 3_000],
    ['INCENTIVE', 3_000],
  ]);
  const attached = { status: 'ATTACHED', collectionId: id, paidAt: null };
  expect(await db.incentive.findMany({ where: { driverId: driver.id }, orderBy: { createdAt: 'asc' } })).toMatchObject([
    { id: first, ...attached },
    { id: second, ...attached },
  ]);
  expect(await penaltyRow(penalty)).toMatchObject({ nettedPaise: 9_000n, outstandingPaise: 0n, status: 'SETTLED' });
  expect(await readCollection(id, fleet.manager)).toMatchObject({
    incentiveIds: expect.arrayContaining([first, second]),
  });
  await expectBooks(driver.id, id, { [payable(driver.id)]: 6_000 });

  await setAside(id, 'reopen', fleet.manager);

  expect(await itemsOf(driver.id)).toEqual([
    ['INCENTIVE', 5_000],
    ['INCENTIVE', 3_000],
  ]);
  const free = { status: 'UNPAID', collectionId: null };
  expect(await db.incentive.findMany({ where: { driverId: driver.id } })).toMatchObject([free, free]);
  await expectBooks(driver.id, id, {
    ...{ [payable(driver.id)]: 8_000, [receivable(driver.id)]: 9_000, [`2030[${id}]`]: 10_000 },
  });
});

test('a day of which nothing is left to be paid is paid at once, with its incentives, and changes only when it is reopened', async () => {
  const { driver, id, attendanceId } = await aDay(100);
  await give(driver.id, 20, fleet.manager);
  const penalty = await aPenalty(driver, fleet.manager, { amount: 200 });

  const { body } = await reconcile(id, fleet.manager);

  expect(body.data).toMatchObject({
    ...{ status: 'PAID', isPaid: true, isReconciled: true, netPayout: 0, penaltyAmount: 90, paidAmount: 0 },
    paidAt: expect.any(String),
  });
  expect(await penaltyRow(penalty)).toMatchObject({ nettedPaise: 9_000n, outstandingPaise: 11_000n });
  expect(await db.incentive.findFirst({ where: { driverId: driver.id } })).toMatchObject({
    ...{ status: 'PAID', collectionId: id, paidAt: expect.any(Date) },
  });
  const changes = [
    reconcile(id, fleet.manager),
    countCash(id, attendanceId, 50, fleet.manager),
    adjust(id, 5, fleet.manager),
    setAside(id, 'dispute', fleet.manager),
  ];
  for (const refused of await Promise.all(changes)) {
    expectRefused(refused, 409, 'COLLECTION_LOCKED');
    expect(refused.body.error.details).toEqual({ status: 'PAID' });
  }
  await untilCash(attendanceId, 'RECONCILED');
  await expectBooks(driver.id, id, { [receivable(driver.id)]: 11_000 });

  // Who expected too much, say, takes it back.
  const reopened = await setAside(id, 'reopen', fleet.manager);
  expect(reopened.body.data).toMatchObject({ status: 'CLOSED', netPayout: null, paidAt: null });
  expect(await penaltyRow(penalty)).toMatchObject({ nettedPaise: 0n, outstandingPaise: 20_000n });
  expect(await db.incentive.findFirst({ where: { driverId: driver.id } })).toMatchObject({
    ...{ status: 'UNPAID', collectionId: null, paidAt: null },
  });
  await untilCash(attendanceId, 'DECLARED');
});

test.each([
  [
    'a part of the share',
    5_000,
    { advanceAmount: 50, netPayout: 20, status: 'RECONCILED' },
    2_000,
    [['COLLECTION', 2_000]],
  ],
  ['all of it', 9_000, { advanceAmount: 70, netPayout: 0, status: 'PAID' }, -2_000, [['ADVANCE', -2_000]]],
])('an advance is covered first of all: %s', async (_, owed, said, balance, items) => {
  const { driver, id } = await aDay(100);
  await advance(driver.id, fleet.id, owed);

  const { body } = await reconcile(id, fleet.manager);

  expect(body.data).toMatchObject({ ...said, revShareAmount: 70 });
  expect(await itemsOf(driver.id)).toEqual(items);
  await expectBooks(driver.id, id, { [payable(driver.id)]: balance });
});

test('an advance comes before a penalty, and a correction covers the same again', async () => {
  const { driver, id } = await aDay(100);
  await advance(driver.id, fleet.id, 5_000);
  await aPenalty(driver, fleet.manager, { amount: 15 });

  const first = await reconcile(id, fleet.manager);
  const second = await reconcile(id, fleet.manager);

  const said = { advanceAmount: 50, penaltyAmount: 15, netPayout: 5 };
  expect([first.body.data, second.body.data]).toMatchObject([said, said]);
  expect(await itemsOf(driver.id)).toEqual([['COLLECTION', 500]]);
  await expectBooks(driver.id, id, { [payable(driver.id)]: 500 });
});

test('to reconcile again before the payout takes both journals back and posts them anew', async () => {
  const { driver, id } = await aDay(100);
  await reconcile(id, fleet.manager, { expectedRevenue: 200, reconciliationNotes: 'Short' });

  const { body } = await reconcile(id, fleet.fleetAdmin, { expectedRevenue: 150, reconciliationNotes: 'Recounted' });

  // First: (100 + 100) × 70 % − 100 = 40; then (100 + 50) × 70 % − 50 = 55.
  expect(body.data).toMatchObject({ netPayout: 55, shortageAmount: 50, reconciledBy: fleet.fleetAdmin.id });
  expect((await journalsOf(driver.id)).slice(2)).toEqual([
    'collection_reconciled: D 2030 10000, D 1070 10000, C 2020 14000, C 4020 6000',
    'dues_netted: D 2020 10000, C 1070 10000',
    'back dues_netted: C 2020 10000, D 1070 10000',
    'back collection_reconciled: C 2030 10000, C 1070 10000, D 2020 14000, D 4020 6000',
    'collection_reconciled: D 2030 10000, D 1070 5000, C 2020 10500, C 4020 4500',
    'dues_netted: D 2020 5000, C 1070 5000',
  ]);
  expect(await dayRow(id)).toMatchObject({ reconciliations: 2 });
  expect(await toldOf('collection:reconciled', id)).toHaveLength(2);
  await expectBooks(driver.id, id, { [payable(driver.id)]: 5_500 });
});

test('a day shows all journals of its reconciliations, also those that took back what was netted', async () => {
  const { driver, id } = await aDay(100);
  await aPenalty(driver, fleet.manager, { amount: 10 });
  await reconcile(id, fleet.manager);
  await setAside(id, 'reopen', fleet.manager);

  const { journals } = (await readCollection(id, fleet.manager)) as unknown as { journals: { eventType: string }[] };

  const posted = (await journalsOf(driver.id)).filter((of) => !/^(cash|penalty)/.test(of)).length;
  expect(posted).toBe(4);
  expect(journals.filter(({ eventType }) => !eventType.startsWith('cash'))).toHaveLength(posted);
});

test('a shortage that is written off is nobody’s debt, and its correction asks for it again', async () => {
  const { driver, id, attendanceId } = await aDay(100);
  await countCash(id, attendanceId, 60, fleet.manager);
  const wish = { expectedRevenue: 150, shortageMode: 'WRITE_OFF' };
  expectRefused(await reconcile(id, fleet.manager, wish), 422, 'NOTES_REQUIRED');
  expectRefused(await reconcile(id, fleet.manager, { shortageMode: 'WRITE_OFF' }), 422, 'NOTES_REQUIRED');

  const off = await reconcile(id, fleet.manager, { ...wish, reconciliationNotes: 'Robbed' });

  expect(off.body.data).toMatchObject({ variance: -50, revShareAmount: 70, shortageAmount: 0, netPayout: 70 });
  expect((await journalsOf(driver.id)).slice(2)).toEqual([
    'collection_reconciled: D 2030 10000, C 2020 7000, C 4020 3000',
    'shortage_written_off: D 5030 4000, C 1070 4000',
  ]);
  expect(await db.driverDue.findFirst({ where: { driverId: driver.id } })).toMatchObject({ closedAs: 'WRITTEN_OFF' });
  await expectBooks(driver.id, id, { [payable(driver.id)]: 7_000 });

  // (100 + 50) × 70 % = 105; the revenue shortage of 50 and the cash shortage of 40 are taken.
  const on = await reconcile(id, fleet.manager, { expectedRevenue: 150, reconciliationNotes: 'Not robbed' });

  expect(on.body.data).toMatchObject({ revShareAmount: 105, shortageAmount: 90, netPayout: 15 });
  expect(await duesOf(driver.id)).toEqual([]);
  const dues = await db.driverDue.findMany({ where: { driverId: driver.id }, orderBy: { id: 'asc' } });
  expect(dues.map(({ kind, closedAs }) => [kind, closedAs])).toEqual([
    ['CASH_SHORTAGE', 'SETTLED'],
    ['REVENUE_SHORTAGE', 'SETTLED'],
  ]);
  await expectBooks(driver.id, id, { [payable(driver.id)]: 1_500 });
});
