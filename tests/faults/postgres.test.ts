import { expect, test } from '@jest/globals';
import { get } from '../world/api.ts';
import { brokenAtRest } from '../world/health.ts';
import { underLoad, unexpectedIn } from '../world/load.ts';
import { signal } from '../world/parts.ts';

/** PostgreSQL's own words: end the connections and stop in order, and stop at once, to recover from the log. */
test.each([
  ['fast', 'SIGINT'],
  ['immediate', 'SIGQUIT'],
] as const)('PostgreSQL restarts under load (%s): callers are put off, and everything is done', async (_, word) => {
  const { answers, ...done } = await underLoad(8, () => signal('postgres', word));

  expect(unexpectedIn(answers)).toEqual([]);
  expect(answers.some(({ statuses }) => statuses.includes(503))).toBe(true);
  expect(done).toEqual({ completed: 8, checkedOut: 8 });
  expect((await get('/health')).body.database).toBe('connected');
  expect(await brokenAtRest()).toEqual([]);
});
