import pg from 'pg';
import { until } from './until.ts';
import { world } from './world.ts';
import type { Part } from './world.ts';

/** Sends a signal to a part of the world. A part that dies of it is started again at once. */
export const signal = async (part: Part, name: NodeJS.Signals): Promise<void> => {
  await fetch(`${world.control}/${part}/${name}`);
};

export const kill = (part: Part) => signal(part, 'SIGKILL');

const connects = async (): Promise<boolean> => {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
  return true;
};

/** Until PostgreSQL and the API answer again. Connections of before live on for a moment when PostgreSQL dies; a new one does not. */
export const untilUp = async (): Promise<void> => {
  await until(() => connects().catch(() => false), 'PostgreSQL', 60_000);
  const isHealthy = async () => (await fetch(`${world.api}/health`)).ok;
  await until(() => isHealthy().catch(() => false), 'the API', 60_000);
};
