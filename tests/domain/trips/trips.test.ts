import { describe, expect, test } from '@jest/globals';
import type { Actor, Rule } from '../../../workflows/domain/commands.ts';
import type { Point } from '../../../workflows/domain/geo.ts';
import {
  arrive,
  board,
  cancel,
  complete,
  noShow,
  reschedule,
  start,
  tripFacts,
} from '../../../workflows/domain/trips/trips.ts';
import type { CompleteTrip, TripFacts } from '../../../workflows/domain/trips/trips.ts';
import {
  aTrip,
  arrived,
  bookedAt,
  colleague,
  connaughtPlace,
  desk,
  driver,
  enRoute,
  fromPickup,
  inPaise,
  iso,
  northOf,
  onTime,
  onboard,
  pickupTime,
  refusalOf,
} from '../facts.ts';

test('a driver starts from 150 minutes before the pickup, and there is no latest moment', () => {
  const at = (ms: number) => refusalOf(() => start(aTrip(), { by: driver, at: null }, ms));

  expect(at(fromPickup(-150, -1))).toEqual({
    key: 'TOO_EARLY_START',
    details: { opensAt: '2026-11-22T02:30:00.000Z' },
  });
  expect(at(fromPickup(-150))).toBeNull();
  expect(at(fromPickup(10_000))).toBeNull();
});

test('a started trip is on its way, and knows since when', () => {
  const decision = start(aTrip(), { by: driver, at: null }, fromPickup(-60));

  expect(decision).toEqual({
    move: 'start',
    set: { status: 'STARTED', phase: 'EN_ROUTE', startedAt: '2026-11-22T04:00:00.000Z' },
  });
});

const here = { by: driver, at: connaughtPlace };

const tooEarlyToArrive = { key: 'TOO_EARLY_ARRIVE', details: { opensAt: '2026-11-22T04:30:00.000Z' } };
const tooLateToArrive = { key: 'TOO_LATE_ARRIVE', details: { closedAt: '2026-11-22T05:30:00.000Z' } };

test.each([
  ['a millisecond before the window', fromPickup(-30, -1), tooEarlyToArrive],
  ['at its first moment', fromPickup(-30), null],
  ['at its last moment', fromPickup(30), null],
  ['a millisecond after it', fromPickup(30, 1), tooLateToArrive],
])('a driver reports the arrival %s', (_, nowMs, outcome) => {
  expect(refusalOf(() => arrive(enRoute(), here, nowMs))).toEqual(outcome);
});

test('the arrival is stamped with the clock of the server', () => {
  const decision = arrive(enRoute(), here, fromPickup(-5));

  expect(decision).toEqual({
    move: 'arrive',
    set: { status: 'STARTED', phase: 'ARRIVED', arrivedAt: '2026-11-22T04:55:00.000Z' },
    flags: [],
  });
});

const positionMissing = { key: 'VALIDATION_ERROR', details: [{ field: 'lat' }, { field: 'lng' }] };
const away = (distanceMeters: number) => ({
  key: 'GEOFENCE_VIOLATION',
  details: { distanceMeters, radiusMeters: 500 },
});

describe.each([
  ['arrives', (trip: TripFacts, at: Point | null) => arrive(trip, { by: driver, at }, fromPickup(30))],
  [
    'finds nobody',
    (trip: TripFacts, at: Point | null) => noShow(trip, { by: driver, at, textId: null }, fromPickup(30)),
  ],
])('a driver who %s', (_, report) => {
  test.each([
    ['at the pickup', connaughtPlace, null],
    ['500 m away', northOf(connaughtPlace, 500), null],
    ['a decimetre further', northOf(connaughtPlace, 500.1), away(501)],
    ['2 km away', northOf(connaughtPlace, 2000), away(2000)],
    ['at an unknown place', null, positionMissing],
  ])('%s', (_place, at, outcome) => {
    const refused = refusalOf(() => report(enRoute(), at));

    if (outcome) expect(refused).toMatchObject(outcome);
    else expect(refused).toBeNull();
  });

  test('cannot be located when the pickup has no coordinates, and the event says so', () => {
    expect(report(enRoute({ pickup: null }), null)?.flags).toEqual(['geofenceSkipped']);
  });

  test('may be at zero degrees: a position like any other', () => {
    const gulf = { lat: 0, lng: 0 };

    expect(report(enRoute({ pickup: gulf }), gulf)?.flags).toEqual([]);
  });
});

