import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from './client.ts';

/** Returns a function that waits until the next call of a kind may be made: `perSecond` of them, evenly, over all processes. */
export const callPace = (db: Db, name: 'transfers', perSecond: number) => async (): Promise<void> => {
  const [turn] = await db.$queryRaw<{ waitMs: number }[]>`
    INSERT INTO "call_pace" AS pace ("name", "nextAt") VALUES (${name}, clock_timestamp() + make_interval(secs => 1.0 / ${perSecond}::float8))
    ON CONFLICT ("name") DO UPDATE SET
      "nextAt" = greatest(pace."nextAt", clock_timestamp()) + make_interval(secs => 1.0 / ${perSecond}::float8)
    RETURNING extract(epoch FROM "nextAt" - clock_timestamp())::float8 * 1000 - 1000.0 / ${perSecond}::float8 AS "waitMs"`;
  await sleep(Math.max(0, turn!.waitMs));
};
