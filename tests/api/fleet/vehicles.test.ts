import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aTrip, aVehicle } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

const aPlate = () => `DL ${randomUUID().slice(0, 4)}-${randomUUID().slice(0, 4)}`;
const plain = (plate: string) => plate.toUpperCase().replace(/[^A-Z0-9]/g, '');

const create = (fleet: Fleet, body: object, by: Sent = fleet.manager) =>
  post('/vehicles', { fleetId: fleet.id, vehicleNumber: aPlate(), vehicleName: 'Tata Tigor', ...body }, by);

test('a vehicle is created with what was said and defaults for the rest', async () => {
  const fleet = await aFleet();
  const vehicleNumber = aPlate();

  const answer = await create(fleet, { vehicleNumber, vehicleColor: 'Suv' }, fleet.operations);

  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{ fleetId: fleet.id, hubId: null, vehicleNumber: plain(vehicleNumber), vehicleName: 'Tata Tigor' },
        ...{ vehicleModel: 'Tata Tigor', ownership: 'OWNED', fuelType: 'ELECTRIC', status: 'ACTIVE', bodyType: 'SUV' },
        ...{ activeAssignment: null, documentFlags: ['INSURANCE_MISSING', 'PERMIT_MISSING', 'FITNESS_MISSING'] },
        shortId: expect.stringMatching(/^VEH\d{11,}$/),
      },
    },
  });
  const audited = { subjectId: answer.body.data.id as string };
  expect(await db.auditEntry.findMany({ where: audited })).toMatchObject([
    { action: 'vehicle.created', actorId: fleet.operations.id },
  ]);
});

test('one plate is one vehicle, however it is written and whoever is first', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const vehicleNumber = aPlate();

  const answers = await Promise.all(
    [vehicleNumber, plain(vehicleNumber), ` ${vehicleNumber.toLowerCase()} `].map((number, index) =>
      create([fleet, other, fleet][index]!, { vehicleNumber: number }),
    ),
  );

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201))
    expectRefused(answer, 409, 'VEHICLE_NUMBER_TAKEN');
  expect(await db.vehicle.count({ where: { vehicleNumber: plain(vehicleNumber) } })).toBe(1);
});

test('all four dates may be days or times, and are days', async () => {
  const fleet = await aFleet();
  const dates = {
    ...{ permitExpiry: '2031-03-01', fitnessExpiry: '2031-03-02T18:30:00.000Z' },
    ...{ insuranceStart: '2030-03-03', insuranceExpiry: '2031-03-04T00:00:00.000+05:30' },
  };

  const { body } = await create(fleet, dates);

  expect(body.data).toMatchObject({
    ...{ permitExpiry: '2031-03-01T00:00:00.000Z', fitnessExpiry: '2031-03-03T00:00:00.000Z' },
    ...{ insuranceStart: '2030-03-03T00:00:00.000Z', insuranceExpiry: '2031-03-04T00:00:00.000Z' },
    documentFlags: [],
  });
});

test.each([
  [{ vehicleNumber: 'D-1' }, ['vehicleNumber']],
  [{ vehicleNumber: 'x'.repeat(16) }, ['vehicleNumber']],
  [{ fuelType: 'STEAM', ownership: 'STOLEN', status: 'GONE' }, ['fuelType', 'ownership', 'status']],
  [{ insuranceStart: '2031-03-02', insuranceExpiry: '2031-03-01' }, ['insuranceStart']],
  [{ rcFrontImage: 'ftp://x.example/rc.jpg' }, ['rcFrontImage']],
  [{ permitExpiry: '2031-02-29' }, ['permitExpiry']],
])('a vehicle with %j is refused by field', async (body, fields) => {
  const fleet = await aFleet();

  expectInvalid(await create(fleet, body), ...fields);

  expect(await db.vehicle.count({ where: { fleetId: fleet.id } })).toBe(0);
});

test('what a client says of a vehicle besides is forgiven or ignored', async () => {
  const fleet = await aFleet();
  const more = { id: randomUUID(), shortId: 'VEH20200101001', createdAt: '2020-01-01T00:00:00Z' };

  const { body } = await create(fleet, { ...more, fuelType: 'ev', fleetMobileNumber: 'none' });

  expect(body.data).toMatchObject({ fuelType: 'ELECTRIC', fleetMobileNumber: null });
  expect(body.data.id).not.toBe(more.id);
  expect(body.data.shortId).not.toBe(more.shortId);
});

test('a vehicle stands in a hub of its own fleet, and not in a closed one', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];

  expect((await create(fleet, { hubId: fleet.hubId })).body.data).toMatchObject({ hubId: fleet.hubId });
  expectRefused(await create(fleet, { hubId: other.hubId }, fleet.superAdmin), 400, 'FLEET_MISMATCH');
  expectRefused(await create(fleet, { fleetId: other.id }), 403, 'SCOPE_FORBIDDEN');
  await db.fleet.update({ where: { id: fleet.id }, data: { status: 'INACTIVE' } });
  expectRefused(await create(fleet, {}, fleet.superAdmin), 409, 'FLEET_INACTIVE');
});

const daysFromNow = (days: number) => {
  const today = new Date(Date.now() + 5.5 * 3_600_000).toISOString().slice(0, 10);
  return new Date(Date.parse(today) + days * 86_400_000);
};

