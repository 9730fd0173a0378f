import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { rentalActivities, rentalIncomeActivities } from '../../../activities/money/rentals.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { changePeriods, readSubscription, startPeriod } from '../../../prisma/rentals.ts';
import type { Tx } from '../../../prisma/client.ts';
import { post } from '../../../prisma/post.ts';
import { rentalChargedOffline } from '../../../workflows/domain/money/journals/rentals.ts';
import { paused, resumed, runningOf } from '../../../workflows/domain/money/rental-periods.ts';
import type { Period } from '../../../workflows/domain/money/rental-periods.ts';
import { rentalDeadlines } from '../../../workflows/domain/money/rentals.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { dayMs, hourMs, instant, ms } from '../../../workflows/domain/time.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { asStaff } from '../../world/actors.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { aPaying } from '../../world/money/penalties.ts';
import { aPlan, rentalsOf } from '../../world/money/rentals.ts';

const price = 349_900;
const days = 14;

/** A driver who rents, on a clock of the test. */
const aYear = async () => {
  const fleet = await aFleet();
  const driver = await aPaying(fleet, 0, null);
  const rentalPlanId = await aPlan(fleet);
  const plan = {
    rentalPlanId,
    fleetId: fleet.id,
    planName: 'Fortnight',
    pricePaise: paise(price),
    depositPaise: paise(0),
    validityDays: days,
  };
  let nowMs = ms('2025-01-01T06:00:00.000Z');
  const deps = { db, deliver: () => undefined, now: () => nowMs };
  const commands = rentalActivities(deps);
  const { recognizeIncome } = rentalIncomeActivities(deps);
  const facts = async () => (await readSubscription(db, driver.id))!;
  const by = { by: asStaff(fleet.manager.id, 'MANAGER'), textId: randomUUID() };

  /** The system of the tests has another clock, and would expire its periods. */
  const hide = (tx: Tx) =>
    tx.rentalSubscription.update({
      where: { id: driver.id },
      data: { unheardSince: null, createdAt: new Date(Date.now() + dayMs) },
    });
  const buy = () =>
    db.$transaction(async (tx) => {
      await lockDrivers(tx, [driver.id]);
      const transactionId = randomUUID();
      const of = { driverId: driver.id, fleetId: fleet.id };
      const paid = { type: 'RENTAL', direction: 'DEBIT', status: 'SUCCESS', amountPaise: price } as const;
      await tx.transaction.create({ data: { id: transactionId, ...of, ...paid } });
      const current = await tx.driver.findUniqueOrThrow({ where: { id: driver.id } });
      const period = (await startPeriod(tx, { driver: current, transactionId, plan, nowMs }))!;
      const booking = { ...of, occurredAt: instant(nowMs), transactionId, rentalId: period.rentalId, hubId: null };
      await post(tx, rentalChargedOffline({ ...booking, amount: paise(price) }));
      await hide(tx);
      return period;
    });
  const suspend = (change: (periods: readonly Period[]) => Period[] | null) =>
    db.$transaction(async (tx) => {
      await lockDrivers(tx, [driver.id]);
      await changePeriods(tx, driver.id, ({ periods }) => change(periods), {
        at: instant(nowMs),
        by: null,
        reason: null,
      });
      await hide(tx);
    });
  /** Meets what is due by then, as a worker that was away does. */
  const meetDue = async () => {
    for (;;) {
      const now = await facts();
      const due = rentalDeadlines(now).find(({ name, dueMs }) => dueMs <= nowMs && !name.startsWith('remind'));
      if (!due) return;
      await commands.meet({ facts: now, due, clock: null });
    }
  };
  return {
    ...{ driver, fleet, buy, meetDue, recognizeIncome },
    pass: (byMs: number) => void (nowMs += byMs),
    now: () => nowMs,
    suspend: () => suspend((periods) => paused(periods, 'SANCTION', nowMs)),
    release: () => suspend((periods) => resumed(periods, 'SANCTION', nowMs)),
    async command(name: 'pause' | 'resume') {
      const now = await facts();
      const command = { ...by, rentalId: runningOf(now.periods)!.rentalId };
      await commands[name]({ facts: now, command, commandId: randomUUID(), clock: null });
    },
  };
};

