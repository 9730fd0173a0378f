import type { Labels, RecordKind } from '../records.ts';
import { istDay, ms } from '../time.ts';
import { tripClock, tripDeadlines } from './trip-deadlines.ts';
import type { TripClock } from './trip-deadlines.ts';
import { isOver, stageOf } from './trip-lifecycle.ts';
import {
  arrive,
  assign,
  board,
  cancel,
  complete,
  expireHold,
  loseDriver,
  noShow,
  reassign,
  reschedule,
  start,
  unassign,
} from './trips.ts';
import type { TripFacts } from './trips.ts';

/** Everything that one may do with a trip. */
export const tripRules = {
  ...{ assign, reassign, unassign, cancel, reschedule },
  ...{ start, arrive, board, complete, noShow },
  ...{ driverLost: loseDriver, expireHold },
};

export type TripCommand = keyof typeof tripRules;

const labels = (trip: TripFacts): Labels => ({
  shortId: trip.shortId,
  fleetId: trip.fleetId,
  hubId: trip.hubId,
  driverId: trip.driverId,
  state: stageOf(trip),
  businessDay: istDay(ms(trip.pickupTime)),
});

/** A trip as a record: from its booking until it is over. */
export const tripRecord: RecordKind<TripFacts, typeof tripRules, TripClock> = {
  kind: 'trip',
  idOf: ({ tripId }) => tripId,
  rules: tripRules,
  labels,
  clock: tripClock,
  due: tripDeadlines,
  isOver,
};
