import { expect, test } from '@jest/globals';
import type { DailyCollection } from '../../../../prisma/generated/client.ts';
import { summaryOf } from '../../../../api/money/collections/own-collections.ts';
import {
  adjust,
  closeDay,
  collectionDeadlines,
  countCash,
  currentDay,
  dispute,
  reconcile,
  reopen,
  requireNotes,
} from '../../../../workflows/domain/money/collections/collections.ts';
import type { CollectionFacts } from '../../../../workflows/domain/money/collections/collections.ts';
import { paise } from '../../../../workflows/domain/money.ts';
import { refusalIn } from '../../../../workflows/domain/refusals.ts';
import { hourMs, ms } from '../../../../workflows/domain/time.ts';
import type { IstDay } from '../../../../workflows/domain/time.ts';
import { asStaff } from '../../../world/actors.ts';
import { casesOf } from '../../../world/money/cases.ts';

const day = '2026-12-01' as IstDay;
const aDay = (of: Partial<CollectionFacts> = {}): CollectionFacts => ({
  ...{ collectionId: 'collection-1', shortId: 'COL20261201001', driverId: 'driver-1', fleetId: 'fleet-1', date: day },
  ...{ status: 'CLOSED', totalPaise: paise(50_000), netPaise: null, hasOpenShift: false },
  ...{ reconciliations: 1, version: 7, ...of },
});

const by = { ...asStaff('user-1'), role: 'MANAGER' };
const operations = { ...by, role: 'OPERATIONS' };
const wish = { expectedPaise: null, countedPaise: null, shortageMode: 'RECOVER', force: false } as const;

const commands = {
  reconcile: (of: CollectionFacts) => reconcile(of, { ...wish, by, textId: null, seenVersion: null }, 0),
  count: (of: CollectionFacts) =>
    countCash(of, { by, attendanceId: 'shift-1', countedPaise: paise(1), reference: null }, 0),
  'count by operations': (of: CollectionFacts) =>
    countCash(of, { by: operations, attendanceId: 'shift-1', countedPaise: paise(1), reference: null }, 0),
  adjust: (of: CollectionFacts) => adjust(of, { by, textId: null, adjustmentId: 'a', amountPaise: paise(1) }, 0),
  dispute: (of: CollectionFacts) => dispute(of, { by, textId: null }, 0),
  reopen: (of: CollectionFacts) => reopen(of, { by, textId: null }, 0),
};

/** What becomes of the status: another one, `same`, or the refusal. */
const outcome = (work: () => { set: Partial<CollectionFacts> } | null): string => {
  try {
    return work()?.set.status ?? 'same';
  } catch (error) {
    return refusalIn(error)!.key;
  }
};

test.each<[keyof typeof commands, Partial<Record<CollectionFacts['status'], string>>]>([
  [
    'reconcile',
    { OPEN: 'RECONCILED', CLOSED: 'RECONCILED', RECONCILED: 'RECONCILED', DISPUTED: 'COLLECTION_DISPUTED' },
  ],
  ['count', { OPEN: 'same', CLOSED: 'same', RECONCILED: 'CLOSED', DISPUTED: 'same' }],
  ['count by operations', { OPEN: 'same', CLOSED: 'same', RECONCILED: 'COLLECTION_RECONCILED', DISPUTED: 'same' }],
  ['adjust', { OPEN: 'same', CLOSED: 'same', RECONCILED: 'CLOSED', DISPUTED: 'same' }],
  ['dispute', { OPEN: 'COLLECTION_NOT_CLOSED', CLOSED: 'DISPUTED', RECONCILED: 'DISPUTED', DISPUTED: 'same' }],
  ['reopen', { OPEN: 'COLLECTION_NOT_CLOSED', CLOSED: 'same', RECONCILED: 'CLOSED', DISPUTED: 'CLOSED' }],
])('%s: what becomes of a day of each status', (name, becomes) => {
  const statuses = ['OPEN', 'CLOSED', 'RECONCILED', 'DISPUTED', 'PAYOUT_PENDING', 'PAID'] as const;
  const all = statuses.map((status) => [status, outcome(() => commands[name](aDay({ status })))]);

  expect(Object.fromEntries(all)).toEqual({
    ...becomes,
    ...{ PAYOUT_PENDING: 'COLLECTION_LOCKED', PAID: 'COLLECTION_LOCKED' },
  });
});

test('an open shift keeps its day from being reconciled, unless that is forced', () => {
  const open = aDay({ status: 'OPEN', hasOpenShift: true });
  const ask = (force: boolean) =>
    outcome(() => reconcile(open, { ...wish, by, textId: null, force, seenVersion: null }, 0));

  expect([ask(false), ask(true)]).toEqual(['SHIFT_STILL_OPEN', 'RECONCILED']);
});

