import type { ShiftFacts } from './shifts/attendance.ts';
import { isOpen } from './shifts/attendance.ts';
import { minuteMs, ms } from './time.ts';
import { stageOf } from './trips/trip-lifecycle.ts';
import type { TripStage } from './trips/trip-lifecycle.ts';
import type { TripFacts } from './trips/trips.ts';

/** A moment at which a record should be looked at. */
export interface Deadline {
  name: string;
  dueMs: number;
}

interface TripTiming {
  stages: readonly TripStage[];
  /** After the pickup; negative before it. */
  minutesFromPickup: number;
}

const assigned: readonly TripStage[] = ['DRIVER_ASSIGNED'];
const waiting: readonly TripStage[] = ['EN_ROUTE', 'ARRIVED'];
const started: readonly TripStage[] = [...waiting, 'ONBOARD'];

/** Source: trips.md, Timers. Rentals are stuck a day after their pickup, others half a day. */
export const tripTimings = {
  unassignedEarly: { stages: ['CREATED'], minutesFromPickup: -180 },
  unassignedLate: { stages: ['CREATED'], minutesFromPickup: -60 },
  startWindowOpen: { stages: assigned, minutesFromPickup: -150 },
  lateStart: { stages: assigned, minutesFromPickup: -15 },
  lateArrival: { stages: [...assigned, 'EN_ROUTE'], minutesFromPickup: 30 },
  noShowEligible: { stages: waiting, minutesFromPickup: 30 },
  stuck: { stages: started, minutesFromPickup: 12 * 60 },
  stuckRental: { stages: started, minutesFromPickup: 24 * 60 },
} satisfies Record<string, TripTiming>;

export type TripAlert = keyof typeof tripTimings | 'silence' | 'driverLost' | 'rescheduleConflict' | 'fareReview';
export type TripTimings = Record<keyof typeof tripTimings, TripTiming>;

const otherKind = (trip: TripFacts) => (trip.tripType === 'RENTAL' ? 'stuck' : 'stuckRental');

/** What is due while a trip is in its present stage. A moment that had passed before it came there is nobody's news. */
export const tripDeadlines = (trip: TripFacts, timings: TripTimings = tripTimings): Deadline[] =>
  Object.entries(timings)
    .filter(([name, { stages }]) => stages.includes(stageOf(trip)) && name !== otherKind(trip))
    .map(([name, { minutesFromPickup }]) => ({ name, dueMs: ms(trip.pickupTime) + minutesFromPickup * minuteMs }))
    .filter(({ dueMs }) => dueMs > ms(trip.since));

/** How long a started trip may be without a position, and how the nudges thin out. */
export const silenceTiming = { afterMs: 2 * minuteMs, pauseMaxMs: 15 * minuteMs };
export type SilenceTiming = typeof silenceTiming;

/** What is not through by then needs a human; a restarting database takes less. */
export const patienceMs = 15_000;

/** A shift that nobody ended. Source: attendance.md rule 11. */
export const shiftDeadlines = (shift: ShiftFacts): Deadline[] =>
  isOpen(shift) ? [{ name: 'stale', dueMs: ms(shift.staleAt) }] : [];
