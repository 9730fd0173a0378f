import type { Db } from '../prisma/client.ts';
import type { Rule } from '../workflows/domain/commands.ts';
import type { CommandOf, RecordKind, Rules } from '../workflows/domain/records.ts';
import { refusalIn } from '../workflows/domain/refusals.ts';
import type { Process } from '../workflows/processes.ts';
import { commandOf, nudge } from '../workflows/shared/record.ts';
import type { Base } from './http/endpoint.ts';
import { unlessAway } from './http/temporal.ts';
import type { Services } from './services.ts';

/** What the API needs to know of a kind of record to send it commands. */
interface Asked<Row, Facts, R extends Rules<Facts>, Clock> {
  kind: RecordKind<Facts, R, Clock>;
  factsOf: (row: Row) => Facts;
  /** The row as it is by now. */
  reread: (services: Services, id: string) => Promise<Row | null>;
  processOf: (facts: Facts) => Process;
  /** Whether the command is in the record's events. */
  isDone: (db: Db, id: string, commandId: string) => Promise<boolean>;
}

type Asking = Pick<Base, 'ask' | 'commandId' | 'db' | 'isKeyed' | 'services'>;

/**
 * Sends commands to a kind of record. One that is over is asked only for what its rule still allows, as the waiver of a penalty;
 * what is refused is refused here, unless this very command was the one that ended it and only its answer was lost. One that
 * refuses what its row allows may have missed what the row went through, because everything died between a commit and the news of
 * it; then it reads its row again and is asked once more. What the row refuses too is refused in the words of the row, unless the
 * row refuses because this very command is behind it: its workflow may have been begun anew from the row.
 */
export const asks =
  <Row extends { id: string }, Facts, R extends Rules<Facts>, Clock>({
    kind,
    factsOf,
    reread,
    processOf,
    isDone,
  }: Asked<Row, Facts, R, Clock>) =>
  async <Name extends keyof R & string>(
    { ask, commandId, db, isKeyed, services }: Asking,
    row: Row,
    name: Name,
    command: NoInfer<CommandOf<R, Name>>,
  ): Promise<void> => {
    const facts = factsOf(row);
    const process = processOf(facts);
    const update = commandOf<CommandOf<R, Name>>(name);
    const judge = (of: Facts) => (kind.rules[name] as Rule<Facts, unknown>)(of, command, Date.now());
    if (kind.isOver(facts)) {
      if (isKeyed && (await isDone(db, row.id, commandId(update, process.workflowId))))
        return void (await ask(process, update, command).catch(unlessAway));
      if (!judge(facts)) return;
    }
    try {
      await ask(process, update, command);
    } catch (error) {
      const refused = refusalIn(error);
      if (!refused || refused.key === 'SERVICE_UNAVAILABLE') throw error;
      const now = await reread(services, row.id);
      if (!now) throw error;
      if (await isDone(db, row.id, commandId(update, process.workflowId)))
        return void (await ask(process, nudge, { by: null }).catch(unlessAway));
      judge(factsOf(now));
      await ask(process, nudge, { by: null });
      await ask(process, update, command);
    }
  };
