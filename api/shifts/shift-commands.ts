import type { UpdateDefinition } from '@temporalio/common';
import type { ShiftOutcome } from '../../workflows/shifts/attendance.ts';
import { isSettled, shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import type { ShiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import type { Rule } from '../../workflows/domain/commands.ts';
import { shiftProcess } from '../../workflows/processes.ts';
import type { Base } from '../http/endpoint.ts';
import type { Loaded } from '../http/scope.ts';
import { unlessAway } from '../http/temporal.ts';
import { askInStep } from '../resync.ts';

/**
 * Sends a command to a shift. One that is settled is not asked any more: its rule answers here, unless this very command was the
 * one that settled it and only its answer was lost. Then its workflow may have missed it too.
 */
export const askShift = async <Command>(
  { ask, commandId, db, isKeyed }: Pick<Base, 'ask' | 'commandId' | 'db' | 'isKeyed'>,
  shift: Loaded['shift'],
  update: UpdateDefinition<ShiftOutcome, [Command]>,
  rule: Rule<ShiftFacts, Command>,
  command: NoInfer<Command>,
): Promise<void> => {
  const facts = shiftFacts(shift);
  const process = shiftProcess(facts);
  const judge = () => rule(facts, command, Date.now());
  if (!isSettled(facts)) return askInStep(ask, process, update, command, judge);
  const key = { attendanceId: shift.id, commandId: commandId(update, process.workflowId) };
  const repeated = isKeyed && (await db.attendanceEvent.findUnique({ where: { attendanceId_commandId: key } }));
  if (repeated) await ask(process, update, command).catch(unlessAway);
  else judge();
};
