import type { Db } from '../prisma/client.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import type { ShiftFacts } from '../workflows/domain/shifts/attendance.ts';
import type { Actor, Change, Outcome } from '../workflows/domain/commands.ts';
import type { Point } from '../workflows/domain/geo.ts';
import type { TripFacts } from '../workflows/domain/trips/trips.ts';
import type { Journal } from './once.ts';

/** What the event of any command says; without an actor the system acts. */
export const eventOf = ({ move, commandId, command, flags = [], at: happened }: Change<object, object>) => {
  const { by, at, ...said } = command as { by?: Actor; at?: Point | null };
  const event = {
    ...{ type: move, commandId, at: new Date(happened) },
    actorType: by ? ('USER' as const) : ('SYSTEM' as const),
    actorId: by?.userId ?? null,
    data: { ...said, flags } as Prisma.InputJsonObject,
  };
  return { event, place: { lat: at?.lat ?? null, lng: at?.lng ?? null } };
};

const stored = (outcome: object) => outcome as Prisma.InputJsonObject;

/** What a trip's command became, when it was done before. */
export const tripOutcome = async (db: Db, tripId: string, commandId: string): Promise<Outcome<TripFacts> | null> => {
  const event = await db.tripEvent.findUnique({ where: { tripId_commandId: { tripId, commandId } } });
  return event && (event.outcome as unknown as Outcome<TripFacts>);
};

/** What a shift's command became, when it was done before. */
export const shiftOutcome = async (
  db: Db,
  attendanceId: string,
  commandId: string,
): Promise<Outcome<ShiftFacts> | null> => {
  const key = { attendanceId_commandId: { attendanceId, commandId } };
  const event = await db.attendanceEvent.findUnique({ where: key });
  return event && (event.outcome as unknown as Outcome<ShiftFacts>);
};

/** The event row of a trip's command. */
export const tripJournal = (change: Change<TripFacts, object>): Journal<TripFacts> => {
  const { tripId } = change.facts;
  return {
    write(tx, outcome) {
      const { event, place } = eventOf(change);
      const data = { tripId, ...event, ...place, outcome: stored(outcome) };
      return tx.tripEvent.create({ data, select: { id: true } });
    },
    read: (db) => tripOutcome(db, tripId, change.commandId),
  };
};

/** The event row of a shift's command. */
export const shiftJournal = (change: Change<ShiftFacts, object>): Journal<ShiftFacts> => {
  const { attendanceId } = change.facts;
  return {
    write(tx, outcome) {
      const { event } = eventOf(change);
      const data = { attendanceId, ...event, outcome: stored(outcome) };
      return tx.attendanceEvent.create({ data, select: { id: true } });
    },
    read: (db) => shiftOutcome(db, attendanceId, change.commandId),
  };
};