test.each([
  [-1, ['PERMIT_EXPIRED'], ['expired']],
  [0, ['PERMIT_DUE_30D'], ['due']],
  [30, ['PERMIT_DUE_30D'], ['due']],
  [31, [], []],
])('a permit that ends in %i days is flagged %j and found under %j', async (days, flags, listedUnder) => {
  const fleet = await aFleet();
  const { id } = await aVehicle(fleet.id, fleet.hubId);
  const valid = daysFromNow(400);
  const data = { permitExpiry: daysFromNow(days), fitnessExpiry: valid, insuranceExpiry: valid };
  await db.vehicle.update({ where: { id }, data });

  expect((await get(`/vehicles/${id}`, fleet.manager)).body.data.documentFlags).toEqual(flags);
  for (const documents of ['expired', 'due']) {
    const { body } = await get(`/vehicles/fleet/${fleet.id}?documents=${documents}`, fleet.manager);
    expect(body.data).toHaveLength(listedUnder.includes(documents) ? 1 : 0);
  }
});

test('vehicles are listed newest first, as far as one looks after them, and found by what they are', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const { id: otherHub } = await aHub(fleet.id);
  const here = await aVehicle(fleet.id, fleet.hubId);
  const there = await aVehicle(fleet.id, otherHub);
  const nowhere = await aVehicle(fleet.id, null);
  await aVehicle(other.id, other.hubId);
  await db.vehicle.update({ where: { id: there.id }, data: { status: 'MAINTENANCE', fuelType: 'CNG' } });
  const list = async (query: string, by: Sent) =>
    ((await get(`/vehicles/${query}`, by)).body.data as { id: string }[]).map(({ id }) => id);
  const ofFleet = (query: string, by: Sent = fleet.manager) => list(`fleet/${fleet.id}?${query}`, by);

  expect(await ofFleet('')).toEqual([nowhere.id, there.id, here.id]);
  expect(await ofFleet('', fleet.operations)).toEqual([here.id]);
  expect(await ofFleet('hubId=none')).toEqual([nowhere.id]);
  expect(await ofFleet(`hubId=${otherHub}`)).toEqual([there.id]);
  expect(await ofFleet('status=MAINTENANCE')).toEqual([there.id]);
  expect(await ofFleet('fuelType=cng')).toEqual([there.id]);
  expect(await ofFleet(`q=${here.vehicleNumber.toLowerCase().slice(2)}`)).toEqual([here.id]);
  expect(await ofFleet('limit=1&page=3')).toEqual([here.id]);
  expect(await list(`hub/${fleet.hubId}`, fleet.operations)).toEqual([here.id]);
  expectRefused(await get(`/vehicles/hub/${otherHub}`, fleet.operations), 403, 'SCOPE_FORBIDDEN');
});

test('a vehicle says who drives it, and no more of them than a desk needs', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  const { body } = await get(`/vehicles/${driver.vehicleId}`, fleet.manager);

  expect(body.data).toMatchObject({
    fleet: { id: fleet.id },
    hub: { id: fleet.hubId, address: 'Connaught Place, New Delhi' },
    activeAssignment: { driverId: driver.id },
  });
  expect(body.data.activeAssignment.driver).toEqual({
    ...{ id: driver.id, shortId: expect.any(String), firstName: 'Dinesh', lastName: 'Kumar', mobile: driver.phone },
    ...{ profilePic: null, fleetId: fleet.id, hubId: fleet.hubId },
  });
});

test('a status changes only when it changes, and back only in an open fleet', async () => {
  const fleet = await aFleet();
  const { id } = await aVehicle(fleet.id, fleet.hubId);
  const become = (status: string) =>
    patch(`/vehicles/${id}/status`, { status, fleetId: randomUUID() }, fleet.superAdmin);

  await become('active');
  await become('MAINTENANCE');
  await become('MAINTENANCE');
  expect((await become('ACTIVE')).body.data).toMatchObject({ status: 'ACTIVE', fleetId: fleet.id });
  await become('INACTIVE');
  await db.fleet.update({ where: { id: fleet.id }, data: { status: 'INACTIVE' } });

  expectRefused(await become('ACTIVE'), 409, 'FLEET_INACTIVE');
  expectInvalid(await patch(`/vehicles/${id}/status`, {}, fleet.superAdmin), 'status');
  const audits = await db.auditEntry.findMany({ where: { subjectId: id }, orderBy: { id: 'asc' } });
  expect(audits).toMatchObject([
    { action: 'vehicle.statusChanged', before: { status: 'ACTIVE' }, after: { status: 'MAINTENANCE' } },
    { before: { status: 'MAINTENANCE' }, after: { status: 'ACTIVE' } },
    { before: { status: 'ACTIVE' }, after: { status: 'INACTIVE' } },
  ]);
});

test('a vehicle is not taken from a driver on a ride, though the ride began with another one', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id: tripId } = await aTrip(fleet);
  await post('/admin/trips/assign', { tripId, driverId: driver.id }, fleet.manager);
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);
  await post('/assignments', { driverId: driver.id, vehicleId, replaceActive: true }, fleet.manager);
  expect((await post(`/trips/${tripId}/start`, {}, driver)).status).toBe(200);

  for (const id of [vehicleId, driver.vehicleId!])
    expectRefused(
      await patch(`/vehicles/${id}/status`, { status: 'MAINTENANCE' }, fleet.manager),
      409,
      'TRIP_IN_PROGRESS',
    );
});
