import { expect, test } from '@jest/globals';
import { patch, post } from '../../world/api.ts';
import type { Answer } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aVehicle } from '../../world/factories.ts';
import { untilWaiting } from '../../world/locks.ts';
import { expectRefused } from '../http/refused.ts';
import { linksOf } from '../http/losses.ts';
import { anApprovedShift } from '../shifts/shifts.ts';
import { act, anAssignedTrip, aStartedTrip, tripOf } from './rides.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

/** What takes a driver, their vehicle or their fleet off duty. */
const endings: [string, (fleet: Fleet, driver: Driver) => Promise<Answer>][] = [
  ['his check-out', (_, driver) => post('/attendance/check-out', { odometer: 1040 }, driver)],
  [
    'the end of their roster link',
    async ({ manager }, driver) => patch(`/assignments/${(await linksOf(driver))[0]!.id}/end`, {}, manager),
  ],
  [
    'another vehicle',
    async (fleet, { id: driverId }) => {
      const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);
      return post('/assignments', { driverId, vehicleId, replaceActive: true }, fleet.manager);
    },
  ],
  [
    'the workshop',
    ({ manager }, { vehicleId }) => patch(`/vehicles/${vehicleId}/status`, { status: 'MAINTENANCE' }, manager),
  ],
  ['the end of his fleet', ({ id, superAdmin }) => patch(`/fleets/${id}/deactivate`, {}, superAdmin)],
];

test.each(endings)('a driver who sets off in the same moment is on the road before %s', async (_, end) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await anApprovedShift(fleet, driver);
  const trip = await anAssignedTrip(fleet, driver);

  const [started, ended] = await db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "trips" WHERE "id" = ${trip.id}::uuid FOR UPDATE`;
      const starting = act(driver, trip, 'start');
      await untilWaiting(1);
      const ending = end(fleet, driver);
      await untilWaiting(2);
      return [starting, ending] as const;
    },
    { timeout: 20_000 },
  );

  expect((await started).status).toBe(200);
  expectRefused(await ended, 409, 'TRIP_IN_PROGRESS');
  expect((await ended).body.error.details).toMatchObject({ tripId: trip.id });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ACTIVE', vehicleId: driver.vehicleId }]);
  expect(await db.fleet.findUnique({ where: { id: fleet.id } })).toMatchObject({ status: 'ACTIVE' });
});

test('a driver whose fleet is being closed does not set off', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const trip = await anAssignedTrip(fleet, driver);

  const { answer } = await db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "drivers" WHERE "id" = ${driver.id}::uuid FOR NO KEY UPDATE`;
      await tx.fleet.update({ where: { id: fleet.id }, data: { status: 'INACTIVE' } });
      const starting = act(driver, trip, 'start');
      await untilWaiting(1);
      return { answer: starting };
    },
    { timeout: 20_000 },
  );

  const refused = await answer;
  expectRefused(refused, 403, 'DRIVER_NOT_ACTIVE');
  expect(refused.body.error.details).toEqual({ status: 'FLEET_INACTIVE' });
  expect(await tripOf(trip.id)).toMatchObject({ status: 'DRIVER_ASSIGNED', startedAt: null });
});

test('of two trips that a driver starts in the same moment one begins, and the other after it', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const trips = [await anAssignedTrip(fleet, driver), await anAssignedTrip(fleet, driver)];

  const { answers } = await db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "drivers" WHERE "id" = ${driver.id}::uuid FOR NO KEY UPDATE`;
      const starting = trips.map((trip) => act(driver, trip, 'start'));
      await untilWaiting(2);
      return { answers: Promise.all(starting) };
    },
    { timeout: 20_000 },
  );

  const statuses = (await answers).map(({ status }) => status);
  const [begun, waiting] = statuses[0] === 200 ? trips : trips.toReversed();
  const refused = (await answers).find(({ status }) => status !== 200)!;
  expect(statuses.toSorted()).toEqual([200, 409]);
  expectRefused(refused, 409, 'TRIP_IN_PROGRESS');
  expect(refused.body.error.details).toEqual({ tripId: begun!.id, shortId: begun!.shortId });
  expect((await tripOf(waiting!.id)).status).toBe('DRIVER_ASSIGNED');

  expect((await act(driver, begun!, 'complete')).status).toBe(200);
  expect((await act(driver, waiting!, 'start')).status).toBe(200);
});

test('a ride for Rapido does not keep a driver from their own trip', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [rapido, trip] = [await aStartedTrip(fleet, driver), await anAssignedTrip(fleet, driver)];
  await db.trip.update({ where: { id: rapido.id }, data: { provider: 'RAPIDO' } });

  expect((await act(driver, trip, 'start')).status).toBe(200);
});
