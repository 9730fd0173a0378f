import { expect, test } from '@jest/globals';
import { get } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver } from '../../world/factories.ts';
import { expectRefused } from '../http/refused.ts';
import { act, anArrivedTrip, aStartedTrip, eventOf, tripOf } from './rides.ts';
import { aDay } from '../shifts/shifts.ts';

const code = '0042';

test('a passenger boards with their code, not without and not with another one', async () => {
  const { fleet, driver } = await aDay();
  const trip = await anArrivedTrip(fleet, driver, { code });

  const without = await act(driver, trip, 'onboard', {});
  const wrong = await act(driver, trip, 'onboard', { otp: '1234' });
  const whileWaiting = await tripOf(trip.id);
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

test('a driver who comes too late to report their arrival boards directly, and nothing is charged for waiting', async () => {
  const { fleet, driver } = await aDay();
  const trip = await aStartedTrip(fleet, driver, { code, pickupInMinutes: -31 });

  const answer = await act(driver, trip, 'onboard', { otp: code });

  expect(answer.body.data.phase).toBe('ONBOARD');
  const { arrivedAt, boardedAt } = await tripOf(trip.id);
  expect(arrivedAt).toEqual(boardedAt);
  const completed = await act(driver, trip, 'complete');
  expect(completed.body.data.fareBreakdown.extras.waiting).toBe(0);
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
