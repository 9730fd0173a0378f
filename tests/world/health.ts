import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { db } from './database.ts';
import { brokenInvariants } from './invariants.ts';
import { temporal } from './temporal.ts';
import { until } from './until.ts';
import { world } from './world.ts';

/** An SMS whose worker died counts as lost after fifteen seconds and is then sent again. */
const usualPatienceMs = 40_000;

const schedule = () => temporal.schedule.getHandle('reconciliation');

/** From now on only `reconcile` runs it. */
export const pauseReconciliation = (): Promise<void> => schedule().pause();

/** Lets the schedule run again; on a connection of its own, because that of a file is closed when the file ends. */
export const resumeReconciliation = async (): Promise<void> => {
  const connection = await Connection.connect({ address: world.temporalAddress });
  await new Client({ connection }).schedule.getHandle('reconciliation').unpause();
  await connection.close();
};

/** What the schedule does once a minute, now; what was inserted a moment ago counts as old enough to be missed. */
export const reconcile = async (): Promise<void> => {
  for (const table of ['trips', 'attendances', 'payouts'])
    await db.$executeRawUnsafe(
      `UPDATE "${table}" SET "createdAt" = "createdAt" - INTERVAL '1 minute' WHERE "begunAt" IS NULL`,
    );
  await db.$executeRaw`UPDATE "notifications" SET "createdAt" = "createdAt" - INTERVAL '1 minute' WHERE "status" = 'QUEUED'`;
  await schedule().trigger(ScheduleOverlapPolicy.BUFFER_ONE);
};

/**
 * What is broken when everything that was under way has come to rest, and the schedule has looked once: it begins the message of a
 * commit whose begin was lost.
 */
export const brokenAtRest = async (patienceMs = usualPatienceMs): Promise<string[]> => {
  await reconcile();
  let broken: string[] = [];
  const isHealthy = async () => {
    broken = await brokenInvariants(db, temporal);
    return broken.length === 0;
  };
  await until(isHealthy, 'the invariants', patienceMs).catch(() => undefined);
  return broken;
};
