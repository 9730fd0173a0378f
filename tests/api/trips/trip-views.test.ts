import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aPhone, aTrip } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

const assign = (tripId: string, driver: { id: string }, by: Sent) =>
  post('/admin/trips/assign', { tripId, driverId: driver.id }, by);

const anAssignedTrip = async (fleet: Fleet, driver: Driver) => {
  const trip = await aTrip(fleet);
  expect((await assign(trip.id, driver, fleet.manager)).status).toBe(201);
  return trip;
};

/** A trip of nobody's fleet. */
const aPoolTrip = async (fleet: Fleet, keyword: string) => {
  const { id } = await aTrip(fleet);
  return db.trip.update({ where: { id }, data: { fleetId: null, providerBookingId: keyword } });
};

const list = (query: string, by: Sent) => get(`/admin/trips?${query}`, by);
const ids = async (query: string, by: Sent) =>
  ((await list(query, by)).body.data.trips as { id: string }[]).map(({ id }) => id);

test('trips are listed newest first, in pages that tell the total', async () => {
  const fleet = await aFleet();
  const made = [];
  for (let n = 0; n < 12; n += 1) {
    const { id } = await aTrip(fleet);
    await db.trip.update({ where: { id }, data: { createdAt: new Date(Date.now() - 60_000 + n * 1000) } });
    made.unshift(id);
  }

  const first = await list(`fleetId=${fleet.id}`, fleet.manager);

  expect(first.body.data).toMatchObject({ total: 12, page: 1, limit: 10 });
  expect((first.body.data.trips as { id: string }[]).map(({ id }) => id)).toEqual(made.slice(0, 10));
  expect(await ids(`fleetId=${fleet.id}&page=2&limit=5`, fleet.manager)).toEqual(made.slice(5, 10));
  expect((await list(`fleetId=${fleet.id}&limit=999`, fleet.manager)).body.data).toMatchObject({ limit: 200 });
});

test('staff see the trips of their fleet and of the pool; operations not those of another hub', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const { id: otherHub } = await aHub(fleet.id);
  const [here, there] = [await aDriver(fleet), await aDriver({ id: fleet.id, hubId: otherHub })];
  const word = `pool-${randomUUID()}`;
  const [ours, theirs, pool] = [await aTrip(fleet), await aTrip(other), await aPoolTrip(fleet, word)];
  const [mine, siblings] = [await anAssignedTrip(fleet, here), await anAssignedTrip(fleet, there)];
  const seen = async (by: Sent) => new Set([...(await ids('limit=200', by)), ...(await ids(`keyword=${word}`, by))]);

  const [managers, operations] = [await seen(fleet.manager), await seen(fleet.operations)];

  for (const { id } of [ours, pool, mine, siblings]) expect(managers).toContain(id);
  expect(managers).not.toContain(theirs.id);
  for (const { id } of [ours, pool, mine]) expect(operations).toContain(id);
  for (const { id } of [theirs, siblings]) expect(operations).not.toContain(id);
  expectRefused(await get(`/trips/${siblings.id}`, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await assign(siblings.id, here, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  expect((await get(`/trips/${pool.id}`, fleet.operations)).status).toBe(200);
});

test('a trip of the pool belongs to the fleet whose driver gets it', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const driver = await aDriver(fleet);
  const { id } = await aPoolTrip(fleet, randomUUID());

  expect((await assign(id, driver, fleet.operations)).status).toBe(201);

  expect(await db.trip.findUnique({ where: { id } })).toMatchObject({ fleetId: fleet.id, hubId: fleet.hubId });
  expectRefused(await get(`/trips/${id}`, other.manager), 403, 'SCOPE_FORBIDDEN');
});

test('a trip is found by what is known of it', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const phone = aPhone();
  const [plain, assigned] = [await aTrip(fleet, { passengerPhone: phone }), await anAssignedTrip(fleet, driver)];
  const special = await aTrip(fleet, { tripType: 'RENTAL' });
  const booking = `MMT-${randomUUID().slice(0, 8)}`;
  const pickupTime = new Date('2026-03-09T18:30:00.000Z');
  await db.trip.update({
    where: { id: special.id },
    data: { providerBookingId: booking, provider: 'MMT', status: 'COMPLETED', hubId: fleet.hubId, pickupTime },
  });
  const find = (query: string) => ids(`fleetId=${fleet.id}&${query}`, fleet.manager);

  expect(await find('status=COMPLETED')).toEqual([special.id]);
  expect(await find('status=driver_assigned,COMPLETED')).toEqual([special.id, assigned.id]);
  expect(await find(`driverId=${driver.id}`)).toEqual([assigned.id]);
  expect(await find('unassigned=true')).toEqual([special.id, plain.id]);
  expect(await find('tripType=rental')).toEqual([special.id]);
  expect(await find('provider=MMT')).toEqual([special.id]);
  expect(await find(`providerBookingId=${booking}`)).toEqual([special.id]);
  expect(await find(`hubId=${fleet.hubId}&status=COMPLETED`)).toEqual([special.id]);
  expect(await find('date=2026-03-10')).toEqual([special.id]);
  expect(await find('date=2026-03-09')).toEqual([]);
  expect(await find('dateFrom=2026-03-01&dateTo=2026-03-10')).toEqual([special.id]);
  expect(await find('dateTo=2026-03-09')).toEqual([]);
  const piece = plain.id.slice(9, 23);
  for (const keyword of [phone.slice(3), 'pRIY', plain.shortId.toLowerCase(), plain.id.toUpperCase(), piece])
    expect(await find(`keyword=${keyword}`)).toEqual([plain.id]);
  expect(await find(`keyword=${booking.toLowerCase()}`)).toEqual([special.id]);
  expect(await find('keyword=%25')).toEqual([]);
  expectInvalid(await list('status=LOST&unassigned=maybe', fleet.manager), 'status.0', 'unassigned');
});

