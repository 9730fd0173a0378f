import { penaltyRecord } from '../../../workflows/domain/money/penalty-record.ts';
import { penaltyFacts } from '../../../workflows/domain/money/penalties.ts';
import { penaltyProcess } from '../../../workflows/processes.ts';
import { asks } from '../../commands.ts';
import type { Loaded } from '../../http/scope.ts';

/** Sends a command to a penalty. */
export const askPenalty = asks({
  kind: penaltyRecord,
  factsOf: (penalty: Loaded['penalty']) => penaltyFacts(penalty),
  reread: ({ db }, id) => db.penalty.findUnique({ where: { id } }),
  processOf: penaltyProcess,
  isDone: async (db, penaltyId, commandId) =>
    (await db.penaltyEvent.findUnique({ where: { penaltyId_commandId: { penaltyId, commandId } } })) !== null,
});
