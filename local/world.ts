import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { apiEnvironment, workerEnvironment } from './environment.ts';
import { partnerNames, partners } from './partners/partners.ts';
import type { PartnerName, PartnerUrls } from './partners/partners.ts';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { startTemporal } from './temporal.ts';
import type { SearchAttribute } from './temporal.ts';

const ports = { postgres: 54329, temporal: 7233, temporalUi: 8233 };
const anyPorts = { postgres: 0, temporal: 0, temporalUi: undefined };
const stopOrder = [...partnerNames.map((name) => partners[name].title), 'Temporal', 'PostgreSQL'];

type Options = {
  folder: string;
  memory: boolean;
  durable?: boolean;
  searchAttributes: SearchAttribute[];
  log: (text: string) => void;
  person?: NodeJS.ProcessEnv;
};

type Part = { stop?: () => Promise<void> };

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

  const started = new Map<string, Part>();
  const part = async <T extends Part>(name: string, starting: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const running = await starting;
    started.set(name, running);
    log(`${name} is ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    return running;
  };
  const simulator = async (name: PartnerName): Promise<[PartnerName, string]> => {
    const { title, port, start } = partners[name];
    const free = await freePort(memory ? 0 : port, (text) => log(`${title}: ${text}`));
    const { url } = await part(title, start({ port: free }, environment));
    return [name, url];
  };
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
    Promise.all(partnerNames.map(simulator)),
  ] as const;
  const failed = (await Promise.allSettled(parts)).find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }

  const [postgres, temporal, simulators] = await Promise.all(parts);
  const urls = Object.fromEntries(simulators) as PartnerUrls;
  const addresses = { databaseUrl: postgres.url, temporalAddress: temporal.address, partners: urls };
  return {
    databaseUrl: postgres.url,
    temporal,
    partners: urls,
    apiEnvironment: (port: number) => apiEnvironment(absolute, addresses, port, environment),
    workerEnvironment: (apiPort: number) => workerEnvironment(absolute, addresses, apiPort, environment),
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
