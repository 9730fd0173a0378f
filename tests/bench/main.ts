import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { get } from '../world/api.ts';
import { measureBalances } from './balances.ts';
import { measureBeside } from './beside.ts';
import { measurePostings } from './books.ts';
import { measureStart, measureTrips } from './commands.ts';
import { misses, table } from './figures.ts';
import type { Bar, Measured, Row } from './figures.ts';
import { drive } from './journey.ts';
import { measurePayouts } from './payouts.ts';
import { aCrew, dataOf, logIn } from './people.ts';
import { measureDays } from './days.ts';
import { measureHistory, measureKill, measureMemory } from './processes.ts';
import { measureLogins } from './logins.ts';
import { measureReads } from './reads.ts';
import { measureCheckOut, measureShifts } from './shifts.ts';
import { startSkeleton } from './skeleton.ts';
import { startSystem } from './system.ts';
import { measureWebhooks } from './webhooks.ts';

const file = resolve(process.argv[2] ?? '.local/bench.json');
const lanes = 8;
/** Of `local/demo-logins.ts`. */
const phones = { superAdmin: '9800000001', operator: '9800000004', driver: '9800000005' };

const rows: Row[] = [];
const add = (name: string, bar: Bar, measured: Measured): void => {
  rows.push({ name, ...bar, ...measured });
  console.log(`${name}: ${JSON.stringify(measured)}`);
};

console.log('Measuring takes about ten minutes; whatever else this machine does falsifies it.\n');
const system = await startSystem();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void system.stop().then(() => process.exit(130)));

try {
  const operator = { token: await logIn(phones.operator) };
  const token = await logIn(phones.driver);
  const desk = { operator, driver: { token, id: dataOf(await get('/drivers/me', { token })).id as string } };
  await drive(desk);
  const startSeconds = (performance.now() - system.startedMs) / 1000;
  add(
    'npm start to the first completed trip',
    { bar: 12, better: 'lower', unit: 's' },
    { value: startSeconds, details: {} },
  );
  add('events in the history of a trip', { bar: 60, goal: 50, better: 'lower' }, await measureHistory(system, desk));
  add('logins per second', { bar: 35, better: 'higher' }, await measureLogins(system));

  const { points, lists, manager } = await measureReads(system);
  add('read a trip: throughput / bare Express', { bar: 0.54, goal: 0.67, better: 'higher' }, points.trips);
  add('read a vehicle: throughput / bare Express', { bar: 0.45, better: 'higher' }, points.vehicles);
  add('read a driver: throughput / bare Express', { bar: 0.45, better: 'higher' }, points.drivers);
  add('list of 50 trips: p95 at 100,000 / at 10,000', { bar: 1.5, goal: 1.15, better: 'lower' }, lists.trips);
  for (const name of ['drivers', 'vehicles', 'shifts'] as const)
    add(`list of 50 ${name}: p95 at 100,000 / at 10,000`, { bar: 1.3, better: 'lower' }, lists[name]);
  add('trips of a manager, 50 of 50,000: pages per second', { bar: 100, better: 'higher' }, manager.rate);
  add('the same: pages at 64 connections / at 16', { bar: 0.8, better: 'higher' }, manager.crowd);

  const postings = await measurePostings(system);
  add('journals per second / bare pg', { bar: 0.35, better: 'higher' }, postings.bare);
  add('journals per second: one platform account / spread', { bar: 0.6, better: 'higher' }, postings.hot);

  const { balance, transactions } = await measureBalances(system);
  add('balance: p95 at 1,000,000 entries / at 10,000', { bar: 1.3, better: 'lower' }, balance);
  add('page of transactions: the same', { bar: 1.3, better: 'lower' }, transactions);

  add('webhooks accepted / bare inserts', { bar: 0.25, goal: 0.4, better: 'higher' }, await measureWebhooks(system));

  const superAdmin = await logIn(phones.superAdmin);
  const days = await measureDays(system, superAdmin);
  for (const [name, measured] of Object.entries(days))
    add(`days of 300 drivers, ${name}: p95 / of 10 drivers`, { bar: 1.3, better: 'lower' }, measured);
  const { previews, rate } = await measurePayouts(system, superAdmin);
  for (const [size, measured] of Object.entries(previews))
    add(
      `preview of ${size} payouts: rows per second / parsing and inserting alone`,
      { bar: 0.5, better: 'higher' },
      measured,
    );
  add('payouts sent per second / 25 allowed', { bar: 0.9, better: 'higher' }, rate);
  const crew = await aCrew(superAdmin, lanes * 4);
  const desks = crew.slice(0, lanes).map((driver) => ({ operator: { token: superAdmin }, driver }));
  const skeleton = await startSkeleton(system);
  try {
    const trips = await measureTrips(system, desks, skeleton);
    add('completed trips per second / skeleton workflow', { bar: 0.56, goal: 0.67, better: 'higher' }, trips);
    add(
      "the worker's CPU for a completed trip",
      { bar: 90, goal: 60, better: 'lower', unit: 'ms' },
      { value: trips.cpuMs['worker'] ?? 0, details: {} },
    );
    add('start a trip: p95 / no-op update', { bar: 1.5, better: 'lower' }, await measureStart(desks[0]!, skeleton));
  } finally {
    await skeleton.stop();
  }
  const shifts = await measureShifts(system, crew.slice(0, lanes));
  add('check-in and check-out: pairs per second', { bar: 22, better: 'higher' }, shifts);
  add('check-out at 14 a second: p95', { bar: 250, better: 'lower', unit: 'ms' }, await measureCheckOut(crew));
  const beside = await measureBeside(system, superAdmin, crew);
  for (const [name, measured] of Object.entries(beside))
    add(
      `${name} of drivers beside a file of payouts and webhooks: p95 / alone`,
      { bar: 1.5, goal: 1.3, better: 'lower' },
      measured,
    );
  add('idle memory of API and worker', { bar: 420, better: 'lower', unit: 'MiB' }, await measureMemory(system));
  add('wait when the worker is killed', { bar: 6, better: 'lower', unit: 's' }, await measureKill(system, desks[0]!));
} finally {
  await system.stop();
}

console.log(`\n${table(rows)}`);
mkdirSync(dirname(file), { recursive: true });
const machine = {
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cores: availableParallelism(),
};
writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), machine, rows }, null, 2)}\n`);
console.log(`\nWritten to ${file}`);
process.exit(rows.some(misses) ? 1 : 0);
