import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { lockDrivers } from '../../../prisma/locks.ts';
import { post as postJournal } from '../../../prisma/post.ts';
import { readSubscription, startPeriod } from '../../../prisma/rentals.ts';
import { rentalChargedOffline } from '../../../workflows/domain/money/journals/rentals.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { dayMs } from '../../../workflows/domain/time.ts';
import { rentalProcess, startOptions } from '../../../workflows/processes.ts';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { aPaying } from '../../world/money/penalties.ts';
import { aPlan, rentalRow } from '../../world/money/rentals.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { cardOf } from '../on-temporal.ts';

/** A driver whose period runs, and whose process goes on in a fresh run after two updates. */
const aShortRun = async () => {
  const fleet = await aFleet();
  const driver = await aPaying(fleet, 0, null);
  const plan = { rentalPlanId: await aPlan(fleet), fleetId: fleet.id, planName: 'Fortnight' };
  const terms = { pricePaise: paise(349_900), depositPaise: paise(0), validityDays: 14 };
  const transactionId = randomUUID();
  const of = { driverId: driver.id, fleetId: fleet.id, amountPaise: 349_900n };
  const period = await db.$transaction(async (tx) => {
    await lockDrivers(tx, [driver.id]);
    const paid = { type: 'RENTAL', direction: 'DEBIT', status: 'SUCCESS' } as const;
    await tx.transaction.create({ data: { id: transactionId, ...of, ...paid } });
    const row = await tx.driver.findUniqueOrThrow({ where: { id: driver.id } });
    const begun = (await startPeriod(tx, {
      driver: row,
      transactionId,
      plan: { ...plan, ...terms },
      nowMs: Date.now(),
    }))!;
    const { driverId, fleetId } = of;
    const booking = {
      driverId,
      fleetId,
      occurredAt: begun.startsAt,
      transactionId,
      rentalId: begun.rentalId,
      hubId: null,
    };
    await postJournal(tx, rentalChargedOffline({ ...booking, amount: terms.pricePaise }));
    return begun;
  });
  const facts = (await readSubscription(db, driver.id))!;
  const process = rentalProcess(facts);
  const handle = await temporal.workflow.start(process.type, { ...startOptions(process), args: [facts, 2] });
  return { fleet, period, handle };
};

test('a subscription that lives long goes on in fresh runs, and keeps its period and its end', async () => {
  const { fleet, period, handle } = await aShortRun();
  const does = async (verb: string, more: object = {}) => {
    const path = `/payments/admin/rentals/${period.rentalId}/${verb}`;
    expect((await post(path, { reason: 'Vehicle in the workshop', ...more }, fleet.manager)).status).toBe(200);
  };

  const latest = temporal.workflow.getHandle(handle.workflowId);
  const runs = new Set([handle.firstExecutionRunId]);

  for (let n = 0; n < 3; n += 1) {
    await does('pause');
    await does('resume');
    const { runId } = await until(async () => {
      const description = await latest.describe();
      return !runs.has(description.runId) && description;
    }, 'a fresh run');
    runs.add(runId);
  }

  const { status, startDate, expiryDate } = await rentalRow(period.rentalId);
  expect(status).toBe('ACTIVE');
  expect(expiryDate.getTime() - startDate.getTime()).toBeGreaterThanOrEqual(14 * dayMs);
  expect(await cardOf(latest)).toContain('Fortnight: ACTIVE');
  await does('cancel', { refund: 'NONE' });
  await latest.result();
});
