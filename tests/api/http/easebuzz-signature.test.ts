import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { signaturesOf } from '../../../api/http/easebuzz-signature.ts';
import { nothingReceived } from '../../../api/http/body.ts';
import { apiEnv } from '../../../api/env.ts';
import { requireSignature } from '../../../api/http/doors.ts';
import { refusalIn } from '../../../workflows/domain/refusals.ts';
import { world } from '../../world/world.ts';

type Vector = Record<'id' | 'kind' | 'key' | 'salt' | 'fields' | 'expected_hex', string>;

const vectors = parse<Vector>(readFileSync(new URL('../../contract/easebuzz-vectors.csv', import.meta.url)), {
  columns: true,
});

const fieldsOf = ({ fields }: Vector) => Object.fromEntries(fields.split(';').map((field) => field.split('=')));

/** The message of the gateway that a vector describes, with its signature where the gateway puts it. */
const messages: Record<string, (vector: Vector) => object> = {
  reverse_hash: (vector) => ({ ...fieldsOf(vector), hash: vector.expected_hex }),
  legacy_va_webhook: (vector) => ({ ...fieldsOf(vector), hash: vector.expected_hex }),
  va_credit_webhook: (vector) => inData('TRANSACTION_CREDIT', vector),
  wire_transfer_webhook: (vector) => inData('TRANSFER_STATUS_UPDATE', vector),
};

/** As JSON brings it: the amount is a number, and the zeros that were hashed are gone. */
const inData = (event: string, vector: Vector) => {
  const fields = fieldsOf(vector) as Record<string, string>;
  return { event, data: { ...fields, amount: Number(fields['amount']), Authorization: vector.expected_hex } };
};

const inbound = vectors.filter(({ kind }) => messages[kind]).map((vector) => [vector.id, vector] as const);

const envOf = ({ key, salt }: Vector, more: object = {}) =>
  apiEnv({ ...world.apiEnvironment, EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt, ...more });

const knock = (body: unknown, env: ReturnType<typeof apiEnv>): string => {
  try {
    requireSignature('easebuzz-signature', { ...nothingReceived, body }, env);
    return 'let in';
  } catch (error) {
    return refusalIn(error)!.key;
  }
};

test('the contract has signed messages of every kind', () => {
  expect(new Set(inbound.map(([, { kind }]) => kind)).size).toBe(Object.keys(messages).length);
});

test.each(inbound)('the signature of %s is known, in either case', (_, vector) => {
  const message = messages[vector.kind]!(vector);

  expect(knock(message, envOf(vector))).toBe('let in');
  const shouted = JSON.parse(JSON.stringify(message).replace(vector.expected_hex, vector.expected_hex.toUpperCase()));
  expect(knock(shouted, envOf(vector))).toBe('let in');
});

test.each(inbound)('%s is refused when its amount was touched, or another salt signed it', (_, vector) => {
  const message = messages[vector.kind]!(vector);
  const touched = JSON.parse(JSON.stringify(message).replace(/("amount":"?)(\d)/, '$19$2'));

  expect(touched).not.toEqual(message);
  expect(knock(touched, envOf(vector))).toBe('INVALID_SIGNATURE');
  expect(knock(message, envOf({ ...vector, salt: 'another' }))).toBe('INVALID_SIGNATURE');
});

test('the key of a payment is compared with ours, not taken from the message', () => {
  const vector = inbound.find(([, { kind }]) => kind === 'reverse_hash')![1];
  const message = messages['reverse_hash']!(vector);

  expect(knock({ ...message, key: 'another' }, envOf(vector))).toBe('INVALID_SIGNATURE');
  expect(knock(message, envOf({ ...vector, key: 'ours' }))).toBe('INVALID_SIGNATURE');
});

test('wire messages are signed with the pair of the wire, when it has one', () => {
  const vector = inbound.find(([, { kind }]) => kind === 'wire_transfer_webhook')![1];
  const wire = { EASEBUZZ_WIRE_KEY: vector.key, EASEBUZZ_WIRE_SALT: vector.salt };

  expect(knock(inData('ANY', vector), envOf({ ...vector, key: 'pay-in', salt: 'pay-in' }, wire))).toBe('let in');
});

test('the older dialect is closed where only the public one is spoken', () => {
  const vector = inbound.find(([, { kind }]) => kind === 'legacy_va_webhook')![1];
  const flat = messages['legacy_va_webhook']!(vector);

  expect(knock(flat, envOf(vector, { EASEBUZZ_WEBHOOK_DIALECT: 'public' }))).toBe('INVALID_SIGNATURE');
});

test.each([[undefined], [null], ['text'], [{}], [{ hash: '' }], [{ data: {} }], [{ data: { Authorization: ['x'] } }]])(
  'a message %j of no known kind is refused',
  (body) => {
    expect(knock(body, envOf(inbound[0]![1]))).toBe('INVALID_SIGNATURE');
  },
);

test('without key and salt the door stays shut', () => {
  const vector = inbound[0]![1];

  expect(knock(messages[vector.kind]!(vector), apiEnv(world.apiEnvironment))).toBe('INVALID_SIGNATURE');
  const nothing = { key: '', salt: '' };
  expect(signaturesOf({}, { payIn: nothing, wire: nothing }, true).expected).toEqual([]);
});
