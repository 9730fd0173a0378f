import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, hubPoint } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const anAssignedTrip = async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet);
  await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);
  return { fleet, driver, id };
};

const aStartedTrip = async () => {
  const trip = await anAssignedTrip();
  expect((await post(`/trips/${trip.id}/start`, {}, trip.driver)).status).toBe(200);
  return trip;
};

type Trip = Awaited<ReturnType<typeof anAssignedTrip>>;

const report = ({ id, driver }: Trip, body: object) => post(`/trips/${id}/location`, body, driver);
const track = ({ id, fleet }: Trip) => get(`/trips/${id}/tracking`, fleet.manager);
const pointsOf = ({ id }: Trip) => db.tripLocation.findMany({ where: { tripId: id }, orderBy: { receivedAt: 'asc' } });

/** As if the last point had come that many seconds earlier. */
const age = ({ id }: Trip, seconds: number) =>
  db.tripPosition.update({
    where: { tripId: id },
    data: { receivedAt: new Date(Date.now() - seconds * 1000) },
  });

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

test('a trip that was never started has nothing to track', async () => {
  const trip = await anAssignedTrip();

  const answer = await track(trip);

  expectRefused(answer, 404, 'NOT_FOUND');
  expect(answer.body.error.details).toEqual({ resource: 'tracking' });
});

test('a started trip without a point has no position, and none is invented', async () => {
  const trip = await aStartedTrip();

  const { body } = await track(trip);

  expect(body.data).toMatchObject({
    ...{ tripId: trip.id, status: 'STARTED', phase: 'EN_ROUTE', source: hubPoint, destination: null },
    ...{ live: null, currentLat: null, currentLng: null, lastUpdated: null, stale: true, eta: null },
    driver: { name: 'Dinesh Kumar', phone: trip.driver.phone, currentLocation: null },
    vehicle: { model: 'Tigor EV' },
  });
});

test('a point is stored and is where the trip is', async () => {
  const trip = await aStartedTrip();

  const answer = await report(trip, { lat: 28.6, lng: 77.2, accuracy: 8, speed: '11.5', heading: 270 });

  expect(answer).toMatchObject({ status: 200, body: { data: null } });
  expect(await pointsOf(trip)).toMatchObject([
    { driverId: trip.driver.id, lat: 28.6, lng: 77.2, accuracy: 8, speed: 11.5, heading: 270 },
  ]);
  expect((await track(trip)).body.data).toMatchObject({
    ...{ live: { lat: 28.6, lng: 77.2 }, currentLat: 28.6, currentLng: 77.2, stale: false },
    ...{ lastUpdated: expect.any(String), driver: { currentLocation: { latitude: 28.6, longitude: 77.2 } } },
  });
});

test('zero is a position like any other', async () => {
  const trip = await aStartedTrip();

  await report(trip, { location: { latitude: 0, longitude: 0 } });

  expect((await track(trip)).body.data).toMatchObject({ live: { lat: 0, lng: 0 }, currentLat: 0, currentLng: 0 });
});

test('a point without a place is refused', async () => {
  const trip = await aStartedTrip();

  expectInvalid(await report(trip, { lat: 28.6 }), 'lng');
  expectInvalid(await report(trip, { lat: 91, lng: 77 }), 'lat');

  expect(await pointsOf(trip)).toEqual([]);
});

test('a second point within five seconds is dropped, a later one is not', async () => {
  const trip = await aStartedTrip();
  await report(trip, { lat: 28.6, lng: 77.2 });

  const dropped = await report(trip, { lat: 28.7, lng: 77.3 });
  const [afterDrop, live] = [await pointsOf(trip), (await track(trip)).body.data.live];
  await age(trip, 6);
  await report(trip, { lat: 28.8, lng: 77.4 });

  expect(dropped).toMatchObject({ status: 200, body: { data: null } });
  expect([afterDrop.length, live]).toEqual([1, { lat: 28.6, lng: 77.2 }]);
  expect(await pointsOf(trip)).toHaveLength(2);
  expect((await track(trip)).body.data.live).toEqual({ lat: 28.8, lng: 77.4 });
});

test('of many points at once one is kept', async () => {
  const trip = await aStartedTrip();

  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => report(trip, { lat: 28 + n / 100, lng: 77 })));

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await pointsOf(trip)).toHaveLength(1);
});

test('a point that a device sends late is kept, but the position does not go back', async () => {
  const trip = await aStartedTrip();
  const seen = ago(10);
  await report(trip, { lat: 28.6, lng: 77.2, timestamp: seen });
  await age(trip, 6);

  const answer = await report(trip, { lat: 28.5, lng: 77.1, timestamp: ago(60) });

  expect(answer.status).toBe(200);
  expect(await pointsOf(trip)).toMatchObject([{ lat: 28.6 }, { lat: 28.5 }]);
  expect((await track(trip)).body.data).toMatchObject({ live: { lat: 28.6, lng: 77.2 }, lastUpdated: seen });
});

