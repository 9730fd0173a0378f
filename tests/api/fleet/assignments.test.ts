import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { untilWaiting } from '../../world/locks.ts';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aVehicle } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aStartedTrip } from '../trips/rides.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

const link = (driver: { id: string }, vehicle: { id: string }, by: Sent, more: object = {}) =>
  post('/assignments', { driverId: driver.id, vehicleId: vehicle.id, ...more }, by);
const end = (id: string, by: Sent) => patch(`/assignments/${id}/end`, {}, by);

/** A driver and a vehicle of one hub that are not linked yet. */
const aPair = async (fleet: Fleet) => ({
  driver: await aDriver(fleet, { vehicle: false }),
  vehicle: await aVehicle(fleet.id, fleet.hubId),
});

const linksOf = (driverId: string) => db.assignment.findMany({ where: { driverId }, orderBy: { createdAt: 'asc' } });
const linkOf = async (driverId: string) => (await linksOf(driverId))[0]!.id;
const auditsOf = async (subjectId: string) =>
  (await db.auditEntry.findMany({ where: { subjectId } })).map(({ action, actorId }) => [action, actorId]);

test('a driver is put on a vehicle, and told', async () => {
  const fleet = await aFleet();
  const { driver, vehicle } = await aPair(fleet);

  const answer = await link(driver, vehicle, fleet.operations);

  const { data } = answer.body;
  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{ fleetId: fleet.id, driverId: driver.id, vehicleId: vehicle.id, status: 'ACTIVE', endTime: null },
        ...{ createdBy: fleet.operations.id, endedBy: null, startDate: data.startTime },
        driver: { id: driver.id, mobile: driver.phone, hubId: fleet.hubId },
        vehicle: { id: vehicle.id, vehicleNumber: vehicle.vehicleNumber, fuelType: 'ELECTRIC', status: 'ACTIVE' },
      },
    },
  });
  expect(Object.keys(data.driver).sort()).toEqual(['firstName', 'hubId', 'id', 'lastName', 'mobile', 'shortId']);
  expect(Math.abs(Date.parse(data.startTime) - Date.now())).toBeLessThan(60_000);
  expect(await auditsOf(data.id)).toEqual([['assignment.created', fleet.operations.id]]);
  expect(await db.notification.findMany({ where: { userId: driver.userId } })).toMatchObject([
    { event: 'assignment:created', payload: { vehicleNumber: vehicle.vehicleNumber } },
  ]);
});

test('what a client says of a link besides its ends is not written', async () => {
  const fleet = await aFleet();
  const { driver, vehicle } = await aPair(fleet);
  const more = { id: randomUUID(), status: 'ENDED', endTime: '2026-01-01T00:00:00Z', createdBy: randomUUID() };

  const { body } = await link(driver, vehicle, fleet.manager, more);

  expect(body.data).toMatchObject({ status: 'ACTIVE', endTime: null, createdBy: fleet.manager.id });
  expect(body.data.id).not.toBe(more.id);
});

const hour = 3_600_000;

test.each([
  [-25 * hour, 0],
  [-23 * hour, -23 * hour],
  [4 * 60_000, 4 * 60_000],
  [6 * 60_000, 0],
])('a link that is said to begin in %i ms begins in %i ms', async (said, begins) => {
  const fleet = await aFleet();
  const { driver, vehicle } = await aPair(fleet);
  const askedAt = Date.now();

  const startTime = new Date(askedAt + said).toISOString();
  const { body } = await link(driver, vehicle, fleet.manager, { startTime });

  const difference = Date.parse(body.data.startTime) - askedAt - begins;
  expect(difference).toBeGreaterThanOrEqual(0);
  expect(difference).toBeLessThan(30_000);
});

test('the same link again is the link that is there', async () => {
  const fleet = await aFleet();
  const { driver, vehicle } = await aPair(fleet);
  const first = await link(driver, vehicle, fleet.manager);

  const again = await link(driver, vehicle, fleet.operations);
  const replaced = await link(driver, vehicle, fleet.operations, { replaceActive: true });

  expect([again.status, replaced.status]).toEqual([200, 200]);
  expect(again.body.data).toEqual(first.body.data);
  expect(await linksOf(driver.id)).toMatchObject([{ status: 'ACTIVE', createdBy: fleet.manager.id }]);
});

