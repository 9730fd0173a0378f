import type { Db } from '../../prisma/client.ts';

/** No commit of a booking takes that long, so what is older is complete. */
const settlesMs = 5 * 60_000;
/** Whoever deletes rows by hand is believed after an hour. */
const keptMs = 60 * 60_000;

/**
 * Counts all trips there are. The older ones are counted once, because no trip is ever deleted and its creation never moves; the
 * total of the whole table would otherwise take most of the time of the list that shows it.
 */
export const tripTotals = (db: Db) => {
  const nothing = () => ({ before: new Date(0), count: 0, sinceMs: Date.now() });
  let counted = nothing();
  return async (): Promise<number> => {
    const { before, count, sinceMs } = Date.now() < counted.sinceMs + keptMs ? counted : nothing();
    const settled = new Date(Date.now() - settlesMs);
    const [row] = await db.$queryRaw<[{ settled: number; all: number }]>`
      SELECT count(*) FILTER (WHERE "createdAt" < ${settled})::int AS "settled", count(*)::int AS "all"
      FROM "trips" WHERE "createdAt" >= ${before}`;
    counted = { before: settled, count: count + row.settled, sinceMs };
    return count + row.all;
  };
};