test('a trip shows of its drivers what a desk needs, and nothing else', async () => {
  const fleet = await aFleet();
  const [former, driver] = [await aDriver(fleet), await aDriver(fleet)];
  await db.driver.updateMany({
    where: { fleetId: fleet.id },
    data: { sealedBankAccountNumber: 'k1.x', address: 'Delhi' },
  });
  const trip = await anAssignedTrip(fleet, former);
  await post('/admin/trips/reassign', { tripId: trip.id, newDriverId: driver.id }, fleet.manager);

  const [[listed], read] = [
    (await list(`fleetId=${fleet.id}`, fleet.operations)).body.data.trips as [Record<string, never>],
    (await get(`/trips/${trip.shortId}`, fleet.operations)).body.data,
  ];

  expect(listed).toEqual(read);
  expect(read.tripAssignments).toMatchObject([
    { driverId: driver.id, vehicleId: driver.vehicleId, status: 'ASSIGNED', endTime: null, unassignedAt: null },
    { driverId: former.id, vehicleId: former.vehicleId, status: 'UNASSIGNED', endTime: expect.any(String) },
  ]);
  const slim = ['firstName', 'fleetId', 'hubId', 'id', 'lastName', 'mobile', 'profilePic', 'shortId'];
  for (const shown of [read.driver, read.tripAssignments[0].driver])
    expect(Object.keys(shown).sort()).toEqual(slim.sort());
  expect(read.vehicle).toMatchObject({ id: driver.vehicleId, vehicleName: 'Tata', vehicleColor: null });
  expect(JSON.stringify(read)).not.toMatch(/sealed|begunAt|stageSince/i);
});

test('a driver sees of a trip who drives it: themself', async () => {
  const fleet = await aFleet();
  const [former, driver] = [await aDriver(fleet), await aDriver(fleet)];
  const trip = await anAssignedTrip(fleet, former);
  await post('/admin/trips/reassign', { tripId: trip.id, driverId: driver.id }, fleet.manager);

  const { data } = (await get(`/trips/${trip.id}`, driver)).body;

  expect(data.tripAssignments).toMatchObject([{ driverId: driver.id }]);
  expect(JSON.stringify(data)).not.toContain(former.phone);
  for (const by of [former, await aDriver(fleet), await aDriver(await aFleet())])
    expectRefused(await get(`/trips/${trip.id}`, by), 403, 'SCOPE_FORBIDDEN');
});

test('operations take no trip from a driver of another hub, nor give one to them', async () => {
  const fleet = await aFleet();
  const { id: otherHub } = await aHub(fleet.id);
  const [here, there] = [await aDriver(fleet), await aDriver({ id: fleet.id, hubId: otherHub })];
  const [theirs, free] = [await anAssignedTrip(fleet, there), await aTrip(fleet)];

  for (const answer of [
    await post('/admin/trips/unassign', { tripId: theirs.shortId }, fleet.operations),
    await post('/admin/trips/reassign', { tripId: theirs.shortId, driverId: here.id }, fleet.operations),
    await assign(free.id, there, fleet.operations),
  ])
    expectRefused(answer, 403, 'SCOPE_FORBIDDEN');

  expect(await db.trip.findUnique({ where: { id: theirs.id } })).toMatchObject({
    status: 'DRIVER_ASSIGNED',
    version: 1,
  });
  expect(await db.trip.findUnique({ where: { id: free.id } })).toMatchObject({ status: 'CREATED' });
});

test('the own trips of a driver are pages of a business day', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [first, second] = [await anAssignedTrip(fleet, driver), await anAssignedTrip(fleet, driver)];
  const at = (id: string, time: string) => db.trip.update({ where: { id }, data: { pickupTime: new Date(time) } });
  await at(first.id, '2026-03-09T18:29:59.999Z');
  await at(second.id, '2026-03-09T18:30:00.000Z');
  const own = async (query: string) => (await get(`/trips?${query}`, driver)).body;
  const idsIn = async (query: string) => ((await own(query)).data as { id: string }[]).map(({ id }) => id);

  expect(await idsIn('date=2026-03-09')).toEqual([first.id]);
  expect(await idsIn('date=2026-03-10')).toEqual([second.id]);
  expect(await idsIn('page=2&limit=1')).toEqual([second.id]);
  expect((await own('page=2&limit=1')).pagination).toEqual({ page: 2, limit: 1, total: 2, totalPages: 2 });
});
