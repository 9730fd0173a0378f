import { expect, test } from '@jest/globals';
import { get, post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, hubPoint } from '../world/factories.ts';
import { smsWith } from '../world/sms.ts';
import { northOf } from '../domain/facts.ts';
import { expectInvalid, expectRefused } from './refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;
type Shape = NonNullable<Parameters<typeof aTrip>[1]>;

const code = '0042';

const aDay = async () => {
  const fleet = await aFleet();
  return { fleet, driver: await aDriver(fleet) };
};

const anAssignedTrip = async (fleet: Fleet, driver: Driver, shape: Shape = {}) => {
  const trip = await aTrip(fleet, shape);
  const answer = await post('/admin/trips/assign', { tripId: trip.id, driverId: driver.id }, fleet.manager);
  expect(answer.status).toBe(201);
  return trip;
};

const act = (driver: Driver, { id }: { id: string }, action: string, body: object = hubPoint) =>
  post(`/trips/${id}/${action}`, body, driver);

const aStartedTrip = async (fleet: Fleet, driver: Driver, shape: Shape = {}) => {
  const trip = await anAssignedTrip(fleet, driver, shape);
  expect((await act(driver, trip, 'start')).status).toBe(200);
  return trip;
};

const anArrivedTrip = async (fleet: Fleet, driver: Driver, shape: Shape = {}) => {
  const trip = await aStartedTrip(fleet, driver, shape);
  expect((await act(driver, trip, 'arrived')).status).toBe(200);
  return trip;
};

const tripOf = ({ id }: { id: string }) => db.trip.findUniqueOrThrow({ where: { id } });
const plus = ({ pickupTime }: { pickupTime: Date }, minutes: number) =>
  new Date(pickupTime.getTime() + minutes * 60_000).toISOString();
const eventOf = async ({ id }: { id: string }, type: string) =>
  (await db.tripEvent.findFirstOrThrow({ where: { tripId: id, type } })).data as { flags: string[] };

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
  expect(await tripOf(trip)).toMatchObject({ phase: 'EN_ROUTE', arrivedAt: null });
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
  const { arrivedAt } = await tripOf(trip);

  expectRefused(await act(driver, trip, 'arrived'), 400, 'TRIP_STATE_INVALID');

  expect((await tripOf(trip)).arrivedAt).toEqual(arrivedAt);
});

test('a passenger boards with his code, not without and not with another one', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });

  const without = await act(driver, trip, 'onboard', {});
  const wrong = await act(driver, trip, 'onboard', { otp: '1234' });
  const whileWaiting = await tripOf(trip);
  const right = await act(driver, trip, 'onboard', { otp: Number(code) });

  expectRefused(without, 400, 'OTP_REQUIRED');
  expectRefused(wrong, 400, 'OTP_INVALID');
  expect(whileWaiting).toMatchObject({ phase: 'ARRIVED', boardedAt: null });
  expect(right.body.data).toMatchObject({ phase: 'ONBOARD', boardedAt: expect.any(String) });
});

test('after five wrong codes no code counts any more for a quarter of an hour, not even the right one', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });
  for (const otp of ['0000', '1111', '2222', '3333', '4444'])
    expectRefused(await act(driver, trip, 'onboard', { otp }), 400, 'OTP_INVALID');

  const closed = await act(driver, trip, 'onboard', { otp: code });
  await db.$executeRaw`UPDATE "rate_limits" SET "expire" = 1 WHERE "key" LIKE ${`%${trip.id}`}`;
  const later = await act(driver, trip, 'onboard', { otp: code });

  expectRefused(closed, 429, 'OTP_ATTEMPTS_EXCEEDED');
  const seconds = Number(closed.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(800);
  expect(seconds).toBeLessThanOrEqual(900);
  expect(later.body.data.phase).toBe('ONBOARD');
});

test('wrong codes sent all at once are counted one by one', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });

  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, guess) => act(driver, trip, 'onboard', { otp: String(1000 + guess) })),
  );

  expect(answers.filter(({ body }) => body.errorCode === 'OTP_INVALID')).toHaveLength(5);
  expect(answers.filter(({ body }) => body.errorCode === 'OTP_ATTEMPTS_EXCEEDED')).toHaveLength(7);
});

test('four wrong codes and the right one board the passenger', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });
  for (const otp of ['0000', '1111', '2222', '3333']) await act(driver, trip, 'onboard', { otp });

  expect((await act(driver, trip, 'onboard', { otp: code })).body.data.phase).toBe('ONBOARD');
  const counted = await db.rateLimit.findFirst({ where: { key: `boarding:${trip.id}` } });
  expect(counted).toMatchObject({ points: 4 });
});

test('a colleague cannot spend the tries of a passenger', async () => {
  const { fleet, driver } = await aDay();
  const colleague = await aDriver(fleet);
  const trip = await anArrivedTrip(fleet, driver, { code });
  for (let guess = 0; guess < 6; guess += 1)
    expectRefused(await act(colleague, trip, 'onboard', { otp: '0000' }), 403, 'NOT_TRIP_DRIVER');

  expect((await act(driver, trip, 'onboard', { otp: code })).status).toBe(200);
});

test('without a boarding code a passenger boards before the arrival is reported, whatever is typed', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver);

  const answer = await act(driver, trip, 'onboard', { otp: '9999' });

  expect(answer.body.data).toMatchObject({ phase: 'ONBOARD', arrivedAt: null, otpRequired: false });
  expect((await eventOf(trip, 'board')).flags).toEqual(['arrivalSkipped']);
});

