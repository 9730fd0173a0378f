import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { apiEnv } from '../../api/env.ts';
import { tokens } from '../../api/http/tokens.ts';
import type { Services } from '../../api/services.ts';
import { openSession } from '../../api/people/sessions.ts';
import { apiEnvironment } from '../../local/environment.ts';
import { connect } from '../../prisma/client.ts';
import { migrate } from '../../prisma/migrate.ts';
import { sealer } from '../../prisma/sealed.ts';
import { fill } from '../world/volume.ts';
import type { Volume } from '../world/volume.ts';
import { environment, startServer } from './system.ts';
import type { System } from './system.ts';

/** Whom a load asks, and as whom. */
export interface Target {
  origin: string;
  headers: Record<string, string>;
}

/** The tokens of an administrator, of the manager of a fleet and of a driver, who logged in. */
const tokensOn = async (databaseUrl: string, variables: NodeJS.ProcessEnv) => {
  const env = apiEnv(variables);
  const signing = { env, tokens: tokens({ access: env.JWT_ACCESS_SECRET, refresh: env.JWT_REFRESH_SECRET }) };
  const { db, close } = connect(databaseUrl, 1);
  const id = randomUUID();
  await db.user.create({ data: { id, name: 'Sara', phone: '9999999999', role: 'SUPER_ADMIN' } });
  const tokenOf = async (where: { id: string } | { role: 'MANAGER' | 'DRIVER' }) => {
    const user = await db.user.findFirstOrThrow({ where, include: { hubs: true, driver: true } });
    const device = { clientType: 'web' as const, ip: '127.0.0.1', userAgent: null };
    const { accessToken } = await openSession(db, signing as unknown as Services, user, device);
    return { authorization: `Bearer ${accessToken}` };
  };
  const made = {
    superAdmin: await tokenOf({ id }),
    manager: await tokenOf({ role: 'MANAGER' }),
    driver: await tokenOf({ role: 'DRIVER' }),
  };
  await close();
  return made;
};

/** A database with rows in the cluster of the system, and an API on it with the environment of the system's. */
export const startApiWith = async (system: System, name: string, volume: Omit<Volume, 'sealedPan'>) => {
  const databaseUrl = Object.assign(new URL(system.databaseUrl), { pathname: `/${name}` }).href;
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const addresses = { databaseUrl, temporalAddress: system.temporalAddress, partners: system };
  const env = apiEnvironment(system.folder, addresses, 0, environment(system.folder));
  const sealedPan = (fleetId: string) => sealer(env.DATA_KEY!).seal('identity-number', 'ABCDE1234F', fleetId);
  await migrate(databaseUrl);
  await fill(databaseUrl, { ...volume, sealedPan });
  const { origin, pid, stop } = await startServer(system, name, '../../api/main.ts', env);
  const { superAdmin, manager, driver } = await tokensOn(databaseUrl, env);
  return {
    ...{ databaseUrl, stop },
    superAdmin: { origin, headers: superAdmin } satisfies Target,
    manager: { origin, headers: manager } satisfies Target,
    driver: { origin, headers: driver } satisfies Target,
    processes: { api: pid, postgres: system.processes.postgres },
  };
};

export type FilledApi = Awaited<ReturnType<typeof startApiWith>>;
