import { expect, test } from '@jest/globals';
import { isOver, possibleMoves, stageOf, tripMoves } from '../../../workflows/domain/trips/trip-lifecycle.ts';
import type { Place, TripMove, TripStage, TripStatus } from '../../../workflows/domain/trips/trip-lifecycle.ts';
import { next } from '../../../workflows/domain/trips/trips.ts';
import { aTrip, refusalOf } from '../facts.ts';

/** Stage by stage, from the Lifecycle table of trips.md. A move that is missing in a row is refused. */
const lifecycle: Record<TripStage, Partial<Record<TripMove, TripStage>>> = {
  BLOCKED: { paid: 'CREATED', expireHold: 'CANCELLED', cancel: 'CANCELLED', cancelByPartner: 'CANCELLED_BY_PARTNER' },
  CREATED: {
    assign: 'DRIVER_ASSIGNED',
    reschedule: 'CREATED',
    cancel: 'CANCELLED',
    cancelByPartner: 'CANCELLED_BY_PARTNER',
  },
  DRIVER_ASSIGNED: {
    unassign: 'CREATED',
    reassign: 'DRIVER_ASSIGNED',
    start: 'EN_ROUTE',
    reschedule: 'DRIVER_ASSIGNED',
    cancel: 'CANCELLED',
    cancelByPartner: 'CANCELLED_BY_PARTNER',
    syncStarted: 'EN_ROUTE',
    syncCompleted: 'COMPLETED',
    syncCancelled: 'CANCELLED_BY_PARTNER',
  },
  EN_ROUTE: {
    unassign: 'CREATED',
    reassign: 'DRIVER_ASSIGNED',
    arrive: 'ARRIVED',
    board: 'ONBOARD',
    complete: 'COMPLETED',
    noShow: 'NO_SHOW',
    cancel: 'CANCELLED',
    cancelByPartner: 'CANCELLED_BY_PARTNER',
    syncCompleted: 'COMPLETED',
    syncCancelled: 'CANCELLED_BY_PARTNER',
  },
  ARRIVED: {
    unassign: 'CREATED',
    reassign: 'DRIVER_ASSIGNED',
    board: 'ONBOARD',
    complete: 'COMPLETED',
    noShow: 'NO_SHOW',
    cancel: 'CANCELLED',
    cancelByPartner: 'CANCELLED_BY_PARTNER',
    syncCompleted: 'COMPLETED',
    syncCancelled: 'CANCELLED_BY_PARTNER',
  },
  ONBOARD: { complete: 'COMPLETED', syncCompleted: 'COMPLETED', syncCancelled: 'CANCELLED_BY_PARTNER' },
  COMPLETED: {},
  CANCELLED: {},
  CANCELLED_BY_PARTNER: {},
  NO_SHOW: {},
};

const stages = Object.keys(lifecycle) as TripStage[];
const moves = [...new Set(Object.values(lifecycle).flatMap(Object.keys))] as TripMove[];
const closed = ['COMPLETED', 'CANCELLED', 'CANCELLED_BY_PARTNER', 'NO_SHOW'];
const phases = ['EN_ROUTE', 'ARRIVED', 'ONBOARD'];

const inStage = (stage: TripStage): Place =>
  phases.includes(stage)
    ? { status: 'STARTED', phase: stage as Place['phase'] }
    : { status: stage as TripStatus, phase: null };

const cells = stages.flatMap((stage) =>
  moves.map((move) => ({ stage, move, leadsTo: lifecycle[stage][move] ?? 'nothing' })),
);

test('the code knows the moves of the lifecycle, and no other', () => {
  expect(Object.keys(tripMoves).toSorted()).toEqual(moves.toSorted());
});

test.each(cells)('a trip that is $stage: $move leads to $leadsTo', ({ stage, move, leadsTo }) => {
  const trip = aTrip(inStage(stage));

  const refused = refusalOf(() => expect(next(trip, move)).toEqual(inStage(leadsTo as TripStage)));

  if (leadsTo !== 'nothing') return expect(refused).toBeNull();
  if (stage === 'DRIVER_ASSIGNED' && move === 'assign') return expect(refused?.key).toBe('TRIP_ALREADY_ASSIGNED');
  if (stage === 'CREATED' && move === 'reassign') return expect(refused?.key).toBe('NO_ACTIVE_ASSIGNMENT');
  expect(refused).toEqual({
    key: 'TRIP_STATE_INVALID',
    details: { currentStatus: trip.status, phase: trip.phase, possible: possibleMoves(trip, trip.hasCode) },
  });
});

test.each(stages)('a trip that is %s is where its row says', (stage) => {
  expect(stageOf(inStage(stage))).toBe(stage);
  expect(isOver(inStage(stage))).toBe(closed.includes(stage));
});

test.each<[TripStage, boolean, string[]]>([
  ['CREATED', false, ['assign', 'cancel']],
  ['EN_ROUTE', false, ['unassign', 'reassign', 'arrive', 'board', 'complete', 'noShow', 'cancel']],
  ['EN_ROUTE', true, ['unassign', 'reassign', 'arrive', 'noShow', 'cancel']],
  ['ARRIVED', true, ['unassign', 'reassign', 'board', 'noShow', 'cancel']],
  ['ONBOARD', true, ['complete']],
  ['COMPLETED', false, []],
])('what is possible with a trip that is %s (with a code: %s)', (stage, hasCode, moves) => {
  expect(possibleMoves(inStage(stage), hasCode)).toEqual(moves);
});
