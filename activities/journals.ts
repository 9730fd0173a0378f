import type { Prisma } from '../prisma/generated/client.ts';
import type { ShiftFacts } from '../workflows/domain/attendance.ts';
import type { Change, Outcome } from '../workflows/domain/commands.ts';
import type { Point } from '../workflows/domain/geo.ts';
import type { TripFacts } from '../workflows/domain/trips.ts';
import type { Journal } from './once.ts';

/** The event of a trip's command. */
export const tripJournal = (change: Change<TripFacts, object>): Journal<TripFacts> => {
  const key = { tripId: change.facts.tripId, commandId: change.commandId };
  return {
    async open(tx) {
      const { by, at, ...said } = change.command as { by?: { userId: string }; at?: Point | null };
      const event = {
        ...key,
        type: change.move,
        actorType: by ? ('USER' as const) : ('SYSTEM' as const),
        actorId: by?.userId ?? null,
        at: new Date(change.at),
        lat: at?.lat ?? null,
        lng: at?.lng ?? null,
        data: { ...said, flags: change.flags ?? [] } as Prisma.InputJsonObject,
      };
      return (await tx.tripEvent.createMany({ data: [event], skipDuplicates: true })).count === 1;
    },
    async close(tx, outcome) {
      const data = { outcome: outcome as unknown as Prisma.InputJsonObject };
      await tx.tripEvent.updateMany({ where: key, data });
    },
    async outcome(tx) {
      const event = await tx.tripEvent.findUniqueOrThrow({ where: { tripId_commandId: key } });
      return event.outcome as unknown as Outcome<TripFacts>;
    },
  };
};

/** The event of a shift's command; without an actor the system acts. */
export const shiftJournal = (change: Change<ShiftFacts, object>, actorId: string | null): Journal<ShiftFacts> => {
  const key = { attendanceId: change.facts.attendanceId, commandId: change.commandId };
  return {
    async open(tx) {
      const event = {
        ...key,
        type: change.move,
        actorType: actorId ? ('USER' as const) : ('SYSTEM' as const),
        actorId,
        at: new Date(change.at),
        data: { ...change.command, flags: change.flags ?? [] } as Prisma.InputJsonObject,
      };
      return (await tx.attendanceEvent.createMany({ data: [event], skipDuplicates: true })).count === 1;
    },
    async close(tx, outcome) {
      const data = { outcome: outcome as unknown as Prisma.InputJsonObject };
      await tx.attendanceEvent.updateMany({ where: key, data });
    },
    async outcome(tx) {
      const event = await tx.attendanceEvent.findUniqueOrThrow({ where: { attendanceId_commandId: key } });
      return event.outcome as unknown as Outcome<ShiftFacts>;
    },
  };
};
