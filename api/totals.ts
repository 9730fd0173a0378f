import { LRUCache } from 'lru-cache';
import type { Db } from '../prisma/client.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { Caller } from './http/scope.ts';

/** No commit that makes a record takes that long, so what is older is complete. */
const settlesMs = 5 * 60_000;
/** Whoever deletes rows by hand is believed after an hour, and a fleet that took a trip from the pool after a minute. */
const keptMs = { everything: 60 * 60_000, fleet: 60_000 };
const fleetsMax = 1_000;

/** Whether a part of a condition says anything; a list without one shows all that its caller may see. */
export const isFilter = (part: object): boolean => Object.keys(part).length > 0;

interface Counted {
  before: Date;
  count: number;
}

type Table = 'trips' | 'attendances';

/** What `visibleTo` lets staff of a whole fleet see. */
const conditions = {
  trips: (fleetId: string) => Prisma.sql`("fleetId" = ${fleetId}::uuid OR "fleetId" IS NULL)`,
  attendances: (fleetId: string) => Prisma.sql`"fleetId" = ${fleetId}::uuid`,
};

/**
 * Counts all records that a caller may see. The older ones are counted once, because none is ever deleted and its creation never
 * moves; the total of a long list would otherwise take most of the time of the page that shows it.
 */
export const totals = (db: Db) => {
  const known = new LRUCache<string, Counted>({ max: fleetsMax });

  const count = async (table: Table, fleetId: string | null): Promise<number> => {
    const key = `${table} ${fleetId}`;
    const counted = known.get(key) ?? { before: new Date(0), count: 0 };
    const settled = new Date(Date.now() - settlesMs);
    const visible = fleetId ? conditions[table](fleetId) : Prisma.sql`TRUE`;
    const [row] = await db.$queryRaw<[{ settled: number; all: number }]>`
      SELECT count(*) FILTER (WHERE "createdAt" < ${settled})::int AS "settled", count(*)::int AS "all"
      FROM ${Prisma.raw(`"${table}"`)} WHERE "createdAt" >= ${counted.before} AND ${visible}`;
    const ttl = known.getRemainingTTL(key) || (fleetId ? keptMs.fleet : keptMs.everything);
    known.set(key, { before: settled, count: counted.count + row.settled }, { ttl });
    return counted.count + row.all;
  };

  /** Null for callers whose scope is not a whole fleet: their records have to be counted each time. */
  return (table: Table, { role, fleetId }: Caller): Promise<number> | null => {
    if (role === 'SUPER_ADMIN') return count(table, null);
    return (role === 'FLEET_ADMIN' || role === 'MANAGER') && fleetId ? count(table, fleetId) : null;
  };
};
