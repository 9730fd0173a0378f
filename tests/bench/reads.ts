import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Pool } from 'undici';
import { apiEnvironment } from '../../local/environment.ts';
import { freePort } from '../../local/ports.ts';
import { supervise } from '../../local/supervise.ts';
import { migrate } from '../../prisma/migrate.ts';
import { fill } from '../world/volume.ts';
import { compare, p95, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import { environment } from './system.ts';
import type { System } from './system.ts';

const connections = 10;
const burstMs = 3_000;
const rounds = 5;
const sizes = { small: 10_000, large: 100_000 };
const drivers = 1_000;

interface Target {
  origin: string;
  headers: Record<string, string>;
}

/** Asks again and again on some connections; answers per second. */
const throughput = async ({ origin, headers }: Target, path: () => string, forMs = burstMs): Promise<number> => {
  const pool = new Pool(origin, { connections });
  const endMs = performance.now() + forMs;
  let answers = 0;
  const lane = async () => {
    while (performance.now() < endMs) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: path(), headers });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${path()} answers ${statusCode}`);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  await pool.close();
  return answers / (forMs / 1000);
};

const startProcess = async (file: string, env: NodeJS.ProcessEnv, system: System, name: string) => {
  const port = await freePort(0);
  const child = await supervise({
    ...{ name, command: process.execPath, onEvent: () => undefined },
    args: [fileURLToPath(new URL(file, import.meta.url))],
    env: { ...env, PORT: String(port) },
    logFile: join(system.folder, `${name}.log`),
  });
  return { origin: `http://127.0.0.1:${port}`, stop: child.stop };
};

const databaseAt = (system: System, name: string): string => {
  const url = new URL(system.databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
};

/** Lets who is logged in on the system be logged in on another database of it too. */
const copyLogins = async (from: string, to: string): Promise<void> => {
  const [source, target] = [from, to].map((connectionString) => new pg.Client({ connectionString }));
  await Promise.all([source!.connect(), target!.connect()]);
  for (const tableName of ['users', 'sessions']) {
    const { rows } = await source!.query<{ row: object }>(
      `SELECT to_jsonb(t) AS row FROM "${tableName}" t
       WHERE (to_jsonb(t) ->> CASE WHEN '${tableName}' = 'users' THEN 'id' ELSE 'userId' END) IN (
         SELECT "id"::text FROM "users" WHERE "role" = 'SUPER_ADMIN')`,
    );
    for (const { row } of rows)
      await target!.query(`INSERT INTO "${tableName}" SELECT * FROM jsonb_populate_record(NULL::"${tableName}", $1)`, [
        row,
      ]);
  }
  await Promise.all([source!.end(), target!.end()]);
};

/** A database with so many trips in the cluster of the system, and an API on it, started as the one of the system is. */
const startApiWith = async (system: System, trips: number) => {
  const name = `trips_${trips}`;
  const admin = new pg.Client({ connectionString: system.databaseUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const databaseUrl = databaseAt(system, name);
  await migrate(databaseUrl);
  await fill(databaseUrl, { trips, drivers });
  await copyLogins(system.databaseUrl, databaseUrl);
  const addresses = { databaseUrl, temporalAddress: system.temporalAddress, smsUrl: system.sms, mapsUrl: system.maps };
  const env = apiEnvironment(system.folder, addresses, 0, environment(system.folder));
  return { databaseUrl, ...(await startProcess('../../api/main.ts', env, system, name)) };
};

const aTripId = async (databaseUrl: string): Promise<string[]> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('SELECT "id" FROM "trips" ORDER BY "createdAt" DESC LIMIT 1000');
  await client.end();
  return rows.map(({ id }) => id);
};

/** Reads of trips: one by its id, against bare Express; a page of the list, at ten times the rows. */
export const measureReads = async (system: System, token: string): Promise<{ point: Measured; list: Measured }> => {
  const headers = { authorization: `Bearer ${token}` };
  const small = await startApiWith(system, sizes.small);
  const large = await startApiWith(system, sizes.large);
  const bare = await startProcess('bare.ts', { ...process.env, DATABASE_URL: small.databaseUrl }, system, 'bare');
  try {
    const ids = await aTripId(small.databaseUrl);
    const path = () => `/trips/${ids[randomInt(ids.length)]}`;
    const ours = { origin: small.origin, headers };
    const theirs = { origin: bare.origin, headers };
    for (const target of [ours, theirs]) await throughput(target, path);
    const point = await compare(
      rounds,
      () => throughput(ours, path),
      () => throughput(theirs, path),
    );

    const list = async ({ origin }: { origin: string }) => {
      const times: number[] = [];
      for (let count = 0; count < 60; count += 1)
        times.push(
          await timed(async () => {
            const response = await fetch(`${origin}/admin/trips?limit=50`, { headers });
            if (!response.ok) throw new Error(`The list answers ${response.status}`);
            await response.text();
          }),
        );
      return p95(times);
    };
    await list(small);
    await list(large);
    return {
      point,
      list: await compare(
        rounds,
        () => list(large),
        () => list(small),
      ),
    };
  } finally {
    await Promise.all([small.stop(), large.stop(), bare.stop()]);
  }
};
