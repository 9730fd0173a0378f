import type { Instant } from './time.ts';

/** Who acts, and in which request: what events and audit rows name. A driver also acts as their profile. */
export interface Actor {
  userId: string;
  driverId: string | null;
  role: string;
  requestId: string;
}

/** What a rule decides: the move, the facts that it changes, and what its event says besides. */
export interface Decision<Facts> {
  move: string;
  set: Partial<Facts>;
  flags?: string[];
}

/**
 * A rule of a record: pure, so that a validator can ask it before anything is written, and the commit again, whose verdict counts.
 * Null: nothing changes, and the command succeeds. Refusals are thrown.
 */
export type Rule<Facts, Command> = (facts: Facts, command: Command, nowMs: number) => Decision<Facts> | null;

/** A decided command in the transaction that makes it true. */
export interface Change<Facts, Command> extends Decision<Facts> {
  facts: Facts;
  command: Command;
  /** Unique per record; the event row of this id is the guard against a second effect. */
  commandId: string;
  /** The clock of the commit, the only one that counts. */
  at: Instant;
}
