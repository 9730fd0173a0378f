import { continueAsNew, defineUpdate } from '@temporalio/workflow';
import type { TripActivities } from '../activities/trips.ts';
import type { Outcome } from './domain/commands.ts';
import { istText } from './domain/time.ts';
import { arrive, assign, board, complete, isOver, stageOf, start } from './domain/trips.ts';
import type { AssignTrip, BoardTrip, CompleteTrip, DriverReport, TripFacts } from './domain/trips.ts';
import { entity } from './entity.ts';
import type { Card } from './entity.ts';
import { tripLabels } from './processes.ts';
import { transactions } from './profiles.ts';

export type TripOutcome = Outcome<TripFacts>;

export const assignTrip = defineUpdate<TripOutcome, [AssignTrip]>('assignTrip');
export const startTrip = defineUpdate<TripOutcome, [DriverReport]>('startTrip');
export const arriveTrip = defineUpdate<TripOutcome, [DriverReport]>('arriveTrip');
export const boardTrip = defineUpdate<TripOutcome, [BoardTrip]>('boardTrip');
export const completeTrip = defineUpdate<TripOutcome, [CompleteTrip]>('completeTrip');

const commit = transactions<TripActivities>();

/** One execution per trip, from its booking until it is over. Begun with the facts of its row; can be begun again from it. */
export async function tripWorkflow(facts: TripFacts): Promise<void> {
  const trip = entity(facts, { card: tripCard, labels: tripLabels });
  trip.on(assignTrip, assign, (change) => commit('assignDriver', change, 'assign a driver'));
  trip.on(startTrip, start, (change) => commit('recordTripMove', change, 'start'));
  trip.on(arriveTrip, arrive, (change) => commit('recordTripMove', change, 'arrive at the pickup'));
  trip.on(boardTrip, board, (change) => commit('recordTripMove', change, 'board the passenger'));
  trip.on(completeTrip, complete, (change) => commit('settleTrip', change, 'complete and settle the fare'));

  await commit('acknowledgeTrip', facts.tripId, 'mark the row as begun');
  await trip.live(isOver, (latest) => continueAsNew<typeof tripWorkflow>(latest));
}

const waits: Record<ReturnType<typeof stageOf>, { waitsFor: string; may: string }> = {
  BLOCKED: { waitsFor: 'the payment of the partner', may: 'cancel it' },
  CREATED: { waitsFor: 'a driver', may: 'assign a driver: `POST /admin/trips/assign`' },
  DRIVER_ASSIGNED: { waitsFor: 'the driver to start', may: 'wait, or call the driver' },
  EN_ROUTE: { waitsFor: 'the driver to reach the pickup', may: 'wait, or call the driver' },
  ARRIVED: { waitsFor: 'the passenger to board', may: 'wait, or call the passenger' },
  ONBOARD: { waitsFor: 'the end of the ride', may: 'nothing; the driver completes it' },
  COMPLETED: { waitsFor: 'nothing', may: 'read the row' },
  CANCELLED: { waitsFor: 'nothing', may: 'read the row' },
  CANCELLED_BY_PARTNER: { waitsFor: 'nothing', may: 'read the row' },
  NO_SHOW: { waitsFor: 'nothing', may: 'read the row' },
};

const tripCard = (trip: TripFacts): Card => {
  const stage = stageOf(trip);
  return {
    title: `Trip ${trip.shortId} · ${trip.tripType} · pickup ${istText(trip.pickupTime)} IST`,
    state: trip.driverId ? `${stage}, driver \`${trip.driverId}\`` : stage,
    ...waits[stage],
  };
};
