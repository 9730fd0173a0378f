import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, hubPoint } from '../../world/factories.ts';
import { smsWith } from '../../world/sms.ts';
import { northOf } from '../../domain/facts.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { act, anArrivedTrip, anAssignedTrip, aStartedTrip, eventOf, tripOf } from './rides.ts';
import { aDay } from '../shifts/shifts.ts';

const plus = ({ pickupTime }: { pickupTime: Date }, minutes: number) =>
  new Date(pickupTime.getTime() + minutes * 60_000).toISOString();

test('a driver starts a trip from 150 minutes before its pickup, and not before', async () => {
  const { fleet, driver } = await aDay();
  const [early, open] = [
    await anAssignedTrip(fleet, driver, { pickupInMinutes: 152 }),
    await anAssignedTrip(fleet, driver, { pickupInMinutes: 149, passengerPhone: aPhone() }),
  ];

  const refused = await act(driver, early, 'start', {});
  const started = await act(driver, open, 'start', {});

  expectRefused(refused, 400, 'TOO_EARLY_START');
  expect(refused.body.error.details).toEqual({ opensAt: plus(early, -150) });
  expect(started.body.data).toMatchObject({ status: 'STARTED', phase: 'EN_ROUTE', startedAt: expect.any(String) });
  await smsWith(open.passengerPhone!, /is (on the way)/);
});

test.each([
  [35, 'TOO_EARLY_ARRIVE', -30, 'opensAt'],
  [-31, 'TOO_LATE_ARRIVE', 30, 'closedAt'],
])('an arrival with the pickup in %s minutes is outside its window', async (pickupInMinutes, key, border, detail) => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { pickupInMinutes });

  const answer = await act(driver, trip, 'arrived');

  expectRefused(answer, 400, key);
  expect(answer.body.error.details).toEqual({ [detail]: plus(trip, border) });
  expect(await tripOf(trip.id)).toMatchObject({ phase: 'EN_ROUTE', arrivedAt: null });
});

test('an arrival is reported within 500 metres of the pickup, in any spelling of the position', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { passengerPhone: aPhone() });
  const { lat: latitude, lng: longitude } = northOf(hubPoint, 495);

  const far = await act(driver, trip, 'arrived', northOf(hubPoint, 600));
  const nowhere = await act(driver, trip, 'arrived', {});
  const near = await act(driver, trip, 'arrived', { location: { latitude, longitude } });

  expectRefused(far, 400, 'GEOFENCE_VIOLATION');
  expect(far.body.error.details).toEqual({ distanceMeters: 600, radiusMeters: 500 });
  expectInvalid(nowhere, 'lat', 'lng');
  expect(near.body.data).toMatchObject({ status: 'ARRIVED_EVENT_SENT', tripStatus: 'STARTED', phase: 'ARRIVED' });
  await smsWith(trip.passengerPhone!, /has (arrived)/);
});

test('a trip without pickup coordinates has no geofence, and its event says so', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aTrip(fleet);
  await db.trip.update({ where: { id: trip.id }, data: { pickupLat: null, pickupLng: null } });
  await post('/admin/trips/assign', { tripId: trip.id, driverId: driver.id }, fleet.manager);
  await act(driver, trip, 'start', {});

  expect((await act(driver, trip, 'arrived', {})).status).toBe(200);

  expect((await eventOf(trip, 'arrive')).flags).toEqual(['geofenceSkipped']);
});

test('a second arrival is refused and does not move the first one', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver);
  const { arrivedAt } = await tripOf(trip.id);

  expectRefused(await act(driver, trip, 'arrived'), 400, 'TRIP_STATE_INVALID');

  expect((await tripOf(trip.id)).arrivedAt).toEqual(arrivedAt);
});

test.each(['noshow', 'no-show'])('a passenger who does not come closes the trip without a fare (%s)', async (path) => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { pickupInMinutes: -31, passengerPhone: aPhone() });

  const far = await act(driver, trip, path, northOf(hubPoint, 700));
  const closed = await act(driver, trip, path, { ...hubPoint, reason: 'Nobody at the gate' });

  expectRefused(far, 400, 'GEOFENCE_VIOLATION');
  expect(closed).toMatchObject({ status: 200, body: { data: { status: 'NO_SHOW', fareBreakdown: { total: 0 } } } });
  expect(await tripOf(trip.id)).toMatchObject({ status: 'NO_SHOW', completedAt: expect.any(Date) });
  expect(await db.tripAssignment.findMany({ where: { tripId: trip.id } })).toMatchObject([
    { status: 'COMPLETED', closeReason: 'NO_SHOW', unassignedAt: expect.any(Date) },
  ]);
  expect(await db.driver.findUnique({ where: { id: driver.id } })).toMatchObject({ isAvailable: true });
  await smsWith(trip.passengerPhone!, /was (closed) because/);
});

