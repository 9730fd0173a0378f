import type { Tx } from '../prisma/client.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import type { ShiftFacts } from '../workflows/domain/attendance.ts';
import type { Actor, Change, Outcome } from '../workflows/domain/commands.ts';
import type { Point } from '../workflows/domain/geo.ts';
import type { TripFacts } from '../workflows/domain/trips.ts';
import type { Journal } from './once.ts';

/** What the event of any command says; without an actor the system acts. */
const eventOf = ({ move, commandId, command, flags = [], at: happened }: Change<object, object>) => {
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
export const tripOutcome = async (tx: Tx, tripId: string, commandId: string): Promise<Outcome<TripFacts> | null> => {
  const event = await tx.tripEvent.findUnique({ where: { tripId_commandId: { tripId, commandId } } });
  return event && (event.outcome as unknown as Outcome<TripFacts>);
};

/** What a shift's command became, when it was done before. */
export const shiftOutcome = async (
  tx: Tx,
  attendanceId: string,
  commandId: string,
): Promise<Outcome<ShiftFacts> | null> => {
  const key = { attendanceId_commandId: { attendanceId, commandId } };
  const event = await tx.attendanceEvent.findUnique({ where: key });
  return event && (event.outcome as unknown as Outcome<ShiftFacts>);
};

/** The event row of a trip's command. */
export const tripJournal = (change: Change<TripFacts, object>): Journal<TripFacts> => {
  const { commandId } = change;
  const { tripId } = change.facts;
  return {
    async open(tx) {
      const { event, place } = eventOf(change);
      const opened = await tx.tripEvent.createMany({ data: [{ tripId, ...event, ...place }], skipDuplicates: true });
      return opened.count === 1;
    },
    async close(tx, outcome) {
      await tx.tripEvent.updateMany({ where: { tripId, commandId }, data: { outcome: stored(outcome) } });
    },
    outcome: async (tx) => (await tripOutcome(tx, tripId, commandId))!,
  };
};

/** The event row of a shift's command. */
export const shiftJournal = (change: Change<ShiftFacts, object>): Journal<ShiftFacts> => {
  const { commandId } = change;
  const { attendanceId } = change.facts;
  return {
    async open(tx) {
      const { event } = eventOf(change);
      const opened = await tx.attendanceEvent.createMany({ data: [{ attendanceId, ...event }], skipDuplicates: true });
      return opened.count === 1;
    },
    async close(tx, outcome) {
      await tx.attendanceEvent.updateMany({ where: { attendanceId, commandId }, data: { outcome: stored(outcome) } });
    },
    outcome: async (tx) => (await shiftOutcome(tx, attendanceId, commandId))!,
  };
};
