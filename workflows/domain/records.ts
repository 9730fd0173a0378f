import type { Rule } from './commands.ts';

/** What operations filter a record by. */
export interface Labels {
  shortId: string;
  fleetId: string | null;
  hubId: string | null;
  driverId: string | null;
  state: string;
  businessDay: string;
}

/** A moment at which a record must be looked at. */
export interface Deadline {
  name: string;
  dueMs: number;
}

/** What a commit made of a record: all that its workflow needs from there on. Recorded, so that rules may change while it runs. */
export interface Committed<Facts> {
  facts: Facts;
  labels: Labels;
  due: Deadline[];
  /** The row says so, and then the workflow ends. */
  over: boolean;
}

/** What came of a deadline; `againMs` is when the same one is due next, if it is. */
export interface Met<Facts> extends Committed<Facts> {
  againMs: number | null;
}

/** A command on its way to its commit, with the facts that its workflow knows. */
export interface Ordered<Facts, Command = unknown, Clock = unknown> {
  facts: Facts;
  command: Command;
  commandId: string;
  /** Null: the times of the code that commits. Tests and the demo shorten them. */
  clock: Clock | null;
}

/** A deadline on its way to its commit. */
export interface Reached<Facts, Clock = unknown> {
  facts: Facts;
  due: Deadline;
  clock: Clock | null;
}

export type Rules<Facts> = Record<string, Rule<Facts, never>>;
export type CommandOf<R, Name extends keyof R> = R[Name] extends (facts: never, command: infer Command) => unknown
  ? Command
  : R[Name] extends (facts: never, command: infer Command, nowMs: number) => unknown
    ? Command
    : never;

/** A kind of record that lives as a workflow: its commands, and what follows from its facts. Described once, used by every layer. */
export interface RecordKind<Facts, R extends Rules<Facts>, Clock> {
  /** Begins the workflow ids and the names of the activities: `trip:<id>`, `trip.start`. */
  kind: string;
  idOf: (facts: Facts) => string;
  /** Every command by its verb, which is the name of its update, its activity and its event. */
  rules: R;
  labels: (facts: Facts) => Labels;
  clock: Clock;
  due: (facts: Facts, clock: Clock) => Deadline[];
  isOver: (facts: Facts) => boolean;
}

/** What a commit returns for these facts. */
export const committed = <Facts, R extends Rules<Facts>, Clock>(
  { labels, due, isOver, clock: usual }: RecordKind<Facts, R, Clock>,
  facts: Facts,
  clock: Clock | null,
): Committed<Facts> => ({
  facts,
  labels: labels(facts),
  due: due(facts, clock ?? usual),
  over: isOver(facts),
});