test('a year of renewals with pauses, suspensions and outages: every period is its days, and the books are what was paid', async () => {
  const year = await aYear();
  await year.buy();
  for (let n = 1; n < 24; n += 1) {
    year.pass(3 * dayMs + hourMs);
    await year.meetDue();
    await year.recognizeIncome();
    await year.buy();
    if (n % 8 === 2) {
      await year.command('pause');
      year.pass(2 * dayMs + 7 * hourMs);
      await year.command('resume');
    }
    if (n % 11 === 5) {
      await year.suspend();
      year.pass(9 * dayMs);
      await year.release();
    }
    // Every fifth time nobody looks for longer than the period lasts.
    year.pass(n % 5 === 0 ? 12 * dayMs : 8 * dayMs);
    await year.meetDue();
    year.pass(2 * dayMs + 23 * hourMs);
    await year.meetDue();
  }
  year.pass(60 * dayMs);
  await year.meetDue();

  const periods = await rentalsOf(year.driver.id);
  expect(periods).toHaveLength(24);
  expect(new Set(periods.map(({ status }) => status))).toEqual(new Set(['EXPIRED']));
  for (const [n, { startDate, expiryDate, recognizedPaise }] of periods.entries()) {
    expect(recognizedPaise).toBe(BigInt(price));
    if (n > 0) expect(startDate.getTime()).toBeGreaterThanOrEqual(periods[n - 1]!.expiryDate.getTime());
    expect(expiryDate.getTime() - startDate.getTime()).toBeGreaterThanOrEqual(days * dayMs);
  }
  // 24 fortnights, of which the pauses and suspensions are no part: 3 × 2 d 7 h and 2 × 9 d.
  const rented = periods.reduce(
    (sum, { startDate, expiryDate }) => sum + expiryDate.getTime() - startDate.getTime(),
    0,
  );
  expect(rented).toBe(24 * days * dayMs + 3 * (2 * dayMs + 7 * hourMs) + 2 * 9 * dayMs);
  const ids = periods.map(({ id }) => id);
  expect(await balancesOf(year.driver.id, ...ids)).toEqual({});
  expect(await balancesOf(year.fleet.id)).toEqual({ [`4010[${year.fleet.id}]`]: 24 * price });
  expect(await faultsInBooks(year.driver.id, ...ids)).toEqual([]);
});

test('who buys after the end, while nobody has looked, begins to rent at that moment', async () => {
  const year = await aYear();
  await year.buy();
  year.pass(days * dayMs + 5 * hourMs);

  const next = await year.buy();

  expect(next).toMatchObject({ status: 'ACTIVE', startsAt: instant(year.now()) });
  expect((await rentalsOf(year.driver.id)).map(({ status }) => status)).toEqual(['EXPIRED', 'ACTIVE']);
});

test('after 90 days of pause a period is cancelled, and its rest goes back', async () => {
  const year = await aYear();
  const { rentalId } = await year.buy();
  year.pass(4 * dayMs);
  await year.command('pause');
  year.pass(90 * dayMs - hourMs);
  await year.meetDue();
  expect(await rentalsOf(year.driver.id)).toMatchObject([{ status: 'PAUSED' }]);

  year.pass(3 * dayMs);
  await year.meetDue();

  const back = Math.round((price * 10) / 14);
  const ended = { id: rentalId, status: 'CANCELLED', refundPaise: BigInt(back) };
  expect(await rentalsOf(year.driver.id)).toMatchObject([ended]);
  expect(await balancesOf(year.driver.id, rentalId)).toEqual({ [`2020[${year.driver.id}]`]: back });
});