test('the next driver of a trip is where they say, also when their clock is hours behind', async () => {
  const trip = await aStartedTrip();
  await report(trip, { lat: 28.6, lng: 77.2 });
  const next = await aDriver(trip.fleet);
  await post('/admin/trips/reassign', { tripId: trip.id, driverId: next.id }, trip.fleet.manager);
  await post(`/trips/${trip.id}/start`, {}, next);
  await age(trip, 6);
  const seen = ago(5 * 3_600);

  await post(`/trips/${trip.id}/location`, { lat: 28.5, lng: 77.1, timestamp: seen }, next);

  const { live, lastUpdated } = (await track(trip)).body.data;
  expect({ live, lastUpdated }).toEqual({ live: { lat: 28.5, lng: 77.1 }, lastUpdated: seen });
});

test('a point that comes late from a clock a little ahead does not move the position back', async () => {
  const trip = await aStartedTrip();
  const seen = ago(-100);
  await report(trip, { lat: 28.6, lng: 77.2, timestamp: seen });
  await age(trip, 6);

  await report(trip, { lat: 28.5, lng: 77.1, timestamp: ago(-70) });

  expect((await track(trip)).body.data).toMatchObject({ live: { lat: 28.6, lng: 77.2 }, lastUpdated: seen });
});

test('a point from the future does not stop the tracking', async () => {
  const trip = await aStartedTrip();
  await report(trip, { lat: 28.6, lng: 77.2, timestamp: ago(-130) });
  await age(trip, 6);

  await report(trip, { lat: 28.5, lng: 77.1 });

  expect((await track(trip)).body.data.live).toEqual({ lat: 28.5, lng: 77.1 });
});

test('a device whose clock is far ahead has seen its point now', async () => {
  const trip = await aStartedTrip();

  await report(trip, { lat: 28.6, lng: 77.2, timestamp: ago(-3_600) });

  const { lastUpdated } = (await track(trip)).body.data;
  expect(Date.parse(lastUpdated)).toBeLessThanOrEqual(Date.now());
});

test.each([
  [100, false],
  [121, true],
])('a position of %s seconds ago: stale is %s', async (seconds, stale) => {
  const trip = await aStartedTrip();

  await report(trip, { lat: 28.6, lng: 77.2, timestamp: ago(seconds) });

  expect((await track(trip)).body.data.stale).toBe(stale);
});

test('only the driver who has the trip reports its position', async () => {
  const trip = await aStartedTrip();
  const next = await aDriver(trip.fleet);

  expectRefused(await report({ ...trip, driver: next }, hubPoint), 403, 'NOT_TRIP_DRIVER');
  await post('/admin/trips/reassign', { tripId: trip.id, driverId: next.id }, trip.fleet.manager);
  await post(`/trips/${trip.id}/start`, {}, next);

  expectRefused(await report(trip, hubPoint), 403, 'NOT_TRIP_DRIVER');
  expect((await report({ ...trip, driver: next }, hubPoint)).status).toBe(200);
  expect(await pointsOf(trip)).toMatchObject([{ driverId: next.id }]);
});

test('where a trip was before it began anew is not where it is', async () => {
  const trip = await aStartedTrip();
  await report(trip, { lat: 28.6, lng: 77.2 });
  await post('/admin/trips/unassign', { tripId: trip.id }, trip.fleet.manager);
  await post('/admin/trips/assign', { tripId: trip.id, driverId: trip.driver.id }, trip.fleet.manager);

  expect((await post(`/trips/${trip.id}/start`, {}, trip.driver)).status).toBe(200);

  expect((await track(trip)).body.data).toMatchObject({ live: null, lastUpdated: null, stale: true });
});

test('a position is taken only while the trip is under way', async () => {
  const trip = await anAssignedTrip();

  const before = await report(trip, hubPoint);
  await post(`/trips/${trip.id}/start`, {}, trip.driver);
  await post(`/trips/${trip.id}/complete`, {}, trip.driver);
  const after = await report(trip, hubPoint);

  expectRefused(before, 400, 'TRIP_STATE_INVALID');
  expect(before.body.error.details).toEqual({
    currentStatus: 'DRIVER_ASSIGNED',
    phase: null,
    possible: expect.any(Array),
  });
  expectRefused(after, 400, 'TRIP_STATE_INVALID');
  expect(await pointsOf(trip)).toEqual([]);
});

test('a driver tracks their own trip and nobody else tracks it', async () => {
  const trip = await aStartedTrip();
  const [colleague, strangers] = [await aDriver(trip.fleet), await aFleet()];

  expect((await get(`/trips/${trip.id}/tracking`, trip.driver)).status).toBe(200);
  for (const caller of [colleague, strangers.manager])
    expectRefused(await get(`/trips/${trip.id}/tracking`, caller), 403, 'SCOPE_FORBIDDEN');
});
