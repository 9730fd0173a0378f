import { beforeAll, expect, test } from '@jest/globals';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import {
  aDayWithCash,
  adjust,
  anEarlierDay,
  aQr,
  aShift,
  aSharingDriver,
  bank,
  beginShift,
  countCash,
  dayOf,
  dayRow,
  endShift,
  journalsOf,
  pay,
  reconcile,
  setAside,
  untilCredit,
} from '../../../world/money/collections.ts';
import { aPenalty, penaltyRow, waivePenalty } from '../../../world/money/penalties.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A driver with a day of 100.00, of which 70.00 are theirs. */
const aDay = async () => {
  const driver = await aSharingDriver(fleet);
  return { driver, ...(await aDayWithCash(fleet, driver, 100)) };
};

/** The day is either shared, with this net, or closed with all it holds; then the books say the same. */
const expectOneOutcome = async (driverId: string, id: string, total: number, net: number, owes = 0) => {
  const day = await dayRow(id);
  const shared = { status: 'RECONCILED', netPaise: BigInt(net), totalPaise: BigInt(total) };
  const closed = { status: 'CLOSED', netPaise: null, totalPaise: BigInt(total) };
  expect(day).toMatchObject(day.status === 'RECONCILED' ? shared : closed);
  expect(await balancesOf(driverId, id)).toEqual(
    day.status === 'RECONCILED'
      ? { [`2020[${driverId}]`]: net }
      : { [`2030[${id}]`]: total, ...(owes > 0 ? { [`1070[${driverId}]`]: owes } : {}) },
  );
  expect(await faultsInBooks(driverId, id, fleet.hubId)).toEqual([]);
};

const statusesOf = async (...answers: Promise<{ status: number }>[]) =>
  (await Promise.all(answers)).map(({ status }) => status);

test('of reconciliations at once the last one stands, and the others are taken back', async () => {
  const { driver, id } = await aDay();

  const statuses = await statusesOf(...[1, 2, 3].map(() => reconcile(id, fleet.manager)));

  expect(statuses).toEqual([200, 200, 200]);
  const shares = (await journalsOf(driver.id)).filter((of) => of.includes('collection_reconciled'));
  expect(shares.map((of) => of.startsWith('back'))).toEqual([false, true, false, true, false]);
  expect(await dayRow(id)).toMatchObject({ status: 'RECONCILED', reconciliations: 3 });
  await expectOneOutcome(driver.id, id, 10_000, 7_000);
});

test('of two who saw the same version one reconciles', async () => {
  const { driver, id } = await aDay();
  await adjust(id, 10, fleet.manager);
  const headers = { 'if-match': String((await dayRow(id)).version) };

  const statuses = await statusesOf(...[1, 2].map(() => reconcile(id, fleet.manager, {}, headers)));

  expect(statuses.sort()).toEqual([200, 409]);
  expect(await dayRow(id)).toMatchObject({ reconciliations: 1 });
  await expectOneOutcome(driver.id, id, 11_000, 7_700);
});

test('a credit that comes in during a reconciliation is in it, or opens the day again', async () => {
  const driver = await aSharingDriver(fleet);
  const qr = await aQr(fleet, driver.vehicleId);
  const { id, began } = await anEarlierDay(fleet, driver, 100);
  const at = new Date(began.getTime() + 60_000).toISOString();

  const [answer, credit] = await Promise.all([reconcile(id, fleet.manager), pay(qr.gatewayId, 60, { at })]);

  expect(answer.status).toBe(200);
  await untilCredit(credit.id, 'COLLECTED');
  expect(await dayOf(driver.id)).toMatchObject({ id, qrPaise: 6_000n });
  await expectOneOutcome(driver.id, id, 16_000, 11_200);
});

test('a count during a reconciliation is in it, or opens the day again', async () => {
  const { driver, id, attendanceId } = await aDay();

  expect(await statusesOf(reconcile(id, fleet.manager), countCash(id, attendanceId, 90, fleet.manager))).toEqual([
    200, 200,
  ]);

  expect(await dayRow(id)).toMatchObject({ cashPaise: 9_000n });
  await expectOneOutcome(driver.id, id, 10_000, 6_000, 1_000);
});

test('adjustments during a reconciliation are in it, or open the day again', async () => {
  const { driver, id } = await aDay();

  const statuses = await statusesOf(
    ...[adjust(id, 10, fleet.manager), reconcile(id, fleet.manager), adjust(id, -30, fleet.manager)],
  );

  expect(statuses).toEqual([200, 200, 200]);
  await expectOneOutcome(driver.id, id, 8_000, 5_600);
});

test('adjustments at once take no more than the day holds', async () => {
  const { driver, id, attendanceId } = await aDay();
  await countCash(id, attendanceId, 100, fleet.manager);

  const answers = await Promise.all([1, 2, 3, 4].map(() => adjust(id, -40, fleet.manager)));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 422, 422]);
  await expectOneOutcome(driver.id, id, 2_000, 0);
});

