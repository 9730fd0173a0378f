import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { findFaults } from '../../../activities/money/checks.ts';
import { ledgerActivities } from '../../../activities/money/ledger.ts';
import { post } from '../../../prisma/post.ts';
import { depositPaid } from '../../../workflows/domain/money/deposit-journals.ts';
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

test('a closed month keeps its trial balance of every day; what is posted to it later gets the first open day', async () => {
  const { closeMonth } = ledgerActivities(own);
  await depositOn(firstDay(month), 100);
  await depositOn(lastDay(month), 20);
  await depositOn(today, 3);

  const closed = await closeMonth({ month, by: null });
  const late = await depositOn(lastDay(month), 4000);

  expect(await closeMonth({ month, by: null })).toEqual(closed);
  expect(await dayOf(late.journalId)).toBe(firstDay(thisMonth));
  const frozen = await own.db.ledgerTrialBalance.findMany({ where: { code: 2010 }, orderBy: { businessDate: 'asc' } });
  expect(frozen).toHaveLength(Number(lastDay(month).slice(8)));
  expect(frozen.map(({ creditPaise }) => Number(creditPaise))).toEqual([...frozen.slice(1).map(() => 10_000), 12_000]);
  expect(await totalOf(2010)).toEqual({ debit_paise: 0n, credit_paise: 412_300n, entries: 4n });
  expect(await findFaults(own.db, null)).toEqual([]);
});

test('a month is closed after the one before it', async () => {
  const { closeMonth } = ledgerActivities(own);

  await expect(closeMonth({ month: previousMonth(month), by: null })).rejects.toMatchObject({
    type: 'MONTH_OUT_OF_ORDER',
    details: [{ next: thisMonth }],
  });
  await expect(closeMonth({ month: thisMonth, by: null })).rejects.toMatchObject({ type: 'MONTH_NOT_OVER' });
});

test('the schedule closes what is due and nothing twice', async () => {
  const { closeMonthsDue } = ledgerActivities(own);

  expect(await closeMonthsDue()).toEqual([]);
  expect(await own.db.ledgerMonth.count()).toBe(1);
});

test('a posting to a day that is totalled already is added to its total', async () => {
  const { totalDays } = ledgerActivities(own);
  await totalDays();
  const before = await dayTotals();
  await own.db.$executeRaw`SELECT ledger_close_days(${today}::date)`;

  await depositOn(today, 50_000);

  expect(await dayTotals()).toBeGreaterThan(before);
  expect(await totalOf(2010)).toEqual({ debit_paise: 0n, credit_paise: 5_412_300n, entries: 5n });
  expect(await totalOf(1020)).toEqual({ debit_paise: 5_412_300n, credit_paise: 0n, entries: 5n });
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
