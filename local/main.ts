import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { migrate } from '../prisma/migrate.ts';
import { sealer } from '../prisma/sealed.ts';
import { upsertSchedules } from '../workers/schedules.ts';
import { searchAttributes } from '../workflows/shared/search-attributes.ts';
import { addressList, card } from './card.ts';
import { seedDemo } from './demo-logins.ts';
import { readRunning, releaseLock, takeLock, writeRunning } from './lock.ts';
import { freePort } from './ports.ts';
import { killAll, supervise } from './supervise.ts';
import { startParts } from './world.ts';

const folder = resolve(process.env.LOCAL_FOLDER ?? join(import.meta.dirname, '../.local'));
const startedAt = performance.now();
const stops: (() => Promise<void>)[] = [];
let isStarted = false;
let stopAskedAt = 0;

const log = (text: string) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${text}`);

/** So that the files of a demo need a second person too. */
const smallLimits = { BULK_APPROVAL_THRESHOLD: '10000.00' };

const start = async () => {
  const parts = await startParts({ folder, memory: false, searchAttributes, log, person: process.env });
  stops.push(parts.stop);

  const wantedPort = Number(process.env.PORT || 3000);
  const port = await freePort(wantedPort);
  if (port !== wantedPort) log(`port ${wantedPort} is taken, so the API listens on ${port}`);
  const worker = parts.workerEnvironment(port);

  const migrations = await migrate(parts.databaseUrl);
  if (migrations.length > 0) log(`${migrations.length} migrations applied`);
  const [logins] = await Promise.all([
    process.env.DATABASE_URL ? [] : seedDemo(parts.databaseUrl, sealer(worker.DATA_KEY!)),
    schedule(parts.temporal.address),
  ]);

  const children = [
    child('Worker', 'workers', worker),
    child('API', 'api', { ...smallLimits, ...parts.apiEnvironment(port) }),
  ];
  for (const outcome of await Promise.allSettled(children)) {
    if (outcome.status === 'rejected') throw outcome.reason;
    stops.push(outcome.value.stop);
  }

  const api = `http://127.0.0.1:${port}`;
  const running = {
    pid: process.pid,
    api,
    docs: `${api}/docs`,
    temporalAddress: parts.temporal.address,
    temporalUi: parts.temporal.uiUrl,
    ...parts.partners,
    databaseUrl: parts.databaseUrl,
    logs: ['api', 'workers', 'temporal', 'postgres'].map((name) =>
      relative(process.cwd(), join(folder, `${name}.log`)),
    ),
  };
  writeRunning(folder, running);
  isStarted = true;
  console.log(`\n${card(running, logins, (performance.now() - startedAt) / 1000)}\n`);
};

/** Registers the recurring workflows anew at each start, so that a changed one takes effect. */
const schedule = async (address: string) => {
  const connection = await Connection.connect({ address });
  await upsertSchedules(new Client({ connection }));
  await connection.close();
};

const child = async (name: string, layer: 'api' | 'workers', env: NodeJS.ProcessEnv) => {
  const supervised = await supervise({
    name,
    command: process.execPath,
    args: [fileURLToPath(new URL(`../${layer}/main.ts`, import.meta.url))],
    env,
    logFile: join(folder, `${layer}.log`),
    onEvent: log,
  });
  log(`${name} is ready (pid ${supervised.pid()})`);
  const stop = async () => {
    await supervised.stop();
    log(`${name} has stopped`);
  };
  return { stop };
};

/**
 * Stops in the reverse order of the start. During the start it just ends: every child notices that its parent is gone.
 * npm passes Ctrl-C on although the terminal has sent it already, so only one that comes a second later means "now".
 */
const stop = async (signal: NodeJS.Signals) => {
  if (stopAskedAt > 0 && performance.now() - stopAskedAt < 1_000) return;
  if (!isStarted || stopAskedAt > 0) {
    if (stopAskedAt > 0) killAll();
    process.exit(1);
  }
  stopAskedAt = performance.now();
  log(`${signal}: stopping (once more stops at once)`);
  for (const stopNext of stops.reverse()) await stopNext();
  log('stopped');
  process.exit(0);
};

const holder = takeLock(folder);
if (holder) {
  const running = readRunning(folder);
  console.log(`Driver's Klub is ${running ? 'already running' : 'just starting'} (pid ${holder}).`);
  if (running) console.log(addressList(running));
  process.exit(1);
}
process.on('exit', () => releaseLock(folder));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
process.stdout.on('error', () => {});

try {
  await start();
} catch (error) {
  console.error(`\nThe start failed: ${(error as Error).message}`);
  for (const stopNext of stops.reverse()) await stopNext();
  process.exit(1);
}
