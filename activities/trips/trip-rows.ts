import { withOpenAssignment } from '../../prisma/locks.ts';
import { passengerSms } from '../../prisma/notifications.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Change } from '../../workflows/domain/commands.ts';
import type { PassengerEvent } from '../../workflows/domain/messages/notifications.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';
import type { Effect, Rows } from '../records.ts';

export type TripChange<Command> = Change<TripFacts, Command>;
export type TripEffect<Command> = Effect<TripFacts, Command>;

export const tripRows: Rows<TripFacts> = {
  table: 'trips',
  events: 'trip_events',
  key: 'tripId',
  hasPlace: true,
  read: async (db, id) => tripFacts(await db.trip.findUniqueOrThrow({ where: { id }, include: withOpenAssignment })),
  isDone: async (db, tripId, commandId) =>
    (await db.tripEvent.findUnique({ where: { tripId_commandId: { tripId, commandId } }, select: { id: true } })) !==
    null,
  changes({ set, at }) {
    const { status, phase, startedAt, arrivedAt, boardedAt, pickupTime, fleetId, hubId } = set;
    const columns = { status, phase, startedAt, arrivedAt, boardedAt, pickupTime, fleetId, hubId };
    return status === undefined
      ? { columns, set: {} }
      : { columns: { ...columns, stageSince: at }, set: { since: at } };
  },
};

/** The messages of a step to the passenger of the changed trip, each version at most once. */
export const toPassenger = ({ facts }: TripChange<unknown>, event: PassengerEvent | null): Prisma.Sql =>
  passengerSms(Prisma.sql`SELECT * FROM moved`, event, String(facts.version + 1));
