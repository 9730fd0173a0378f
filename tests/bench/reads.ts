import { randomInt, randomUUID } from 'node:crypto';
import pg from 'pg';
import { Pool } from 'undici';
import { apiEnv } from '../../api/env.ts';
import { tokens } from '../../api/http/tokens.ts';
import type { Services } from '../../api/services.ts';
import { openSession } from '../../api/people/sessions.ts';
import { apiEnvironment } from '../../local/environment.ts';
import { connect } from '../../prisma/client.ts';
import { migrate } from '../../prisma/migrate.ts';
import { sealer } from '../../prisma/sealed.ts';
import { fill } from '../world/volume.ts';
import { compareRates, compareWaits, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import { environment, startServer } from './system.ts';
import type { System } from './system.ts';

const connections = 10;
const burstMs = 1_000;
const warmUps = 150;
const sizes = { small: 10_000, large: 100_000 };
const drivers = 1_000;

interface Target {
  origin: string;
  headers: Record<string, string>;
}

/** Answers per second to the same question, asked again and again on some connections. */
const throughput = async ({ origin, headers }: Target, path: () => string): Promise<number> => {
  const pool = new Pool(origin, { connections });
  const startedMs = performance.now();
  let answers = 0;
  const lane = async () => {
    while (performance.now() < startedMs + burstMs) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: path(), headers });
      await body.dump();
      if (statusCode !== 200) throw new Error(`GET ${path()} answers ${statusCode}.`);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  await pool.close();
  return answers / ((performance.now() - startedMs) / 1000);
};

/** The token of an administrator who logged in on a database. */
const administratorOf = async (databaseUrl: string, variables: NodeJS.ProcessEnv): Promise<string> => {
  const env = apiEnv(variables);
  const signing = { env, tokens: tokens({ access: env.JWT_ACCESS_SECRET, refresh: env.JWT_REFRESH_SECRET }) };
  const { db, close } = connect(databaseUrl, 1);
  const user = await db.user.create({
    data: { id: randomUUID(), name: 'Sara', phone: '9999999999', role: 'SUPER_ADMIN' },
    include: { hubs: true, driver: true },
  });
  const device = { clientType: 'web' as const, ip: '127.0.0.1', userAgent: null };
  const { accessToken } = await openSession(db, signing as unknown as Services, user, device);
  await close();
  return accessToken;
};

/** A database with so many trips in the cluster of the system, and an API on it with the environment of the system's. */
const startApiWith = async (system: System, trips: number) => {
  const name = `trips_${trips}`;
  const databaseUrl = Object.assign(new URL(system.databaseUrl), { pathname: `/${name}` }).href;
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const addresses = { databaseUrl, temporalAddress: system.temporalAddress, partners: system };
  const env = apiEnvironment(system.folder, addresses, 0, environment(system.folder));
  const sealedPan = (fleetId: string) => sealer(env.DATA_KEY!).seal('identity-number', 'ABCDE1234F', fleetId);
  await migrate(databaseUrl);
  await fill(databaseUrl, { trips, drivers, sealedPan });
  const server = await startServer(system, name, '../../api/main.ts', env);
  const headers = { authorization: `Bearer ${await administratorOf(databaseUrl, env)}` };
  return { ...server, headers, databaseUrl };
};

const listTrips = ({ origin, headers }: Target) =>
  timed(async () => {
    const response = await fetch(`${origin}/admin/trips?limit=50`, { headers });
    if (!response.ok) throw new Error(`The list answers ${response.status}.`);
    await response.text();
  });

const someTrips = async ({ origin, headers }: Target): Promise<string[]> => {
  const response = await fetch(`${origin}/admin/trips?limit=200`, { headers });
  const { data } = (await response.json()) as { data: { trips: { id: string }[] } };
  return data.trips.map(({ id }) => id);
};

/** Reads of trips: one by its id, against bare Express; a page of the list, at ten times the rows. */
export const measureReads = async (system: System): Promise<{ point: Measured; list: Measured }> => {
  const small = await startApiWith(system, sizes.small);
  const large = await startApiWith(system, sizes.large);
  const bare = await startServer(system, 'bare', 'bare.ts', { ...process.env, DATABASE_URL: small.databaseUrl });
  try {
    const ids = await someTrips(small);
    const path = () => `/trips/${ids[randomInt(ids.length)]}`;
    const ours = () => throughput(small, path);
    const theirs = () => throughput({ ...bare, headers: small.headers }, path);
    for (const warm of [ours, theirs]) await warm();
    const point = await compareRates(15, ours, theirs);
    // The small one has answered thousands of reads by now; both sides have to have compiled the same.
    for (let count = 0; count < warmUps; count += 1) for (const warm of [large, small]) await listTrips(warm);
    const list = await compareWaits(
      7,
      40,
      () => listTrips(large),
      () => listTrips(small),
    );
    return { point, list };
  } finally {
    await Promise.all([small.stop(), large.stop(), bare.stop()]);
  }
};
