import { application, db } from './database.ts';
import { until } from './until.ts';

/** How many transactions wait for one of this file, or for one that does. */
const waiting = async () => {
  const [found] = await db.$queryRaw<{ count: bigint }[]>`
    WITH RECURSIVE held("pid", "waits") AS (
      SELECT pid, false FROM pg_stat_activity WHERE application_name = ${application}
      UNION
      SELECT a.pid, true FROM pg_stat_activity a JOIN held ON held."pid" = ANY(pg_blocking_pids(a.pid))
      WHERE a.wait_event_type = 'Lock'
    )
    SELECT count(DISTINCT "pid") FROM held WHERE "waits"`;
  return Number(found!.count);
};

/** Until so many transactions wait for a lock of this file: a moment in the middle of their work that a test can hold. */
export const untilWaiting = (transactions: number) =>
  until(async () => (await waiting()) >= transactions, `${transactions} transactions that wait for a lock`);

/** Tables whose changes are the middle of a transaction. */
const recordTables = ['trips', 'attendances', 'breaks'];

/**
 * Holds every transaction that changes a trip, a shift or a break (or other tables) in its middle: runs `work` when so many of them
 * wait, and lets them go on after it.
 */
export const whileHeld = (
  transactions: number,
  send: () => void,
  work: () => Promise<unknown>,
  tables = recordTables,
): Promise<void> =>
  db.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe(
        `LOCK TABLE ${tables.map((name) => `"${name}"`).join(', ')} IN SHARE ROW EXCLUSIVE MODE`,
      );
      send();
      await untilWaiting(transactions);
      await work();
    },
    { timeout: 60_000 },
  );

const gate = 4_711;

const atGate = async () => {
  const [found] = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = ${gate} AND NOT granted`;
  return Number(found!.count) > 0;
};

/**
 * Holds the next commit that changes a row of a table when everything in it is done: runs `work` then, and lets it go on after that. A
 * commit under way ends as a commit, even when the process that asked for it is dead by then. `before` leads there.
 */
export const whileCommitting = async (
  work: () => Promise<unknown>,
  { table = 'trips', before = () => Promise.resolve() } = {},
): Promise<void> => {
  await db.$executeRawUnsafe(`
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(${gate}); RETURN NULL; END'`);
  await db.$executeRawUnsafe(`
    CREATE CONSTRAINT TRIGGER gate AFTER UPDATE ON "${table}" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait_at_gate()`);
  await db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${gate}::bigint)`;
      await before();
      await until(atGate, 'a commit at the gate');
      await work();
    },
    { timeout: 100_000 },
  );
  await db.$executeRaw`DROP FUNCTION wait_at_gate() CASCADE`;
};
