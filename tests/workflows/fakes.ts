import { randomUUID } from 'node:crypto';
import type { ShiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import type { Change, Outcome } from '../../workflows/domain/commands.ts';
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

/** What the fakes look at in the facts of a trip or of a shift. */
type AnyFacts = Partial<Pick<TripFacts, 'tripId' | 'phase' | 'version'> & Pick<ShiftFacts, 'attendanceId'>>;

interface Committed {
  activity: string;
  commandId: string;
  facts: AnyFacts;
  flags: string[];
}

const idOf = ({ tripId, attendanceId }: AnyFacts) => (tripId ?? attendanceId)!;

type AnyChange = Change<AnyFacts, object>;
type Work = (change: AnyChange) => unknown;

/**
 * Transactions without a database. What they commit is listed per record; `before` runs a piece of work in front of each
 * attempt for a record, in order, so that a test can fail or hold it.
 */
export const fakeTransactions = (names: readonly string[]) => {
  const rows = new Map<string, AnyFacts>();
  const committed = new Map<string, Committed[]>();
  const hindrances = new Map<string, Work[]>();
  const notificationIds = new Map<string, string[]>();

  const transaction = (activity: string) => async (change: AnyChange) => {
    const id = idOf(change.facts);
    await hindrances.get(id)?.shift()?.(change);
    const { facts, commandId, flags = [] } = change;
    committed.set(id, [...(committed.get(id) ?? []), { activity, commandId, facts, flags }]);
    const version = facts.version === undefined ? {} : { version: facts.version + 1 };
    const outcome: Outcome<object> = {
      set: { ...change.set, ...version },
      notificationIds: notificationIds.get(commandId) ?? [],
    };
    rows.set(id, { ...facts, ...outcome.set });
    return outcome;
  };

  return {
    /** Puts a row where the transactions find it. */
    insert: (facts: AnyFacts) => void rows.set(idOf(facts), facts),
    /** What a record reads when it reads its row again. */
    read: (of: AnyFacts) => Promise.resolve({ facts: rows.get(idOf(of)), outcome: null }),
    activities: Object.fromEntries(names.map((name) => [name, transaction(name)])),
    committed: (id: string) => committed.get(id) ?? [],
    before: (id: string, ...work: Work[]) => void hindrances.set(id, work),
    notifies: (commandId: string, ids: string[]) => void notificationIds.set(commandId, ids),
  };
};

export const databaseDown: Work = () => {
  throw new Error('The database is restarting.');
};
