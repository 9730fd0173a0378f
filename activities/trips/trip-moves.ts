import type { Db, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { passengerSms } from '../../prisma/notifications.ts';
import type { Change, Outcome } from '../../workflows/domain/commands.ts';
import type { PassengerEvent } from '../../workflows/domain/messages/notifications.ts';
import type { DriverReport, TripFacts } from '../../workflows/domain/trips/trips.ts';
import { eventOf } from '../journals.ts';

export type TripOutcome = Outcome<TripFacts>;
export type TripChange<Command> = Change<TripFacts, Command>;

type MovedTrip = Pick<
  Prisma.TripGetPayload<object>,
  'id' | 'shortId' | 'pickupTime' | 'pickupLocation' | 'passengerPhone' | 'fleetId' | 'hubId' | 'version'
>;

/** A version that moved without its workflow is a bug, and waits for a human as one. */
const behind = ({ shortId, version }: TripFacts) => new Error(`Trip ${shortId} is not at version ${version}.`);

/** Writes what the rule decided. */
export const moveTrip = async (
  tx: Tx,
  change: TripChange<unknown>,
  data: Prisma.TripUncheckedUpdateManyInput,
): Promise<MovedTrip> => {
  const { status, phase, startedAt, arrivedAt, boardedAt } = change.set;
  const stageSince = new Date(change.at);
  const [trip] = await tx.trip.updateManyAndReturn({
    where: { id: change.facts.tripId, version: change.facts.version },
    data: { status, phase, startedAt, arrivedAt, boardedAt, stageSince, version: { increment: 1 }, ...data },
    select: {
      id: true,
      shortId: true,
      pickupTime: true,
      pickupLocation: true,
      passengerPhone: true,
      fleetId: true,
      hubId: true,
      version: true,
    },
  });
  if (!trip) throw behind(change.facts);
  return trip;
};

export const outcomeOf = (
  change: TripChange<unknown>,
  trip: { fleetId: string | null; hubId: string | null; version: number },
  notificationIds: string[],
): TripOutcome => ({
  set: { ...change.set, fleetId: trip.fleetId, hubId: trip.hubId, since: change.at, version: trip.version },
  notificationIds,
});

const passengerEvents: Record<string, PassengerEvent> = {
  start: 'passenger:on_the_way',
  arrive: 'passenger:arrived',
};

/**
 * Writes a step of the driver: trip, SMS and event as one statement, which is a transaction by itself. By hand, because a trip is
 * mostly steps, and as four statements each cost its caller and both processes three times as much.
 */
export const recordStep = async (db: Db, change: TripChange<DriverReport>): Promise<TripOutcome> => {
  const { facts, move } = change;
  const { status, phase, startedAt, arrivedAt, boardedAt } = { ...facts, ...change.set };
  const { event, place } = eventOf(change);
  const version = facts.version + 1;
  const outcome = outcomeOf(change, { ...facts, version }, []);
  const sms = passengerSms(Prisma.sql`SELECT * FROM moved`, passengerEvents[move] ?? null, String(version));
  const [recorded] = await db.$queryRaw<{ outcome: TripOutcome }[]>`
    WITH moved AS (
      UPDATE "trips" SET "status" = ${status}::"TripStatus", "phase" = ${phase}::"TripPhase",
        "startedAt" = ${startedAt}::timestamptz, "arrivedAt" = ${arrivedAt}::timestamptz, "boardedAt" = ${boardedAt}::timestamptz,
        "stageSince" = ${event.at}, "version" = ${version}, "updatedAt" = now()
      WHERE "id" = ${facts.tripId}::uuid AND "version" = ${facts.version}
      RETURNING "id", "source", "passengerPhone"
    ), queued AS (${sms})
    INSERT INTO "trip_events" ("tripId", "commandId", "type", "actorType", "actorId", "at", "lat", "lng", "data", "outcome")
    SELECT "id", ${event.commandId}, ${event.type}, ${event.actorType}::"ActorType", ${event.actorId}::uuid, ${event.at},
      ${place.lat}, ${place.lng}, ${JSON.stringify(event.data)}::jsonb,
      ${JSON.stringify(outcome)}::jsonb || jsonb_build_object('notificationIds', ARRAY(SELECT "id" FROM queued))
    FROM moved RETURNING "outcome"`;
  if (!recorded) throw behind(facts);
  return recorded.outcome;
};
