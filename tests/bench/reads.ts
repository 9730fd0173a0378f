import { randomInt } from 'node:crypto';
import pg from 'pg';
import { cpuPerOperation } from './cpu.ts';
import { startApiWith } from './databases.ts';
import type { FilledApi } from './databases.ts';
import { compareRates, medianOf } from './figures.ts';
import type { Measured } from './figures.ts';
import { compareAnswers, read, throughput } from './load.ts';
import { startServer } from './system.ts';
import type { System } from './system.ts';

const connections = 10;
const sizes = { small: 10_000, large: 100_000 };
/** A fleet large enough to have a manager who sees so many trips. */
const ofOneFleet = { trips: 50_000, drivers: 1_000, fleets: 1 };

const kinds = ['trips', 'vehicles', 'drivers'] as const;
type Kind = (typeof kinds)[number];

const someIds = async ({ databaseUrl }: FilledApi, table: Kind): Promise<string[]> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(`SELECT "id" FROM "${table}" LIMIT 200`);
  await client.end();
  return rows.map(({ id }) => id);
};

/** Records by their ids, against bare Express that reads as much. */
const measurePoints = async (system: System, api: FilledApi): Promise<Record<Kind, Measured>> => {
  const bare = await startServer(system, 'bare', 'bare.ts', { ...process.env, DATABASE_URL: api.databaseUrl });
  const point = async (kind: Kind): Promise<Measured> => {
    const ids = await someIds(api, kind);
    const path = () => `/${kind}/${ids[randomInt(ids.length)]}`;
    const ours = () => throughput(api.superAdmin, path, connections);
    const theirs = () => throughput({ ...api.superAdmin, origin: bare.origin }, path, connections);
    for (let count = 0; count < 4; count += 1) for (const warm of [ours, theirs]) await warm();
    const compared = await compareRates(11, ours, theirs);
    const cpuMs = {
      ...(await cpuPerOperation(api.processes, ours)),
      ...(await cpuPerOperation({ bare: bare.pid }, theirs)),
    };
    return { ...compared, cpuMs };
  };
  try {
    return { trips: await point('trips'), vehicles: await point('vehicles'), drivers: await point('drivers') };
  } finally {
    await bare.stop();
  }
};

const lists = {
  trips: () => '/admin/trips?limit=50',
  drivers: (fleetId: string) => `/drivers/fleet/${fleetId}?limit=50`,
  vehicles: (fleetId: string) => `/vehicles/fleet/${fleetId}?limit=50`,
  shifts: () => '/attendance/history?limit=50',
};

/** A page of each list, at ten times the rows. */
const measureLists = async (small: FilledApi, large: FilledApi): Promise<Record<keyof typeof lists, Measured>> => {
  const fleetOf = async (api: FilledApi) => (await read(api.superAdmin, '/fleets?limit=1')) as [{ id: string }];
  const [[smallFleet], [largeFleet]] = [await fleetOf(small), await fleetOf(large)];
  const page = (path: (fleetId: string) => string): Promise<Measured> =>
    compareAnswers([large.superAdmin, path(largeFleet.id)], [small.superAdmin, path(smallFleet.id)]);
  return {
    trips: await page(lists.trips),
    drivers: await page(lists.drivers),
    vehicles: await page(lists.vehicles),
    shifts: await page(lists.shifts),
  };
};

/** Pages of trips for the manager of a large fleet: how many per second, and whether a crowd gets as many as a few. */
const measureManager = async (api: FilledApi): Promise<{ rate: Measured; crowd: Measured }> => {
  const pages = (count: number) => () => throughput(api.manager, lists.trips, count);
  const [few, many] = [pages(16), pages(64)];
  for (const warm of [few, many, few]) await warm();
  const crowd = await compareRates(7, many, few);
  const rates = [await few(), await few(), await few()];
  const cpuMs = await cpuPerOperation(api.processes, few);
  return { rate: { value: medianOf(rates), details: { rates }, cpuMs }, crowd };
};

export const measureReads = async (system: System) => {
  const small = await startApiWith(system, 'small', { trips: sizes.small, drivers: sizes.small });
  const large = await startApiWith(system, 'large', { trips: sizes.large, drivers: sizes.large });
  const fleet = await startApiWith(system, 'fleet', ofOneFleet);
  try {
    return {
      points: await measurePoints(system, small),
      lists: await measureLists(small, large),
      manager: await measureManager(fleet),
    };
  } finally {
    await Promise.all([small.stop(), large.stop(), fleet.stop()]);
  }
};
