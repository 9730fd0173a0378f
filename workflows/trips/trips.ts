import { continueAsNew } from '@temporalio/workflow';
import type { TripClock } from '../domain/trips/trip-deadlines.ts';
import { stageOf } from '../domain/trips/trip-lifecycle.ts';
import { tripRecord } from '../domain/trips/trip-record.ts';
import type { TripFacts } from '../domain/trips/trips.ts';
import { istText } from '../domain/time.ts';
import type { Card } from '../shared/card.ts';
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
  await liveAsRecord(tripRecord, facts, { card, clock, patienceMs, updatesMax, again });
}

const waits: Record<ReturnType<typeof stageOf>, { waitsFor: string; may: string }> = {
  BLOCKED: { waitsFor: 'the payment of the partner', may: 'wait, or `POST /admin/trips/cancel`' },
  CREATED: { waitsFor: 'a driver', may: 'assign a driver: `POST /admin/trips/assign`, or `/cancel`' },
  DRIVER_ASSIGNED: {
    waitsFor: 'the driver to start',
    may: 'wait, call the driver, or `POST /admin/trips/reassign`, `/unassign`, `/cancel`',
  },
  EN_ROUTE: {
    waitsFor: 'the driver to reach the pickup',
    may: 'wait, or `POST /admin/trips/reassign` after a breakdown',
  },
  ARRIVED: { waitsFor: 'the passenger to board', may: 'wait, or call the passenger' },
  ONBOARD: { waitsFor: 'the end of the ride', may: 'nothing; the driver completes it' },
  COMPLETED: { waitsFor: 'nothing', may: 'read the row' },
  CANCELLED: { waitsFor: 'nothing', may: 'read the row' },
  CANCELLED_BY_PARTNER: { waitsFor: 'nothing', may: 'read the row' },
  NO_SHOW: { waitsFor: 'nothing', may: 'read the row' },
};

const card = (trip: TripFacts): Card => {
  const stage = stageOf(trip);
  return {
    title: `Trip ${trip.shortId} · ${trip.tripType} · pickup ${istText(trip.pickupTime)} IST`,
    state: trip.driverId ? `${stage}, driver \`${trip.driverId}\`` : stage,
    ...waits[stage],
  };
};
