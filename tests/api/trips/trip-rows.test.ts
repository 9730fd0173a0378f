import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { matches } from '../../../api/http/matches.ts';
import { visibleTo } from '../../../api/http/scope.ts';
import type { Caller } from '../../../api/http/scope.ts';
import { tripReader, withAssignments } from '../../../api/trips/trip-rows.ts';
import { connect } from '../../../prisma/client.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aTrip } from '../../world/factories.ts';
import { world } from '../../world/world.ts';

const { pool, close } = connect(world.databaseUrl, 1);
const readRow = tripReader(pool).byId;
afterAll(close);

const statuses = ['ASSIGNED', 'ACTIVE', 'UNASSIGNED', 'COMPLETED', 'CANCELLED'] as const;

let fleet: Awaited<ReturnType<typeof aFleet>>;
let stranger: Awaited<ReturnType<typeof aFleet>>;
let drivers: Awaited<ReturnType<typeof aDriver>>[];
let trips: string[];

const give = async (tripId: string, driver: (typeof drivers)[number], status: (typeof statuses)[number]) => {
  const id = randomUUID();
  await db.tripAssignment.create({
    data: { id, tripId, driverId: driver.id, vehicleId: driver.vehicleId, status, assignedAt: new Date() },
  });
};

/** Trips of the fleet, of another one and of the pool: without a driver, and in every state of an assignment to every driver. */
beforeAll(async () => {
  fleet = await aFleet();
  stranger = await aFleet();
  const otherHub = await aHub(fleet.id);
  const withoutHub = await aDriver(fleet, { vehicle: false });
  await db.driver.update({ where: { id: withoutHub.id }, data: { hubId: null } });
  drivers = [
    await aDriver(fleet),
    await aDriver({ ...fleet, hubId: otherHub.id }),
    withoutHub,
    await aDriver(stranger),
  ];
  const owners = [fleet.id, stranger.id, null];
  const made = owners.map(async (fleetId) => {
    const ids = [(await aTrip({ id: fleetId } as never)).id];
    for (const driver of drivers)
      for (const status of statuses) {
        const { id } = await aTrip({ id: fleetId } as never);
        await give(id, driver, status);
        ids.push(id);
      }
    return ids;
  });
  trips = (await Promise.all(made)).flat();
  await give(trips[0]!, drivers[1]!, 'UNASSIGNED');
  await give(trips[0]!, drivers[0]!, 'ASSIGNED');
});

const callers = (): Caller[] => {
  const nobody = { userId: randomUUID(), sessionId: randomUUID(), fleetId: null, hubIds: [], driverId: null };
  const ofDrivers = drivers.map(({ id }) => ({ ...nobody, role: 'DRIVER' as const, fleetId: fleet.id, driverId: id }));
  const staff = { ...nobody, fleetId: fleet.id };
  return [
    { ...nobody, role: 'SUPER_ADMIN' },
    { ...nobody, role: 'MANAGER' },
    { ...nobody, role: 'DRIVER' },
    { ...staff, role: 'FLEET_ADMIN' },
    { ...staff, role: 'OPERATIONS' },
    { ...staff, role: 'OPERATIONS', hubIds: [fleet.hubId] },
    { ...staff, role: 'OPERATIONS', fleetId: stranger.id, hubIds: [stranger.hubId] },
    ...ofDrivers,
  ];
};

test('the hand-written read of a trip finds what the ORM finds, under both ids', async () => {
  for (const row of await db.trip.findMany({ where: { id: { in: trips } }, include: withAssignments })) {
    expect(await readRow(row.id)).toEqual(row);
    expect(await readRow(row.shortId)).toEqual(row);
  }
  expect(await readRow(randomUUID())).toBeNull();
});

test.each(['trip', 'drivenTrip'] as const)(
  'a %s that was read is in scope exactly when a query finds it',
  async (subject) => {
    const rows = await Promise.all(trips.map(readRow));

    for (const caller of callers()) {
      const scope = visibleTo(caller)[subject];
      const found = await db.trip.findMany({ where: { AND: [scope, { id: { in: trips } }] }, select: { id: true } });
      const matching = rows.filter((row) => matches(scope, row!)).map((row) => row!.id);

      expect({ caller, ids: matching.sort() }).toEqual({ caller, ids: found.map(({ id }) => id).sort() });
    }
  },
);

test('a condition with a word that is not known is refused, and so is one about a field that was not read', () => {
  expect(() => matches({ version: { gt: 1 } }, { version: 2 })).toThrow('cannot be asked');
  expect(() => matches({ fleetId: null }, { version: 2 })).toThrow('without a field');
});
