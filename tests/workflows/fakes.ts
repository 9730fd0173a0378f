import { randomUUID } from 'node:crypto';
import type { Rule } from '../../workflows/domain/commands.ts';
import { committed } from '../../workflows/domain/records.ts';
import type { Met, Ordered, Reached, RecordKind, Rules } from '../../workflows/domain/records.ts';
import type { ShiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';
import { aShift, aTrip, connaughtPlace } from '../domain/facts.ts';

/** A trip that was just booked for in ten minutes. */
export const aTripFacts = (shape: Partial<TripFacts> = {}): TripFacts =>
  aTrip({
    ...{ tripId: randomUUID(), fleetId: randomUUID(), hubId: null, status: 'CREATED', driverId: null, version: 0 },
    pickupTime: new Date(Date.now() + 600_000).toISOString(),
    ...shape,
  });

/** A shift that is open for an hour. */
export const aShiftFacts = (shape: Partial<ShiftFacts> = {}): ShiftFacts =>
  aShift({
    ...{ attendanceId: randomUUID(), driverId: randomUUID(), fleetId: randomUUID(), hubId: null },
    checkInTime: new Date(Date.now() - 3_600_000).toISOString(),
    staleAt: new Date(Date.now() + 15 * 3_600_000).toISOString(),
    ...shape,
  });

/** At the pickup. */
export const here = { at: connaughtPlace };

interface Commit<Facts> {
  name: string;
  commandId: string;
  facts: Facts;
  flags: string[];
}

/** An alert or check of a deadline; returns when it is due again. */
export type Alert<Facts, Clock> = (facts: Facts, dueMs: number, clock: Clock) => number | null;

/**
 * The commits of a kind of record without a database, by the real rules. What they did is listed per record; `before` runs a piece
 * of work in front of each attempt for a record, in order, so that a test can fail or hold it.
 */
export const fakeCommits = <Facts extends { version: number }, R extends Rules<Facts>, Clock>(
  kind: RecordKind<Facts, R, Clock>,
  alert: (name: string) => Alert<Facts, Clock> = () => () => null,
) => {
  const rows = new Map<string, Facts>();
  const done = new Map<string, Commit<Facts>[]>();
  const hindrances = new Map<string, (() => unknown)[]>();
  const begun: string[] = [];

  const commit = async (name: string, { facts, command, commandId, clock }: Ordered<Facts, unknown, Clock>) => {
    const id = kind.idOf(facts);
    await hindrances.get(id)?.shift()?.();
    const row = rows.get(id) ?? facts;
    const decision = (kind.rules[name] as Rule<Facts, unknown>)(row, command, Date.now());
    const isDone = (done.get(id) ?? []).some((commit) => commit.commandId === commandId);
    if (!decision || isDone) return committed(kind, row, clock);
    done.set(id, [...(done.get(id) ?? []), { name, commandId, facts: row, flags: decision.flags ?? [] }]);
    rows.set(id, { ...row, ...decision.set, version: row.version + 1 });
    return committed(kind, rows.get(id)!, clock);
  };

  const read = ({ facts, clock }: { facts: Facts; clock: Clock | null }) =>
    Promise.resolve(committed(kind, rows.get(kind.idOf(facts)) ?? facts, clock));

  const meet = async ({ facts, due, clock }: Reached<Facts, Clock>): Promise<Met<Facts>> => {
    const made = await read({ facts, clock });
    if (!made.due.some(({ name, dueMs }) => name === due.name && dueMs <= due.dueMs)) return { ...made, againMs: null };
    if (due.name in kind.rules) {
      const ordered = { facts, command: {}, commandId: `${due.name}@${due.dueMs}`, clock };
      return { ...(await commit(due.name, ordered)), againMs: null };
    }
    return { ...made, againMs: alert(due.name)(made.facts, due.dueMs, clock ?? kind.clock) };
  };

  const begin = (input: { facts: Facts; clock: Clock | null }) => {
    begun.push(kind.idOf(input.facts));
    return read(input);
  };

  const activities: Record<string, unknown> = { begin, read, meet };
  for (const name of Object.keys(kind.rules))
    activities[name] = (ordered: Ordered<Facts, unknown, Clock>) => commit(name, ordered);

  return {
    /** As the workflow calls them. */
    activities: Object.fromEntries(
      Object.entries(activities).map(([name, activity]) => [`${kind.kind}.${name}`, activity]),
    ),
    /** Puts a row where the commits find it. */
    insert: (facts: Facts) => void rows.set(kind.idOf(facts), facts),
    row: (id: string) => rows.get(id)!,
    committed: (id: string) => done.get(id) ?? [],
    begun,
    before: (id: string, ...work: (() => unknown)[]) => void hindrances.set(id, work),
  };
};

export const databaseDown = () => {
  throw new Error('The database is restarting.');
};
