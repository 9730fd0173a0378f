import { expect, test } from '@jest/globals';
import {
  approve,
  checkOut,
  decide,
  dutyState,
  endBreak,
  giveVehicle,
  isOpen,
  isSettled,
  loseShiftDriver,
  nextStage,
  reject,
  requireAtHub,
  shiftFacts,
  shiftStage,
  startBreak,
} from '../../../workflows/domain/shifts/attendance.ts';
import { recordCashReconciled } from '../../../workflows/domain/shifts/cash.ts';
import type { CheckOut, DutyState, ShiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { shiftMoves } from '../../../workflows/domain/shifts/attendance-lifecycle.ts';
import type { ShiftMove, ShiftStage } from '../../../workflows/domain/shifts/attendance-lifecycle.ts';
import { aShift, checkInMs, checkInTime, connaughtPlace, driver, inPaise, iso, northOf, refusalOf } from '../facts.ts';
import { asStaff } from '../../world/actors.ts';

const minute = 60_000;
const later = checkInMs + 8 * 60 * minute;
const runningBreak = { id: 'break-1', startTime: iso(checkInMs + 60 * minute) };

const pending = aShift();
const approved = aShift({ status: 'APPROVED', approvalStatus: 'APPROVED' });
const onBreak = { ...approved, openBreak: runningBreak };
const rejected = aShift({ status: 'REJECTED', approvalStatus: 'REJECTED', checkOutTime: iso(later) });
const closed = aShift({ status: 'CHECKED_OUT', checkOutTime: iso(later) });
const closedApproved: ShiftFacts = { ...closed, approvalStatus: 'APPROVED' };
const closedRejected: ShiftFacts = { ...closed, approvalStatus: 'REJECTED' };

const shifts = {
  PENDING: pending,
  APPROVED: approved,
  ON_BREAK: onBreak,
  REJECTED: rejected,
  CHECKED_OUT: closedApproved,
};

/** Stage by stage, from the Lifecycle of attendance.md and its tables of the four shift actions. */
const lifecycle: Record<ShiftStage, Record<ShiftMove, ShiftStage | { refused: string }>> = {
  PENDING: {
    approve: 'APPROVED',
    reject: 'REJECTED',
    startBreak: { refused: 'SHIFT_NOT_APPROVED' },
    endBreak: { refused: 'NO_ACTIVE_BREAK' },
    checkOut: 'CHECKED_OUT',
    recordCashReconciled: { refused: 'INVALID_STATE_TRANSITION' },
    recordCashReopened: { refused: 'INVALID_STATE_TRANSITION' },
  },
  APPROVED: {
    approve: 'APPROVED',
    reject: { refused: 'INVALID_STATE_TRANSITION' },
    startBreak: 'ON_BREAK',
    endBreak: { refused: 'NO_ACTIVE_BREAK' },
    checkOut: 'CHECKED_OUT',
    recordCashReconciled: { refused: 'INVALID_STATE_TRANSITION' },
    recordCashReopened: { refused: 'INVALID_STATE_TRANSITION' },
  },
  ON_BREAK: {
    approve: 'ON_BREAK',
    reject: { refused: 'INVALID_STATE_TRANSITION' },
    startBreak: { refused: 'BREAK_IN_PROGRESS' },
    endBreak: 'APPROVED',
    checkOut: 'CHECKED_OUT',
    recordCashReconciled: { refused: 'INVALID_STATE_TRANSITION' },
    recordCashReopened: { refused: 'INVALID_STATE_TRANSITION' },
  },
  REJECTED: {
    approve: { refused: 'INVALID_STATE_TRANSITION' },
    reject: 'REJECTED',
    startBreak: { refused: 'NO_ACTIVE_SHIFT' },
    endBreak: { refused: 'NO_ACTIVE_SHIFT' },
    checkOut: { refused: 'NO_ACTIVE_SHIFT' },
    recordCashReconciled: { refused: 'INVALID_STATE_TRANSITION' },
    recordCashReopened: { refused: 'INVALID_STATE_TRANSITION' },
  },
  CHECKED_OUT: {
    approve: 'CHECKED_OUT',
    reject: 'CHECKED_OUT',
    startBreak: { refused: 'NO_ACTIVE_SHIFT' },
    endBreak: { refused: 'NO_ACTIVE_SHIFT' },
    checkOut: { refused: 'NO_ACTIVE_SHIFT' },
    recordCashReconciled: 'CHECKED_OUT',
    recordCashReopened: 'CHECKED_OUT',
  },
};

const stages = Object.keys(lifecycle) as ShiftStage[];
const moves = Object.keys(lifecycle.PENDING) as ShiftMove[];

test('the code knows the moves of the lifecycle, and no other', () => {
  expect(Object.keys(shiftMoves).toSorted()).toEqual(moves.toSorted());
});

const cells = stages.flatMap((stage) => moves.map((move) => ({ stage, move, outcome: lifecycle[stage][move] })));

test.each(cells)('a shift that is $stage: $move leads to $outcome', ({ stage, move, outcome }) => {
  const refused = refusalOf(() => expect(nextStage(shifts[stage], move)).toBe(outcome));

  expect(refused?.key).toBe(typeof outcome === 'string' ? undefined : outcome.refused);
});

test('a second break is refused with the one that runs', () => {
  const refused = refusalOf(() => startBreak(onBreak, { by: driver, breakId: 'break-2' }, later));

  expect(refused).toEqual({ key: 'BREAK_IN_PROGRESS', details: { break: runningBreak } });
});

const no = (from: string, to: string, because?: string) => ({
  key: 'INVALID_STATE_TRANSITION',
  details: { from, to, ...(because ? { because } : {}) },
});

test.each([
  ['approve', 'a pending shift', pending, 'open'],
  ['approve', 'an approved one', approved, 'unchanged'],
  ['approve', 'one on break', onBreak, 'unchanged'],
  ['approve', 'a closed, undecided one', closed, 'late'],
  ['approve', 'a closed, approved one', closedApproved, no('CHECKED_OUT', 'APPROVED', 'it was APPROVED before')],
  ['approve', 'a closed, rejected one', closedRejected, no('CHECKED_OUT', 'APPROVED', 'it was REJECTED before')],
  ['approve', 'a rejected one', rejected, no('REJECTED', 'APPROVED')],
  ['reject', 'a pending shift', pending, 'open'],
  ['reject', 'a rejected one', rejected, 'unchanged'],
  ['reject', 'an approved one', approved, no('APPROVED', 'REJECTED')],
  ['reject', 'one on break', onBreak, no('APPROVED', 'REJECTED')],
  ['reject', 'a closed, undecided one', closed, 'late'],
  ['reject', 'a closed, approved one', closedApproved, no('CHECKED_OUT', 'REJECTED', 'it was APPROVED before')],
  ['reject', 'a closed, rejected one', closedRejected, no('CHECKED_OUT', 'REJECTED', 'it was REJECTED before')],
] as const)('a manager wants to %s %s', (verb, _, shift, outcome) => {
  const word = verb === 'approve' ? 'APPROVED' : 'REJECTED';

  const refused = refusalOf(() => expect(decide(shift, word)).toBe(outcome));

  expect(refused).toEqual(typeof outcome === 'string' ? null : outcome);
});

const manager = { by: asStaff('user-9', 'MANAGER'), textId: null };

test.each([
  ['approval opens the way to breaks', approve, pending, { status: 'APPROVED', approvalStatus: 'APPROVED' }],
  [
    'rejection closes the shift',
    reject,
    pending,
    { status: 'REJECTED', approvalStatus: 'REJECTED', checkOutTime: iso(later) },
  ],
  ['late approval leaves the shift closed as it was', approve, closed, { approvalStatus: 'APPROVED' }],
  ['late rejection leaves the check-out as it was', reject, closed, { approvalStatus: 'REJECTED' }],
])('%s', (_, decideNow, shift, set) => {
  expect(decideNow(shift, manager, later)?.set).toEqual(set);
});

test('the same verdict once more changes nothing, even within a minute of an own check-in', () => {
  const own = { createdBy: 'user-9' };

  expect(approve({ ...approved, ...own }, manager, checkInMs)).toBeNull();
  expect(reject({ ...rejected, ...own }, manager, checkInMs)).toBeNull();
});

const declared = (checkOutOf: Partial<CheckOut> = {}): CheckOut => ({
  by: driver,
  odometerEnd: 1100,
  cashDepositedPaise: inPaise(0),
  at: null,
  forced: false,
  textId: null,
  ...checkOutOf,
});

test.each([
  ['the same reading', 1000, 1000, null],
  ['a reading one below the first', 1000, 999, { odometerStart: 1000 }],
  ['nought after nought', 0, 0, null],
  ['a reading below nought', 0, -1, { odometerStart: 0 }],
  ['any reading when the first is unknown', null, 7, null],
  ['no reading', 1000, null, { odometerStart: null }],
  ['no reading when the first is unknown', null, null, { odometerStart: null }],
])('a driver checks out with %s', (_, odometerStart, odometerEnd, details) => {
  const refused = refusalOf(() => checkOut({ ...approved, odometerStart }, declared({ odometerEnd }), later));

  expect(refused).toEqual(details ? { key: 'INVALID_ODOMETER', details } : null);
});

test('an administrator may close a shift without a reading, but not with a wrong one', () => {
  const forced = (odometerEnd: number | null) =>
    refusalOf(() => checkOut(approved, declared({ forced: true, odometerEnd }), later))?.key;

  expect(forced(null)).toBeUndefined();
  expect(forced(999)).toBe('INVALID_ODOMETER');
});

test('a check-out ends the break, keeps the approval and declares the cash', () => {
  const decision = checkOut(onBreak, declared({ cashDepositedPaise: inPaise(0.01) }), later);

  expect(decision).toEqual({
    move: 'checkOut',
    set: { status: 'CHECKED_OUT', checkOutTime: iso(later), cashStatus: 'DECLARED', openBreak: null },
    flags: [],
  });
});

test('no cash is nothing to reconcile', () => {
  expect(checkOut(approved, declared(), later)?.set.cashStatus).toBe('NONE');
});

test.each([
  ['800 km', approved, 1800, []],
  ['801 km', approved, 1801, ['ODOMETER_JUMP']],
  ['an unknown distance', { ...approved, odometerStart: null }, 900_000, []],
  ['801 km from nought', { ...approved, odometerStart: 0 }, 801, ['ODOMETER_JUMP']],
  ['100 km, not yet approved', pending, 1100, ['CHECKED_OUT_UNAPPROVED']],
  ['801 km, not yet approved', pending, 1801, ['CHECKED_OUT_UNAPPROVED', 'ODOMETER_JUMP']],
])('a shift of %s is flagged', (_, shift, odometerEnd, flags) => {
  expect(checkOut(shift, declared({ odometerEnd }), later)?.flags).toEqual(flags);
});

test('a break begins now and ends without a trace in the facts', () => {
  const began = startBreak(approved, { by: driver, breakId: 'break-2' }, later);

  expect(began?.set).toEqual({ openBreak: { id: 'break-2', startTime: iso(later) } });
  expect(endBreak(onBreak, { by: driver }, later)?.set).toEqual({ openBreak: null });
});

test.each([
  ['declared', 'DECLARED', { cashStatus: 'RECONCILED' }],
  ['reconciled before', 'RECONCILED', undefined],
] as const)('cash that was %s is reconciled', (_, cashStatus, set) => {
  const decision = recordCashReconciled({ ...closedApproved, cashStatus }, { reconciliationId: 'r-1' }, later);

  expect(decision?.set).toEqual(set);
});

test('cash that was never declared cannot be reconciled', () => {
  const refused = refusalOf(() => recordCashReconciled(closedApproved, { reconciliationId: 'r-1' }, later));

  expect(refused).toEqual(no('CHECKED_OUT', 'RECONCILED', 'no cash was declared'));
});

test.each<[string, DutyState, boolean, boolean, ShiftFacts | null]>([
  ['no shift', 'OFF_DUTY', false, false, null],
  ['a pending shift', 'PENDING_APPROVAL', true, false, pending],
  ['an approved shift', 'ON_DUTY', true, false, approved],
  ['a shift on break', 'ON_BREAK', true, false, onBreak],
  ['a rejected shift', 'OFF_DUTY', false, true, rejected],
  ['a closed, undecided shift', 'OFF_DUTY', false, false, closed],
  ['a closed, approved shift', 'OFF_DUTY', false, true, closedApproved],
  ['a closed, rejected shift', 'OFF_DUTY', false, true, closedRejected],
  ['a closed shift with declared cash', 'OFF_DUTY', false, false, { ...closedApproved, cashStatus: 'DECLARED' }],
  ['a closed shift with reconciled cash', 'OFF_DUTY', false, true, { ...closedApproved, cashStatus: 'RECONCILED' }],
  ['an undecided shift with reconciled cash', 'OFF_DUTY', false, false, { ...closed, cashStatus: 'RECONCILED' }],
])('a driver with %s is %s; open: %s, settled: %s', (_, duty, open, settled, shift) => {
  expect(dutyState(shift)).toBe(duty);
  expect(shift !== null && isOpen(shift)).toBe(open);
  expect(shift !== null && isSettled(shift)).toBe(settled);
});

test.each([
  ['pending', pending],
  ['approved', approved],
  ['on break', onBreak],
])('the shift of a suspended driver that is %s stays open without a break, and is flagged', (_, shift) => {
  const decision = loseShiftDriver(shift, { driverId: 'driver-1' }, later);

  expect(decision).toMatchObject({ set: { openBreak: null }, flags: ['DRIVER_DEACTIVATED'] });
  expect(isOpen({ ...shift, ...decision?.set })).toBe(true);
});

test.each([
  ['open without a vehicle', { ...approved, vehicleId: null }, { vehicleId: 'vehicle-2' }],
  ['open with a vehicle', approved, undefined],
  ['closed without a vehicle', { ...closed, vehicleId: null }, undefined],
])('a roster link made now and a shift that is %s', (_, shift, set) => {
  expect(giveVehicle(shift, { vehicleId: 'vehicle-2' }, later)?.set).toEqual(set);
});

test('a closed shift does not mind the suspension of its driver', () => {
  expect(loseShiftDriver(closed, { driverId: 'driver-1' }, later)).toBeNull();
});

test.each([
  [0, 500, null],
  [500, 500, null],
  [500.1, 500, { distanceMeters: 501, radiusMeters: 500 }],
  [1200, 1500, null],
  [60, 50, { distanceMeters: 60, radiusMeters: 50 }],
])('a check-in %d m from a hub with a radius of %d m', (meters, radius, details) => {
  const refused = refusalOf(() => requireAtHub(northOf(connaughtPlace, meters), connaughtPlace, radius));

  expect(refused).toEqual(details ? { key: 'GEOFENCE_VIOLATION', details } : null);
});

test('a check-in remembers its distance to the hub in whole metres', () => {
  expect(requireAtHub(northOf(connaughtPlace, 123.4), connaughtPlace, 500)).toBe(124);
});

test('the facts of a shift know its running break, not the ended ones', () => {
  const ended = { id: 'break-0', startTime: new Date(checkInMs), endTime: new Date(later) };
  const running = { id: 'break-1', startTime: new Date(runningBreak.startTime), endTime: null };
  const times = { checkInTime: new Date(checkInTime), staleAt: new Date(approved.staleAt), checkOutTime: null };
  const row = { ...approved, id: 'shift-1', ...times, flags: [] };

  expect(shiftFacts({ ...row, breaks: [ended, running] })).toEqual(onBreak);
  expect(shiftFacts({ ...row, breaks: [ended] })).toEqual(approved);
  expect(shiftFacts({ ...row, checkOutTime: new Date(later), breaks: [] }).checkOutTime).toBe(iso(later));
  expect(shiftStage(onBreak)).toBe('ON_BREAK');
});
