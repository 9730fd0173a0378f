import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { endLeftover, endProcess } from './processes.ts';

/**
 * What `keep` needs to know of a foreign server. `port` is where it will listen, `pidFile` is where its process id is
 * remembered, `stopSignal` is its own word for an orderly stop.
 */
export type Kept = {
  command: string;
  args: string[];
  port: number;
  pidFile: string;
  stopSignal: NodeJS.Signals;
  uid?: number;
  gid?: number;
};

/**
 * Runs a foreign server (PostgreSQL, Temporal) as the only child of a process of its own, because those servers do not
 * know our rules: they must end when our process ends, even by kill -9, and must not hear the Ctrl-C of a terminal.
 */
const keep = async ({ command, args, port, pidFile, stopSignal, uid, gid }: Kept) => {
  await endLeftover(pidFile, stopSignal);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], uid, gid });
  child.once('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    console.error(`${command} ended with ${signal ?? code}`);
    rmSync(pidFile, { force: true });
    process.exit(code ?? 1);
  });
  if (!child.pid) return;
  writeFileSync(pidFile, `${child.pid}\n${command} ${args.join(' ')}`);

  const { pid } = child;
  const stop = () => void endProcess(pid, stopSignal);
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);

  await listening(port);
  if (process.connected) process.send?.('ready');
};

const listening = async (port: number) => {
  while (!(await answers(port))) await sleep(15);
};

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

if (import.meta.main) await keep(JSON.parse(process.argv[2] ?? '{}') as Kept);
