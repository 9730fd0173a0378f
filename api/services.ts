import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Db } from '../prisma/client.ts';
import { sealer } from '../prisma/sealed.ts';
import { mapsClient } from './trips/google-maps.ts';
import type { ApiEnv } from './env.ts';
import { rateLimits } from './http/rate-limit.ts';
import { temporal } from './http/temporal.ts';
import { tokens } from './http/tokens.ts';
import { callers } from './people/callers.ts';
import { tripReader } from './trips/trip-rows.ts';
import { tripTotals } from './trips/trip-totals.ts';

/** Everything that handlers may need, made once per process. */
export const createServices = (env: ApiEnv, parts: { db: Db; pool: Pool; client: Client; log: Logger }) => {
  const { db, pool, client, log } = parts;
  const signed = tokens({ access: env.JWT_ACCESS_SECRET, refresh: env.JWT_REFRESH_SECRET });
  return {
    env,
    db,
    log,
    tokens: signed,
    callers: callers(db, signed),
    tripRow: tripReader(pool),
    tripTotal: tripTotals(db),
    limits: rateLimits(env, pool),
    temporal: temporal(client, log),
    sealer: sealer(env.DATA_KEY),
    maps: mapsClient(env, db, log),
    startedAtMs: Date.now(),
  };
};

export type Services = ReturnType<typeof createServices>;
