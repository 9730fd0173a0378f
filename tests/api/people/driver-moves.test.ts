import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../world/api.ts';
import type { Answer, Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aVehicle, hubPoint } from '../../world/factories.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { untilWaiting } from '../../world/locks.ts';
import { give } from '../../world/money/collections.ts';
import { aCollectionWithCash } from '../../world/money/collection-rows.ts';
import { anOwedIncentive, anUnsentPayout } from '../../world/money/payouts.ts';
import { aPenalty, payDeposit } from '../../world/money/penalties.ts';
import { aPlan, grant } from '../../world/money/rentals.ts';
import { expectRefused } from '../http/refused.ts';
import { anAssignedTrip } from '../trips/rides.ts';

type Driver = Awaited<ReturnType<typeof aDriver>>;

const change = ({ id }: { id: string }, body: object, by: Sent) => patch(`/drivers/${id}`, body, by);
const rowOf = ({ id }: { id: string }) => db.driver.findUniqueOrThrow({ where: { id }, include: { user: true } });
const ok = ({ status, body }: Answer): void => {
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
};

/** What became of moving a driver to another fleet, after something was made of them. */
const aMoved = async (make: (fleet: Awaited<ReturnType<typeof aFleet>>, driver: Driver) => Promise<unknown>) => {
  const [fleet, to] = [await aFleet(), await aFleet()];
  const driver = await aDriver(fleet, { vehicle: false });
  await make(fleet, driver);
  return { fleet, to, driver, answer: await change(driver, { fleetId: to.id, city: 'Agra' }, fleet.superAdmin) };
};

