import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { sealer } from '../../prisma/sealed.ts';

const { seal, open, hash } = sealer(randomBytes(32).toString('base64'));

test('what was sealed is opened again, and never looks the same twice', () => {
  const sealed = [seal('otp', 'नमस्ते 4711'), seal('otp', 'नमस्ते 4711')];

  expect(sealed[0]).not.toBe(sealed[1]);
  expect(sealed.map((text) => open('otp', text))).toEqual(['नमस्ते 4711', 'नमस्ते 4711']);
  expect(sealed.join()).not.toContain('4711');
});

test('what was sealed for one purpose is not opened for another, nor with another key', () => {
  const sealed = seal('boarding-code', '4711');
  const other = sealer(randomBytes(32).toString('base64'));

  expect(() => open('otp', sealed)).toThrow();
  expect(() => other.open('boarding-code', sealed)).toThrow();
});

test('what was changed is not opened', () => {
  const [id, text] = seal('otp', '4711').split('.') as [string, string];
  const bytes = Buffer.from(text, 'base64url');
  bytes[bytes.length - 1]! ^= 1;

  expect(() => open('otp', `${id}.${bytes.toString('base64url')}`)).toThrow();
  expect(() => open('otp', `k2.${text}`)).toThrow(/unknown key/);
  expect(() => open('otp', '4711')).toThrow(/unknown key/);
});

test('a hash is the same again for its purpose and key, and for no other', () => {
  const other = sealer(randomBytes(32).toString('base64'));

  expect(hash('otp-hash', '4711')).toBe(hash('otp-hash', '4711'));
  expect(new Set([hash('otp-hash', '4711'), hash('otp', '4711'), other.hash('otp-hash', '4711')]).size).toBe(3);
});
