import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Db } from '../prisma/client.ts';
import { sealer } from '../prisma/sealed.ts';
import { signals } from '../prisma/signals.ts';
import { vehicleReader } from './fleet/vehicle-rows.ts';
import { driverReader } from './people/driver-rows.ts';
import { gatewayEventStore } from './money/gateway/gateway-event-store.ts';
import { mapsClient } from './trips/google-maps.ts';
import type { ApiEnv } from './env.ts';
import { rateLimits } from './http/rate-limit.ts';
import { temporal } from './http/temporal.ts';
import { totals } from './totals.ts';
import { tokens } from './http/tokens.ts';
import { callers } from './people/callers.ts';
import { tripReader } from './trips/trip-rows.ts';

/** Everything that handlers may need, made once per process. */
export const createServices = (env: ApiEnv, parts: { db: Db; pool: Pool; client: Client; log: Logger }) => {
  const { db, pool, client, log } = parts;
  const gatewayEvents = gatewayEventStore(pool);
  const signed = tokens({ access: env.JWT_ACCESS_SECRET, refresh: env.JWT_REFRESH_SECRET });
  return {
    env,
    db,
    log,
    tokens: signed,
    callers: callers(db, signed),
    trips: tripReader(pool),
    vehicles: vehicleReader(pool),
    drivers: driverReader(pool),
    gatewayEvents,
    totals: totals(db),
    limits: rateLimits(env, pool),
    temporal: temporal(client, log, gatewayEvents.isBurst),
    codesTried: signals(env.DATABASE_URL, 'loginCodeTried'),
    sealer: sealer(env.DATA_KEY),
    maps: mapsClient(env, db, log),
    startedAtMs: Date.now(),
  };
};

export type Services = ReturnType<typeof createServices>;
