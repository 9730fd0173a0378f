import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.ts';
import { startParts } from '../../local/world.ts';
import { migrate } from '../../prisma/migrate.ts';
import { upsertSchedules } from '../../workers/schedules.ts';
import { searchAttributes } from '../../workflows/shared/search-attributes.ts';
import { startProcess } from './processes.ts';
import type { Part, World } from './world.ts';

/** Addresses vary in tests (X-Forwarded-For), so that the limits keep their defaults and one test does not spend another's. */
const testSettings = { NODE_ENV: 'test', TRUST_PROXY_HOPS: '1', OTP_BYPASS_KEY: 'bypass-for-tests' };

const laptopSettings =
  /^(?:RATE_LIMIT_IP_MAX|OTP_SEND_PER_IP_HOUR|OTP_VERIFY_PER_IP_15MIN|OTP_SEND_INTERVAL_SECONDS|OTP_SEND_PER_PHONE_HOUR|OTP_VERIFY_PER_PHONE_15MIN)$/;

const withoutLaptopSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !laptopSettings.test(name)));

interface Shape {
  durable: boolean;
  workers: 1 | 2;
}

/** One PostgreSQL, Temporal, simulators, API and worker or two; tells its parent where they are, and ends with it. */
const start = async ({ durable, workers }: Shape): Promise<void> => {
  // PostgreSQL refuses to run as root, so its folder must be reachable for others.
  const folder = mkdtempSync(join(tmpdir(), 'drivers-klub-test-'));
  const parts = await startParts({ folder, memory: true, durable, searchAttributes, log: () => undefined });
  await migrate(parts.databaseUrl);
  const connection = await Connection.connect({ address: parts.temporal.address });
  const client = new Client({ connection });
  await upsertSchedules(client);
  // What a check finds stops payouts, and tests leave books as no process would.
  for (const id of ['ledger-check', 'ledger-check-full']) await client.schedule.getHandle(id).pause();
  await connection.close();

  const port = await freePort(0);
  const apiEnvironment = { ...withoutLaptopSettings(parts.apiEnvironment(port)), ...testSettings };
  const workerEnvironment = { ...parts.workerEnvironment(port), NODE_ENV: 'test' };
  const startWorker = (name: string) => startProcess('workers', workerEnvironment, join(folder, `${name}.log`));
  const [api, worker, secondWorker] = await Promise.all([
    startProcess('api', apiEnvironment, join(folder, 'api.log')),
    startWorker('workers'),
    workers === 2 ? startWorker('second-workers') : null,
  ]);

  const serverPid = (name: string) => parseInt(readFileSync(join(folder, `${name}.pid`), 'utf8'));
  const pids: Record<Part, () => number> = {
    api: () => api.pid()!,
    worker: () => worker.pid()!,
    secondWorker: () => secondWorker!.pid()!,
    postgres: () => serverPid('postgres'),
    temporal: () => serverPid('temporal'),
  };
  // Tests live in processes of their own; this is how they send signals to the parts that belong to us.
  const control = createServer((request, response) => {
    const [, part, signal] = request.url!.split('/');
    process.kill(pids[part as Part](), signal);
    response.end();
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));

  const world: World = {
    folder,
    api: `http://127.0.0.1:${port}`,
    ...parts.partners,
    temporalAddress: parts.temporal.address,
    databaseUrl: parts.databaseUrl,
    control: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    apiEnvironment,
    workerEnvironment,
  };
  const stop = async () => {
    control.close();
    await Promise.all([api.stop(), worker.stop(), secondWorker?.stop()]);
    await parts.stop();
    process.exit(0);
  };
  process.once('disconnect', () => void stop());
  process.once('SIGTERM', () => void stop());
  process.send?.(world);
};

const flags = process.argv.slice(2);
await start({ durable: flags.includes('--durable'), workers: flags.includes('--two-workers') ? 2 : 1 });
