import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, hubPoint } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from './refused.ts';

test.each([
  ['page=-5&limit=-1', { page: 1, limit: 1 }],
  ['page=0&limit=0', { page: 1, limit: 1 }],
  ['page=99999999999999999999&limit=99999999999999999999', { page: 1_000_000, limit: 200 }],
  ['page=1e309&limit=201', { page: 1, limit: 200 }],
  ['page=abc&limit=5', { page: 1, limit: 5 }],
  ['page=2.9&limit=1.9', { page: 2, limit: 1 }],
  ['', { page: 1, limit: 1000 }],
])('a list asked for with "%s" answers a page that makes sense', async (query, page) => {
  const { manager } = await aFleet();

  const answer = await get(`/users?${query}`, manager);

  expect(answer).toMatchObject({ status: 200, body: { pagination: { ...page, total: 3 } } });
});

test.each(['/attendance/history', '/admin/trips'])('%s has ten rows a page unless a number is named', async (path) => {
  const { manager } = await aFleet();

  for (const query of ['', '?limit=abc', '?page=1', '?limit='])
    expect(await get(`${path}${query}`, manager)).toMatchObject({
      status: 200,
      body: { data: { page: 1, limit: 10 } },
    });
});

test.each(['%', 'M_NAGER', '\\', "'", '"; DROP TABLE users; --', '😀', 'é'])(
  'people are searched for %s without harm',
  async (q) => {
    const { manager } = await aFleet();

    const answer = await get(`/users?q=${encodeURIComponent(q)}`, manager);

    expect(answer).toMatchObject({ status: 200, body: { data: [] } });
  },
);

const impossibleDays = ['0000-01-01', '2026-02-30', '9999-99-99', '2026-1-1', 'tomorrow', '-000001-01-01'];

test.each(impossibleDays)('%s is no day', async (day) => {
  const fleet = await aFleet();
  const vehicle = { fleetId: fleet.id, vehicleNumber: `DL${aPhone()}`, vehicleName: 'Tata', permitExpiry: day };

  expectInvalid(await post('/vehicles', vehicle, fleet.manager), 'permitExpiry');
  expectInvalid(await get(`/admin/trips?date=${day}`, fleet.manager), 'date');

  expect(await db.vehicle.count({ where: { fleetId: fleet.id } })).toBe(0);
});

test.each(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-12:00', '2026-02-30T10:00:00Z', 'yesterday', 17])(
  'a trip cannot be booked for %s',
  async (pickupTime) => {
    const fleet = await aFleet();
    const trip = { pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram', pickupTime };

    expectInvalid(await post('/trips', trip, fleet.manager), 'pickupTime');

    expect(await db.trip.count({ where: { fleetId: fleet.id } })).toBe(0);
  },
);

test.each(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-12:00', 'yesterday', {}, 17])(
  'a shift begins although the phone believes that it is %j',
  async (timestamp) => {
    const driver = await aDriver(await aFleet());

    expect((await post('/attendance/check-in', { ...hubPoint, timestamp }, driver)).status).toBe(201);
  },
);

test('the history of shifts takes days that exist', async () => {
  const { manager } = await aFleet();

  for (const day of impossibleDays)
    expectInvalid(await get(`/attendance/history?startDate=${day}&endDate=${day}`, manager), 'startDate', 'endDate');
});

const nonsense = ['-'.repeat(36), 'a'.repeat(36), `${randomUUID().slice(0, 35)}-`, 'HUB0', "' OR '1'='1"];

test.each(nonsense)('%s is no hub of a new user', async (id) => {
  const fleet = await aFleet();
  const user = { name: 'Asha', phone: aPhone(), role: 'OPERATIONS', hubIds: [id] };

  expectInvalid(await post('/users', user, fleet.manager), 'hubIds');

  expect(await db.user.count({ where: { phone: user.phone } })).toBe(0);
});

test.each(nonsense)('%s is no break that could be ended', async (breakId) => {
  const driver = await aDriver(await aFleet());

  const answer = await post('/attendance/end-break', { breakId }, driver);

  if (answer.status === 400) expectInvalid(answer, 'breakId');
  else expectRefused(answer, 404, 'NOT_FOUND');
});

test('a hub of another fleet is no hub of a new user', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const user = { name: 'Asha', phone: aPhone(), role: 'OPERATIONS', hubIds: [fleet.hubId, other.hubId] };

  expectInvalid(await post('/users', user, fleet.manager), 'hubIds');

  expect(await db.user.count({ where: { phone: user.phone } })).toBe(0);
});

test("a driver cannot end the break of another fleet's driver", async () => {
  const [driver, other] = [await aDriver(await aFleet()), await aDriver(await aFleet())];
  const shift = await post('/attendance/check-in', hubPoint, other);
  const id = randomUUID();
  await db.break.create({ data: { id, attendanceId: shift.body.data.id, startTime: new Date() } });

  expectRefused(await post('/attendance/end-break', { breakId: id }, driver), 403, 'SCOPE_FORBIDDEN');

  expect(await db.break.findUnique({ where: { id } })).toMatchObject({ endTime: null, endedBy: null });
});

test('of two positions of one place the one of the map field counts', async () => {
  const { manager } = await aFleet();
  const pickupLocation = { address: 'Connaught Place, New Delhi', latitude: 28.6315, longitude: 77.2167 };
  const pickupTime = new Date(Date.now() + 3_600_000).toISOString();
  const trip = { pickupLocation, pickupLat: 28.5, pickupLng: 77, dropLocation: 'Cyber Hub, Gurugram', pickupTime };

  const booked = await post('/trips', { ...trip, tripType: 'INTER_CITY' }, manager);

  expect(booked).toMatchObject({ status: 201, body: { data: { pickupLat: 28.6315, pickupLng: 77.2167 } } });
});
