import { beforeAll, expect, test } from '@jest/globals';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import {
  aDayWithCash,
  advance,
  anEarlierDay,
  aShift,
  aSharingDriver,
  dayRow,
  duesOf,
  give,
  itemsOf,
  journalsOf,
  readCollection,
  reconcile,
  setAside,
} from '../../../world/money/collections.ts';
import { aPenalty, penaltyRow, waivePenalty } from '../../../world/money/penalties.ts';
import { expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A driver with a day of 100.00, of which 70.00 are theirs, and a penalty of so many rupees. */
const aDay = async (amount: number) => {
  const driver = await aSharingDriver(fleet);
  const { id } = await aDayWithCash(fleet, driver, 100);
  return { driver, id, penalty: await aPenalty(driver, fleet.manager, { amount }) };
};

const expectOwed = async (driverId: string, balance: number, ...ids: string[]) => {
  expect(await balancesOf(driverId, ...ids)).toEqual({ [`2020[${driverId}]`]: balance });
  expect(await faultsInBooks(driverId, ...ids)).toEqual([]);
};

test('a day that is not paid yet is reconciled anew without the penalty, as it was reconciled before', async () => {
  const { driver, id, penalty } = await aDay(30);
  const incentive = (await give(driver.id, 5, fleet.manager)).body.data.id as string;
  const wish = { expectedRevenue: 99, reconciliationNotes: 'One rupee more', countedCash: 100 };
  expect((await reconcile(id, fleet.manager, wish)).body.data).toMatchObject({ penaltyAmount: 30, netPayout: 45 });

  const waived = await waivePenalty(penalty, fleet.fleetAdmin);

  expect(waived.body.data).toMatchObject({ status: 'WAIVED', nettedAmount: 0, outstandingAmount: 0 });
  expect(await readCollection(id, fleet.manager)).toMatchObject({
    ...{ status: 'RECONCILED', penaltyAmount: 0, incentiveAmount: 5, netPayout: 75, revShareAmount: 70 },
    ...{ expectedRevenue: 99, variance: 1, reconciliationNotes: 'One rupee more', countAssumed: false },
    ...{ reconciledBy: fleet.manager.id, incentiveIds: [incentive] },
  });
  expect(await dayRow(id)).toMatchObject({ reconciliations: 2 });
  expect((await journalsOf(driver.id)).slice(4)).toEqual([
    'collection_reconciled: D 2030 10000, C 2020 7000, C 4020 3000',
    'dues_netted: D 2020 3000, C 1070 3000',
    'back dues_netted: C 2020 3000, D 1070 3000',
    'back collection_reconciled: C 2030 10000, D 2020 7000, D 4020 3000',
    'penalty_waived: D 4030 3000, C 1070 3000',
    'collection_reconciled: D 2030 10000, C 2020 7000, C 4020 3000',
  ]);
  expect(await penaltyRow(penalty)).toMatchObject({ nettedPaise: 0n, outstandingPaise: 0n, status: 'WAIVED' });
  expect(await db.incentive.findUnique({ where: { id: incentive } })).toMatchObject({ status: 'ATTACHED' });
  expect(await db.transaction.count({ where: { penaltyId: penalty } })).toBe(0);
  await expectOwed(driver.id, 7_500, id);
});

test('a day that is paid keeps what it netted, and the waiver is owed to the driver', async () => {
  const { driver, id, penalty } = await aDay(100);
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ status: 'PAID', penaltyAmount: 70 });

  expect((await waivePenalty(penalty, fleet.manager)).status).toBe(200);

  expect(await dayRow(id)).toMatchObject({ status: 'PAID', penaltyPaise: 7_000n, reconciliations: 1 });
  expect(await itemsOf(driver.id)).toEqual([['WAIVER', 7_000]]);
  expect(await duesOf(driver.id)).toEqual([]);
  expect((await journalsOf(driver.id)).at(-1)).toBe('penalty_waived: D 4030 10000, C 2020 7000, C 1070 3000');
  expect(await db.transaction.findFirst({ where: { penaltyId: penalty } })).toMatchObject({
    ...{ statusReason: 'WAIVED', amountPaise: 7_000n, direction: 'CREDIT' },
  });
  await expectOwed(driver.id, 7_000, id);
});