test('where the driver is counts before when they are there', () => {
  const far = { by: driver, at: northOf(connaughtPlace, 2000) };

  expect(refusalOf(() => arrive(enRoute(), far, fromPickup(-60)))?.key).toBe('GEOFENCE_VIOLATION');
});

const late = fromPickup(30, 1);
const boarded = (flags: string[] | undefined, arrivedAt?: string) => ({ flags, arrivedAt });
const outOfOrder = {
  key: 'TRIP_STATE_INVALID',
  details: { currentStatus: 'STARTED', phase: 'EN_ROUTE', possible: expect.any(Array) },
};
const codeMissing = { key: 'OTP_REQUIRED', details: null };

test.each([
  ['with a code, arrived, code checked', arrived({ hasCode: true }), true, onTime, boarded(undefined)],
  ['with a code, arrived, no code', arrived({ hasCode: true }), false, onTime, codeMissing],
  ['with a code, arrived long ago, code checked', arrived({ hasCode: true }), true, late, boarded(undefined)],
  ['with a code, not arrived, code checked', enRoute({ hasCode: true }), true, onTime, outOfOrder],
  ['with a code, not arrived, no code', enRoute({ hasCode: true }), false, onTime, outOfOrder],
  ['with a code, late, code checked', enRoute({ hasCode: true }), true, late, boarded(['lateArrival'], iso(late))],
  ['with a code, late, no code', enRoute({ hasCode: true }), false, late, codeMissing],
  ['without a code, arrived', arrived(), false, onTime, boarded(undefined)],
  ['without a code, not arrived', enRoute(), false, onTime, boarded(['arrivalSkipped'])],
  ['without a code, late', enRoute(), false, late, boarded(['lateArrival'], iso(late))],
])('a passenger boards a trip %s', (_, trip, codeChecked, nowMs, outcome) => {
  const refused = refusalOf(() => {
    const decision = board(trip, { by: driver, at: null, codeChecked }, nowMs);

    expect(decision?.set).toMatchObject({ status: 'STARTED', phase: 'ONBOARD', boardedAt: iso(nowMs) });
    expect(boarded(decision?.flags, decision?.set.arrivedAt ?? undefined)).toEqual(outcome);
  });

  expect(refused).toEqual('key' in outcome ? outcome : null);
});

test('a driver who comes after the arrival window boards without a waiting charge: both stamps are now', () => {
  const { arrivedAt, boardedAt } = board(enRoute(), { ...here, codeChecked: false }, late)?.set ?? {};

  expect([arrivedAt, boardedAt]).toEqual([iso(late), iso(late)]);
});

const bill: Omit<CompleteTrip, 'by' | 'at'> = {
  reportedFarePaise: null,
  actualDistanceKm: null,
  tollPaise: inPaise(0),
  parkingPaise: inPaise(0),
  stateTaxPaise: inPaise(0),
  extraKms: null,
  extraMinutes: null,
};

test.each([
  ['on board, with a code', onboard({ hasCode: true }), undefined],
  ['on board, without a code', onboard(), undefined],
  ['arrived, without a code', arrived(), ['boardingSkipped']],
  ['on the way, without a code', enRoute(), ['boardingSkipped']],
])('a driver completes a trip %s', (_, trip, flags) => {
  const decision = complete(trip, { ...here, ...bill }, fromPickup(60));

  expect(decision).toEqual({ move: 'complete', set: { status: 'COMPLETED', phase: null, driverId: null }, flags });
});

test.each([
  ['ARRIVED', arrived({ hasCode: true })],
  ['EN_ROUTE', enRoute({ hasCode: true })],
])('a trip with a boarding code does not end %s', (phase, trip) => {
  const refused = refusalOf(() => complete(trip, { ...here, ...bill }, fromPickup(60)));

  expect(refused).toEqual({
    key: 'TRIP_STATE_INVALID',
    details: { currentStatus: 'STARTED', phase, possible: expect.any(Array) },
  });
});

test('a no-show is possible from 30 minutes after the pickup', () => {
  const at = (ms: number) => refusalOf(() => noShow(arrived(), { ...here, textId: null }, ms));

  expect(at(fromPickup(30, -1))).toEqual({
    key: 'TOO_EARLY_NOSHOW',
    details: { opensAt: '2026-11-22T05:30:00.000Z' },
  });
  expect(at(fromPickup(30))).toBeNull();
});

test('an arrival proves the presence, wherever the driver is now', () => {
  const decision = noShow(arrived(), { by: driver, at: null, textId: null }, fromPickup(31));

  expect(decision).toEqual({ move: 'noShow', set: { status: 'NO_SHOW', phase: null, driverId: null }, flags: [] });
});

