import { expect, test } from '@jest/globals';
import { shiftRecord } from '../../../workflows/domain/shifts/shift-record.ts';
import { silenceOf, tripClock, tripDeadlines } from '../../../workflows/domain/trips/trip-deadlines.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { statusOf } from '../../../workflows/domain/trips/trip-lifecycle.ts';
import type { TripStage } from '../../../workflows/domain/trips/trip-lifecycle.ts';
import { aShift, aTrip, checkInMs, checkInTime, fromPickup, iso } from '../facts.ts';

const at = (stage: TripStage, facts: Partial<TripFacts> = {}) => aTrip({ ...statusOf(stage), ...facts });

/** In minutes from the pickup. */
const due = (trip: TripFacts) =>
  Object.fromEntries(tripDeadlines(trip, tripClock).map(({ name, dueMs }) => [name, (dueMs - fromPickup(0)) / 60_000]));

test.each<[TripStage, Record<string, number>]>([
  ['BLOCKED', {}],
  ['CREATED', { unassignedEarly: -180, unassignedLate: -60 }],
  ['DRIVER_ASSIGNED', { startWindowOpen: -150, lateStart: -15, lateArrival: 30 }],
  ['EN_ROUTE', { lateArrival: 30, noShowEligible: 30, stuck: 720 }],
  ['ARRIVED', { noShowEligible: 30, stuck: 720 }],
  ['ONBOARD', { stuck: 720 }],
  ['COMPLETED', {}],
  ['CANCELLED', {}],
  ['CANCELLED_BY_PARTNER', {}],
  ['NO_SHOW', {}],
])('a trip that is %s is looked at when it is time for it', (stage, wanted) => {
  expect(due(at(stage))).toEqual(wanted);
});

test('a rental is stuck a day after its pickup instead of half a day', () => {
  expect(due(at('ONBOARD', { tripType: 'RENTAL' }))).toEqual({ stuckRental: 1440 });
  expect(due(at('ONBOARD', { tripType: 'AIRPORT' }))).toEqual({ stuck: 720 });
});

test.each<[string, TripStage, number]>([
  ['unassignedEarly', 'CREATED', -180],
  ['unassignedLate', 'CREATED', -60],
  ['startWindowOpen', 'DRIVER_ASSIGNED', -150],
  ['lateStart', 'DRIVER_ASSIGNED', -15],
  ['lateArrival', 'EN_ROUTE', 30],
  ['noShowEligible', 'ARRIVED', 30],
  ['stuck', 'ONBOARD', 720],
])('%s is nobody’s news when its moment had passed before the stage began', (name, stage, minutes) => {
  const since = (milliseconds: number) => at(stage, { since: iso(fromPickup(minutes, milliseconds)) });

  expect(Object.keys(due(since(-1)))).toContain(name);
  expect(Object.keys(due(since(0)))).not.toContain(name);
  expect(Object.keys(due(since(1)))).not.toContain(name);
});

test('another pickup time moves every moment with it', () => {
  const moved = tripDeadlines(at('DRIVER_ASSIGNED', { pickupTime: iso(fromPickup(90)) }), tripClock);

  expect(moved.map(({ dueMs }) => dueMs)).toEqual([-60, 75, 120].map((minutes) => fromPickup(minutes)));
});

test.each(['PENDING', 'APPROVED'] as const)('a shift that is open and %s is stale when it was said', (status) => {
  const staleAt = new Date(checkInMs + 3_600_000).toISOString();

  expect(shiftRecord.due(aShift({ status, staleAt }), null)).toEqual([{ name: 'stale', dueMs: checkInMs + 3_600_000 }]);
});

test.each(['REJECTED', 'CHECKED_OUT'] as const)('a shift that is %s is never stale', (status) => {
  expect(shiftRecord.due(aShift({ status, checkOutTime: checkInTime }), null)).toEqual([]);
});

test('a hold ends when it was said, and only while it is one', () => {
  const holdExpiresAt = iso(fromPickup(-100));

  expect(due(at('BLOCKED', { holdExpiresAt }))).toEqual({ expireHold: -100 });
  expect(due(at('CREATED', { holdExpiresAt }))).not.toHaveProperty('expireHold');
});

test('a started trip is looked after two minutes from its start on', () => {
  expect(due(at('ONBOARD', { startedAt: iso(fromPickup(-20)) }))).toMatchObject({ silence: -18 });
});

test.each([
  [1, false, 1],
  [2, true, 4],
  [6, true, 8],
  [14, true, 15],
  [100, true, 15],
])('%d minutes without a position: silent %s, looked at again in %d', (minutes, isSilent, againIn) => {
  const nowMs = fromPickup(0);

  const found = silenceOf(nowMs - minutes * 60_000, nowMs, tripClock.silence);

  expect(found).toEqual({ isSilent, againMs: nowMs + againIn * 60_000 });
});
