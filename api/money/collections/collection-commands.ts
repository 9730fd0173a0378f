import { cashToTell, collectionFacts, withOpenShift } from '../../../prisma/collections.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { shiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { collectionRecord } from '../../../workflows/domain/money/collections/collection-record.ts';
import { cashNews, collectionProcess, shiftProcess } from '../../../workflows/processes.ts';
import { commandOf } from '../../../workflows/shared/record.ts';
import { asks } from '../../commands.ts';
import type { Base } from '../../http/endpoint.ts';

export type CollectionRow = Prisma.DailyCollectionGetPayload<{ include: typeof withOpenShift }>;

/** Sends a command to a collection. */
export const askCollection = asks({
  kind: collectionRecord,
  factsOf: (row: CollectionRow) => collectionFacts(row),
  reread: ({ db }, id) => db.dailyCollection.findUnique({ where: { id }, include: withOpenShift }),
  processOf: collectionProcess,
  isDone: async (db, collectionId, commandId) =>
    (await db.collectionEvent.findUnique({ where: { collectionId_commandId: { collectionId, commandId } } })) !== null,
});

/** Tells the shifts of a collection whether their cash is settled. What is lost, the schedule tells again. */
export const tellCashSettled = async ({ db, tell }: Base, id: string): Promise<void> => {
  const row = await db.dailyCollection.findUniqueOrThrow({ where: { id } });
  if (!row.untoldSince) return;
  const { isSettled, shifts } = await cashToTell(db, row);
  const { update, input, updateId } = cashNews({ ...row, isSettled });
  for (const shift of shifts) tell(shiftProcess(shiftFacts(shift)), commandOf<typeof input>(update), input, updateId);
};
