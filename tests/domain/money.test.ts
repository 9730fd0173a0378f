import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { paise, paiseFrom, rupees, rupeeText, sum } from '../../workflows/domain/money.ts';

test.each([0.5, 100.1, NaN, Infinity, Number.MAX_SAFE_INTEGER + 1])('%s is no amount of money', (amount) => {
  expect(() => paise(amount)).toThrow(RangeError);
});

test('a rupee is a hundred paise', () => {
  expect(rupees(119)).toBe(11_900);
});

test('half a paisa does not hide in rupees', () => {
  expect(() => rupees(1.005)).toThrow(RangeError);
});

test('a sum is exact, whatever the order of its parts', () => {
  const amount = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });

  fc.assert(
    fc.property(fc.array(amount, { maxLength: 50 }), (amounts) => {
      const exact = amounts.reduce((total, part) => total + BigInt(part), 0n);

      expect(BigInt(sum(...amounts.map(paise)))).toBe(exact);
      expect(BigInt(sum(...amounts.toReversed().map(paise)))).toBe(exact);
    }),
  );
});

test('a sum that a double cannot hold is refused instead of rounded', () => {
  const most = paise(Number.MAX_SAFE_INTEGER);

  expect(() => sum(most, paise(1))).toThrow(RangeError);
});

test.each<[unknown, number]>([
  [4.35, 435],
  [8.2, 820],
  [1.15, 115],
  [19.99, 1999],
  ['19.99', 1999],
  ['01500', 150_000],
  [0, 0],
  [1.1, 110],
  ['999999999.99', 99_999_999_999],
])('%p is %d paise', (written, amount) => {
  expect(paiseFrom(written)).toBe(amount);
});

test.each([
  1.005,
  '1e3',
  '1,000',
  '',
  null,
  true,
  [],
  -1,
  'NaN',
  NaN,
  '1.',
  '.5',
  '12abc',
  ' 1',
  1e21,
  1e-7,
  10 ** 9,
  '+1',
  '१',
  {},
])('%p is no amount', (written) => {
  expect(paiseFrom(written)).toBeNull();
});

test.each([
  [0, '0.00'],
  [5, '0.05'],
  [-5, '-0.05'],
  [123_456, '1234.56'],
])('%d paise are written %s', (amount, text) => {
  expect(rupeeText(paise(amount))).toBe(text);
});

test('what is written is read again as it was, as text and as a number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999_999_999 }), (amount) => {
      const text = rupeeText(paise(amount));

      expect([paiseFrom(text), paiseFrom(Number(text))]).toEqual([amount, amount]);
    }),
  );
});
