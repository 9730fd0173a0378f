import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRunning } from '../../local/lock.ts';
import { freePort } from '../../local/ports.ts';
import { supervise } from '../../local/supervise.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const patienceMs = 120_000;

/** Whoever measures asks more often than a person may. */
const withoutLimits = {
  RATE_LIMIT_MAX: '1000000000',
  RATE_LIMIT_IP_MAX: '1000000000',
  OTP_SEND_PER_IP_HOUR: '100000',
  BULK_APPROVAL_THRESHOLD: '5000000.00',
};

/** Of the person's environment only what finds programs: addresses of real systems must not get here. */
export const environment = (folder: string): NodeJS.ProcessEnv => {
  const { PATH, HOME, TEMPORAL_CLI_PATH, XDG_CACHE_HOME } = process.env;
  return { PATH, HOME, TEMPORAL_CLI_PATH, XDG_CACHE_HOME, LOCAL_FOLDER: folder, ...withoutLimits };
};

/** The whole system as a person starts it, in a folder of its own; `stop` leaves nothing behind. */
export const startSystem = async () => {
  // PostgreSQL refuses to run as root, so its folder must be reachable for others.
  const folder = mkdtempSync(join(tmpdir(), 'drivers-klub-bench-'));
  const output = join(folder, 'start.log');
  const log = openSync(output, 'a');
  const startedMs = performance.now();
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: environment(folder),
    stdio: ['ignore', log, log],
    detached: true,
  });
  const ended = once(npm, 'exit');
  const stop = async () => {
    if (npm.exitCode === null) process.kill(-npm.pid!, 'SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };

  const isRunning = () => {
    if (npm.exitCode !== null) throw new Error(`npm start failed:\n${readFileSync(output, 'utf8')}`);
    return Promise.resolve(readRunning(folder));
  };
  const running = await until(isRunning, 'npm start', patienceMs).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  Object.assign(world, running, { folder }); // The helpers of the tests speak to this system.

  /** The newest process of that name: a killed one is started again under another pid. */
  const pidOf = (name: 'API' | 'Worker'): number => {
    const pids = [...readFileSync(output, 'utf8').matchAll(new RegExp(`${name} .*\\(pid (\\d+)\\)$`, 'gm'))];
    return Number(pids.at(-1)![1]);
  };
  const serverPid = (name: string) => parseInt(readFileSync(join(folder, `${name}.pid`), 'utf8'));
  const processes = {
    api: () => pidOf('API'),
    worker: () => pidOf('Worker'),
    temporal: () => serverPid('temporal'),
    postgres: () => serverPid('postgres'),
  };
  return { ...running, folder, startedMs, pidOf, processes, stop };
};

export type System = Awaited<ReturnType<typeof startSystem>>;

/** One more process beside the system: a file of ours, logging into the folder of the system. */
export const startProcess = (system: System, name: string, file: string, env: NodeJS.ProcessEnv) =>
  supervise({
    ...{ name, env, command: process.execPath, onEvent: () => undefined },
    args: [fileURLToPath(new URL(file, import.meta.url))],
    logFile: join(system.folder, `${name}.log`),
  });

/** The same for one that listens on PORT. */
export const startServer = async (system: System, name: string, file: string, env: NodeJS.ProcessEnv) => {
  const port = await freePort(0);
  const { pid, stop } = await startProcess(system, name, file, { ...env, PORT: String(port) });
  return { origin: `http://127.0.0.1:${port}`, pid: () => pid()!, stop };
};
