import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  IterableBackoff,
  retry,
  wrap,
} from 'cockatiel';
import { setTimeout as sleep } from 'node:timers/promises';
import { literalJson } from '../../../workflows/domain/literal-json.ts';
import { minuteMs } from '../../../workflows/domain/time.ts';
import { call } from '../http.ts';

/** The times of the client in milliseconds. Source: easebuzz.md, rules 2, 3, 5, 6. */
export interface Pace {
  /** For one attempt; its connection has ten seconds, the default of `fetch`. */
  timeoutMs: number;
  /** Before the second attempt, the third and so on. */
  waitsMs: number[];
  /** How long nothing is sent after the gateway has said that it is too much. */
  quietMs: number;
  /** How long an open circuit stays open. */
  openMs: number;
}

export const usualPace: Pace = {
  timeoutMs: 30_000,
  waitsMs: [2_000, 8_000, 30_000],
  quietMs: 30_000,
  openMs: minuteMs,
};

/** How a product of the gateway is called: `slots` calls at a time. */
export interface Limits {
  pace: Pace;
  slots: number;
}

/**
 * What came back: JSON with numbers as text, which a refusal by the state of HTTP (4xx) may lack; or nobody knows whether it arrived;
 * or it was surely not sent.
 */
export type Sent =
  { kind: 'answered'; status: number; json: unknown } | { kind: 'unknown'; reason: string } | { kind: 'unavailable' };

type Attempt = Exclude<Sent, { kind: 'unavailable' }> & { isTooMany?: boolean };

const failuresUntilOpen = 10;

const isNoAnswer = (attempt: unknown) => {
  const { kind, isTooMany } = attempt as Attempt;
  return kind === 'unknown' && !isTooMany;
};

const attemptOf = (status: number, text: string): Attempt => {
  if (status === 429) return { kind: 'unknown', reason: 'HTTP 429', isTooMany: true };
  if (status >= 500) return { kind: 'unknown', reason: `HTTP ${status}` };
  try {
    return { kind: 'answered', status, json: literalJson(text) };
  } catch {
    // No network error and no 5xx, so it would be answered the same way again. Source: easebuzz.md, rule 3.
    if (status >= 400) return { kind: 'answered', status, json: undefined };
    return { kind: 'unknown', reason: `HTTP ${status} without JSON` };
  }
};

/**
 * Sends to the gateway: so many calls at a time, none for half a minute after a 429, none for a minute after ten attempts in a row
 * without an answer. `attempts` is how often a call that may be repeated is sent.
 */
export const transport = ({ pace, slots }: Limits) => {
  let quietUntilMs = 0;

  const attempt = async (url: string, init: RequestInit): Promise<Attempt> => {
    await sleep(Math.max(0, quietUntilMs - Date.now()));
    const answer = await call(url, init, pace.timeoutMs);
    if (answer.kind === 'unknown') return answer;
    const attempted = attemptOf(answer.status, answer.text);
    if (attempted.isTooMany) quietUntilMs = Date.now() + pace.quietMs;
    return attempted;
  };

  const guarded = wrap(
    bulkhead(slots, Infinity),
    circuitBreaker(handleWhenResult(isNoAnswer), {
      halfOpenAfter: pace.openMs,
      breaker: new ConsecutiveBreaker(failuresUntilOpen),
    }),
  );

  return async (url: string, init: RequestInit, attempts: number): Promise<Sent> => {
    const repeated = retry(
      handleWhenResult((result) => (result as Attempt).kind === 'unknown'),
      { maxAttempts: attempts - 1, backoff: new IterableBackoff(pace.waitsMs) },
    );
    let last: Attempt | null = null;
    try {
      return await repeated.execute(() => guarded.execute(async () => (last = await attempt(url, init))));
    } catch (error) {
      if (!isBrokenCircuitError(error)) throw error;
      return last ?? { kind: 'unavailable' };
    }
  };
};
