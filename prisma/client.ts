import { PrismaPg } from '@prisma/adapter-pg';
import { hash } from 'node:crypto';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';
import type { Prisma } from './generated/client.ts';

export type Db = PrismaClient;
export type Tx = Prisma.TransactionClient;

/** Whoever waits longer for a connection is told that the database is away. */
const usualWaitMs = 3_000;

/**
 * One pool and one Prisma client on it, for the life of a process. Statements are prepared under the hash of their text,
 * so a repeated query is planned once per connection; for disks without a moving head, where an index is worth its reading.
 */
export const connect = (databaseUrl: string, connectionsMax: number, waitMs = usualWaitMs) => {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connectionsMax,
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: 60_000,
    options: '-c statement_timeout=15000 -c timezone=UTC -c random_page_cost=1.1',
  });
  pool.on('error', () => undefined); // An idle connection that breaks (database restart) is replaced at the next query.
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) => hash('md5', sql),
  });
  const db = new PrismaClient({ adapter, transactionOptions: { maxWait: waitMs, timeout: 10_000 } });
  const close = async () => {
    await db.$disconnect();
    await pool.end();
  };
  return { db, pool, close };
};
