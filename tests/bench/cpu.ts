import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { round } from './figures.ts';

/** The ids of processes by their names; read anew each time, because a process may be another one by then. */
export type Processes = Record<string, () => number>;

/** The unit of `/proc/<pid>/stat`, which is the same on every Linux of today. */
const tickMs = 10;

/** What a process and its ended children have used, and who its parent is. */
const statOf = (pid: number): { parent: number; usedMs: number } => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // A name may have blanks in it.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), usedMs: ticks * tickMs };
};

/** The CPU of a process and its children so far; PostgreSQL is a process per connection. */
const usedMs = (pid: number): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, name) => {
      if (!existsSync(`/proc/${name}/stat`)) return sum;
      const { parent, usedMs: own } = statOf(Number(name));
      return Number(name) === pid || parent === pid ? sum + own : sum;
    }, 0);

/**
 * Milliseconds of CPU that each process used per operation, while work went on that says how many it did per second. Empty where
 * there is no `/proc`.
 */
export const cpuPerOperation = async (
  processes: Processes,
  work: () => Promise<number>,
): Promise<Record<string, number>> => {
  if (!existsSync('/proc/self/stat')) return {};
  const used = () => Object.entries(processes).map(([name, pid]) => [name, usedMs(pid())] as const);
  const [before, startedMs] = [new Map(used()), performance.now()];
  const perSecond = await work();
  const operations = (perSecond * (performance.now() - startedMs)) / 1000;
  return Object.fromEntries(used().map(([name, ms]) => [name, round((ms - before.get(name)!) / operations)]));
};
