import type { UpdateDefinition } from '@temporalio/common';
import { refusalIn } from '../workflows/domain/refusals.ts';
import type { RefusalKey } from '../workflows/domain/refusals.ts';
import { nudge } from '../workflows/shared/entity.ts';
import type { Process } from '../workflows/processes.ts';
import type { Base } from './http/endpoint.ts';

/** How a record says that it is not in the right state. */
const ofState: readonly RefusalKey[] = [
  ...(['TRIP_STATE_INVALID', 'TRIP_ALREADY_ASSIGNED', 'NO_ACTIVE_ASSIGNMENT', 'NOT_TRIP_DRIVER'] as const),
  ...(['NO_ACTIVE_SHIFT', 'SHIFT_NOT_APPROVED', 'BREAK_IN_PROGRESS', 'NO_ACTIVE_BREAK'] as const),
  'INVALID_STATE_TRANSITION',
];

const allows = (judge: () => unknown): boolean => {
  try {
    judge();
    return true;
  } catch {
    return false;
  }
};

/**
 * Asks. A record that refuses for its state what its row allows may have missed what the row went through, because everything died
 * between a commit and the news of it, and nobody repeated the command. Then it reads its row again and is asked once more.
 */
export const askInStep = async <R, Command>(
  ask: Base['ask'],
  process: Process,
  update: UpdateDefinition<R, [Command]>,
  command: NoInfer<Command>,
  judge: () => unknown,
): Promise<void> => {
  try {
    await ask(process, update, command);
  } catch (error) {
    const refused = refusalIn(error);
    if (!refused || !ofState.includes(refused.key) || !allows(judge)) throw error;
    await ask(process, nudge, { by: null });
    await ask(process, update, command);
  }
};