test('a driver has one vehicle and a vehicle one driver; what is in the way is named', async () => {
  const fleet = await aFleet();
  const [first, second] = [await aPair(fleet), await aPair(fleet)];
  const { id: assignmentId } = (await link(first.driver, first.vehicle, fleet.manager)).body.data;

  const ofDriver = await link(first.driver, second.vehicle, fleet.manager);
  const ofVehicle = await link(second.driver, first.vehicle, fleet.manager);
  const notReplaced = await link(second.driver, first.vehicle, fleet.manager, { replaceActive: true });

  expectRefused(ofDriver, 409, 'DRIVER_ALREADY_ASSIGNED');
  for (const answer of [ofVehicle, notReplaced]) expectRefused(answer, 409, 'VEHICLE_ALREADY_ASSIGNED');
  for (const { body } of [ofDriver, ofVehicle]) expect(body.error.details).toEqual({ assignmentId });
  expect(await linksOf(second.driver.id)).toEqual([]);
});

test('of many who want one vehicle at once one gets it', async () => {
  const fleet = await aFleet();
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const drivers = await Promise.all(Array.from({ length: 6 }, () => aDriver(fleet, { vehicle: false })));

  const answers = await Promise.all(drivers.map((driver) => link(driver, vehicle, fleet.manager)));

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201))
    expectRefused(answer, 409, 'VEHICLE_ALREADY_ASSIGNED');
  expect(await db.assignment.count({ where: { vehicleId: vehicle.id } })).toBe(1);
});

test('another vehicle replaces the one that a driver has, in one step or not at all', async () => {
  const fleet = await aFleet();
  const [{ driver, vehicle }, other] = [await aPair(fleet), await aPair(fleet)];
  const first = (await link(driver, vehicle, fleet.manager)).body.data;
  await link(other.driver, other.vehicle, fleet.manager);

  const taken = await link(driver, other.vehicle, fleet.manager, { replaceActive: true });
  const before = await linksOf(driver.id);
  const free = await aVehicle(fleet.id, fleet.hubId);
  const replaced = await link(driver, free, fleet.operations, { replaceActive: true });

  expectRefused(taken, 409, 'VEHICLE_ALREADY_ASSIGNED');
  expect(before).toMatchObject([{ id: first.id, status: 'ACTIVE' }]);
  expect(replaced.status).toBe(201);
  expect(await linksOf(driver.id)).toMatchObject([
    { status: 'ENDED', endReason: 'REPLACED', endedBy: fleet.operations.id, endTime: expect.any(Date) },
    { status: 'ACTIVE', vehicleId: free.id },
  ]);
});

type Pair = Awaited<ReturnType<typeof aPair>> & { fleet: Fleet };

const unfit = {
  'a suspended driver': ({ driver: { id } }: Pair) =>
    db.driver.update({ where: { id }, data: { status: 'SUSPENDED' } }),
  'a driver who was dismissed': ({ driver: { userId: id } }: Pair) =>
    db.user.update({ where: { id }, data: { isActive: false } }),
  'a driver of no hub': ({ driver: { id } }: Pair) => db.driver.update({ where: { id }, data: { hubId: null } }),
  'a vehicle of no hub': ({ vehicle: { id } }: Pair) => db.vehicle.update({ where: { id }, data: { hubId: null } }),
  'a vehicle in the workshop': ({ vehicle: { id } }: Pair) =>
    db.vehicle.update({ where: { id }, data: { status: 'MAINTENANCE' } }),
  'a pair of a closed fleet': ({ fleet: { id } }: Pair) =>
    db.fleet.update({ where: { id }, data: { status: 'INACTIVE' } }),
};