test('a driver moves to another fleet: the hub is left, the login follows, the old desk sees them no more', async () => {
  const { fleet, to, driver, answer } = await aMoved(() => Promise.resolve());

  expect(answer).toMatchObject({ status: 200, body: { data: { fleetId: to.id, hubId: null } } });
  expect((await rowOf(driver)).user).toMatchObject({ fleetId: to.id, tokenVersion: 1 });
  expectRefused(await get(`/drivers/${driver.id}`, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expect((await get(`/drivers/${driver.id}`, to.manager)).status).toBe(200);
  expectRefused(await get('/drivers/me', driver), 401, 'UNAUTHORIZED');
});

test('nobody else moves a driver, and nobody into a fleet that is closed', async () => {
  const [fleet, closed] = [await aFleet(), await aFleet()];
  const driver = await aDriver(fleet, { vehicle: false });
  await db.fleet.update({ where: { id: closed.id }, data: { status: 'INACTIVE' } });

  expectRefused(await change(driver, { fleetId: closed.id }, fleet.superAdmin), 409, 'FLEET_INACTIVE');
  for (const by of [fleet.fleetAdmin, fleet.manager, fleet.operations, driver])
    expectRefused(await change(driver, { fleetId: closed.id }, by), 403, 'SCOPE_FORBIDDEN');
  expect(await rowOf(driver)).toMatchObject({ fleetId: fleet.id, hubId: fleet.hubId });
});

type Make = Parameters<typeof aMoved>[0];

const linked: Make = async (fleet, driver) => {
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);
  ok(await post('/assignments', { driverId: driver.id, vehicleId, fleetId: fleet.id }, fleet.manager));
};

const cashOf: Make = ({ id: fleetId, hubId }, { id: driverId }) => aCollectionWithCash({ driverId, fleetId, hubId });

const aWaitingPayment: Make = ({ id: fleetId }, { id: driverId }) =>
  db.transaction.create({
    data: {
      ...{ id: randomUUID(), driverId, fleetId, type: 'DEPOSIT', direction: 'CREDIT', amountPaise: 50_000 },
      ...{ easebuzzTxnId: randomUUID(), begunAt: new Date() },
    },
  });

/** What is open, and what opens it. */
const unfinished: [open: string[], make: Make][] = [
  [['shift'], async (_, driver) => ok(await post('/attendance/check-in', { ...hubPoint, odometer: 100 }, driver))],
  [['roster'], linked],
  [['roster', 'trip'], (fleet, driver) => linked(fleet, driver).then(() => anAssignedTrip(fleet, driver))],
  [['payment'], aWaitingPayment],
  [['deposit'], (fleet, driver) => payDeposit(driver.id, fleet.id, 50_000)],
  [['payable'], (fleet, driver) => anOwedIncentive({ driverId: driver.id, fleetId: fleet.id })],
  [['dues'], (fleet, driver) => aPenalty(driver, fleet.manager)],
  [['declaredCash', 'collection'], (fleet, driver) => cashOf(fleet, driver)],
  [['payable', 'payout'], (fleet, driver) => anUnsentPayout({ driverId: driver.id, fleetId: fleet.id })],
  [['rental'], async (fleet, driver) => ok(await grant(fleet, driver.id, await aPlan(fleet)))],
];

test.each(unfinished)('a driver with open %j stays', async (open, make) => {
  const { fleet, driver, answer } = await aMoved(make);

  expectRefused(answer, 409, 'INVALID_STATE_TRANSITION');
  expect(answer.body.error.details).toEqual({ open });
  expect(await rowOf(driver)).toMatchObject({ fleetId: fleet.id, city: null });
});

/** Does something that finds a driver and then waits for their lock, while they are moved under it. */
const whileMoved = async (act: (driver: Driver, manager: Sent) => Promise<Answer>) => {
  const [fleet, to] = [await aFleet(), await aFleet()];
  const driver = await aDriver(fleet, { vehicle: false });
  let acting: Promise<Answer> | undefined;
  await db.$transaction(async (tx) => {
    await lockDrivers(tx, [driver.id]);
    acting = act(driver, fleet.manager);
    await untilWaiting(1);
    await tx.driver.update({ where: { id: driver.id }, data: { fleetId: to.id } });
  });
  return { answer: (await acting)!, driver };
};

const acts: [string, (driver: Driver, manager: Sent) => Promise<Answer>][] = [
  ['an incentive', ({ id }, manager) => give(id, 100, manager)],
  ['a deposit', (driver) => post('/payments/deposit', { amount: 500 }, driver)],
  ['a change', (driver, manager) => change(driver, { city: 'Agra' }, manager)],
  ['a decision', ({ id }, manager) => patch(`/drivers/${id}/kyc`, { kycStatus: 'PENDING' }, manager)],
  ['a status', ({ id }, manager) => patch(`/drivers/${id}/status`, { status: 'INACTIVE' }, manager)],
  ['an availability', ({ id }, manager) => patch(`/drivers/${id}/availability`, { isAvailable: false }, manager)],
  ['a wish', ({ id }, manager) => post(`/drivers/${id}/preference/update`, { prefer_day_shift: true }, manager)],
];

test.each(acts)('%s that meets a move finds the driver gone', async (_, act) => {
  const { answer, driver } = await whileMoved(act);

  expectRefused(answer, 403, 'SCOPE_FORBIDDEN');
  expect(await db.incentive.count({ where: { driverId: driver.id } })).toBe(0);
  expect(await db.transaction.count({ where: { driverId: driver.id } })).toBe(0);
  expect(await db.preferenceRequest.count({ where: { driverId: driver.id } })).toBe(0);
  const untouched = { city: null, kycStatus: 'APPROVED', status: 'ACTIVE', isAvailable: true };
  expect(await rowOf(driver)).toMatchObject(untouched);
});

test('a review that meets a move leaves the wish to the new desk', async () => {
  const wish = { currentPreference: {}, requestedPreference: { prefer_day_shift: true } };
  const review = async ({ id: driverId }: Driver, manager: Sent) => {
    const { id } = await db.preferenceRequest.create({ data: { id: randomUUID(), driverId, ...wish } });
    return post('/drivers/preference/update-status', { id, status: 'APPROVED' }, manager);
  };

  const { answer, driver } = await whileMoved(review);

  expectRefused(answer, 403, 'SCOPE_FORBIDDEN');
  expect(await db.preferenceRequest.findMany({ where: { driverId: driver.id } })).toMatchObject([
    { status: 'PENDING' },
  ]);
});
