import type { UpdateDefinition } from '@temporalio/common';
import type { Rule } from '../../workflows/domain/commands.ts';
import { isOver } from '../../workflows/domain/trips/trip-lifecycle.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';
import { tripProcess } from '../../workflows/processes.ts';
import type { TripOutcome } from '../../workflows/trips/trips.ts';
import type { Base } from '../http/endpoint.ts';
import type { Loaded } from '../http/scope.ts';
import { unlessAway } from '../http/temporal.ts';
import { askInStep } from '../resync.ts';

/**
 * Sends a command to a trip. One that is over is not asked any more: its rule refuses here, unless this very command was the one
 * that ended it and only its answer was lost. Then its workflow may have missed it too.
 */
export const askTrip = async <Command>(
  { ask, commandId, db, isKeyed }: Pick<Base, 'ask' | 'commandId' | 'db' | 'isKeyed'>,
  trip: Loaded['trip'],
  update: UpdateDefinition<TripOutcome, [Command]>,
  rule: Rule<TripFacts, Command>,
  command: NoInfer<Command>,
): Promise<void> => {
  const facts = tripFacts(trip);
  const process = tripProcess(facts);
  const judge = () => rule(facts, command, Date.now());
  if (!isOver(facts)) return askInStep(ask, process, update, command, judge);
  const key = { tripId: trip.id, commandId: commandId(update, process.workflowId) };
  const repeated = isKeyed && (await db.tripEvent.findUnique({ where: { tripId_commandId: key } }));
  if (repeated) await ask(process, update, command).catch(unlessAway);
  else judge();
};
