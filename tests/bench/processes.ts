import { Client, Connection } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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

const historyTrips = 5;

/** Drives a trip with a passenger, who is told of every step and reads out a boarding code; returns its id. */
const driveWithPassenger = async (desk: Desk): Promise<string> => {
  const passengerPhone = aPhone();
  const tripId = await book(desk, { passengerName: 'Priya', passengerPhone, boardingCode: true });
  const { assign, start, arrive, board, complete } = commands;
  await assign(desk, tripId);
  await start(desk, tripId);
  await arrive(desk, tripId);
  await board(desk, tripId, await smsWith(passengerPhone, /Boarding code (\d{4})/));
  await complete(desk, tripId);
  return tripId;
};

/** The longest of some histories: how many events share a task depends on the moment. */
export const measureHistory = async (system: System, desk: Desk): Promise<Measured> => {
  const connection = await Connection.connect({ address: system.temporalAddress });
  const client = new Client({ connection });
  const lengths: number[] = [];
  for (let count = 0; count < historyTrips; count += 1) {
    const handle = client.workflow.getHandle(`trip:${await driveWithPassenger(desk)}`);
    await handle.result();
    lengths.push((await handle.fetchHistory()).events!.length);
  }
  await connection.close();
  return { value: Math.max(...lengths), details: { lengths } };
};

const killings = 3;

/** The longest that somebody waits for their answer, as an app asks for it: with one key, until there is one. */
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

const residentMib = async (pid: number): Promise<number> =>
  Number((await run('ps', ['-o', 'rss=', '-p', String(pid)])).stdout) / 1024;

/** V8 looks after a hundred seconds without work whether there is something to give back. */
const settledMs = 120_000;

/** What API and worker keep when their load has settled. */
export const measureMemory = async (system: System): Promise<Measured> => {
  await sleep(settledMs);
  const [api, worker] = [await residentMib(system.pidOf('API')), await residentMib(system.pidOf('Worker'))];
  return { value: api + worker, details: { api: round(api), worker: round(worker) } };
};
