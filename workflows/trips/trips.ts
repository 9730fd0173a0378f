import { continueAsNew, defineUpdate } from '@temporalio/workflow';
import type { TripActivities } from '../../activities/trips/trips.ts';
import type { Card } from '../shared/card.ts';
import { patienceMs, silenceTiming, tripDeadlines, tripTimings } from '../domain/deadlines.ts';
import type { Deadline, SilenceTiming, TripAlert, TripTimings } from '../domain/deadlines.ts';
import type { Outcome } from '../domain/commands.ts';
import { istText, ms } from '../domain/time.ts';
import { isOver, stageOf } from '../domain/trips/trip-lifecycle.ts';
import {
  arrive,
  assign,
  board,
  cancel,
  complete,
  loseDriver,
  noShow,
  reassign,
  reschedule,
  start,
  unassign,
} from '../domain/trips/trips.ts';
import type {
  AssignTrip,
  BoardTrip,
  CancelTrip,
  CompleteTrip,
  DriverLost,
  DriverReport,
  NoShowReport,
  RescheduleTrip,
  TripFacts,
  UnassignTrip,
} from '../domain/trips/trips.ts';
import { entity } from '../shared/entity.ts';
import { tripLabels } from '../processes.ts';
import { transactions } from '../shared/profiles.ts';
import type { Paced } from '../shared/profiles.ts';

export type TripOutcome = Outcome<TripFacts>;

export const assignTrip = defineUpdate<TripOutcome, [AssignTrip]>('assignTrip');
export const reassignTrip = defineUpdate<TripOutcome, [AssignTrip]>('reassignTrip');
export const unassignTrip = defineUpdate<TripOutcome, [UnassignTrip]>('unassignTrip');
export const cancelTrip = defineUpdate<TripOutcome, [CancelTrip]>('cancelTrip');
/** Sent when a partner moves a booking. */
export const rescheduleTrip = defineUpdate<TripOutcome, [RescheduleTrip]>('rescheduleTrip');
/** Told when the driver of an open assignment may not drive any more. */
export const tripDriverLost = defineUpdate<TripOutcome, [DriverLost]>('driverLost');
export const startTrip = defineUpdate<TripOutcome, [DriverReport]>('startTrip');
export const arriveTrip = defineUpdate<TripOutcome, [DriverReport]>('arriveTrip');
export const boardTrip = defineUpdate<TripOutcome, [BoardTrip]>('boardTrip');
export const completeTrip = defineUpdate<TripOutcome, [CompleteTrip]>('completeTrip');
export const noShowTrip = defineUpdate<TripOutcome, [NoShowReport]>('noShowTrip');

const commit = transactions<TripActivities>();

/** Every time that a trip keeps, so that tests can shorten them. */
interface TripClock {
  alerts: TripTimings;
  silence: SilenceTiming;
  patienceMs: number;
}

/** One execution per trip, from its booking until it is over. Begun with the facts of its row; can be begun again from it. */
export async function tripWorkflow(
  facts: TripFacts,
  timings: TripClock = { alerts: tripTimings, silence: silenceTiming, patienceMs },
): Promise<void> {
  const silence = silenceWatch(timings.silence);
  const trip = entity(facts, {
    card: tripCard,
    labels: tripLabels,
    deadlines: (latest) => [...tripDeadlines(latest, timings.alerts), ...silence.deadlines(latest)],
    fire: (due, latest) => (due.name === 'silence' ? silence.check(due, latest) : alert(due, latest)),
    patienceMs: timings.patienceMs,
    acknowledge: ({ tripId }) => commit('acknowledgeTrip', tripId, 'mark the row as begun'),
    read: ({ tripId }, commandId) => commit('readTrip', { tripId, commandId }, 'read the row again'),
  });
  trip.on(assignTrip, assign, (change) => commit('assignDriver', change, 'assign a driver'));
  trip.on(reassignTrip, reassign, (change) => commit('assignDriver', change, 'assign another driver'));
  trip.on(unassignTrip, unassign, (change) => commit('unassignDriver', change, 'take the driver off'));
  trip.on(tripDriverLost, loseDriver, (change) => commit('loseDriver', change, 'the driver may not drive any more'));
  trip.on(cancelTrip, cancel, (change) => commit('closeTrip', change, 'cancel'));
  trip.on(rescheduleTrip, reschedule, (change) => commit('moveTripTime', change, 'another pickup time'));
  trip.on(startTrip, start, (change) => commit('recordTripMove', change, 'start'));
  trip.on(arriveTrip, arrive, (change) => commit('recordTripMove', change, 'arrive at the pickup'));
  trip.on(boardTrip, board, (change) => commit('recordTripMove', change, 'board the passenger'));
  trip.on(completeTrip, complete, (change) => commit('settleTrip', change, 'complete and settle the fare'));
  trip.on(noShowTrip, noShow, (change) => commit('closeTrip', change, 'the passenger did not come'));

  await trip.live(isOver, (latest) => continueAsNew<typeof tripWorkflow>(latest, timings));
}

const alert = ({ name, dueMs }: Deadline, trip: TripFacts): Paced<void> =>
  commit('raiseTripAlert', { alert: name as TripAlert, dueMs, facts: trip }, `alert: ${name}`);

/**
 * A started trip should report its position. The check is due two minutes after the last known point; a silent driver is
 * nudged at each check, and checked less and less often.
 */
const silenceWatch = (timing: SilenceTiming) => {
  let startedAt: string | null = null;
  let lastPointMs = 0;
  let pauseMs = timing.afterMs;
  return {
    deadlines: (trip: TripFacts): Deadline[] => {
      if (trip.status !== 'STARTED' || !trip.startedAt) return [];
      // Another start, by another driver perhaps, whose silence is not the former one's.
      if (trip.startedAt !== startedAt) [startedAt, lastPointMs, pauseMs] = [trip.startedAt, 0, timing.afterMs];
      return [{ name: 'silence', dueMs: Math.max(lastPointMs, ms(trip.startedAt)) + pauseMs }];
    },
    check:
      ({ dueMs }: Deadline, trip: TripFacts): Paced<void> =>
      async (pace) => {
        const knownMs = Math.max(lastPointMs, ms(trip.startedAt ?? trip.since));
        const seenMs = await commit('checkSilence', { dueMs, facts: trip, knownMs }, 'is the driver silent?')(pace);
        const isSilent = seenMs <= knownMs;
        pauseMs = isSilent ? Math.min(pauseMs * 2, timing.pauseMaxMs) : timing.afterMs;
        // Without a newer point the next check counts from now: after an outage, overdue checks must not come in a burst.
        lastPointMs = isSilent ? Date.now() : seenMs;
      },
  };
};

const waits: Record<ReturnType<typeof stageOf>, { waitsFor: string; may: string }> = {
  BLOCKED: { waitsFor: 'the payment of the partner', may: 'cancel it' },
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

const tripCard = (trip: TripFacts): Card => {
  const stage = stageOf(trip);
  return {
    title: `Trip ${trip.shortId} · ${trip.tripType} · pickup ${istText(trip.pickupTime)} IST`,
    state: trip.driverId ? `${stage}, driver \`${trip.driverId}\`` : stage,
    ...waits[stage],
  };
};
