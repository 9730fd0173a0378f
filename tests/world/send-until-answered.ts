import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { post } from './api.ts';
import type { Answer } from './api.ts';

const patienceMs = 60_000;
const pauseMs = 100;

/** The statuses that a caller saw until their request was answered (0: no connection), and how long that took. */
export interface Answered extends Answer {
  path: string;
  statuses: number[];
  waitedMs: number;
  /** Sends the same request once more. */
  again: () => Promise<Answered>;
}

const away = { status: 0, headers: new Headers(), body: null };

/** A command as an app sends it: the same key again until there is an answer that is one. */
export const sendUntilAnswered = async (
  path: string,
  body: object,
  { token, key = randomUUID() }: { token: string; key?: string },
): Promise<Answered> => {
  const again = () => sendUntilAnswered(path, body, { token, key });
  const statuses: number[] = [];
  for (const startedMs = performance.now(); ; await pause(pauseMs)) {
    const answer = await post(path, body, { token, key }).catch(() => away);
    statuses.push(answer.status);
    const waitedMs = performance.now() - startedMs;
    const isAnswered = answer.status !== 503 && answer.status !== 0;
    if (isAnswered || waitedMs > patienceMs) return { ...answer, path, statuses, waitedMs, again };
  }
};
