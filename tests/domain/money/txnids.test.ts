import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { txnid } from '../../../workflows/domain/money/txnids.ts';

test('a txnid tells its kind and hides everything else', () => {
  const many = Array.from({ length: 1_000 }, () => txnid('DEPOSIT', randomBytes(20)));

  expect(many.filter((number) => !/^DKD[A-Z2-7]{20}$/.test(number))).toEqual([]);
  expect(new Set(many).size).toBe(1_000);
  expect(new Set(many.map((number) => number[22])).size).toBe(32);
});

test('equal bytes are an equal txnid, and too few are refused', () => {
  expect(txnid('RENTAL', new Uint8Array(20))).toBe('DKRAAAAAAAAAAAAAAAAAAAA');
  expect(() => txnid('ORDER', new Uint8Array(19))).toThrow(RangeError);
});
