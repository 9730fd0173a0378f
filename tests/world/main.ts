import { Client, Connection } from '@temporalio/client';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/ports.ts';
import { supervise } from '../../local/supervise.ts';
import { startParts } from '../../local/world.ts';
import { migrate } from '../../prisma/migrate.ts';
import { upsertSchedules } from '../../workers/schedules.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import type { World } from './world.ts';

/** Addresses vary in tests (X-Forwarded-For), so that the limits keep their defaults and one test does not spend another's. */
const testSettings = { NODE_ENV: 'test', TRUST_PROXY_HOPS: '1', OTP_BYPASS_KEY: 'bypass-for-tests' };

const laptopSettings =
  /^(?:RATE_LIMIT_IP_MAX|OTP_SEND_PER_IP_HOUR|OTP_VERIFY_PER_IP_15MIN|OTP_SEND_INTERVAL_SECONDS|OTP_SEND_PER_PHONE_HOUR|OTP_VERIFY_PER_PHONE_15MIN)$/;

const withoutLaptopSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !laptopSettings.test(name)));

/** One PostgreSQL, Temporal, simulators, API and worker for the whole run; tells its parent where they are, and ends with it. */
const start = async (): Promise<void> => {
  // PostgreSQL refuses to run as root, so its folder must be reachable for others.
  const folder = mkdtempSync(join(tmpdir(), 'drivers-klub-test-'));
  const parts = await startParts({ folder, memory: true, searchAttributes, log: () => undefined });
  await migrate(parts.databaseUrl);
  const connection = await Connection.connect({ address: parts.temporal.address });
  await upsertSchedules(new Client({ connection }));
  await connection.close();

  const port = await freePort(0);
  const apiEnvironment = { ...withoutLaptopSettings(parts.apiEnvironment(port)), ...testSettings };
  const workerEnvironment = { ...parts.workerEnvironment(), NODE_ENV: 'test' };
  const child = (name: 'api' | 'workers', env: NodeJS.ProcessEnv) =>
    supervise({
      name,
      command: process.execPath,
      args: [fileURLToPath(new URL(`../../${name}/main.ts`, import.meta.url))],
      env,
      logFile: join(folder, `${name}.log`),
      onEvent: () => undefined,
    });
  const [worker, api] = await Promise.all([child('workers', workerEnvironment), child('api', apiEnvironment)]);

  // Tests live in processes of their own; this is how they reach the ones that belong to us.
  const control = createServer((request, response) => {
    const target = request.url === '/kill/worker' ? worker : api;
    process.kill(target.pid()!, 'SIGKILL');
    response.end('{}');
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));

  const world: World = {
    folder,
    api: `http://127.0.0.1:${port}`,
    sms: parts.sms.url,
    maps: parts.maps.url,
    temporalAddress: parts.temporal.address,
    databaseUrl: parts.databaseUrl,
    control: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    apiEnvironment,
    workerEnvironment,
  };
  const stop = async () => {
    control.close();
    await Promise.all([api.stop(), worker.stop()]);
    await parts.stop();
    process.exit(0);
  };
  process.once('disconnect', () => void stop());
  process.once('SIGTERM', () => void stop());
  process.send?.(world);
};

await start();