test('of a penalty that a paid and an unpaid day netted, each part goes its own way', async () => {
  const driver = await aSharingDriver(fleet);
  const paid = await anEarlierDay(fleet, driver, 100);
  const penalty = await aPenalty(driver, fleet.manager, { amount: 100 });
  await aShift(fleet, driver, 100);
  const unpaid = await db.dailyCollection.findFirstOrThrow({ where: { driverId: driver.id, id: { not: paid.id } } });
  expect((await reconcile(paid.id, fleet.manager)).body.data).toMatchObject({ status: 'PAID', penaltyAmount: 70 });
  expect((await reconcile(unpaid.id, fleet.manager)).body.data).toMatchObject({ penaltyAmount: 30, netPayout: 40 });

  await waivePenalty(penalty, fleet.manager);

  expect(await dayRow(unpaid.id)).toMatchObject({ status: 'RECONCILED', penaltyPaise: 0n, netPaise: 7_000n });
  expect(await itemsOf(driver.id)).toEqual(
    expect.arrayContaining([
      ['WAIVER', 7_000],
      ['COLLECTION', 7_000],
    ]),
  );
  expect(await penaltyRow(penalty)).toMatchObject({ nettedPaise: 7_000n, status: 'WAIVED' });
  await expectOwed(driver.id, 14_000, paid.id, unpaid.id);
});

test('an advance and another penalty are taken again from the day that is reconciled anew', async () => {
  const { driver, id, penalty } = await aDay(20);
  const other = await aPenalty(driver, fleet.manager, { amount: 10 });
  await advance(driver.id, fleet.id, 3_000);
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ advanceAmount: 30, netPayout: 10 });

  await waivePenalty(penalty, fleet.manager);

  expect(await dayRow(id)).toMatchObject({ advancePaise: 3_000n, penaltyPaise: 1_000n, netPaise: 3_000n });
  expect(await penaltyRow(other)).toMatchObject({ nettedPaise: 1_000n, outstandingPaise: 0n, status: 'SETTLED' });
  expect(await itemsOf(driver.id)).toEqual([['COLLECTION', 3_000]]);
  await expectOwed(driver.id, 3_000, id);
});

test('a day that was reopened has nothing to give back, and takes nothing for a waived penalty', async () => {
  const { driver, id, penalty } = await aDay(30);
  await reconcile(id, fleet.manager);
  await setAside(id, 'reopen', fleet.manager);

  await waivePenalty(penalty, fleet.manager);

  expect(await dayRow(id)).toMatchObject({ status: 'CLOSED', reconciliations: 1 });
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ penaltyAmount: 0, netPayout: 70 });
  expectRefused(await waivePenalty(penalty, fleet.manager), 409, 'PENALTY_ALREADY_WAIVED');
  await expectOwed(driver.id, 7_000, id);
});

test('a day that a waiver reconciled anew can be corrected and reopened as any other', async () => {
  const { driver, id, penalty } = await aDay(30);
  await reconcile(id, fleet.manager);
  await waivePenalty(penalty, fleet.manager);

  const corrected = await reconcile(id, fleet.manager, { expectedRevenue: 150, reconciliationNotes: 'Short' });
  expect(corrected.body.data).toMatchObject({ netPayout: 55, status: 'RECONCILED' });
  await expectOwed(driver.id, 5_500, id);
  await setAside(id, 'reopen', fleet.manager);

  expect(await balancesOf(driver.id, id)).toEqual({ [`2030[${id}]`]: 10_000 });
  expect(await faultsInBooks(driver.id, id)).toEqual([]);
});
