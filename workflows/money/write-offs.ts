import { allHandlersFinished, condition, defineUpdate, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { ApproveWriteOff, WriteOffActivities, WriteOffOutcome } from '../../activities/money/write-offs.ts';
import { patiently, transactions } from '../shared/profiles.ts';

export const approveWriteOff = defineUpdate<WriteOffOutcome, [ApproveWriteOff]>('approveWriteOff');
/** Sent by the schedule when the due was closed otherwise. */
const lapseWriteOff = defineUpdate<WriteOffOutcome, [string]>('lapseWriteOff');

/** One execution per due that somebody wants to write off, until a second person approves it or the due is closed otherwise. */
export async function dueWriteOffWorkflow(writeOffId: string): Promise<void> {
  const commit = transactions<WriteOffActivities>();
  setCurrentDetails(
    `### Write-off \`${writeOffId}\`\n\nWaits for a second person, without a deadline: \`POST /payments/admin/dues/:id/write-off/approve\`. It lapses when the due is paid or closed otherwise.`,
  );
  let outcome: WriteOffOutcome = 'WAITING';
  setHandler(
    approveWriteOff,
    async (input) => (outcome = await patiently(commit('approveWriteOff', input, 'write the due off'))),
  );
  setHandler(
    lapseWriteOff,
    async (id) => (outcome = await patiently(commit('lapseWriteOff', id, 'see whether the due is closed'))),
  );
  await condition(() => outcome !== 'WAITING' && allHandlersFinished());
}
