import type { Actor, Rule } from '../commands.ts';
import { distanceMeters, point } from '../geo.ts';
import type { Point } from '../geo.ts';
import type { Paise } from '../money.ts';
import type { TripType } from './pricing.ts';
import { invalidField, refusal } from '../refusals.ts';
import { instant, minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';
import { isOver, possibleMoves, stageOf, statusOf, tripMoves } from './trip-lifecycle.ts';
import type { Move, TripMove, TripPhase, TripStatus } from './trip-lifecycle.ts';

/** What the rules need to know of a trip; no names, no addresses, so that it may live in a workflow. */
export interface TripFacts {
  tripId: string;
  shortId: string;
  tripType: TripType;
  status: TripStatus;
  phase: TripPhase | null;
  pickupTime: Instant;
  pickup: Point | null;
  hasCode: boolean;
  fleetId: string | null;
  hubId: string | null;
  /** Driver of the open assignment. */
  driverId: string | null;
  startedAt: Instant | null;
  arrivedAt: Instant | null;
  boardedAt: Instant | null;
  /** When the trip came into its present stage; deadlines of a stage count from there. */
  since: Instant;
  /** Until when an unpaid booking of a partner is held. */
  holdExpiresAt: Instant | null;
  version: number;
}

/** A trip's row with its open assignment, as far as the rules care. */
interface TripRow {
  id: string;
  shortId: string;
  tripType: TripType;
  status: TripStatus;
  phase: TripPhase | null;
  pickupTime: Date;
  pickupLat: number | null;
  pickupLng: number | null;
  sealedCode: string | null;
  fleetId: string | null;
  hubId: string | null;
  startedAt: Date | null;
  arrivedAt: Date | null;
  boardedAt: Date | null;
  stageSince: Date;
  holdExpiresAt: Date | null;
  version: number;
  tripAssignments: { driverId: string; unassignedAt: Date | null }[];
}

export const tripFacts = (row: TripRow): TripFacts => ({
  tripId: row.id,
  shortId: row.shortId,
  tripType: row.tripType,
  status: row.status,
  phase: row.phase,
  pickupTime: row.pickupTime.toISOString(),
  pickup: point(row.pickupLat, row.pickupLng),
  hasCode: row.sealedCode !== null,
  fleetId: row.fleetId,
  hubId: row.hubId,
  driverId: row.tripAssignments.find(({ unassignedAt }) => unassignedAt === null)?.driverId ?? null,
  startedAt: row.startedAt?.toISOString() ?? null,
  arrivedAt: row.arrivedAt?.toISOString() ?? null,
  boardedAt: row.boardedAt?.toISOString() ?? null,
  since: row.stageSince.toISOString(),
  holdExpiresAt: row.holdExpiresAt?.toISOString() ?? null,
  version: row.version,
});

const stateInvalid = (trip: TripFacts) =>
  refusal('TRIP_STATE_INVALID', {
    ...{ currentStatus: trip.status, phase: trip.phase },
    possible: possibleMoves(trip, trip.hasCode),
  });

/** The status and phase after a move; refuses a move that the lifecycle does not know from here. */
export const next = (trip: TripFacts, move: TripMove): Pick<TripFacts, 'status' | 'phase'> => {
  const { from, to }: Move = tripMoves[move];
  const stage = stageOf(trip);
  if (from.includes(stage)) return statusOf(to ?? stage);
  if (move === 'assign' && trip.status === 'DRIVER_ASSIGNED') throw refusal('TRIP_ALREADY_ASSIGNED');
  if (move === 'reassign' && trip.status === 'CREATED') throw refusal('NO_ACTIVE_ASSIGNMENT');
  throw stateInvalid(trip);
};

export interface DriverReport {
  by: Actor;
  /** Where the driver's device says it is; information, except for the geofence. */
  at: Point | null;
  /** When, by its clock; information. */
  deviceAt?: Instant | null;
}

export interface AssignTrip {
  by: Actor;
  driverId: string;
  /** Minted with the command, so that a repeated command makes the same row. */
  assignmentId: string;
}

export interface UnassignTrip {
  by: Actor;
}

export interface CancelTrip {
  by: Actor;
  /** The reason, written down before the command was sent. */
  textId: string | null;
}

export interface RescheduleTrip {
  pickupTime: Instant;
}

export interface DriverLost {
  driverId: string;
}

export interface NoShowReport extends DriverReport {
  /** The driver's reason, written down before the command was sent. */
  textId: string | null;
}

export interface BoardTrip extends DriverReport {
  /** The passenger's code was compared before this command was sent. */
  codeChecked: boolean;
}

export interface CompleteTrip extends DriverReport {
  reportedFarePaise: Paise | null;
  actualDistanceKm: number | null;
  tollPaise: Paise;
  parkingPaise: Paise;
  stateTaxPaise: Paise;
  /** Recorded only. */
  extraKms: number | null;
  extraMinutes: number | null;
}

const unbegun = { startedAt: null, arrivedAt: null, boardedAt: null };

/** A trip that goes back to dispatch. */
export const driverless = { ...statusOf('CREATED'), ...unbegun, driverId: null, hubId: null };

export const startWindowMinutes = 150;
export const arrivalWindowMinutes = 30;
export const pickupRadiusMeters = 500;

const pickupPlus = (trip: TripFacts, minutes: number) => ms(trip.pickupTime) + minutes * minuteMs;

/** Only the driver of the open assignment may act. Rule 22. */
const requireTripDriver = (trip: TripFacts, { driverId }: Actor) => {
  if (driverId === null || trip.driverId !== driverId) throw refusal('NOT_TRIP_DRIVER');
};

/** Rule 20. Without pickup coordinates there is nothing to compare, and the event says so. */
const geofenceFlags = (trip: TripFacts, at: Point | null): string[] => {
  if (!trip.pickup) return ['geofenceSkipped'];
  if (!at) {
    const message = 'The position is required';
    throw refusal('VALIDATION_ERROR', [
      { field: 'lat', issue: 'required', message },
      { field: 'lng', issue: 'required', message },
    ]);
  }
  const meters = Math.ceil(distanceMeters(at, trip.pickup) - 1e-6);
  if (meters <= pickupRadiusMeters) return [];
  throw refusal('GEOFENCE_VIOLATION', { distanceMeters: meters, radiusMeters: pickupRadiusMeters });
};

/** Everything else that dispatch demands is read from rows that only the transaction can lock. A2. */
export const assign: Rule<TripFacts, AssignTrip> = (trip, { driverId }) => ({
  move: 'assign',
  set: { ...next(trip, 'assign'), driverId },
});

/** Another driver before boarding; what the first one did of the way is forgotten. A4. */
export const reassign: Rule<TripFacts, AssignTrip> = (trip, { driverId }) => {
  const moved = next(trip, 'reassign');
  if (trip.driverId === null) throw refusal('NO_ACTIVE_ASSIGNMENT');
  if (trip.driverId === driverId) throw invalidField('driverId', 'unchanged', 'The trip already has this driver');
  return { move: 'reassign', set: { ...moved, ...unbegun, driverId } };
};

/** Takes the trip from its driver before boarding; a trip without one is left as it is. A3. */
export const unassign: Rule<TripFacts, UnassignTrip> = (trip) =>
  trip.status === 'CREATED' ? null : { move: 'unassign', set: { ...driverless, ...next(trip, 'unassign') } };

/**
 * The driver was suspended, deactivated or lost their user. A trip that they have not begun goes back to dispatch; one on the road
 * goes on, and only operations are told. Rule 41.
 */
export const loseDriver: Rule<TripFacts, DriverLost> = (trip, { driverId }) => {
  if (trip.driverId !== driverId || isOver(trip)) return null;
  if (trip.status === 'STARTED') return { move: 'driverLost', set: {}, flags: ['continues'] };
  return { move: 'driverLost', set: { ...driverless, ...next(trip, 'unassign') } };
};

/** Ends the trip before its passenger is on board. A6. */
export const cancel: Rule<TripFacts, CancelTrip> = (trip) => ({
  move: 'cancel',
  set: { ...next(trip, 'cancel'), driverId: null },
});

/** Frees what an unpaid booking of a partner held; one that was paid or cancelled meanwhile stays as it is. Source: trips.md, Lifecycle. */
export const expireHold: Rule<TripFacts, object> = (trip) =>
  trip.status === 'BLOCKED' ? { move: 'expireHold', set: next(trip, 'expireHold') } : null;

/** Another pickup time, before the start. Every window and every deadline moves with it. Rule 24. */
export const reschedule: Rule<TripFacts, RescheduleTrip> = (trip, { pickupTime }, nowMs) => {
  const moved = next(trip, 'reschedule');
  if (ms(pickupTime) < nowMs)
    throw refusal('TRIP_CONSTRAINT_VIOLATION', { rule: 'PICKUP_IN_PAST', earliest: instant(nowMs) });
  return pickupTime === trip.pickupTime ? null : { move: 'reschedule', set: { ...moved, pickupTime } };
};

/** From 150 minutes before the pickup, without an end. Rule 18, T5. */
export const start: Rule<TripFacts, DriverReport> = (trip, { by }, nowMs) => {
  const moved = next(trip, 'start');
  requireTripDriver(trip, by);
  const opensAt = pickupPlus(trip, -startWindowMinutes);
  if (nowMs < opensAt) throw refusal('TOO_EARLY_START', { opensAt: instant(opensAt) });
  return { move: 'start', set: { ...moved, startedAt: instant(nowMs) } };
};

/** Within 500 m of the pickup and 30 minutes of its time, both inclusive. Rules 19 and 20, T6. */
export const arrive: Rule<TripFacts, DriverReport> = (trip, { by, at }, nowMs) => {
  const moved = next(trip, 'arrive');
  requireTripDriver(trip, by);
  const flags = geofenceFlags(trip, at);
  const opensAt = pickupPlus(trip, -arrivalWindowMinutes);
  const closedAt = pickupPlus(trip, arrivalWindowMinutes);
  if (nowMs < opensAt) throw refusal('TOO_EARLY_ARRIVE', { opensAt: instant(opensAt) });
  if (nowMs > closedAt) throw refusal('TOO_LATE_ARRIVE', { closedAt: instant(closedAt) });
  return { move: 'arrive', set: { ...moved, arrivedAt: instant(nowMs) }, flags };
};

/**
 * Strict order for trips with a boarding code; trips without one may skip the arrival, and the event says so. A driver who
 * comes after the arrival window boards directly: both stamps are now, so nothing is charged for waiting. T7.
 */
export const board: Rule<TripFacts, BoardTrip> = (trip, { by, codeChecked }, nowMs) => {
  // T7 asks for the driver first; of a trip that nobody has the state says more.
  if (trip.driverId !== null) requireTripDriver(trip, by);
  const moved = next(trip, 'board');
  requireTripDriver(trip, by);
  const boardedAt = instant(nowMs);
  const late = nowMs > pickupPlus(trip, arrivalWindowMinutes);
  if (trip.phase === 'EN_ROUTE' && !late && trip.hasCode) throw stateInvalid(trip);
  if (trip.hasCode && !codeChecked) throw refusal('OTP_REQUIRED');
  if (trip.phase === 'ARRIVED') return { move: 'board', set: { ...moved, boardedAt } };
  return late
    ? { move: 'board', set: { ...moved, arrivedAt: boardedAt, boardedAt }, flags: ['lateArrival'] }
    : { move: 'board', set: { ...moved, boardedAt }, flags: ['arrivalSkipped'] };
};

/** A trip with a boarding code ends only with its passenger on board; others end from any phase. T9. */
export const complete: Rule<TripFacts, CompleteTrip> = (trip, { by }) => {
  const moved = next(trip, 'complete');
  requireTripDriver(trip, by);
  if (trip.phase === 'ONBOARD') return { move: 'complete', set: { ...moved, driverId: null } };
  if (trip.hasCode) throw stateInvalid(trip);
  return { move: 'complete', set: { ...moved, driverId: null }, flags: ['boardingSkipped'] };
};

/** From 30 minutes after the pickup, with proof of presence: an arrival, or a position near the pickup. Rule 21, T8. */
export const noShow: Rule<TripFacts, NoShowReport> = (trip, { by, at }, nowMs) => {
  const moved = next(trip, 'noShow');
  requireTripDriver(trip, by);
  const opensAt = pickupPlus(trip, arrivalWindowMinutes);
  if (nowMs < opensAt) throw refusal('TOO_EARLY_NOSHOW', { opensAt: instant(opensAt) });
  return { move: 'noShow', set: { ...moved, driverId: null }, flags: trip.arrivedAt ? [] : geofenceFlags(trip, at) };
};