test('cash is banked or counted lower, and never both', async () => {
  const own = await aFleet();
  const driver = await aSharingDriver(own);
  const { id, attendanceId } = await aDayWithCash(own, driver, 100);
  await countCash(id, attendanceId, 100, own.manager);

  const statuses = await statusesOf(
    bank(own.hubId, 100, 'S1', own.manager),
    countCash(id, attendanceId, 60, own.manager),
  );

  expect(statuses.toSorted()).toEqual([expect.any(Number), 409]);
  const { [`1060[${own.hubId}]`]: held = 0 } = await balancesOf(own.hubId);
  expect(held).toBe(statuses[0] === 409 ? 6_000 : 0);
  expect(await faultsInBooks(driver.id, id, own.hubId)).toEqual([]);
});

test('a dispute during a reconciliation stands, or was ended by nobody', async () => {
  const { driver, id } = await aDay();

  const [reconciled, disputed] = await statusesOf(reconcile(id, fleet.manager), setAside(id, 'dispute', fleet.manager));

  expect([disputed, [200, 409].includes(reconciled!)]).toEqual([200, true]);
  expect(await dayRow(id)).toMatchObject({ status: 'DISPUTED', netPaise: null });
  expect(await balancesOf(driver.id, id)).toMatchObject({ [`2030[${id}]`]: 10_000 });
  expect(await faultsInBooks(driver.id, id, fleet.hubId)).toEqual([]);
});

test('ten counts at once: the last one stands, each was booked by its difference', async () => {
  const { driver, id, attendanceId } = await aDay();
  const amounts = Array.from({ length: 10 }, (_, n) => 101 + n);

  const statuses = await statusesOf(...amounts.map((of) => countCash(id, attendanceId, of, fleet.operations)));

  expect(statuses).toEqual(Array(10).fill(200));
  const { countedPaise, counts } = await db.cashDeclaration.findUniqueOrThrow({ where: { attendanceId } });
  expect(counts).toBe(10);
  expect(await dayRow(id)).toMatchObject({ cashPaise: countedPaise, totalPaise: countedPaise });
  const hub = (await journalsOf(driver.id)).map((of) => /(D|C) 1060 (\d+)/.exec(of)).filter((of) => of !== null);
  const held = hub.reduce((sum, [, side, amount]) => sum + (side === 'D' ? 1 : -1) * Number(amount), 0);
  expect(held).toBe(Number(countedPaise));
  await expectOneOutcome(driver.id, id, Number(countedPaise), 0);
});

test('the same count ten times at once is one', async () => {
  const { driver, id, attendanceId } = await aDay();

  await Promise.all(Array.from({ length: 10 }, () => countCash(id, attendanceId, 80, fleet.operations)));

  expect((await journalsOf(driver.id)).slice(1)).toEqual(['cash_counted: D 1060 8000, D 1070 2000, C 1050 10000']);
});

test.each([
  ['that leaves something', 30],
  ['that leaves nothing', 90],
])('a waiver during a reconciliation gives all back, once: of a penalty %s', async (_, amount) => {
  const { driver, id } = await aDay();
  const penalty = await aPenalty(driver, fleet.manager, { amount });

  expect(await statusesOf(reconcile(id, fleet.manager), waivePenalty(penalty, fleet.manager))).toEqual([200, 200]);

  expect((await penaltyRow(penalty)).status).toBe('WAIVED');
  expect(await balancesOf(driver.id, id)).toEqual({ [`2020[${driver.id}]`]: 7_000 });
  const { status, netPaise } = await dayRow(id);
  expect([status, netPaise]).toEqual(status === 'PAID' ? ['PAID', 0n] : ['RECONCILED', 7_000n]);
  expect(await faultsInBooks(driver.id, id)).toEqual([]);
});

test('two days at once take one penalty once', async () => {
  const driver = await aSharingDriver(fleet);
  const earlier = await anEarlierDay(fleet, driver, 100);
  await aShift(fleet, driver, 100);
  const days = await db.dailyCollection.findMany({ where: { driverId: driver.id } });
  const penalty = await aPenalty(driver, fleet.manager, { amount: 100 });

  expect(await statusesOf(...days.map(({ id }) => reconcile(id, fleet.manager)))).toEqual([200, 200]);

  expect(await penaltyRow(penalty)).toMatchObject({ nettedPaise: 10_000n, outstandingPaise: 0n });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 4_000 });
  expect(await faultsInBooks(driver.id, earlier.id, ...days.map(({ id }) => id))).toEqual([]);
});

test('cash that is declared during a forced reconciliation is in it, or opens the day again', async () => {
  const { driver, id } = await aDay();
  await beginShift(fleet, driver);

  const [answer] = await Promise.all([reconcile(id, fleet.manager, { force: true }), endShift(driver, 50)]);

  expect(answer.status).toBe(200);
  const day = await dayRow(id);
  expect(day).toMatchObject({ totalPaise: 15_000n, netPaise: day.status === 'RECONCILED' ? 10_500n : null });
  expect((await reconcile(id, fleet.manager)).body.data).toMatchObject({ netPayout: 105 });
  await expectOneOutcome(driver.id, id, 15_000, 10_500);
});
