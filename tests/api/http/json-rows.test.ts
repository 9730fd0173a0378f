import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { vehicleReader, vehicleSurroundings } from '../../../api/fleet/vehicle-rows.ts';
import { matches } from '../../../api/http/matches.ts';
import { visibleTo } from '../../../api/http/scope.ts';
import type { Caller } from '../../../api/http/scope.ts';
import { driverReader, driverSurroundings } from '../../../api/people/driver-rows.ts';
import { connect } from '../../../prisma/client.ts';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, hubPoint } from '../../world/factories.ts';
import { world } from '../../world/world.ts';

const { pool, close } = connect(world.databaseUrl, 1);
const [vehicles, drivers] = [vehicleReader(pool), driverReader(pool)];
afterAll(close);

let fleet: Awaited<ReturnType<typeof aFleet>>;
let otherHubId: string;
let driverIds: string[];
let vehicleIds: string[];

/** Drivers on a break, off duty, without hub and vehicle, of another hub and of another fleet; and their vehicles. */
beforeAll(async () => {
  fleet = await aFleet();
  otherHubId = (await aHub(fleet.id)).id;
  const onBreak = await aDriver(fleet);
  const shift = (await post('/attendance/check-in', { ...hubPoint, odometer: 100 }, onBreak)).body.data as {
    id: string;
  };
  expect((await post(`/attendance/${shift.id}/approve`, {}, fleet.manager)).status).toBe(200);
  expect((await post('/attendance/start-break', {}, onBreak)).status).toBe(200);
  const bare = await aDriver(fleet, { vehicle: false });
  await db.driver.update({ where: { id: bare.id }, data: { hubId: null, dob: new Date('1990-02-28') } });
  const made = [
    onBreak,
    bare,
    await aDriver(fleet),
    await aDriver({ ...fleet, hubId: otherHubId }),
    await aDriver(await aFleet()),
  ];
  driverIds = made.map(({ id }) => id);
  vehicleIds = made.flatMap(({ vehicleId }) => vehicleId ?? []);
  const expiry = { insuranceExpiry: new Date('2027-01-31'), hubId: null };
  await db.vehicle.update({ where: { id: vehicleIds[0]! }, data: expiry });
  await db.assignment.updateMany({
    where: { vehicleId: vehicleIds[1]! },
    data: { status: 'ENDED', endTime: new Date() },
  });
});

test('the hand-written reads of drivers and vehicles find what the ORM finds, under both ids', async () => {
  const drivenBy = await db.driver.findMany({ where: { id: { in: driverIds } }, include: driverSurroundings });
  for (const row of drivenBy) {
    expect(await drivers.byId(row.id)).toEqual(row);
    expect(await drivers.byId(row.shortId)).toEqual(row);
  }
  expect(drivenBy.flatMap(({ attendances }) => attendances.flatMap(({ breaks }) => breaks))).toHaveLength(1);
  for (const row of await db.vehicle.findMany({ where: { id: { in: vehicleIds } }, include: vehicleSurroundings })) {
    expect(await vehicles.byId(row.id)).toEqual(row);
    expect(await vehicles.byId(row.shortId)).toEqual(row);
  }
  expect([await drivers.byId(randomUUID()), await vehicles.byId(randomUUID())]).toEqual([null, null]);
});

test('records are read in the order of their ids, and unknown ones are left out', async () => {
  const ids = [...driverIds].reverse();

  const rows = await drivers.byIds([ids[0]!, randomUUID(), ...ids.slice(1)]);

  expect(rows.map(({ id }) => id)).toEqual(ids);
});

const callers = (): Caller[] => {
  const nobody = { userId: randomUUID(), sessionId: randomUUID(), fleetId: null, hubIds: [], driverId: null };
  const staff = { ...nobody, fleetId: fleet.id };
  return [
    { ...nobody, role: 'SUPER_ADMIN' },
    { ...nobody, role: 'MANAGER' },
    { ...nobody, role: 'DRIVER' },
    { ...staff, role: 'DRIVER', driverId: driverIds[0]! },
    { ...staff, role: 'FLEET_ADMIN' },
    { ...staff, role: 'OPERATIONS' },
    { ...staff, role: 'OPERATIONS', hubIds: [otherHubId] },
    { ...staff, role: 'OPERATIONS', hubIds: [fleet.hubId, otherHubId] },
  ];
};

test('a driver or vehicle that was read is in scope exactly when a query finds it', async () => {
  for (const caller of callers()) {
    const { driver, vehicle } = visibleTo(caller);
    const found = {
      drivers: await db.driver.findMany({ where: { AND: [driver, { id: { in: driverIds } }] }, select: { id: true } }),
      vehicles: await db.vehicle.findMany({
        where: { AND: [vehicle, { id: { in: vehicleIds } }] },
        select: { id: true },
      }),
    };
    const matching = {
      drivers: (await drivers.byIds(driverIds)).filter((row) => matches(driver, row)),
      vehicles: (await vehicles.byIds(vehicleIds)).filter((row) => matches(vehicle, row)),
    };

    const sorted = (rows: { id: string }[]) => rows.map(({ id }) => id).sort();
    expect({ caller, drivers: sorted(matching.drivers), vehicles: sorted(matching.vehicles) }).toEqual({
      caller,
      drivers: sorted(found.drivers),
      vehicles: sorted(found.vehicles),
    });
  }
});
