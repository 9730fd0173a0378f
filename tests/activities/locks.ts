import { db } from '../world/database.ts';
import { until } from '../world/until.ts';

const waiting = async () => {
  const [found] = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return Number(found!.count);
};

/** Until so many transactions wait for a lock: a moment in the middle of their work that a test can hold. */
export const untilWaiting = (transactions: number) =>
  until(async () => (await waiting()) >= transactions, `${transactions} transactions that wait for a lock`);
