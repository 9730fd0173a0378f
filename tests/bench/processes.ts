import { Client, Connection } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import pg from 'pg';
import { post } from '../world/api.ts';
import { smsWith } from '../world/sms.ts';
import { until } from '../world/until.ts';
import { round, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import { book, commands } from './journey.ts';
import type { Desk } from './journey.ts';
import { aPhone } from './people.ts';
import type { System } from './system.ts';

const run = promisify(execFile);

/** Events in the history of a trip with a passenger, who is told of every step and reads out a boarding code. */
export const measureHistory = async (system: System, desk: Desk): Promise<Measured> => {
  const passengerPhone = aPhone();
  const tripId = await book(desk, { passengerName: 'Priya', passengerPhone, boardingCode: true });
  const { assign, start, arrive, board, complete } = commands;
  await assign(desk, tripId);
  await start(desk, tripId);
  await arrive(desk, tripId);
  await board(desk, tripId, await smsWith(passengerPhone, /Boarding code (\d{4})/));
  await complete(desk, tripId);
  const connection = await Connection.connect({ address: system.temporalAddress });
  const handle = new Client({ connection }).workflow.getHandle(`trip:${tripId}`);
  await handle.result();
  const { events } = await handle.fetchHistory();
  await connection.close();
  return { value: events!.length, details: {} };
};

const killings = 3;

/** The longest that somebody waits for his answer, as an app asks for it: with one key, until there is one. */
export const measureKill = async (system: System, desk: Desk): Promise<Measured> => {
  const waits: number[] = [];
  for (let count = 0; count < killings; count += 1) {
    const tripId = await book(desk);
    await commands.assign(desk, tripId);
    waits.push(await waitWhenKilled(system, desk, tripId));
    await post(`/trips/${tripId}/complete`, {}, desk.driver);
  }
  return { value: Math.max(...waits), details: { waits: waits.map(round) } };
};

/** Holds the row of the trip until the worker waits for it in the middle of the command, and kills it there. */
const waitWhenKilled = async (system: System, { driver }: Desk, tripId: string): Promise<number> => {
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM "trips" WHERE "id" = $1 FOR UPDATE', [tripId]);
  const key = randomUUID();
  const answered = timed(() =>
    until(async () => (await post(`/trips/${tripId}/start`, {}, { ...driver, key })).status === 200, 'the answer'),
  );
  const isHeld = async () =>
    (
      await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    ).rowCount;
  await until(isHeld, 'the command to be in its middle');
  process.kill(system.pidOf('Worker'), 'SIGKILL');
  await client.query('COMMIT');
  await client.end();
  return (await answered) / 1000;
};

const residentMib = async (pids: readonly number[]): Promise<number> => {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', pids.join(',')]);
  return (
    stdout
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line), 0) / 1024
  );
};

const settledSeconds = 60;

/** What API and worker keep after a minute without work. */
export const measureMemory = async (system: System): Promise<Measured> => {
  await new Promise((resolve) => setTimeout(resolve, settledSeconds * 1000));
  const pids = [system.pidOf('API'), system.pidOf('Worker')];
  const [api, worker] = await Promise.all(pids.map((pid) => residentMib([pid])));
  return { value: api! + worker!, details: { api: round(api!), worker: round(worker!) } };
};
