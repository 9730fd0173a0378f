import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { businessDay } from '../../../../workflows/domain/money/collections/business-day.ts';
import {
  basisPoints,
  countsOf,
  inOrderOfTaking,
  netted,
  sharedOut,
  usualTolerancePaise,
  varianceOf,
} from '../../../../workflows/domain/money/collections/sharing.ts';
import type { OpenDue, ShortageMode } from '../../../../workflows/domain/money/collections/sharing.ts';
import { paise, sum } from '../../../../workflows/domain/money.ts';
import type { Paise } from '../../../../workflows/domain/money.ts';
import { casesOf } from '../../../world/money/cases.ts';

const amount = (text: string | undefined): Paise => paise(Number(text));
const amountOrNull = (text: string | undefined): Paise | null => (text === 'null' ? null : amount(text));
const listOf = (text: string | undefined): Paise[] => (text!.match(/\d+/g) ?? []).map((part) => amount(part));
const total = (amounts: readonly { amount: Paise }[]): number => sum(...amounts.map(({ amount: of }) => of));

test.each(casesOf('revenue_share'))('$id: both parts of a share add up to its base', ({ given, expected }) => {
  expect(sharedOut(amount(given['base_paise']), Number(given['bps']))).toEqual({
    share: amount(expected['rev_share_paise']),
    platform: amount(expected['platform_paise']),
  });
});

test.each(casesOf('variance'))('$id: what is missing counts beyond the tolerance', ({ given, expected }) => {
  const tolerance = amount(given['tolerance_paise']);

  expect(varianceOf(amount(given['total_paise']), amountOrNull(given['expected_paise']), tolerance)).toEqual({
    variance: amountOrNull(expected['variance_paise']),
    shortage: amount(expected['shortage_paise']),
    excess: amount(expected['excess_paise']),
  });
});

test.each([
  ['exactly the tolerance', 99_000, 0],
  ['a paisa more', 98_999, 1_001],
  ['nothing', 100_000, 0],
])('a total that is below the expectation by %s', (_, is, shortage) => {
  expect(varianceOf(paise(is), paise(100_000), usualTolerancePaise).shortage).toBe(shortage);
});

test.each(casesOf('net_payout'))('$id: what a driver is paid of a day', ({ given, expected }) => {
  const own = paise(0);
  const expectedOfDay = amountOrNull(given['expected_paise']);
  const day = varianceOf(amount(given['total_paise']), expectedOfDay, usualTolerancePaise);
  const recovered = (given['shortage_mode'] as ShortageMode) === 'RECOVER' ? day.shortage : own;
  const base = sum(amount(given['total_paise']), recovered);
  const { share, platform } = sharedOut(base, Number(given['bps']));
  const dues: OpenDue[] = [
    ...listOf(given['penalties_paise']).map((open, n) => ({ kind: 'PENALTY' as const, source: `p${n}`, open })),
    { kind: 'REVENUE_SHORTAGE', source: 'day', open: recovered },
    ...listOf(given['prior_shortages_paise']).map((open, n) => ({
      ...{ kind: 'REVENUE_SHORTAGE' as const, source: `older${n}`, open },
    })),
  ];
  const incentives = listOf(given['incentives_paise']).map((open, n) => ({ incentiveId: `i${n}`, open }));

  const taken = netted(share, own, incentives, inOrderOfTaking(dues, { collectionId: 'day', attendanceIds: [] }));

  const owed = (isPenalty: boolean) =>
    sum(...dues.filter(({ kind }) => (kind === 'PENALTY') === isPenalty).map(({ open }) => open));
  expect({
    ...{ variance_paise: String(day.variance), share_base_paise: String(base), platform_paise: String(platform) },
    ...{ rev_share_paise: String(share), incentive_paise: String(sum(...incentives.map(({ open }) => open))) },
    shortage_applied_paise: String(taken.shortageTaken),
    shortage_outstanding_paise: String(owed(false) - taken.shortageTaken),
    penalty_applied_paise: String(taken.penaltyTaken),
    penalty_outstanding_paise: String(owed(true) - taken.penaltyTaken),
    net_payout_paise: String(taken.net),
  }).toEqual(expected);
});

test.each(casesOf('business_date'))('$id: a day is that of the check-in, else of the moment', ({ given, expected }) => {
  const checkIn = given['open_shift_checkin'] === 'null' ? null : given['open_shift_checkin']!;

  expect(businessDay(given['credit_at']!, checkIn)).toBe(expected['business_date']);
});

test('the contract has worked numbers of each of these topics', () => {
  const topics = ['revenue_share', 'variance', 'net_payout', 'business_date', 'collections_summary'];

  expect(topics.filter((topic) => casesOf(topic).length === 0)).toEqual([]);
});

test.each([
  ['the last second of a day', '2026-03-09T18:29:59.999Z', '2026-03-09'],
  ['the first of the next', '2026-03-09T18:30:00.000Z', '2026-03-10'],
])('in India %s is on its day', (_, at, day) => {
  expect(businessDay(at, null)).toBe(day);
});

test.each([
  [72.5, 7_250],
  [66.67, 6_667],
  [0.29, 29],
  [1.15, 115],
  [100, 10_000],
  [0, 0],
])('%d per cent are %d hundredths of a per cent', (percent, bps) => {
  expect(basisPoints(percent)).toBe(bps);
});

