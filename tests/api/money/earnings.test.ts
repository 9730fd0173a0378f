import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { momentsOf, monthsUntil, weeksUntil } from '../../../workflows/domain/money/earnings.ts';
import { get } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, aUser } from '../../world/factories.ts';
import { aPenalty, waivePenalty } from '../../world/money/penalties.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { anIncentive } from './payments.ts';

type Driver = Awaited<ReturnType<typeof aDriver>>;

let fleet: Awaited<ReturnType<typeof aFleet>>;
let driver: Driver;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A trip of 600.00 that ended at that moment, with these drivers in turn; the last one drove it. */
const aTripDrivenBy = async (drivers: Driver[], completedAt: Date, status: 'COMPLETED' | 'NO_SHOW' = 'COMPLETED') => {
  const { id: tripId } = await aTrip(fleet);
  await db.trip.update({ where: { id: tripId }, data: { status, completedAt, begunAt: new Date() } });
  for (const [n, { id: driverId }] of drivers.entries())
    await db.tripAssignment.create({
      data: {
        ...{ id: randomUUID(), tripId, driverId, assignedAt: completedAt, unassignedAt: completedAt },
        status: n === drivers.length - 1 ? 'COMPLETED' : 'UNASSIGNED',
      },
    });
};

const incentiveAt = async (createdAt: Date, more: object = {}) => {
  const { id } = await anIncentive({ driverId: driver.id, fleetId: fleet.id }, 12_345);
  await db.incentive.update({ where: { id }, data: { createdAt, ...more } });
};

const earned = async (path: string) => (await get(`/payments/earnings/${path}`, driver)).body.data;
const newDriver = () => aDriver(fleet, { vehicle: false });
const justBefore = (moment: Date) => new Date(moment.getTime() - 1);

test('a week has the fares of the trips that the driver completed in it, and the incentives given in it', async () => {
  driver = await newDriver();
  const colleague = await newDriver();
  const [current, last] = weeksUntil(Date.now(), 2).map((week) => ({ ...week, ...momentsOf(week) }));
  await aTripDrivenBy([driver], current!.from);
  await aTripDrivenBy([colleague, driver], new Date());
  await aTripDrivenBy([driver, colleague], new Date());
  await aTripDrivenBy([driver], new Date(), 'NO_SHOW');
  await incentiveAt(new Date());
  await incentiveAt(new Date(), { status: 'CANCELLED' });
  await aTripDrivenBy([driver], justBefore(current!.from));
  await incentiveAt(last!.from);
  await aPenalty(driver, fleet.manager, { amount: 200 });
  await aPenalty(driver, fleet.manager, { type: 'WARNING' });
  await waivePenalty(await aPenalty(driver, fleet.manager, { amount: 300 }), fleet.manager);

  const data = await earned('weekly?weeks=3');

  const daysOf = ({ weekNumber, startDate, endDate }: NonNullable<typeof current>) => ({
    ...{ weekNumber, startDate, endDate },
  });
  expect(data).toMatchObject({
    currentWeek: {
      ...{ type: 'current', ...daysOf(current!), tripCount: 2, tripEarnings: 1200, incentives: 123.45 },
      ...{ penalties: 200, netEarnings: 1123.45 },
    },
    previousWeeks: [
      { ...daysOf(last!), tripCount: 1, tripEarnings: 600, incentives: 123.45, penalties: 0, netEarnings: 723.45 },
      { tripCount: 0, tripEarnings: 0, incentives: 0, penalties: 0, netEarnings: 0 },
    ],
    totalEarnings: 1846.9,
  });
  expect(data.previousWeeks[0]).not.toHaveProperty('type');
});

test('a month of India has what was earned up to its last millisecond', async () => {
  driver = await newDriver();
  const [current, last] = monthsUntil(Date.now(), 2).map((month) => ({ ...month, ...momentsOf(month) }));
  await aTripDrivenBy([driver], current!.from);
  await aTripDrivenBy([driver], justBefore(last!.before));
  await aTripDrivenBy([driver], last!.from);

  expect(await earned('monthly')).toMatchObject({
    currentMonth: { type: 'current', month: current!.month, tripCount: 1, netEarnings: 600 },
    previousMonths: [
      { month: last!.month, startDate: last!.startDate, endDate: last!.endDate, tripCount: 2, netEarnings: 1200 },
      { tripCount: 0, netEarnings: 0 },
    ],
    totalEarnings: 1800,
  });
});

test.each([
  ['weekly', 4, 'previousWeeks'],
  ['weekly?weeks=0', 0, 'previousWeeks'],
  ['weekly?weeks=-3', 0, 'previousWeeks'],
  ['weekly?weeks=99', 11, 'previousWeeks'],
  ['weekly?weeks=many', 4, 'previousWeeks'],
  ['monthly', 2, 'previousMonths'],
  ['monthly?months=1', 0, 'previousMonths'],
  ['monthly?months=13', 11, 'previousMonths'],
])('%s has %i earlier ones', async (path, count, field) => {
  driver = await newDriver();

  expect((await earned(path))[field]).toHaveLength(count);
});

test('earnings are those of a driver, and asked for one number of weeks', async () => {
  const unfinished = await aUser('DRIVER', fleet.id);

  expectRefused(await get('/payments/earnings/weekly', unfinished), 404, 'NOT_FOUND');
  expectRefused(await get('/payments/earnings/monthly', fleet.manager), 403, 'FORBIDDEN');
  expectInvalid(await get('/payments/earnings/weekly?weeks=1&weeks=2', await newDriver()), 'weeks');
});
