import type { Deadline } from '../records.ts';
import { minuteMs, ms } from '../time.ts';
import { stageOf } from './trip-lifecycle.ts';
import type { TripStage } from './trip-lifecycle.ts';
import type { TripFacts } from './trips.ts';

interface TripTiming {
  stages: readonly TripStage[];
  /** After the pickup; negative before it. */
  minutesFromPickup: number;
}

const assigned: readonly TripStage[] = ['DRIVER_ASSIGNED'];
const waiting: readonly TripStage[] = ['EN_ROUTE', 'ARRIVED'];
const started: readonly TripStage[] = [...waiting, 'ONBOARD'];

/** Source: trips.md, Timers. Rentals are stuck a day after their pickup, others half a day. */
const alerts = {
  unassignedEarly: { stages: ['CREATED'], minutesFromPickup: -180 },
  unassignedLate: { stages: ['CREATED'], minutesFromPickup: -60 },
  startWindowOpen: { stages: assigned, minutesFromPickup: -150 },
  lateStart: { stages: assigned, minutesFromPickup: -15 },
  lateArrival: { stages: [...assigned, 'EN_ROUTE'], minutesFromPickup: 30 },
  noShowEligible: { stages: waiting, minutesFromPickup: 30 },
  stuck: { stages: started, minutesFromPickup: 12 * 60 },
  stuckRental: { stages: started, minutesFromPickup: 24 * 60 },
} satisfies Record<string, TripTiming>;

/** Every time that a trip keeps. */
export interface TripClock {
  alerts: Record<keyof typeof alerts, TripTiming>;
  /** How long a started trip may be without a position, and how far apart the checks of a silent one come to be. */
  silence: { afterMs: number; pauseMaxMs: number };
}

export const tripClock: TripClock = { alerts, silence: { afterMs: 2 * minuteMs, pauseMaxMs: 15 * minuteMs } };

export type TripAlert = keyof typeof alerts | 'driverLost' | 'rescheduleConflict' | 'fareReview';

const otherKind = (trip: TripFacts) => (trip.tripType === 'RENTAL' ? 'stuck' : 'stuckRental');

const alertsOf = (trip: TripFacts, timings: TripClock['alerts']): Deadline[] =>
  Object.entries(timings)
    .filter(([name, { stages }]) => stages.includes(stageOf(trip)) && name !== otherKind(trip))
    .map(([name, { minutesFromPickup }]) => ({ name, dueMs: ms(trip.pickupTime) + minutesFromPickup * minuteMs }))
    .filter(({ dueMs }) => dueMs > ms(trip.since));

/** What is due while a trip is in its present stage. An alert whose moment had passed before the trip came there is nobody's news. */
export const tripDeadlines = (trip: TripFacts, { alerts: timings, silence }: TripClock): Deadline[] => [
  ...(trip.status === 'BLOCKED' && trip.holdExpiresAt ? [{ name: 'expireHold', dueMs: ms(trip.holdExpiresAt) }] : []),
  ...alertsOf(trip, timings),
  ...(trip.status === 'STARTED' && trip.startedAt
    ? [{ name: 'silence', dueMs: ms(trip.startedAt) + silence.afterMs }]
    : []),
];

/** Whether a driver is silent, and when to look again: at a heard one after the usual time, at a silent one less and less often. */
export const silenceOf = (
  lastSeenMs: number,
  nowMs: number,
  { afterMs, pauseMaxMs }: TripClock['silence'],
): { isSilent: boolean; againMs: number } => {
  const silentMs = nowMs - lastSeenMs;
  return silentMs < afterMs
    ? { isSilent: false, againMs: lastSeenMs + afterMs }
    : { isSilent: true, againMs: nowMs + Math.min(silentMs + afterMs, pauseMaxMs) };
};
