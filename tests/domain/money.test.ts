import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { paise, rupees, sum } from '../../workflows/domain/money.ts';

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
