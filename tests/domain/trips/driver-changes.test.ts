import { expect, test } from '@jest/globals';
import { assign, cancel, loseDriver, reassign, unassign } from '../../../workflows/domain/trips/trips.ts';
import { aTrip, arrived, desk, enRoute, fromPickup, iso, onTime, onboard, refusalOf } from '../facts.ts';

test('the desk assigns a trip to the driver of the command', () => {
  const trip = aTrip({ status: 'CREATED', driverId: null });

  const decision = assign(trip, { by: desk, driverId: 'driver-2', assignmentId: 'assignment-1' }, fromPickup(-600));

  expect(decision).toEqual({
    move: 'assign',
    set: { status: 'DRIVER_ASSIGNED', phase: null, driverId: 'driver-2' },
  });
});

const freed = { startedAt: null, arrivedAt: null, boardedAt: null, driverId: null, hubId: null };
const toAnother = { by: desk, driverId: 'driver-2', assignmentId: 'assignment-2' };

test.each([
  ['waits', aTrip()],
  ['is on its way', enRoute({ startedAt: iso(fromPickup(-60)) })],
  ['has arrived', arrived({ startedAt: iso(fromPickup(-60)) })],
])('a trip that %s can change its driver or lose them, and its way begins anew', (_, trip) => {
  const { hubId: _hub, ...unbegun } = freed;

  expect(reassign(trip, toAnother, fromPickup(0))).toEqual({
    move: 'reassign',
    set: { status: 'DRIVER_ASSIGNED', phase: null, ...unbegun, driverId: 'driver-2' },
  });
  expect(unassign(trip, { by: desk }, fromPickup(0))).toEqual({
    move: 'unassign',
    set: { status: 'CREATED', phase: null, ...freed },
  });
});

test('a passenger on board keeps the driver', () => {
  const trip = onboard();
  const riding = {
    key: 'TRIP_STATE_INVALID',
    details: { currentStatus: 'STARTED', phase: 'ONBOARD', possible: expect.any(Array) },
  };

  expect(refusalOf(() => reassign(trip, toAnother, onTime))).toEqual(riding);
  expect(refusalOf(() => unassign(trip, { by: desk }, onTime))).toEqual(riding);
  expect(refusalOf(() => cancel(trip, { by: desk, textId: 'text-1' }, onTime))).toEqual(riding);
});

test('a trip without a driver has nobody to replace, whatever its status says', () => {
  const refused = refusalOf(() => reassign(aTrip({ driverId: null }), toAnother, onTime));

  expect(refused).toMatchObject({ key: 'NO_ACTIVE_ASSIGNMENT' });
});

test('a trip is not reassigned to the driver it has', () => {
  const refused = refusalOf(() => reassign(aTrip(), { ...toAnother, driverId: 'driver-1' }, onTime));

  expect(refused).toMatchObject({ key: 'VALIDATION_ERROR', details: [{ field: 'driverId' }] });
});

test('a trip without a driver has nobody to take away, and that is fine', () => {
  expect(unassign(aTrip({ status: 'CREATED', driverId: null }), { by: desk }, onTime)).toBeNull();
});

test('a waiting trip whose driver is suspended goes back to dispatch', () => {
  const decision = loseDriver(aTrip(), { driverId: 'driver-1' }, onTime);

  expect(decision?.set).toEqual({ status: 'CREATED', phase: null, ...freed });
});

test.each([
  ['on its way', enRoute()],
  ['at the pickup', arrived()],
  ['with the passenger on board', onboard()],
])('a trip %s goes on although its driver is suspended', (_, trip) => {
  expect(loseDriver(trip, { driverId: 'driver-1' }, onTime)).toMatchObject({ set: {}, flags: ['continues'] });
});

test.each([
  ['has gone to another driver since', aTrip({ driverId: 'driver-2' })],
  ['is over', aTrip({ status: 'COMPLETED' })],
  ['has no driver', aTrip({ status: 'CREATED', driverId: null })],
])('a trip that %s does not mind the suspension', (_, trip) => {
  expect(loseDriver(trip, { driverId: 'driver-1' }, onTime)).toBeNull();
});
