import { continueAsNew } from '@temporalio/workflow';
import type { TripClock } from '../domain/trips/trip-deadlines.ts';
import { stageOf } from '../domain/trips/trip-lifecycle.ts';
import type { TripStage } from '../domain/trips/trip-lifecycle.ts';
import { tripRecord } from '../domain/trips/trip-record.ts';
import { arrivalWindowMinutes, startWindowMinutes } from '../domain/trips/trips.ts';
import type { TripFacts } from '../domain/trips/trips.ts';
import { instant, minuteMs, ms } from '../domain/time.ts';
import { momentText } from '../shared/card.ts';
import type { Card, DeadlineTexts } from '../shared/card.ts';
import { liveAsRecord, usualPatienceMs, usualUpdatesMax } from '../shared/record.ts';

/**
 * One execution per trip, from its booking until it is over. Begun with the facts of its row; can be begun again from it. Tests
 * shorten its clock, its patience and its runs.
 */
export async function tripWorkflow(
  facts: TripFacts,
  clock: TripClock | null = null,
  patienceMs: number = usualPatienceMs,
  updatesMax: number = usualUpdatesMax,
): Promise<void> {
  const again = (latest: TripFacts) => continueAsNew<typeof tripWorkflow>(latest, clock, patienceMs, updatesMax);
  await liveAsRecord(tripRecord, facts, { card, deadlineTexts, clock, patienceMs, updatesMax, again });
}

const deadlineTexts: DeadlineTexts = {
  expireHold: 'the hold ends and the trip is cancelled',
  unassignedEarly: 'dispatch is told that nobody has the trip',
  unassignedLate: 'dispatch is told again that nobody has the trip',
  startWindowOpen: 'the driver is told that they may start',
  lateStart: 'driver and staff are told that it has not started',
  lateArrival: 'staff are told that the driver is late',
  noShowEligible: 'the driver is told that a no-show is possible',
  stuck: 'staff are told that it is open for very long',
  stuckRental: 'staff are told that it is open for very long',
  silence: 'the driver is asked for a position, if there was none',
};

const at = (trip: TripFacts, minutesFromPickup: number): string =>
  momentText(instant(ms(trip.pickupTime) + minutesFromPickup * minuteMs));

const call = (path: string, body: object): string => `\`POST ${path}\` \`${JSON.stringify(body)}\``;

const over = () => ({ waitsFor: 'nothing', may: 'read the row' });

/** What a trip waits for, from when that is possible, and what staff may call, with its id to paste. */
const waits: Record<TripStage, (trip: TripFacts) => Pick<Card, 'waitsFor' | 'from' | 'may'>> = {
  BLOCKED: ({ tripId }) => ({
    waitsFor: 'the payment of the partner',
    may: `wait, or ${call('/admin/trips/cancel', { tripId, reason: '…' })}`,
  }),
  CREATED: ({ tripId }) => ({
    waitsFor: 'a driver',
    may: `${call('/admin/trips/assign', { tripId, driverId: '…' })}, or \`/cancel\``,
  }),
  DRIVER_ASSIGNED: (trip) => ({
    waitsFor: 'the driver to start',
    from: `starting is possible from ${at(trip, -startWindowMinutes)}`,
    may: `wait, call the driver, or ${call('/admin/trips/reassign', { tripId: trip.tripId, driverId: '…' })}, \`/unassign\`, \`/cancel\``,
  }),
  EN_ROUTE: (trip) => ({
    waitsFor: 'the driver to reach the pickup',
    from: `arriving is possible from ${at(trip, -arrivalWindowMinutes)} to ${at(trip, arrivalWindowMinutes)}, a no-show after that`,
    may: `wait, or after a breakdown ${call('/admin/trips/reassign', { tripId: trip.tripId, driverId: '…' })}`,
  }),
  ARRIVED: (trip) => ({
    waitsFor: 'the passenger to board',
    from: `a no-show is possible from ${at(trip, arrivalWindowMinutes)}`,
    may: 'wait, or call the passenger',
  }),
  ONBOARD: () => ({ waitsFor: 'the end of the ride', may: 'nothing; the driver completes it' }),
  COMPLETED: over,
  CANCELLED: over,
  CANCELLED_BY_PARTNER: over,
  NO_SHOW: over,
};

const card = (trip: TripFacts): Card => {
  const stage = stageOf(trip);
  return {
    title: `Trip ${trip.shortId} · ${trip.tripType} · pickup ${momentText(trip.pickupTime)}`,
    state: trip.driverId ? `${stage}, driver \`${trip.driverId}\`` : stage,
    ...waits[stage](trip),
  };
};
