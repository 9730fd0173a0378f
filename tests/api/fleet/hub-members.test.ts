import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../world/api.ts';
import type { Answer, Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aPhone, aVehicle } from '../../world/factories.ts';
import { holdOpenHub, lockDrivers } from '../../../prisma/locks.ts';
import { loseAnswer } from '../../world/stored-answers.ts';
import { untilWaiting } from '../../world/locks.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

type Noun = 'driver' | 'vehicle';

const move = (verb: 'add' | 'remove', noun: Noun, hubId: string, id: string, by: Sent) =>
  post(`/fleets/hubs/${hubId}/${verb}-${noun}`, { [`${noun}Id`]: id }, by);
const hubOf = async (noun: Noun, id: string) =>
  noun === 'driver'
    ? (await db.driver.findUniqueOrThrow({ where: { id } })).hubId
    : (await db.vehicle.findUniqueOrThrow({ where: { id } })).hubId;
const aMember = async (noun: Noun, fleet: { id: string; hubId: string }): Promise<string> =>
  noun === 'driver' ? (await aDriver(fleet, { vehicle: false })).id : (await aVehicle(fleet.id, fleet.hubId)).id;
const leave = (noun: Noun, id: string) =>
  noun === 'driver'
    ? db.driver.update({ where: { id }, data: { hubId: null } })
    : db.vehicle.update({ where: { id }, data: { hubId: null } });
const changesOf = (id: string) =>
  db.auditEntry.findMany({ where: { subjectId: id, action: { endsWith: 'hubChanged' } }, orderBy: { at: 'asc' } });

const nouns: Noun[] = ['driver', 'vehicle'];

test.each(nouns)('a %s moves from hub to hub in one step, and out of it', async (noun) => {
  const fleet = await aFleet();
  const { id: hubId } = await aHub(fleet.id);
  const id = await aMember(noun, fleet);

  expect(await move('add', noun, hubId, id, fleet.manager)).toMatchObject({
    status: 200,
    body: { data: { id, hubId } },
  });
  expect((await move('add', noun, hubId, id, fleet.manager)).status).toBe(200);
  const elsewhere = await move('remove', noun, fleet.hubId, id, fleet.manager);
  expectRefused(elsewhere, 400, 'HUB_MISMATCH');
  expect(elsewhere.body.error.details).toEqual({ hubId });
  expect((await move('remove', noun, hubId, id, fleet.manager)).body.data).toMatchObject({ id, hubId: null });

  expect(await changesOf(id)).toMatchObject([
    { action: `${noun}.hubChanged`, actorId: fleet.manager.id, before: { hubId: fleet.hubId }, after: { hubId } },
    { before: { hubId }, after: { hubId: null } },
  ]);
});

