import type { Instant } from './time.ts';

/** Who acts, and in which request: what events and audit rows name. A driver also acts as his profile. */
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
 * A rule of a record: pure, so that a validator can ask it before anything is written and the handler again when it is the
 * command's turn. Null: nothing changes, and the command succeeds. Refusals are thrown.
 */
export type Rule<Facts, Command> = (facts: Facts, command: Command, nowMs: number) => Decision<Facts> | null;

/** A decided command on its way to the one transaction that makes it true. */
export interface Change<Facts, Command> extends Decision<Facts> {
  facts: Facts;
  command: Command;
  /** Unique per record; the event row of this id is the guard against a second effect. */
  commandId: string;
  /** The workflow's clock, the only one that counts. */
  at: Instant;
}

/** A record as its row has it now, and what became of a command of it, when it was done. */
export interface Reread<Facts> {
  facts: Facts;
  outcome: Outcome<Facts> | null;
}

/** What a transaction made true: the facts that it changed, and the notifications that now wait for their delivery. */
export interface Outcome<Facts> {
  set: Partial<Facts>;
  notificationIds: string[];
}
