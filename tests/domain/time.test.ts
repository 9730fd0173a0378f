import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dayMs, instant, istDay, istDayStartMs, istHour, istText, ms } from '../../workflows/domain/time.ts';

test.each([
  ['2026-11-21T18:29:59.999Z', '2026-11-21', 23],
  ['2026-11-21T18:30:00.000Z', '2026-11-22', 0],
  ['2026-11-22T18:29:59.999Z', '2026-11-22', 23],
  ['2026-12-31T18:30:00.000Z', '2027-01-01', 0],
  ['2028-02-28T18:30:00.000Z', '2028-02-29', 0],
])('at %s it is %s in India, hour %d', (at, day, hour) => {
  expect(istDay(ms(at))).toBe(day);
  expect(istHour(ms(at))).toBe(hour);
});

test('a business day begins at half past six in the evening of the day before, UTC', () => {
  const day = istDay(ms('2026-11-22T05:00:00.000Z'));

  expect(instant(istDayStartMs(day))).toBe('2026-11-21T18:30:00.000Z');
});

test('every moment lies in the 24 hours of its own business day', () => {
  const year2000 = Date.UTC(2000, 0, 1);
  const year2100 = Date.UTC(2100, 0, 1);

  fc.assert(
    fc.property(fc.integer({ min: year2000, max: year2100 }), (atMs) => {
      const begins = istDayStartMs(istDay(atMs));

      expect(atMs).toBeGreaterThanOrEqual(begins);
      expect(atMs).toBeLessThan(begins + dayMs);
    }),
  );
});

test('the same moment is one instant, whatever zone it was written in', () => {
  expect(instant(ms('2026-11-22T10:30:00+05:30'))).toBe('2026-11-22T05:00:00.000Z');
});

test.each([
  ['2026-11-22T05:00:00.000Z', '22 Nov, 10:30'],
  ['2026-11-21T18:30:00.000Z', '22 Nov, 00:00'],
  ['2026-11-21T18:29:59.999Z', '21 Nov, 23:59'],
  ['2026-12-31T18:35:00.000Z', '1 Jan, 00:05'],
  ['2026-09-04T03:39:00.000Z', '4 Sep, 09:09'],
])('%s reads %s', (at, text) => {
  expect(istText(at)).toBe(text);
});

test('a moment of another year than that of the reader, in India, reads with its year', () => {
  const newYear = '2026-12-31T18:30:00.000Z';

  expect(istText(newYear, ms(newYear) - 1)).toBe('1 Jan 2027, 00:00');
  expect(istText(newYear, ms(newYear))).toBe('1 Jan, 00:00');
});