test.each(nouns)('operations take a %s without a hub into theirs, and none out of the hub of others', async (noun) => {
  const [fleet, foreign] = [await aFleet(), await aFleet()];
  const { id: hubId } = await aHub(fleet.id);
  const [free, theirs, abroad] = [
    await aMember(noun, fleet),
    await aMember(noun, { id: fleet.id, hubId }),
    await aMember(noun, foreign),
  ];
  await leave(noun, free);
  await leave(noun, abroad);

  expect((await move('add', noun, fleet.hubId, free, fleet.operations)).status).toBe(200);
  expectRefused(await move('add', noun, fleet.hubId, theirs, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await move('add', noun, hubId, free, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await move('remove', noun, fleet.hubId, theirs, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await move('add', noun, fleet.hubId, abroad, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await move('add', noun, fleet.hubId, abroad, fleet.superAdmin), 400, 'FLEET_MISMATCH');
  expectRefused(await move('add', noun, fleet.hubId, randomUUID(), fleet.superAdmin), 404, 'NOT_FOUND');

  expect(await Promise.all([free, theirs, abroad].map((id) => hubOf(noun, id)))).toEqual([fleet.hubId, hubId, null]);
});

test('a pair stays in one hub', async () => {
  const fleet = await aFleet();
  const { id: hubId } = await aHub(fleet.id);
  const { id, vehicleId } = await aDriver(fleet);

  expectRefused(await move('add', 'driver', hubId, id, fleet.manager), 409, 'DRIVER_ALREADY_ASSIGNED');
  expectRefused(await move('remove', 'driver', fleet.hubId, id, fleet.manager), 409, 'DRIVER_ALREADY_ASSIGNED');
  expectRefused(await move('add', 'vehicle', hubId, vehicleId!, fleet.manager), 409, 'VEHICLE_ALREADY_ASSIGNED');
  expectRefused(
    await move('remove', 'vehicle', fleet.hubId, vehicleId!, fleet.manager),
    409,
    'VEHICLE_ALREADY_ASSIGNED',
  );

  expect([await hubOf('driver', id), await hubOf('vehicle', vehicleId!)]).toEqual([fleet.hubId, fleet.hubId]);
});

test.each(nouns)('a %s that is linked at that moment stays', async (noun) => {
  const fleet = await aFleet();
  const { id: hubId } = await aHub(fleet.id);
  const { id: driverId } = await aDriver(fleet, { vehicle: false });
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);
  const id = noun === 'driver' ? driverId : vehicleId;
  let moving: Promise<Answer> | undefined;

  await db.$transaction(async (tx) => {
    await lockDrivers(tx, [driverId]);
    await tx.$queryRaw`SELECT "id" FROM "vehicles" WHERE "id" = ${vehicleId}::uuid FOR NO KEY UPDATE`;
    moving = move('add', noun, hubId, id, fleet.manager);
    await untilWaiting(1);
    const link = { id: randomUUID(), fleetId: fleet.id, driverId, vehicleId, startTime: new Date() };
    await tx.assignment.create({ data: link });
  });

  expectRefused((await moving)!, 409, `${noun.toUpperCase()}_ALREADY_ASSIGNED`);
  expect(await hubOf(noun, id)).toBe(fleet.hubId);
});

test('a hub is changed, and where it is counts for the next check-in', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const there = { lat: 19.076, lng: 72.8777 };
  const checkIn = () => post('/attendance/check-in', { ...there, odometer: 100 }, driver);
  expectRefused(await checkIn(), 400, 'GEOFENCE_VIOLATION');

  const body = { location: there, radius: 300, hubType: 'depot', name: 'Mumbai Depot' };
  const answer = await patch(`/fleets/hubs/${fleet.hubId}`, body, fleet.operations);

  expect(answer).toMatchObject({
    status: 200,
    body: { data: { location: there, geofenceRadius: 300, hubType: 'DEPOT', name: 'Mumbai Depot', status: 'ACTIVE' } },
  });
  expect((answer.body.data as { address: string }).address).toBe('Connaught Place, New Delhi');
  expect((await checkIn()).status).toBe(201);
  expect((await patch(`/fleets/hubs/${fleet.hubId}`, body, fleet.operations)).status).toBe(200);
  const audited = await db.auditEntry.findMany({ where: { subjectId: fleet.hubId, action: 'hub.updated' } });
  const [before, after] = [{ geofenceRadius: 500 }, { geofenceRadius: 300, ...there }];
  expect(audited).toMatchObject([{ actorId: fleet.operations.id, before, after }]);
  expectInvalid(await patch(`/fleets/hubs/${fleet.hubId}`, {}, fleet.manager), 'body');
  expectInvalid(await patch(`/fleets/hubs/${fleet.hubId}`, { lat: 19 }, fleet.manager), 'location.lng');
});

test('a hub closes when nobody is in it, and takes nobody then', async () => {
  const fleet = await aFleet();
  const { id: hubId } = await aHub(fleet.id);
  const { id, vehicleId } = await aDriver({ id: fleet.id, hubId });
  const close = () => patch(`/fleets/hubs/${hubId}`, { status: 'INACTIVE' }, fleet.manager);

  const inUse = await close();
  expectRefused(inUse, 409, 'INVALID_STATE_TRANSITION');
  expect(inUse.body.error.details).toEqual({ drivers: 1, vehicles: 1 });
  await db.driver.update({ where: { id }, data: { hubId: null } });
  await db.vehicle.update({ where: { id: vehicleId! }, data: { hubId: null } });
  expect((await close()).body.data).toMatchObject({ status: 'INACTIVE' });

  const newDriver = { fleetId: fleet.id, hubId, firstName: 'Dev', mobile: aPhone() };
  const newVehicle = { fleetId: fleet.id, hubId, vehicleNumber: `DL${aPhone()}`, vehicleName: 'Tata' };
  expectRefused(await move('add', 'driver', hubId, randomUUID(), fleet.manager), 404, 'NOT_FOUND');
  for (const refused of [
    await move('add', 'driver', hubId, id, fleet.manager),
    await move('add', 'vehicle', hubId, vehicleId!, fleet.manager),
    await post('/drivers', newDriver, fleet.manager),
    await post('/vehicles', newVehicle, fleet.manager),
  ])
    expectRefused(refused, 409, 'INVALID_STATE_TRANSITION');
  expect((await get(`/fleets/hubs/${hubId}`, fleet.manager)).body.data).toMatchObject({
    counts: { drivers: 0, vehicles: 0 },
  });
});

test('who comes into a hub while it closes is refused, and a hub into which somebody comes stays open', async () => {
  const fleet = await aFleet();
  const { id: hubId } = await aHub(fleet.id);
  const { id } = await aDriver(fleet, { vehicle: false });
  const close = () => patch(`/fleets/hubs/${hubId}`, { status: 'INACTIVE' }, fleet.manager);
  let acting: Promise<Answer> | undefined;

  await db.$transaction(async (tx) => {
    await holdOpenHub(tx, hubId);
    acting = close();
    await untilWaiting(1);
    await tx.driver.update({ where: { id }, data: { hubId } });
  });
  expectRefused((await acting)!, 409, 'INVALID_STATE_TRANSITION');

  await db.driver.update({ where: { id }, data: { hubId: null } });
  await db.$transaction(async (tx) => {
    await tx.hub.update({ where: { id: hubId }, data: { status: 'INACTIVE' } });
    acting = move('add', 'driver', hubId, id, fleet.manager);
    await untilWaiting(1);
  });
  expectRefused((await acting)!, 409, 'INVALID_STATE_TRANSITION');
  expect(await hubOf('driver', id)).toBeNull();
});

test('a removal whose answer was lost is answered again', async () => {
  const fleet = await aFleet();
  const id = await aMember('driver', fleet);
  const key = randomUUID();
  const remove = () => move('remove', 'driver', fleet.hubId, id, { ...fleet.manager, key });
  const first = await remove();

  const route = `/fleets/hubs/${fleet.hubId}/remove-driver`;
  expect((await loseAnswer(fleet.manager.id, `POST ${route}`, key)).count).toBe(1);

  expect(await remove()).toMatchObject({ status: 200, body: { data: first.body.data } });
  expect(await changesOf(id)).toHaveLength(1);
});
