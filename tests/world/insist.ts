import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { post } from './api.ts';
import type { Answer } from './api.ts';

const patienceMs = 60_000;
const pauseMs = 100;

/** The statuses that a caller saw until his request was answered (0: no connection), and how long he waited for the slowest. */
export interface Insisted extends Answer {
  path: string;
  statuses: number[];
  slowestMs: number;
}

const away = { status: 0, headers: new Headers(), body: null };

/** A command as an app sends it: the same key again until there is an answer that is one. */
export const insist = async (
  path: string,
  body: object,
  { token, key = randomUUID() }: { token: string; key?: string },
): Promise<Insisted> => {
  const statuses: number[] = [];
  let slowestMs = 0;
  for (const startedMs = performance.now(); ; await pause(pauseMs)) {
    const sentMs = performance.now();
    const answer = await post(path, body, { token, key }).catch(() => away);
    statuses.push(answer.status);
    slowestMs = Math.max(slowestMs, performance.now() - sentMs);
    const isAnswered = answer.status !== 503 && answer.status !== 0;
    if (isAnswered || performance.now() - startedMs > patienceMs) return { ...answer, path, statuses, slowestMs };
  }
};