test('a driver who comes too late to report his arrival boards directly, and nothing is charged for waiting', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { code, pickupInMinutes: -31 });

  const answer = await act(driver, trip, 'onboard', { otp: code });

  expect(answer.body.data.phase).toBe('ONBOARD');
  const { arrivedAt, boardedAt } = await tripOf(trip);
  expect(arrivedAt).toEqual(boardedAt);
  const completed = await act(driver, trip, 'complete');
  expect(completed.body.data.fareBreakdown.extras.waiting).toBe(0);
});

test.each(['noshow', 'no-show'])('a passenger who does not come closes the trip without a fare (%s)', async (path) => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { pickupInMinutes: -31, passengerPhone: aPhone() });

  const far = await act(driver, trip, path, northOf(hubPoint, 700));
  const closed = await act(driver, trip, path, { ...hubPoint, reason: 'Nobody at the gate' });

  expectRefused(far, 400, 'GEOFENCE_VIOLATION');
  expect(closed).toMatchObject({ status: 200, body: { data: { status: 'NO_SHOW', fareBreakdown: { total: 0 } } } });
  expect(await tripOf(trip)).toMatchObject({ status: 'NO_SHOW', completedAt: expect.any(Date) });
  expect(await db.tripAssignment.findMany({ where: { tripId: trip.id } })).toMatchObject([
    { status: 'COMPLETED', closeReason: 'NO_SHOW', unassignedAt: expect.any(Date) },
  ]);
  expect(await db.driver.findUnique({ where: { id: driver.id } })).toMatchObject({ isAvailable: true });
  await smsWith(trip.passengerPhone!, /was (closed) because/);
});

test('a passenger has thirty minutes before he did not come', async () => {
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

test('what the driver paid on the way is added, what only we compute is not taken from him', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { passengerPhone: aPhone() });
  const ignored = { night: 900, airportEntry: 900, waiting: 900.123, extraKms: 3.333 };
  const extraCharges = { toll: 85, parking: 40.5, stateTax: 100, ...ignored };

  const answer = await act(driver, trip, 'complete', { ...hubPoint, distance: 21.5, fare: 1_500_000, extraCharges });

  const { fareBreakdown, price, actualDistanceKm } = answer.body.data;
  expect(fareBreakdown.extras).toMatchObject({ toll: 85, parking: 40.5, stateTax: 100, airportEntry: 0, waiting: 0 });
  expect(fareBreakdown.extraTotal).toBe(225.5 + fareBreakdown.extras.night);
  expect([price, actualDistanceKm]).toEqual([600 + fareBreakdown.extraTotal, 21.5]);
  expect(await tripOf(trip)).toMatchObject({ status: 'COMPLETED', pricePaise: price * 100, quotedFarePaise: 60_000 });
  expect(Number(await smsWith(trip.passengerPhone!, /Total Rs ([\d.]+)\.$/))).toBe(price);
  expect(fareBreakdown).toMatchObject({ appliedFare: 600, fareReview: true });
  expect(await eventOf(trip, 'complete')).toMatchObject({ flags: ['boardingSkipped'], extraKms: 3.333 });
});

test.each(['toll', 'parking', 'stateTax', 'waiting'])('a driver cannot charge any sum as %s', async (charge) => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver);

  for (const amount of [-1, 20_001]) {
    const answer = await act(driver, trip, 'complete', { ...hubPoint, extraCharges: { [charge]: amount } });
    expectRefused(answer, 400, 'VALIDATION_ERROR');
  }

  expect(await tripOf(trip)).toMatchObject({ status: 'STARTED' });
});

test('a completed trip frees its driver and closes his assignment', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver);

  await act(driver, trip, 'complete', {});

  expect(await db.tripAssignment.findMany({ where: { tripId: trip.id } })).toMatchObject([{ status: 'COMPLETED' }]);
  expect(await db.driver.findUnique({ where: { id: driver.id } })).toMatchObject({ isAvailable: true });
});

test('a trip with a boarding code ends only with its passenger on board', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });

  const answer = await act(driver, trip, 'complete');

  expectRefused(answer, 400, 'TRIP_STATE_INVALID');
  expect(answer.body.error.details).toMatchObject({ phase: 'ARRIVED' });
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

  expect(await tripOf(assigned)).toMatchObject({ status: 'DRIVER_ASSIGNED' });
  expect(await tripOf(started)).toMatchObject({ phase: 'EN_ROUTE', version: 2 });
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

test('a driver never sees the boarding code, staff do', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });

  const seen = [
    (await get(`/trips/${trip.id}`, driver)).body.data,
    (await get('/trips', driver)).body.data[0],
    (await act(driver, trip, 'onboard', { otp: code })).body.data,
  ];
  const byStaff = await get(`/trips/${trip.id}`, fleet.manager);

  for (const view of seen) {
    expect(view).toMatchObject({ id: trip.id, otpRequired: true, providerMeta: null });
    expect(Object.keys(view)).not.toContain('verificationCode');
    expect(JSON.stringify(view)).not.toMatch(/"(?:otp|sealedCode)"|"4321"/);
  }
  expect(byStaff.body.data.providerMeta).toEqual({ otp: code });
});

test.each([[[{ toll: 100 }]], ['toll'], [100]])(
  'extra charges that are no object (%j) do not get lost',
  async (sent) => {
    const { fleet, driver } = await aDay();
    const trip = await aStartedTrip(fleet, driver);

    const answer = await act(driver, trip, 'complete', { ...hubPoint, extraCharges: sent });

    expectInvalid(answer, 'extraCharges');
    expect(answer.body.message).toBe('extraCharges must be an object');

    expect(await tripOf(trip)).toMatchObject({ status: 'STARTED' });
  },
);
