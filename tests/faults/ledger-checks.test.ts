import { test } from '@jest/globals';
import { db } from '../world/database.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';

// Here because what a check finds stops payouts, and it looks at everybody's books.

test.each([
  ['ledger-check', 'INCREMENTAL'],
  ['ledger-check-full', 'FULL'],
] as const)('the schedule %s runs the checks, %s', async (scheduleId, scope) => {
  const before = await db.ledgerCheckRun.count({ where: { scope } });

  await temporal.schedule.getHandle(scheduleId).trigger();

  await until(async () => (await db.ledgerCheckRun.count({ where: { scope } })) > before, 'another run of the checks');
  await db.ledgerCheckFinding.deleteMany();
});