test.each([
  [7, 'RECONCILED'],
  [6, 'VERSION_CONFLICT'],
  [0, 'VERSION_CONFLICT'],
  [null, 'RECONCILED'],
])('who saw version %j of a day at version 7: %s', (seenVersion, becomes) => {
  expect(outcome(() => reconcile(aDay(), { ...wish, by, textId: null, seenVersion }, 0))).toBe(becomes);
});

test.each([
  [-50_000, 'same'],
  [-50_001, 'ADJUSTMENT_EXCEEDS_TOTAL'],
])('a day of 500.00 adjusted by %d paise: %s', (amountPaise, becomes) => {
  const command = { by, textId: null, adjustmentId: 'a', amountPaise: paise(amountPaise) };

  expect(outcome(() => adjust(aDay(), command, 0))).toBe(becomes);
});

test.each([
  ['RECOVER', 0, null, null],
  ['RECOVER', null, null, null],
  ['RECOVER', -1, null, '-0.01'],
  ['RECOVER', 1, null, '0.01'],
  ['RECOVER', -1, 'Toll', undefined],
  ['WRITE_OFF', 0, null, undefined],
] as const)('%s with a variance of %j and notes %j', (mode, variance, notes, refusedWith) => {
  const ask = () => requireNotes({ mode, variance: variance === null ? null : paise(variance) }, notes);

  if (mode === 'WRITE_OFF' || refusedWith) expect(ask).toThrow(expect.objectContaining({ type: 'NOTES_REQUIRED' }));
  else expect(ask).not.toThrow();
});

test.each([
  ['OPEN', false, 'CLOSED'],
  ['OPEN', true, undefined],
  ['CLOSED', false, undefined],
  ['RECONCILED', false, undefined],
] as const)('when a day that is %s is over, with an open shift: %s', (status, hasOpenShift, becomes) => {
  expect(closeDay(aDay({ status, hasOpenShift }), {}, 0)?.set.status).toBe(becomes);
});

const midnight = ms('2026-12-01T18:30:00.000Z');

test.each([
  ['OPEN', ['closeDay', 'shiftOpen']],
  ['CLOSED', ['shiftOpen']],
  ['DISPUTED', ['shiftOpen']],
  ['RECONCILED', []],
  ['PAYOUT_PENDING', []],
  ['PAID', []],
] as const)('a day that is %s is closed at midnight, and looked at six hours later: %j', (status, names) => {
  const dueMs = { closeDay: midnight, shiftOpen: midnight + 6 * hourMs };

  expect(collectionDeadlines(aDay({ status }))).toEqual(names.map((name) => ({ name, dueMs: dueMs[name] })));
});

test('the current day of a driver is that of the open shift, else today', () => {
  const early = ms('2026-12-01T20:00:00.000Z');

  expect(currentDay(early, null)).toBe('2026-12-02');
  expect(currentDay(early, '2026-12-01T12:00:00.000Z')).toBe('2026-12-01');
});

const row = (of: Partial<DailyCollection>): DailyCollection =>
  ({ status: 'CLOSED', totalPaise: 0n, sharePaise: null, netPaise: null, paidPaise: 0n, ...of }) as DailyCollection;

test.each(casesOf('collections_summary'))('$id: what the days of a driver add up to', ({ given, expected }) => {
  const value = (name: string) => Number(given[name]);
  const days = [
    row({ status: 'PAID', totalPaise: 1_000_000n, sharePaise: 700_000n, netPaise: 600_000n, paidPaise: 600_000n }),
    row({ status: 'RECONCILED', totalPaise: 600_000n, sharePaise: 420_000n, netPaise: 390_000n }),
    row({ totalPaise: BigInt(value('total_collections') - 1_600_000) }),
  ];

  const summary = summaryOf(days, {
    ...{ incentives: value('total_incentives'), penalties: value('total_penalties') },
    payout: value('total_payout'),
  });

  const { totalCollections, totalIncentives, totalPenalties, ...sums } = summary;
  expect(totalCollections + totalIncentives - totalPenalties).toBe(Number(expected['net_earnings']));
  expect(sums).toEqual({
    ...{ totalDays: 3, paidDays: 1, unpaidDays: 2, totalPayout: value('total_payout'), totalRevShare: 1_120_000 },
    ...{ paidAmount: 600_000, unpaidAmount: value('unpaid_amount') },
    ...{ deductions: Number(expected['deductions']), balance: Number(expected['balance']) },
  });
});

test('a driver without days has sums of zero', () => {
  expect(Object.values(summaryOf([], { incentives: 0, penalties: 0, payout: 0 })).every((of) => of === 0)).toBe(true);
});