test.each([
  ['a suspended driver', 409, 'DRIVER_NOT_ACTIVE'],
  ['a driver who was dismissed', 409, 'DRIVER_NOT_ACTIVE'],
  ['a driver of no hub', 400, 'HUB_MISMATCH'],
  ['a vehicle of no hub', 400, 'HUB_MISMATCH'],
  ['a vehicle in the workshop', 409, 'VEHICLE_INACTIVE'],
  ['a pair of a closed fleet', 409, 'FLEET_INACTIVE'],
] as const)('%s is not linked', async (what, status, code) => {
  const fleet = await aFleet();
  const { driver, vehicle } = await aPair(fleet);
  await unfit[what]({ fleet, driver, vehicle });

  expectRefused(await link(driver, vehicle, fleet.superAdmin), status, code);

  expect(await linksOf(driver.id)).toEqual([]);
});

test('a vehicle that goes to the workshop while it is being linked is not linked', async () => {
  const fleet = await aFleet();
  const { driver, vehicle } = await aPair(fleet);

  const linking = await db.$transaction(async (tx) => {
    await tx.vehicle.update({ where: { id: vehicle.id }, data: { status: 'MAINTENANCE' } });
    const held = [link(driver, vehicle, fleet.manager)];
    await untilWaiting(1);
    return held;
  });
  const [answer] = await Promise.all(linking);

  expectRefused(answer!, 409, 'VEHICLE_INACTIVE');
});

test('a driver and a vehicle of different hubs or fleets are not linked, whichever kind of id names the fleet', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const { driver, vehicle } = await aPair(fleet);
  const { id: otherHub } = await aHub(fleet.id);
  const [sibling, foreign] = [await aVehicle(fleet.id, otherHub), await aVehicle(other.id, other.hubId)];
  const { shortId: fleetId } = await db.fleet.findUniqueOrThrow({ where: { id: fleet.id } });

  expectRefused(await link(driver, sibling, fleet.manager), 400, 'HUB_MISMATCH');
  expectRefused(await link(driver, foreign, fleet.superAdmin), 400, 'FLEET_MISMATCH');
  expectRefused(await link(driver, vehicle, fleet.superAdmin, { fleetId: other.id }), 400, 'FLEET_MISMATCH');
  expectRefused(await link(driver, foreign, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expectInvalid(await post('/assignments', {}, fleet.manager), 'driverId', 'vehicleId');
  expect((await link(driver, vehicle, fleet.superAdmin, { fleetId })).status).toBe(201);
});

test('a link ends once, and its end does not move', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const id = await linkOf(driver.id);

  const first = await end(id, fleet.operations);
  const again = await end(id, fleet.manager);

  expect(first).toMatchObject({
    status: 200,
    body: { data: { status: 'ENDED', endReason: 'MANUAL', endedBy: fleet.operations.id } },
  });
  expect(again.body.data).toEqual(first.body.data);
  expect(await auditsOf(id)).toEqual([['assignment.ended', fleet.operations.id]]);
  expectRefused(await end(randomUUID(), fleet.manager), 404, 'NOT_FOUND');
});

test('nobody takes a car from a driver on a ride', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const other = await aVehicle(fleet.id, fleet.hubId);
  const id = await linkOf(driver.id);
  await aStartedTrip(fleet, driver);

  expectRefused(await end(id, fleet.manager), 409, 'TRIP_IN_PROGRESS');
  expectRefused(await link(driver, other, fleet.manager, { replaceActive: true }), 409, 'TRIP_IN_PROGRESS');

  expect(await linksOf(driver.id)).toMatchObject([{ id, status: 'ACTIVE' }]);
});

const roster = async (fleet: Fleet, query: string, by: Sent): Promise<string[]> =>
  ((await get(`/assignments/fleet/${fleet.id}?${query}`, by)).body.data as { id: string }[]).map(({ id }) => id);