test('dues are taken in the order of the contract, and within a kind as they came', () => {
  const due = (kind: OpenDue['kind'], source: string): OpenDue => ({ kind, source, open: paise(1) });
  const dues = [
    due('PENALTY', 'penalty 1'),
    due('CHARGEBACK', 'chargeback 1'),
    due('CASH_SHORTAGE', 'this shift 1'),
    due('PENALTY', 'penalty 2'),
    due('OVERPAYMENT', 'overpayment'),
    due('CASH_SHORTAGE', 'older cash'),
    due('CASH_SHORTAGE', 'this shift 2'),
    due('CHARGEBACK', 'chargeback 2'),
    due('REVENUE_SHORTAGE', 'older revenue'),
    due('REVENUE_SHORTAGE', 'this day'),
  ];

  const order = inOrderOfTaking(dues, { collectionId: 'this day', attendanceIds: ['this shift 1', 'this shift 2'] });

  expect(order.map(({ source }) => source)).toEqual([
    ...['older cash', 'older revenue', 'this day', 'this shift 1', 'this shift 2'],
    ...['chargeback 1', 'overpayment', 'chargeback 2', 'penalty 1', 'penalty 2'],
  ]);
});

const anAmount = fc.nat({ max: 5_000_000 }).map(paise);
const kinds = ['PENALTY', 'CASH_SHORTAGE', 'REVENUE_SHORTAGE', 'CHARGEBACK', 'OVERPAYMENT'] as const;
const aDue = fc.record({ kind: fc.constantFrom(...kinds), source: fc.uuid(), open: anAmount });
const anIncentive = fc.record({ incentiveId: fc.uuid(), open: anAmount });

test('a share is never lost and never negative, whatever the base and the percentage', () => {
  fc.assert(
    fc.property(fc.nat({ max: 99_999_999_999 }).map(paise), fc.integer({ min: 0, max: 10_000 }), (base, bps) => {
      const { share, platform } = sharedOut(base, bps);
      expect(share + platform).toBe(base);
      expect(Math.min(share, platform)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(share - (base * bps) / 10_000)).toBeLessThanOrEqual(0.5);
    }),
  );
});

test('net, dues taken and the advance are the share and the incentives; nothing is negative or taken out of turn', () => {
  fc.assert(
    fc.property(
      anAmount,
      anAmount,
      fc.array(anIncentive, { maxLength: 4 }),
      fc.array(aDue),
      (share, owed, own, dues) => {
        const taken = netted(share, owed, own, dues);

        const given = sum(...own.map(({ open }) => open));
        expect(taken.net + total(taken.dues) + taken.advance).toBe(share + given);
        expect(taken.fromShare + total(taken.fromIncentives)).toBe(total(taken.dues));
        expect(taken.shortageTaken + taken.penaltyTaken).toBe(total(taken.dues));
        expect(taken.advance).toBe(Math.min(share, owed));
        for (const part of [...taken.dues, ...taken.fromIncentives]) expect(part.amount).toBeGreaterThan(0);
        for (const part of [taken.net, taken.advance, taken.fromShare]) expect(part).toBeGreaterThanOrEqual(0);
        // An incentive is touched only once the share is used up, and a due only once those before it are paid.
        if (taken.fromIncentives.length > 0) expect(taken.fromShare).toBe(share - taken.advance);
        const open = dues.filter((due) => due.open > 0);
        const paid = taken.dues.map(({ amount: of }, n) => [open[n]!.source, open[n]!.open - of]);
        expect(taken.dues.map(({ source }) => source)).toEqual(paid.map(([source]) => source));
        expect(paid.slice(0, -1).every(([, left]) => left === 0)).toBe(true);
        if (taken.net > 0) expect(total(taken.dues)).toBe(sum(...open.map((due) => due.open)));
      },
    ),
  );
});

const cash = (declared: number, counted: number | null) => ({ declared, counted });

test.each([
  ['nothing is said: as counted, else as declared', [cash(100, 80), cash(50, null)], null, [80, 50]],
  ['it is as known: what was counted stays', [cash(100, 80), cash(50, null)], 130, [80, 50]],
  ['a lack is the last shift’s', [cash(100, null), cash(50, null)], 120, [100, 20]],
  ['a lack reaches earlier shifts', [cash(100, null), cash(50, null)], 70, [70, 0]],
  ['too much is the last shift’s', [cash(100, null), cash(50, null)], 170, [100, 70]],
  ['nothing was there', [cash(100, null), cash(50, null)], 0, [0, 0]],
  ['no shift brought cash', [], null, []],
] as const)('the count of a day is split: %s', (_, shifts, counted, each) => {
  const declared = shifts.map((shift, n) => ({
    ...{ attendanceId: `s${n}`, declared: paise(shift.declared) },
    counted: shift.counted === null ? null : paise(shift.counted),
  }));

  const counts = countsOf(declared, counted === null ? null : paise(counted));

  expect([...counts]).toEqual(each.map((of, n) => [`s${n}`, of]));
});

test('a count of a whole day leaves alone what was counted shift by shift', () => {
  const shifts = [
    { attendanceId: 'counted', declared: paise(100), counted: paise(80) },
    { attendanceId: 'not counted', declared: paise(100), counted: null },
  ];

  expect([...countsOf(shifts, paise(170))]).toEqual([
    ['counted', 80],
    ['not counted', 90],
  ]);
});

test('the counts of shifts add up to the count of their day', () => {
  const aShift = fc.record({
    ...{ attendanceId: fc.uuid(), declared: anAmount },
    counted: fc.option(anAmount),
  });
  fc.assert(
    fc.property(fc.array(aShift, { minLength: 1 }), anAmount, (shifts, counted) => {
      const counts = [...countsOf(shifts, counted).values()];
      expect(sum(...counts)).toBe(counted);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
    }),
  );
});
