import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { patch, post, get } from '../../world/api.ts';
import type { Answer } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, aUser, aVehicle, hubPoint } from '../../world/factories.ts';
import { untilWaiting } from '../../world/locks.ts';
import { logIn } from '../people/logins.ts';
import { expectRefused } from '../http/refused.ts';
import { backInDispatch, flagged, linksOf, liveCodes } from '../http/losses.ts';
import { aShiftOnBreak } from '../shifts/shifts.ts';
import { world } from '../../world/world.ts';
import { anAssignedTrip, aStartedTrip } from '../trips/rides.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

test('a fleet that is closed has no staff, no roster and no new work', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  for (const { phone } of [fleet.manager, other.manager]) await post('/auth/send-otp', { phone });
  const driver = await aDriver(fleet);
  const [[shiftId], { id: tripId }] = [await aShiftOnBreak(fleet, driver), await anAssignedTrip(fleet, driver)];

  const answer = await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);

  expect(answer).toMatchObject({ status: 200, body: { data: { status: 'INACTIVE' } } });
  for (const person of [fleet.fleetAdmin, fleet.manager, fleet.operations])
    expect([401, 403]).toContain((await get('/users', person)).status);
  const { OTP_BYPASS_KEY: verifiedKey } = world.apiEnvironment;
  const login = await post('/auth/verify-otp', { phone: fleet.manager.phone, otp: '0', verifiedKey });
  expectRefused(login, 403, 'FLEET_INACTIVE');
  expect([await liveCodes(fleet.manager), await liveCodes(other.manager)]).toEqual([0, 1]);
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED', endReason: 'FLEET_INACTIVE' }]);
  await backInDispatch(tripId);
  await flagged(shiftId);
  expect((await get('/trips', driver)).status).toBe(200);
  const out = await post('/attendance/check-out', { odometer: 1010, cashDeposited: 0 }, driver);
  expect(out.body.data.status).toBe('CHECKED_OUT');
  expectRefused(await post('/attendance/check-in', hubPoint, driver), 403, 'FLEET_INACTIVE');
});

test('a fleet with a ride under way is not closed', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id: riding } = await aStartedTrip(fleet, driver);

  const refused = await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);
  expectRefused(refused, 409, 'TRIP_IN_PROGRESS');
  expect(refused.body.error.details).toMatchObject({ tripId: riding });

  expect(await db.fleet.findUnique({ where: { id: fleet.id } })).toMatchObject({ status: 'ACTIVE' });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ACTIVE' }]);
  expect((await get('/users', fleet.manager)).status).toBe(200);
});

const close = ({ id }: Fleet) => ({ where: { id }, data: { status: 'INACTIVE' as const } });

/** Sends a request that arrives in the very moment in which its fleet is being closed. */
const whileClosing = async (fleet: Fleet, send: () => Promise<Answer>): Promise<Answer> => {
  const sent = await db.$transaction(
    async (tx) => {
      await tx.fleet.update(close(fleet));
      const answer = send();
      await untilWaiting(1);
      return { answer };
    },
    { timeout: 20_000 },
  );
  return sent.answer;
};

test('no driver gets a vehicle of a fleet that is being closed', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet, { vehicle: false });
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);

  const answer = await whileClosing(fleet, () =>
    post('/assignments', { driverId: driver.id, vehicleId }, fleet.manager),
  );

  expectRefused(answer, 409, 'FLEET_INACTIVE');
  expect(await db.assignment.count({ where: { driverId: driver.id } })).toBe(0);
});

test('no shift begins in a fleet that is being closed', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  const answer = await whileClosing(fleet, () => post('/attendance/check-in', hubPoint, driver));

  expectRefused(answer, 403, 'FLEET_INACTIVE');
  expect(await db.attendance.count({ where: { driverId: driver.id } })).toBe(0);
});

const inSixHours = () => new Date(Date.now() + 6 * 3_600_000).toISOString();

/** What is made in a fleet, how, and how many of it there are. */
const made = {
  user: [
    ({ id: fleetId, manager }: Fleet) =>
      post('/users', { fleetId, name: 'Dinesh', phone: aPhone(), role: 'DRIVER' }, manager),
    (fleetId: string) => db.user.count({ where: { fleetId, role: 'DRIVER' } }),
  ],
  driver: [
    ({ id: fleetId, manager }: Fleet) => post('/drivers', { fleetId, firstName: 'Dinesh', mobile: aPhone() }, manager),
    (fleetId: string) => db.driver.count({ where: { fleetId } }),
  ],
  vehicle: [
    ({ id: fleetId, manager }: Fleet) =>
      post('/vehicles', { fleetId, vehicleName: 'Tigor', vehicleNumber: randomUUID().slice(0, 12) }, manager),
    (fleetId: string) => db.vehicle.count({ where: { fleetId } }),
  ],
  hub: [
    ({ id, manager }: Fleet) => post(`/fleets/${id}/hubs`, { address: 'Saket', lat: 28.52, lng: 77.2 }, manager),
    (fleetId: string) => db.hub.count({ where: { fleetId, address: 'Saket' } }),
  ],
  trip: [
    ({ manager }: Fleet) => {
      const journey = { tripType: 'INTER_CITY', distanceKm: 20, originCity: 'Delhi' };
      return post('/trips', { ...journey, pickupTime: inSixHours() }, manager);
    },
    (fleetId: string) => db.trip.count({ where: { fleetId } }),
  ],
} as const;

