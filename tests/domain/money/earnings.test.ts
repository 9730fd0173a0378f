import { expect, test } from '@jest/globals';
import { momentsOf, monthsUntil, weeksUntil } from '../../../workflows/domain/money/earnings.ts';

const at = (text: string) => Date.parse(text);

// Source of the moments: public-cases.md B39, month ends.

test.each([
  ['2026-12-28T00:00:00.000+05:30', 53, '2026-12-28', '2027-01-03'],
  ['2027-01-03T23:59:59.999+05:30', 53, '2026-12-28', '2027-01-03'],
  ['2026-12-27T23:59:59.999+05:30', 52, '2026-12-21', '2026-12-27'],
  ['2027-01-04T00:00:00.000+05:30', 1, '2027-01-04', '2027-01-10'],
  // Monday in India, and still Sunday in UTC.
  ['2026-11-29T18:30:00.000Z', 49, '2026-11-30', '2026-12-06'],
  ['2026-11-29T18:29:59.999Z', 48, '2026-11-23', '2026-11-29'],
  ['2028-02-29T12:00:00.000+05:30', 9, '2028-02-28', '2028-03-05'],
  ['2024-12-30T12:00:00.000+05:30', 1, '2024-12-30', '2025-01-05'],
])('%s is in week %i, %s to %s', (moment, weekNumber, startDate, endDate) => {
  expect(weeksUntil(at(moment), 1)).toEqual([{ weekNumber, startDate, endDate }]);
});

test('weeks are told newest first, across a new year', () => {
  const weeks = weeksUntil(at('2027-01-05T10:00:00+05:30'), 3);

  expect(weeks.map(({ weekNumber, startDate }) => [weekNumber, startDate])).toEqual([
    [1, '2027-01-04'],
    [53, '2026-12-28'],
    [52, '2026-12-21'],
  ]);
});

test.each([
  ['2027-02-28T23:59:59.999+05:30', '2027-02', '2027-02-28'],
  ['2027-03-01T00:00:00.000+05:30', '2027-03', '2027-03-31'],
  ['2028-02-29T23:59:59.999+05:30', '2028-02', '2028-02-29'],
  ['2026-12-31T18:30:00.000Z', '2027-01', '2027-01-31'],
])('%s is in the month %s, which ends on %s', (moment, month, endDate) => {
  expect(monthsUntil(at(moment), 1)).toEqual([{ month, startDate: `${month}-01`, endDate }]);
});

test('months are told newest first, also from the 31st of one', () => {
  const months = monthsUntil(at('2027-03-31T12:00:00+05:30'), 5).map(({ month }) => month);

  expect(months).toEqual(['2027-03', '2027-02', '2027-01', '2026-12', '2026-11']);
});

test('every moment is in one week and in one month', () => {
  for (const periods of [weeksUntil, monthsUntil].map((until) => until(at('2027-03-31T12:00:00+05:30'), 12)))
    for (const [n, earlier] of periods.slice(1).entries())
      expect(momentsOf(earlier).before).toEqual(momentsOf(periods[n]!).from);
  expect(momentsOf(monthsUntil(at('2027-02-28T12:00:00+05:30'), 1)[0]!)).toEqual({
    from: new Date('2027-02-01T00:00:00+05:30'),
    before: new Date('2027-03-01T00:00:00+05:30'),
  });
});
