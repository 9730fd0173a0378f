import { collectionFacts, withOpenShift } from '../../../prisma/collections.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { shiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { withOpenBreak } from '../../../prisma/locks.ts';
import { collectionRecord } from '../../../workflows/domain/money/collections/collection-record.ts';
import { isReconciled } from '../../../workflows/domain/money/collections/collections.ts';
import { cashSettledId, collectionProcess, shiftProcess } from '../../../workflows/processes.ts';
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
  const row = await db.dailyCollection.findUniqueOrThrow({
    where: { id },
    include: { cash: { select: { attendanceId: true } } },
  });
  if (!row.untoldSince) return;
  const isSettled = isReconciled(row);
  const update = commandOf<{ reconciliationId: string }>(isSettled ? 'recordCashReconciled' : 'recordCashReopened');
  const updateId = cashSettledId(id, row.reconciliations, isSettled);
  const shifts = await db.attendance.findMany({
    where: {
      id: { in: row.cash.map(({ attendanceId }) => attendanceId) },
      cashStatus: isSettled ? 'DECLARED' : 'RECONCILED',
    },
    include: withOpenBreak,
  });
  for (const shift of shifts) tell(shiftProcess(shiftFacts(shift)), update, { reconciliationId: updateId }, updateId);
};