test.each(Object.entries(made))('no %s is made in a fleet that is being closed', async (_what, [make, count]) => {
  const [fleet, open] = [await aFleet(), await aFleet()];

  const refused = await whileClosing(fleet, () => make(fleet));

  expectRefused(refused, 409, 'FLEET_INACTIVE');
  expect(await count(fleet.id)).toBe(0);
  expect((await make(open)).status).toBe(201);
  expect(await count(open.id)).toBe(1);
});

test('nobody is moved into a fleet that is being closed', async () => {
  const [fleet, closing] = [await aFleet(), await aFleet()];

  const answer = await whileClosing(closing, () =>
    patch(`/users/${fleet.manager.id}`, { fleetId: closing.id }, fleet.superAdmin),
  );

  expectRefused(answer, 409, 'FLEET_INACTIVE');
  expect(await db.user.findUniqueOrThrow({ where: { id: fleet.manager.id } })).toMatchObject({ fleetId: fleet.id });
});

test('who was moved to another fleet meanwhile is not changed by their former manager', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const { id } = fleet.operations;

  const { answer } = await db.$transaction(async (tx) => {
    await tx.user.update({ where: { id }, data: { fleetId: other.id } });
    const changed = patch(`/users/${id}`, { isActive: false }, fleet.manager);
    await untilWaiting(1);
    return { answer: changed };
  });

  expectRefused(await answer, 403, 'SCOPE_FORBIDDEN');
  expect(await db.user.findUniqueOrThrow({ where: { id } })).toMatchObject({ fleetId: other.id, isActive: true });
});

test('a shift has the vehicle that its driver gets in the moment of their check-in', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet, { vehicle: false });
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);

  const { answer } = await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "drivers" WHERE "id" = ${driver.id}::uuid FOR UPDATE`;
    const link = { fleetId: fleet.id, driverId: driver.id, vehicleId, startTime: new Date() };
    await tx.assignment.create({ data: { id: crypto.randomUUID(), ...link } });
    const checkedIn = post('/attendance/check-in', hubPoint, driver);
    await untilWaiting(1);
    return { answer: checkedIn };
  });

  expect((await answer).body.data).toMatchObject({ vehicleId });
});

test('a session that a login opened while its fleet was closed ends with its first refresh', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [staff, atTheWheel] = [await logIn(fleet.manager.phone), await logIn(driver.phone)];
  await db.fleet.update(close(fleet));

  const refreshed = await post('/auth/refresh', { refreshToken: staff.body.data.refreshToken });

  expectRefused(refreshed, 401, 'UNAUTHORIZED');
  expect(refreshed.body.error.details).toEqual({ reason: 'INACTIVE' });
  expect((await post('/auth/refresh', { refreshToken: atTheWheel.body.data.refreshToken })).status).toBe(200);
});

test('a driver of a closed fleet gets no trip and is not made available', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id: tripId } = await aTrip(fleet);
  await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);
  const available = async () => (await db.driver.findUniqueOrThrow({ where: { id: driver.id } })).isAvailable;
  expect(await available()).toBe(false);
  await db.assignment.updateMany({ where: { driverId: driver.id }, data: { status: 'ACTIVE', endTime: null } });

  const assigned = await post('/admin/trips/assign', { tripId, driverId: driver.id }, fleet.superAdmin);
  const freed = await patch(`/drivers/${driver.id}/availability`, { isAvailable: true }, fleet.superAdmin);

  for (const answer of [assigned, freed]) {
    expectRefused(answer, 409, 'DRIVER_NOT_ACTIVE');
    expect(answer.body.error.details).toEqual({ status: 'FLEET_INACTIVE' });
  }
  expect(await available()).toBe(false);
});

test('of two administrators who dismiss each other one stays', async () => {
  const [one, two] = [await aUser('SUPER_ADMIN', null), await aUser('SUPER_ADMIN', null)];

  const answers = await Promise.all([
    patch(`/users/${one.id}`, { isActive: false }, two),
    patch(`/users/${two.id}/deactivate`, {}, one),
  ]);

  const rows = await db.user.findMany({ where: { id: { in: [one.id, two.id] }, isActive: true } });
  expect([answers.filter(({ status }) => status === 200).length, rows.length]).toEqual([1, 1]);
});
