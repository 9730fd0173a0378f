import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { send } from './processes.ts';

const readyTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;
const backOffMs = { first: 200, longest: 5_000, forgottenAfter: 30_000 };

/** A child that is kept alive. `pid` changes with every restart. */
type Supervised = { pid: () => number | undefined; restarts: () => number; stop: () => Promise<void> };

type Child = {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  onEvent: (text: string) => void;
};

const running = new Set<ChildProcess>();

/**
 * Starts a child and restarts it whenever it dies. Resolves when the child first sends 'ready' over IPC; a child that
 * dies before that is broken rather than unlucky, so it rejects with the end of the child's log. The child leads a
 * process group of its own, since a terminal sends Ctrl-C to a whole group and would break the order of stopping.
 */
export const supervise = async ({ name, command, args, env, logFile, onEvent }: Child): Promise<Supervised> => {
  if (existsSync(logFile)) renameSync(logFile, logFile.replace(/\.log$/, '.previous.log'));
  let child: ChildProcess;
  let stopping = false;
  let restarts = 0;
  let waitMs = backOffMs.first;
  let restart: NodeJS.Timeout | undefined;

  const start = () => {
    const startedAt = Date.now();
    child = launch(command, args, env, logFile);
    const { pid } = child;
    child.once('exit', (code, signal) => {
      if (stopping || !isUp) return;
      if (Date.now() - startedAt > backOffMs.forgottenAfter) waitMs = backOffMs.first;
      onEvent(
        `${name} (pid ${pid}) ended with ${signal ?? `code ${code}`}; restarting in ${waitMs} ms, see ${logFile}`,
      );
      restart = setTimeout(() => {
        restarts++;
        const again = start();
        again.once('message', () => onEvent(`${name} runs again (pid ${again.pid})`));
      }, waitMs);
      waitMs = Math.min(waitMs * 2, backOffMs.longest);
    });
    return child;
  };

  let isUp = false;
  await ready(start(), name, logFile);
  isUp = true;

  return {
    pid: () => child.pid,
    restarts: () => restarts,
    stop: async () => {
      stopping = true;
      clearTimeout(restart);
      await end(child);
    },
  };
};

/** Kills every supervised child at once: the answer to a second Ctrl-C. */
export const killAll = () => running.forEach(kill);

const launch = (command: string, args: string[], env: NodeJS.ProcessEnv, logFile: string): ChildProcess => {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
};

const ready = async (child: ChildProcess, name: string, logFile: string) => {
  const outcome = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(`was not ready after ${readyTimeoutMs / 1000} s`), readyTimeoutMs);
    child.on('message', (message) => message === 'ready' && resolve('ready'));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`} before it was ready`));
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', () => clearTimeout(timer));
    child.on('message', () => clearTimeout(timer));
  });
  if (outcome === 'ready') return;
  kill(child);
  const log = readFileSync(logFile, 'utf8').trim().split('\n').slice(-20).join('\n');
  throw new Error(`${name} ${outcome}. The end of ${logFile}:\n${log}`);
};

const end = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (!running.has(child)) return resolve();
    const timer = setTimeout(kill, stopTimeoutMs, child);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });

const kill = (child: ChildProcess) => {
  if (child.pid) send(-child.pid, 'SIGKILL');
};
