import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartnerUrls } from './partners/partners.ts';
import { commandOf } from './processes.ts';

/** What other programs may want to know of a running system. `npm start` keeps it in running.json. */
export type Running = PartnerUrls & {
  pid: number;
  api: string;
  docs: string;
  temporalAddress: string;
  temporalUi?: string;
  databaseUrl: string;
  logs: string[];
};

/**
 * Takes the folder for this process, or answers the pid of the process that has it. The file appears with its content in
 * one step (a link), so two starts at the same moment cannot both succeed; the lock of a killed process is taken over.
 */
export const takeLock = (folder: string): number | undefined => {
  mkdirSync(folder, { recursive: true });
  const file = lockFile(folder);
  const candidate = `${file}.${process.pid}`;
  const holder = holderOf(folder);
  if (holder) return holder;
  rmSync(file, { force: true });
  writeFileSync(candidate, `${process.pid}\n${commandOf(process.pid)}`);
  try {
    linkSync(candidate, file);
    return undefined;
  } catch {
    return holderOf(folder) ?? -1;
  } finally {
    rmSync(candidate);
  }
};

export const releaseLock = (folder: string) => {
  rmSync(runningFile(folder), { force: true });
  rmSync(lockFile(folder), { force: true });
};

/** The pid of the process that has the folder now, if it lives. */
export const holderOf = (folder: string): number | undefined => {
  if (!existsSync(lockFile(folder))) return undefined;
  const [pid, command] = readFileSync(lockFile(folder), 'utf8').split('\n');
  return pid && commandOf(Number(pid)) === command ? Number(pid) : undefined;
};

export const writeRunning = (folder: string, running: Running) => {
  writeFileSync(runningFile(folder), JSON.stringify(running, null, 2), { mode: 0o600 });
};

/** What runs in the folder; undefined while it starts, or when nothing runs. */
export const readRunning = (folder: string): Running | undefined => {
  if (!holderOf(folder) || !existsSync(runningFile(folder))) return undefined;
  return JSON.parse(readFileSync(runningFile(folder), 'utf8')) as Running;
};

const lockFile = (folder: string) => join(folder, 'lock');
const runningFile = (folder: string) => join(folder, 'running.json');
