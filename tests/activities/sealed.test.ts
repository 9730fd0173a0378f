import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { sealer } from '../../prisma/sealed.ts';

const { seal, open, hash } = sealer(randomBytes(32).toString('base64'));

test('what was sealed is opened again, and never looks the same twice', () => {
  const sealed = [seal('otp', 'नमस्ते 4711', 'row'), seal('otp', 'नमस्ते 4711', 'row')];

  expect(sealed[0]).not.toBe(sealed[1]);
  expect(sealed.map((text) => open('otp', text, 'row'))).toEqual(['नमस्ते 4711', 'नमस्ते 4711']);
  expect(sealed.join()).not.toContain('4711');
});

test('what was sealed for one purpose is not opened for another, nor with another key', () => {
  const sealed = seal('boarding-code', '4711', 'row');
  const other = sealer(randomBytes(32).toString('base64'));

  expect(() => open('otp', sealed, 'row')).toThrow();
  expect(() => other.open('boarding-code', sealed, 'row')).toThrow();
});

test('what was changed is not opened', () => {
  const [id, text] = seal('otp', '4711', 'row').split('.') as [string, string];
  const bytes = Buffer.from(text, 'base64url');
  bytes[bytes.length - 1]! ^= 1;

  expect(() => open('otp', `${id}.${bytes.toString('base64url')}`, 'row')).toThrow();
  expect(() => open('otp', `k2.${text}`, 'row')).toThrow(/unknown key/);
  expect(() => open('otp', '4711', 'row')).toThrow(/unknown key/);
});

test('a hash is the same again for its purpose and key, and for no other', () => {
  const other = sealer(randomBytes(32).toString('base64'));

  expect(hash('otp-hash', '4711')).toBe(hash('otp-hash', '4711'));
  expect(new Set([hash('otp-hash', '4711'), hash('otp', '4711'), other.hash('otp-hash', '4711')]).size).toBe(3);
});

test('what was sealed for one row is not opened in another', () => {
  const sealed = seal('bank-number', '1234567890', 'driver-1');

  expect(open('bank-number', sealed, 'driver-1')).toBe('1234567890');
  expect(() => open('bank-number', sealed, 'driver-2')).toThrow();
  expect(() => open('bank-number', sealed.replace(/^k1r/, 'k1'), 'driver-1')).toThrow();
});

test('what was sealed before rows were bound is still opened', () => {
  const { open: openWithOldKey } = sealer(Buffer.alloc(32).toString('base64'));

  const sealed = 'k1.BWMJwHWIZAnd9vHVzuEoefFPUyhl8ATVV6_ZbWtmoXyUkDZ1mNY';
  expect(openWithOldKey('identity-number', sealed, 'any row')).toBe('ABCDE1234F');
});
