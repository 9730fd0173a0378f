import { setTimeout as pause } from 'node:timers/promises';
import { kill, signal } from '../world/parts.ts';
import type { Part } from '../world/world.ts';

const hangMs = 6_000;

const hang = async (part: Part): Promise<void> => {
  await signal(part, 'SIGSTOP');
  await pause(hangMs);
  await signal(part, 'SIGCONT');
};

/** What may happen to the system, by name. Whatever dies is started again at once. */
export const faults: Record<string, () => Promise<unknown>> = {
  nothing: () => Promise.resolve(),
  'one of two workers is killed': () => kill('worker'),
  'both workers are killed': () => Promise.all([kill('worker'), kill('secondWorker')]),
  'a worker hangs': () => hang('worker'),
  'the API is killed': () => kill('api'),
  'the API hangs': () => hang('api'),
  'PostgreSQL stops fast': () => signal('postgres', 'SIGINT'),
  'PostgreSQL stops at once': () => signal('postgres', 'SIGQUIT'),
  'Temporal is killed': () => kill('temporal'),
  'Temporal hangs': () => hang('temporal'),
  'everything is killed': () =>
    Promise.all([kill('api'), kill('worker'), kill('secondWorker'), kill('temporal'), signal('postgres', 'SIGQUIT')]),
};
