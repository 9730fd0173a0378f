import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { apiEnvironment, workerEnvironment } from './environment.ts';
import { startGoogleMaps } from './partners/google-maps.ts';
import { startSms } from './partners/sms.ts';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { startTemporal } from './temporal.ts';
import type { SearchAttribute } from './temporal.ts';

const ports = { postgres: 54329, temporal: 7233, temporalUi: 8233, sms: 8081, maps: 8082 };
const stopOrder = ['Maps simulator', 'SMS simulator', 'Temporal', 'PostgreSQL'] as const;
const anyPorts = { postgres: 0, temporal: 0, temporalUi: undefined, sms: 0, maps: 0 };

type Options = {
  folder: string;
  memory: boolean;
  durable?: boolean;
  searchAttributes: SearchAttribute[];
  log: (text: string) => void;
  person?: NodeJS.ProcessEnv;
};

type Part = { stop?: () => Promise<void> };
type PartName = (typeof stopOrder)[number];

/**
 * Starts everything that stands in for the outside world: PostgreSQL, Temporal and the partners' simulators. `person` is
 * the environment of whoever starts it, whose variables win. `memory` is for tests: any free ports, no Temporal UI,
 * nothing kept safe from a power cut unless it is to be `durable`, and of the person's environment only what finds the
 * Temporal binary, so that a shell with the addresses and credentials of real systems cannot leak into a test.
 */
export const startParts = async (options: Options) => {
  const { folder, memory, durable = !memory, searchAttributes, log, person = process.env } = options;
  mkdirSync(folder, { recursive: true });
  const environment = memory ? onlyMachine(person) : person;
  const wanted = memory ? anyPorts : ports;
  const absolute = resolve(folder);

  const started = new Map<PartName, Part>();
  const part = async <T extends Part>(name: PartName, starting: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const running = await starting;
    started.set(name, running);
    log(`${name} is ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    return running;
  };
  const simulator = async (name: PartName, start: typeof startSms, port: number) =>
    part(name, start({ port: await freePort(port, (text) => log(`${name}: ${text}`)) }));
  const stop = async () => {
    for (const name of stopOrder) {
      const running = started.get(name);
      if (!started.delete(name) || !running?.stop) continue;
      await running.stop();
      log(`${name} has stopped`);
    }
  };

  const temporalOptions = {
    folder: absolute,
    port: wanted.temporal,
    uiPort: wanted.temporalUi,
    searchAttributes,
    environment,
    log,
    ...(durable && { stateFile: join(absolute, 'temporal.db') }),
  };
  const parts = [
    part('PostgreSQL', database({ folder: absolute, port: wanted.postgres, durable, log }, environment)),
    part('Temporal', startTemporal(temporalOptions)),
    simulator('SMS simulator', startSms, wanted.sms),
    simulator('Maps simulator', startGoogleMaps, wanted.maps),
  ] as const;
  const failed = (await Promise.allSettled(parts)).find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }

  const [postgres, temporal, sms, maps] = await Promise.all(parts);
  const addresses = {
    databaseUrl: postgres.url,
    temporalAddress: temporal.address,
    smsUrl: sms.url,
    mapsUrl: maps.url,
  };
  return {
    databaseUrl: postgres.url,
    temporal,
    sms,
    maps,
    apiEnvironment: (port: number) => apiEnvironment(absolute, addresses, port, environment),
    workerEnvironment: () => workerEnvironment(absolute, addresses, environment),
    stop,
  };
};

const database = async (
  options: Parameters<typeof startPostgres>[0],
  { DATABASE_URL: url }: NodeJS.ProcessEnv,
): Promise<Part & { url: string }> => {
  if (!url) return startPostgres(options);
  options.log?.('PostgreSQL: the database that DATABASE_URL names');
  return { url };
};

const onlyMachine = (person: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { PATH, HOME, TEMPORAL_CLI_PATH, XDG_CACHE_HOME } = person;
  return { PATH, HOME, TEMPORAL_CLI_PATH, XDG_CACHE_HOME };
};
