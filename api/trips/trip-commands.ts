import { tripRecord } from '../../workflows/domain/trips/trip-record.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import { tripProcess } from '../../workflows/processes.ts';
import { asks } from '../commands.ts';
import type { Loaded } from '../http/scope.ts';

/** Sends a command to a trip. */
export const askTrip = asks({
  kind: tripRecord,
  factsOf: (trip: Loaded['trip']) => tripFacts(trip),
  reread: ({ trips }, id) => trips.byId(id),
  processOf: tripProcess,
  isDone: async (db, tripId, commandId) =>
    (await db.tripEvent.findUnique({ where: { tripId_commandId: { tripId, commandId } } })) !== null,
});
