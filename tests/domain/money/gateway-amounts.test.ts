import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amountLiteral, paiseOfLiteral, signedLiterals } from '../../../workflows/domain/money/gateway-amounts.ts';

test.each([
  [100, '1.00'],
  [7, '0.07'],
  [125_000, '1250.00'],
  [9_950, '99.50'],
  [100_000_000_00, '100000000.00'],
])('%i paise are sent as %s', (amount, text) => {
  expect(amountLiteral(amount)).toBe(text);
});

test('what is sent is what is read', () => {
  fc.assert(
    fc.property(fc.nat({ max: 99_999_999_999 }), (amount) => {
      expect(paiseOfLiteral(amountLiteral(amount))).toBe(amount);
    }),
  );
});

test.each([
  ['150', 15_000],
  ['150.0', 15_000],
  ['150.00', 15_000],
  ['1.1', 110],
  ['1.005', null],
  ['1e3', null],
  ['1,000', null],
  ['-5', null],
  ['NaN', null],
  ['', null],
  [' 1', null],
  ['1.', null],
  ['1000000000', null],
])('%j is worth %s paise', (text, amount) => {
  expect(paiseOfLiteral(text)).toBe(amount);
});

test.each([
  ['150.0', ['150.0', '150.00']],
  ['150', ['150', '150.00', '150.0']],
  ['150.1', ['150.1', '150.10']],
  ['150.10', ['150.10']],
  ['150.00', ['150.00', '150.0']],
  ['1e3', ['1e3']],
])('%s may have been signed as %j', (sent, signed) => {
  expect(signedLiterals(sent)).toEqual(signed);
});