test('a passenger has thirty minutes before they did not come', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { pickupInMinutes: -29 });

  const answer = await act(driver, trip, 'noshow');

  expectRefused(answer, 400, 'TOO_EARLY_NOSHOW');
  expect(answer.body.error.details).toEqual({ opensAt: plus(trip, 30) });
});

test('a driver who had arrived needs no position to report a no-show', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver);
  const pickupTime = new Date(Date.now() - 31 * 60_000);
  await db.trip.update({ where: { id: trip.id }, data: { pickupTime } });
  const late = await aTrip(fleet, { pickupInMinutes: -31 });
  await db.trip.update({
    where: { id: late.id },
    data: { status: 'STARTED', phase: 'ARRIVED', startedAt: pickupTime, arrivedAt: pickupTime },
  });
  const { id } = await db.tripAssignment.findFirstOrThrow({ where: { tripId: trip.id } });
  await db.tripAssignment.update({ where: { id }, data: { tripId: late.id } });

  expect((await act(driver, late, 'noshow', {})).body.data.status).toBe('NO_SHOW');
});

test.each([
  ['within a fifth of the quote is taken', 720, { appliedFare: 720, reportedFare: 720, fareReview: false }],
  ['below a fifth of the quote is taken', 480, { appliedFare: 480, reportedFare: 480, fareReview: false }],
  ['too high is not taken but looked at', 720.01, { appliedFare: 600, reportedFare: 720.01, fareReview: true }],
  ['too low is not taken but looked at', 479.99, { appliedFare: 600, reportedFare: 479.99, fareReview: true }],
])('a reported fare %s', async (_, fare, wanted) => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver);

  const { body } = await act(driver, trip, 'complete', { ...hubPoint, fare });

  expect(body.data).toMatchObject({ status: 'COMPLETED', estimatedFare: 600, fareBreakdown: wanted });
  const { appliedFare, extraTotal, total } = body.data.fareBreakdown;
  expect(total).toBe(appliedFare + extraTotal);
  expect([body.data.price, body.data.finalFare]).toEqual([total, total]);
});

test('only the driver of a trip may move it, whoever asks', async () => {
  const { fleet, driver } = await aDay();
  const [colleague, stranger] = [await aDriver(fleet), await aDriver(await aFleet())];
  const assigned = await anAssignedTrip(fleet, driver);
  const started = await aStartedTrip(fleet, driver, { pickupInMinutes: -31 });

  for (const other of [colleague, stranger]) {
    expectRefused(await act(other, assigned, 'start'), 403, 'NOT_TRIP_DRIVER');
    for (const action of ['arrived', 'onboard', 'noshow', 'complete', 'location'])
      expectRefused(await act(other, started, action), 403, 'NOT_TRIP_DRIVER');
  }

  expect(await tripOf(assigned.id)).toMatchObject({ status: 'DRIVER_ASSIGNED' });
  expect(await tripOf(started.id)).toMatchObject({ phase: 'EN_ROUTE', version: 2 });
});

test('a driver from whom a trip was taken neither sees nor moves it', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anAssignedTrip(fleet, driver);
  const next = await aDriver(fleet);

  await post('/admin/trips/reassign', { tripId: trip.id, driverId: next.id }, fleet.manager);

  expectRefused(await act(driver, trip, 'start'), 403, 'NOT_TRIP_DRIVER');
  expectRefused(await get(`/trips/${trip.id}`, driver), 403, 'SCOPE_FORBIDDEN');
  for (const query of ['', '?status=ACTIVE', '?status=HISTORY', '?status=DRIVER_ASSIGNED'])
    expect((await get(`/trips${query}`, driver)).body.data).toEqual([]);
});

test('a driver finds what is ahead by its pickup, and what was, newest first', async () => {
  const { fleet, driver } = await aDay();
  const done = await aStartedTrip(fleet, driver, { pickupInMinutes: 5 });
  await act(driver, done, 'complete', {});
  const cancelled = await anAssignedTrip(fleet, driver);
  await post('/admin/trips/cancel', { tripId: cancelled.id, reason: 'Rain' }, fleet.manager);
  const later = await anAssignedTrip(fleet, driver, { pickupInMinutes: 90 });
  const sooner = await anAssignedTrip(fleet, driver, { pickupInMinutes: 20 });

  const [ahead, active, history, literal] = await Promise.all(
    ['', '?status=ACTIVE', '?status=HISTORY', '?status=CANCELLED'].map((query) => get(`/trips${query}`, driver)),
  );

  const ids = (answer: typeof ahead) => (answer!.body.data as { id: string }[]).map(({ id }) => id);
  expect(ids(ahead)).toEqual([sooner.id, later.id]);
  expect(ids(active)).toEqual([sooner.id, later.id]);
  expect(ids(history)).toEqual([cancelled.id, done.id]);
  expect(ids(literal)).toEqual([cancelled.id]);
});

test('staff have no trips of their own', async () => {
  const { fleet } = await aDay();

  expectRefused(await get('/trips', fleet.manager), 403, 'FORBIDDEN');
});
