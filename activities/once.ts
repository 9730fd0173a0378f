import type { Db, Tx } from '../prisma/client.ts';
import type { Outcome } from '../workflows/domain/commands.ts';

/** The event row of a command: audit trail and record of what it already did, in one. */
export interface Journal<Facts> {
  /** Inserts the event; fails when the command was here before. Waits for a twin that is still at work. */
  write(tx: Tx, outcome: Outcome<Facts>): Promise<unknown>;
  /** What the command became when it was here before. */
  read(db: Db): Promise<Outcome<Facts> | null>;
}

/**
 * Gives a command one effect however often it runs: a local activity that committed before its worker died runs again, fails at
 * the latest where it would write its event a second time, and gets the outcome that it already had.
 */
export const unlessDone = async <Facts>(
  db: Db,
  journal: Pick<Journal<Facts>, 'read'>,
  effect: () => Promise<Outcome<Facts>>,
): Promise<Outcome<Facts>> => {
  try {
    return await effect();
  } catch (error) {
    const outcome = await journal.read(db);
    if (outcome) return outcome;
    throw error;
  }
};

/** One transaction per command, with one effect however often it runs. */
export const once = <Facts>(
  db: Db,
  journal: Journal<Facts>,
  work: (tx: Tx) => Promise<Outcome<Facts>>,
): Promise<Outcome<Facts>> =>
  unlessDone(db, journal, () =>
    db.$transaction(async (tx) => {
      const outcome = await work(tx);
      await journal.write(tx, outcome);
      return outcome;
    }),
  );