test('a roster has what is active first, then what was, newest first, as far as one may see it', async () => {
  const fleet = await aFleet();
  const at = (day: number) => new Date(Date.UTC(2026, 2, day, 6));
  const { id: otherHub } = await aHub(fleet.id);
  const [here, there] = [await aDriver(fleet), await aDriver({ id: fleet.id, hubId: otherHub })];
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const past = { fleetId: fleet.id, driverId: here.id, vehicleId: vehicle.id, status: 'ENDED' as const };
  const [old, older] = [randomUUID(), randomUUID()];
  await db.assignment.create({ data: { ...past, id: older, startTime: at(1), endTime: at(3) } });
  await db.assignment.create({ data: { ...past, id: old, startTime: at(5), endTime: at(7) } });
  const [active] = (await linksOf(here.id)).filter(({ status }) => status === 'ACTIVE');
  const [elsewhere] = await linksOf(there.id);

  expect(await roster(fleet, '', fleet.manager)).toEqual([elsewhere!.id, active!.id, old, older]);
  expect(await roster(fleet, '', fleet.operations)).toEqual([active!.id, old, older]);
  expect(await roster(fleet, 'limit=2&page=2', fleet.manager)).toEqual([old, older]);
  expect(await roster(fleet, 'status=ENDED', fleet.manager)).toEqual([old, older]);
  expect(await roster(fleet, `hubId=${otherHub}`, fleet.manager)).toEqual([elsewhere!.id]);
  expect(await roster(fleet, `driverId=${there.id}`, fleet.manager)).toEqual([elsewhere!.id]);
  expect(await roster(fleet, `vehicleId=${vehicle.id}`, fleet.manager)).toEqual([old, older]);
  expect(await roster(fleet, 'activeOn=2026-03-02', fleet.manager)).toEqual([older]);
  expect(await roster(fleet, 'activeOn=2026-03-07', fleet.manager)).toEqual([old]);
  expect(await roster(fleet, 'activeOn=2026-03-04', fleet.manager)).toEqual([]);
});

test('operations see a link when both of its ends are of their hubs', async () => {
  const fleet = await aFleet();
  const { id: hubId } = await aHub(fleet.id);
  const [driverLeft, vehicleLeft, whole] = [await aDriver(fleet), await aDriver(fleet), await aDriver(fleet)];
  await db.driver.update({ where: { id: driverLeft.id }, data: { hubId } });
  await db.vehicle.update({ where: { id: vehicleLeft.vehicleId! }, data: { hubId } });

  expect(await roster(fleet, '', fleet.operations)).toEqual([await linkOf(whole.id)]);
  for (const { id } of [driverLeft, vehicleLeft])
    expectRefused(await end(await linkOf(id), fleet.operations), 403, 'SCOPE_FORBIDDEN');
});

test('a date without a time, and any that is long over, begin the link now', async () => {
  const fleet = await aFleet();
  const today = new Date().toISOString().slice(0, 10);
  for (const startTime of [today, '2024-01-15', '2024-01-15T10:00:00Z']) {
    const driver = await aDriver(fleet, { vehicle: false });
    const vehicle = await aVehicle(fleet.id, fleet.hubId);
    const answer = await link(driver, vehicle, fleet.manager, { startTime });
    expect(answer.status).toBe(201);
    expect(Date.now() - Date.parse(answer.body.data.startTime as string)).toBeLessThan(60_000);
  }
  const [driver, vehicle] = [await aDriver(fleet, { vehicle: false }), await aVehicle(fleet.id, fleet.hubId)];
  expectInvalid(await link(driver, vehicle, fleet.manager, { startTime: `${today}T99:99` }), 'startTime');
});

test('the end of a link is audited, whatever ended it', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  await link(driver, vehicle, fleet.manager, { replaceActive: true });
  await patch(`/drivers/${driver.id}/status`, { status: 'INACTIVE' }, fleet.fleetAdmin);

  const links = await db.assignment.findMany({ where: { driverId: driver.id }, orderBy: { createdAt: 'asc' } });
  const ends = await db.auditEntry.findMany({
    where: { subjectId: { in: links.map(({ id }) => id) }, action: 'assignment.ended' },
    orderBy: { id: 'asc' },
  });
  expect(ends).toMatchObject([
    { subjectId: links[0]!.id, actorId: fleet.manager.id, after: { endReason: 'REPLACED' } },
    { subjectId: links[1]!.id, actorId: fleet.fleetAdmin.id, after: { endReason: 'DRIVER_STATUS' } },
  ]);
});