test('a cancelled trip has no driver any more', () => {
  const decision = cancel(arrived(), { by: desk, textId: 'text-1' }, onTime);

  expect(decision).toEqual({ move: 'cancel', set: { status: 'CANCELLED', phase: null, driverId: null } });
});

type Report = { by: Actor; at: Point | null; codeChecked: boolean; textId: null } & CompleteTrip;

const tooEarly = fromPickup(-500);
const farAway = northOf(connaughtPlace, 9000);

describe.each<[string, Rule<TripFacts, Report>, TripFacts, TripFacts]>([
  ['start', start, aTrip(), enRoute()],
  ['arrive', arrive, enRoute(), arrived()],
  ['board', board, enRoute({ hasCode: true }), onboard()],
  ['complete', complete, enRoute({ hasCode: true }), aTrip()],
  ['close', noShow, enRoute(), onboard()],
])('who wants to %s a trip', (_, rule, ready, unready) => {
  const report = (by: Actor) => ({ by, at: farAway, codeChecked: false, textId: null, ...bill });

  test.each([
    ['a colleague', colleague],
    ['the desk', desk],
  ])('must be its driver: %s is refused, before any window or place', (_who, by) => {
    expect(refusalOf(() => rule(ready, report(by), tooEarly))?.key).toBe('NOT_TRIP_DRIVER');
  });

  test('must be its driver now: without an open assignment nobody is', () => {
    const free = { ...ready, driverId: null };

    expect(refusalOf(() => rule(free, report(driver), tooEarly))?.key).toBe('NOT_TRIP_DRIVER');
    expect(refusalOf(() => rule(free, report(desk), tooEarly))?.key).toBe('NOT_TRIP_DRIVER');
  });

  test('hears of the state first, whoever asks; of boarding a colleague hears that it is not their trip', () => {
    const first = rule === board ? 'NOT_TRIP_DRIVER' : 'TRIP_STATE_INVALID';
    expect(refusalOf(() => rule(unready, report(colleague), tooEarly))?.key).toBe(first);
    const free = { ...unready, driverId: null };
    expect(refusalOf(() => rule(free, report(colleague), tooEarly))?.key).toBe('TRIP_STATE_INVALID');
  });
});

test('the facts of a trip name the driver of its open assignment, not of an older one', () => {
  const row = {
    ...aTrip(),
    id: 'trip-1',
    pickupTime: new Date(pickupTime),
    pickupLat: 0,
    pickupLng: 0,
    sealedCode: 'sealed',
    startedAt: null,
    arrivedAt: null,
    boardedAt: null,
    stageSince: new Date(bookedAt),
    holdExpiresAt: null,
    tripAssignments: [
      { driverId: 'driver-1', unassignedAt: new Date(pickupTime) },
      { driverId: 'driver-2', unassignedAt: null },
    ],
  };

  expect(tripFacts(row)).toEqual(aTrip({ driverId: 'driver-2', hasCode: true, pickup: { lat: 0, lng: 0 } }));
  expect(tripFacts({ ...row, pickupLng: null, tripAssignments: [] })).toMatchObject({ driverId: null, pickup: null });
});

test('a booking that is moved keeps its driver and its status, and takes every window with it', () => {
  const later = iso(fromPickup(240));
  const decision = reschedule(aTrip(), { pickupTime: later }, fromPickup(-30));

  expect(decision).toEqual({
    move: 'reschedule',
    set: { status: 'DRIVER_ASSIGNED', phase: null, pickupTime: later },
  });
  const moved = { ...aTrip(), ...decision?.set };
  expect(refusalOf(() => start(moved, { by: driver, at: null }, fromPickup(-30)))).toMatchObject({
    key: 'TOO_EARLY_START',
  });
});

test('a booking is moved before its start only, and never into the past', () => {
  const at = (pickupTime: string, trip = aTrip()) =>
    refusalOf(() => reschedule(trip, { pickupTime }, fromPickup(0)))?.key;

  expect(at(iso(fromPickup(0, -1)))).toBe('TRIP_CONSTRAINT_VIOLATION');
  expect(at(iso(fromPickup(60)), aTrip({ status: 'STARTED', phase: 'EN_ROUTE' }))).toBe('TRIP_STATE_INVALID');
  expect(reschedule(aTrip(), { pickupTime: aTrip().pickupTime }, fromPickup(-30))).toBeNull();
});
