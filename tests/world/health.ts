import { db } from './database.ts';
import { brokenInvariants } from './invariants.ts';
import { temporal } from './temporal.ts';
import { until } from './until.ts';

/** What is broken when everything that was under way has come to rest; waits for that as long as it waits for any state. */
export const brokenAtRest = async (): Promise<string[]> => {
  let broken: string[] = [];
  const isHealthy = async () => {
    broken = await brokenInvariants(db, temporal);
    return broken.length === 0;
  };
  await until(isHealthy, 'the invariants').catch(() => undefined);
  return broken;
};
