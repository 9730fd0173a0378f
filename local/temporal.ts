import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Kept } from './keep.ts';
import { freePort } from './ports.ts';
import { endLeftover } from './processes.ts';
import { supervise } from './supervise.ts';
import { findTemporal } from './temporal-binary.ts';

const readyTimeoutMs = 30_000;
const stopSignal = 'SIGTERM';
const namespace = 'default';

/** With the server's own values a regular activity takes 100 ms instead of 8, and bursts of updates on one workflow are refused. */
const dynamicConfig = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'history.maxInFlightUpdates': 100,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

/** The types of search attributes, by the words of the command line, with their numbers in the operator service. */
const types = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 };

export type SearchAttribute = { name: string; type: keyof typeof types };

type Options = {
  folder: string;
  stateFile?: string;
  port: number;
  uiPort?: number;
  searchAttributes: SearchAttribute[];
  environment: NodeJS.ProcessEnv;
  log: (text: string) => void;
};

type Temporal = { address: string; uiUrl?: string; how: string; stop?: () => Promise<void> };

/**
 * Starts a Temporal server on the loopback address, or takes the one that TEMPORAL_ADDRESS names, and resolves when the
 * default namespace answers and knows all search attributes. Without `stateFile` everything is forgotten at the end,
 * without `uiPort` there is no UI, and a server of somebody else has no `stop`. The pid file and the log go to `folder`.
 */
export const startTemporal = async (options: Options): Promise<Temporal> => {
  const found = await findTemporal(options.environment, options.log);
  options.log(`Temporal: ${found.how}`);
  if ('address' in found) {
    await usable(found.address, options.searchAttributes);
    return { address: found.address, how: found.how };
  }
  const pidFile = join(options.folder, 'temporal.pid');
  await endLeftover(pidFile, stopSignal);
  const port = await freePort(options.port, (text) => options.log(`Temporal: ${text}`));
  const uiPort = options.uiPort && (await freePort(options.uiPort, (text) => options.log(`Temporal UI: ${text}`)));
  const kept: Kept = {
    command: found.path,
    args: ['server', 'start-dev', ...flags({ ...options, port, uiPort })],
    port,
    pidFile,
    stopSignal,
  };
  const server = await supervise({
    name: 'Temporal',
    command: process.execPath,
    args: [fileURLToPath(new URL('keep.ts', import.meta.url)), JSON.stringify(kept)],
    env: { ...process.env },
    logFile: join(options.folder, 'temporal.log'),
    onEvent: options.log,
  });
  const address = `127.0.0.1:${port}`;
  try {
    await usable(address, options.searchAttributes);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { address, uiUrl: uiPort ? `http://127.0.0.1:${uiPort}` : undefined, how: found.how, stop: server.stop };
};

const flags = ({ stateFile, port, uiPort, searchAttributes }: Omit<Options, 'log' | 'environment'>): string[] => [
  ...['--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
  ...(uiPort ? ['--ui-port', String(uiPort)] : ['--headless']),
  ...(stateFile ? ['--db-filename', stateFile] : []),
  ...(stateFile ? ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'] : []),
  ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ...searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
];

/** Waits for the namespace and registers the search attributes that a server started by somebody else does not have yet. */
const usable = async (address: string, searchAttributes: SearchAttribute[]) => {
  const deadlineAt = Date.now() + readyTimeoutMs;
  for (;;) {
    try {
      return await withConnection(address, (connection) => register(connection, searchAttributes));
    } catch (error) {
      if (Date.now() > deadlineAt) throw new Error(`Temporal at ${address} does not answer.`, { cause: error });
      await sleep(50);
    }
  }
};

const withConnection = async (address: string, use: (connection: Connection) => Promise<void>) => {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.withDeadline(Date.now() + 5_000, () => use(connection));
  } finally {
    await connection.close();
  }
};

const register = async (connection: Connection, searchAttributes: SearchAttribute[]) => {
  await connection.workflowService.describeNamespace({ namespace });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributes.filter(({ name }) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, types[type]])),
  });
};
