import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The command line of a running process, or undefined when there is none. A pid alone proves nothing: after a restart of
 * the machine it belongs to somebody else, so whoever reads a pid from a file compares this text too. A dead process
 * that nobody has collected yet has no command line.
 */
export const commandOf = (pid: number): string | undefined => {
  if (!isAlive(pid)) return undefined;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim() || undefined;
  } catch {
    return spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).stdout?.trim() || undefined;
  }
};

/**
 * Ends the process that a pid file (its pid, then its command line) left behind, if that very process still runs: after
 * kill -9 of everything above it, a server may have survived with its port and its files.
 */
export const endLeftover = async (pidFile: string, signal: NodeJS.Signals): Promise<void> => {
  if (!existsSync(pidFile)) return;
  const [pid, command] = readFileSync(pidFile, 'utf8').split('\n');
  if (pid && commandOf(Number(pid)) === command) await endProcess(Number(pid), signal);
};

/** Ends a process politely and, when it has not gone after ten seconds, by force. Returns when it is gone. */
export const endProcess = async (pid: number, signal: NodeJS.Signals): Promise<void> => {
  send(pid, signal);
  for (let waitedMs = 0; commandOf(pid); waitedMs += 20) {
    if (waitedMs === 10_000) send(pid, 'SIGKILL');
    if (waitedMs > 15_000) throw new Error(`Process ${pid} does not end.`);
    await sleep(20);
  }
};

/** Sends a signal, to a process or (negative) to a process group, that may be gone already. */
export const send = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone, which is what every sender of a signal here wants.
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
