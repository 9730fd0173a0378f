import type { Db, Tx } from '../prisma/client.ts';
import type { Outcome } from '../workflows/domain/commands.ts';

/** The event row of a command: audit trail and record of what it already did, in one. */
export interface Journal<Facts> {
  /** Inserts the event; false when the command was here before. Waits for a twin that is still at work. */
  open(tx: Tx): Promise<boolean>;
  close(tx: Tx, outcome: Outcome<Facts>): Promise<void>;
  outcome(tx: Tx): Promise<Outcome<Facts>>;
}

/**
 * One transaction per command, with one effect however often it runs: a local activity that committed before its worker died
 * runs again, and then gets the outcome that the command already had.
 */
export const once = <Facts>(
  db: Db,
  journal: Journal<Facts>,
  work: (tx: Tx) => Promise<Outcome<Facts>>,
): Promise<Outcome<Facts>> =>
  db.$transaction(async (tx) => {
    if (!(await journal.open(tx))) return journal.outcome(tx);
    const outcome = await work(tx);
    await journal.close(tx, outcome);
    return outcome;
  });
