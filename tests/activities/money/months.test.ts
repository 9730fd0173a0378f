import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { findFaults } from '../../../activities/money/checks.ts';
import { ledgerActivities } from '../../../activities/money/ledger.ts';
import { post } from '../../../prisma/post.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import {
  firstDay,
  lastDay,
  monthDue,
  monthOf,
  nextMonth,
  previousMonth,
} from '../../../workflows/domain/money/ledger.ts';
import type { Month } from '../../../workflows/domain/money/ledger.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { istDay, istDayStartMs, instant } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { ownDatabase } from '../../world/money/own-database.ts';

let own: Awaited<ReturnType<typeof ownDatabase>>;
beforeAll(async () => {
  own = await ownDatabase();
});
afterAll(() => own.drop());

const driverId = randomUUID();
const today = istDay(Date.now());
const thisMonth = monthOf(today);
const month = previousMonth(thisMonth);
const [earlier, between] = [previousMonth(previousMonth(month)), previousMonth(month)];

const depositOn = (day: IstDay, amount: number) => {
  const occurredAt = instant(istDayStartMs(day));
  return own.db.$transaction((tx) =>
    post(tx, depositPaid({ driverId, fleetId: randomUUID(), occurredAt, txnid: randomUUID(), amount: rupees(amount) })),
  );
};

const dayOf = async (journalId: string) => {
  const { businessDate } = await own.db.ledgerJournal.findUniqueOrThrow({ where: { id: BigInt(journalId) } });
  return businessDate.toISOString().slice(0, 10);
};

const totalOf = async (code: number) => {
  const account = await own.db.ledgerAccount.findFirstOrThrow({ where: { code } });
  const [total] = await own.db.$queryRaw<
    object[]
  >`SELECT debit_paise, credit_paise, entries FROM ledger_total(${account.id})`;
  return total;
};

const dayTotals = () => own.db.ledgerDayTotal.count();

/** The credits of deposits in the frozen trial balances of a month, in rupees. */
const frozenDeposits = async (of: Month) => {
  const businessDate = { gte: new Date(firstDay(of)), lte: new Date(lastDay(of)) };
  const where = { code: 2010, businessDate };
  const rows = await own.db.ledgerTrialBalance.findMany({ where, orderBy: { businessDate: 'asc' } });
  return rows.map(({ creditPaise }) => Number(creditPaise) / 100);
};

test('closed months keep their trial balance of every day; what is posted to them later gets the first open day', async () => {
  const { closeMonth } = ledgerActivities(own);
  await depositOn(lastDay(earlier), 7);
  await depositOn(firstDay(month), 100);
  await depositOn(lastDay(month), 20);
  await depositOn(today, 3);

  const closed = await closeMonth({ month, by: null });
  const late = await depositOn(lastDay(month), 4000);
  const current = await depositOn(today, 5);

  expect(await closeMonth({ month, by: null })).toEqual(closed);
  expect(await dayOf(late.journalId)).toBe(firstDay(thisMonth));
  expect(await dayOf(current.journalId)).toBe(today);
  const daysOf = (each: Month) => Number(lastDay(each).slice(8));
  expect(await frozenDeposits(earlier)).toEqual([7]); // Before its last day there is nothing to freeze.
  expect(await frozenDeposits(between)).toEqual(Array.from({ length: daysOf(between) }, () => 7));
  expect(await frozenDeposits(month)).toEqual([...Array.from({ length: daysOf(month) - 1 }, () => 107), 127]);
  expect(await totalOf(2010)).toEqual({ debit_paise: 0n, credit_paise: 413_500n, entries: 6n });
  expect(await findFaults(own.db, null)).toEqual([]);
});

test('the first closing closes all months with entries, and then each is closed after the one before it', async () => {
  const { closeMonth } = ledgerActivities(own);

  const closed = await own.db.ledgerMonth.findMany({ orderBy: { month: 'asc' } });
  expect(closed.map((row) => row.month.toISOString().slice(0, 7))).toEqual([earlier, between, month]);
  await expect(closeMonth({ month: previousMonth(earlier), by: null })).rejects.toMatchObject({
    type: 'MONTH_OUT_OF_ORDER',
    details: [{ next: thisMonth }],
  });
  await expect(closeMonth({ month: thisMonth, by: null })).rejects.toMatchObject({ type: 'MONTH_NOT_OVER' });
});

test('the schedule closes what is due and nothing twice', async () => {
  const { closeMonthsDue } = ledgerActivities(own);

  expect(await closeMonthsDue()).toEqual([]);
  expect(await own.db.ledgerMonth.count()).toBe(3);
});

test('a posting to a day that is totalled already is added to its total', async () => {
  const { totalDays } = ledgerActivities(own);
  await totalDays();
  const before = await dayTotals();
  await own.db.$executeRaw`SELECT ledger_close_days(${today}::date)`;

  await depositOn(today, 50_000);

  expect(await dayTotals()).toBeGreaterThan(before);
  expect(await totalOf(2010)).toEqual({ debit_paise: 0n, credit_paise: 5_413_500n, entries: 7n });
  expect(await totalOf(1020)).toEqual({ debit_paise: 5_413_500n, credit_paise: 0n, entries: 7n });
  expect(await findFaults(own.db, null)).toEqual([]);
});

test.each<[string, string, string]>([
  ['2026-12-06T22:29:59.999Z', '2026-10', 'a moment before 04:00 on the 7th'],
  ['2026-12-06T22:30:00.000Z', '2026-11', '04:00 on the 7th'],
  ['2027-01-06T22:30:00.000Z', '2026-12', 'the turn of the year'],
])('at %s the month to close is %s: %s', (at, due) => {
  expect(monthDue(Date.parse(at))).toBe(due);
});

test('months follow each other through leap years', () => {
  expect([lastDay('2028-02' as Month), nextMonth('2026-12' as Month), previousMonth('2027-01' as Month)]).toEqual([
    '2028-02-29',
    '2027-01',
    '2026-12',
  ]);
});
