import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import express from 'express';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { z } from 'zod';
import { apiEnv } from '../../../api/env.ts';
import { post } from '../../../api/http/endpoint.ts';
import { mount } from '../../../api/http/mount.ts';
import { createServices } from '../../../api/services.ts';
import { connect } from '../../../prisma/client.ts';
import { gatewaySecrets, readGatewayEvent } from '../../../api/partners/gateway-events.ts';
import type { GatewayEvent, GatewaySecrets } from '../../../api/partners/gateway-events.ts';
import { temporal } from '../../world/temporal.ts';
import { world } from '../../world/world.ts';

type Vector = Record<'id' | 'kind' | 'key' | 'salt' | 'fields' | 'expected_hex', string>;

const vectors = parse<Vector>(readFileSync(new URL('../../contract/easebuzz-vectors.csv', import.meta.url)), {
  columns: true,
});

const json = 'application/json; charset=utf-8';
const form = 'application/x-www-form-urlencoded';
const pair = { key: 'KEYOFATEST', salt: 'SALTOFATEST' };
const ours: GatewaySecrets = { payIn: pair, wire: pair, acceptsFlat: true };

const secretsOf = ({ key, salt }: Vector): GatewaySecrets => ({
  ...{ payIn: { key, salt }, wire: { key, salt }, acceptsFlat: true },
});
const readText = (text: string, contentType = json, secrets = ours) =>
  readGatewayEvent(Buffer.from(text), contentType, secrets);
const fieldsOf = ({ fields }: Vector): Record<string, string> =>
  Object.fromEntries(fields.split(';').map((field) => field.split('=')));
const sha512 = (...parts: string[]) => createHash('sha512').update(parts.join('|')).digest('hex');

const kinds: Record<string, GatewayEvent['kind']> = {
  reverse_hash: 'payment',
  va_credit_webhook: 'credit',
  wire_transfer_webhook: 'transfer',
  legacy_va_webhook: 'flatCredit',
};

/** The bytes of a vector as the gateway sends them: the amount of other products than payments is a number in JSON. */
const bytesOf = (vector: Vector): string => {
  const { amount = '', ...fields } = fieldsOf(vector);
  if (vector.kind === 'reverse_hash') return JSON.stringify({ ...fields, amount, hash: vector.expected_hex });
  const event = vector.kind === 'va_credit_webhook' ? 'TRANSACTION_CREDIT' : 'TRANSFER_STATUS_UPDATE';
  const isFlat = vector.kind === 'legacy_va_webhook';
  const signed = { ...fields, [isFlat ? 'hash' : 'Authorization']: vector.expected_hex, amount: '<amount>' };
  return JSON.stringify(isFlat ? signed : { event, data: signed }).replace('"<amount>"', amount);
};

const inbound = vectors.filter(({ kind }) => kinds[kind]).map((vector) => [vector.id, vector] as const);

test('the contract has signed messages of every kind', () => {
  expect(new Set(inbound.map(([, { kind }]) => kind)).size).toBe(Object.keys(kinds).length);
});

test.each(inbound)('%s is read, with the amount as it was sent, whatever the case of its signature', (_, vector) => {
  const event = { kind: kinds[vector.kind], amountLiteral: fieldsOf(vector)['amount'] };
  const text = bytesOf(vector);

  expect(readText(text, json, secretsOf(vector))).toMatchObject(event);
  const loud = text.replace(vector.expected_hex, vector.expected_hex.toUpperCase());
  expect(readText(loud, json, secretsOf(vector))).toMatchObject(event);
});

test.each(inbound)('%s is refused when anything signed was touched, or another salt signed it', (_, vector) => {
  const text = bytesOf(vector);
  const touched = ['amount', 'status', 'txnid', 'unique_transaction_reference', 'virtual_account_id']
    .map((name) => text.replace(new RegExp(`("${name}":"?)(\\w)`), (_all, before: string) => `${before}9`))
    .filter((changed) => changed !== text);

  expect(touched.length).toBeGreaterThan(1);
  for (const changed of touched)
    expect(readText(changed, json, secretsOf(vector))).toEqual({ fault: 'INVALID_SIGNATURE' });
  expect(readText(text, json, secretsOf({ ...vector, salt: 'another' }))).toEqual({ fault: 'INVALID_SIGNATURE' });
});

const payment = (more: Record<string, string> = {}, { key, salt } = pair, unsigned: Record<string, string> = {}) => {
  const fields: Record<string, string> = {
    ...{ key, txnid: 'DKD1', amount: '150.00', productinfo: 'Security Deposit', firstname: 'Asha' },
    ...{ email: 'asha@bluefleet.example', status: 'success', udf1: 'd', udf2: 'DEPOSIT' },
    ...more,
  };
  const udf = Array.from({ length: 10 }, (_, index) => fields[`udf${10 - index}`] ?? '');
  const last = ['email', 'firstname', 'productinfo', 'amount', 'txnid'].map((name) => fields[name] ?? '');
  return { ...fields, hash: sha512(salt, fields['status']!, ...udf, ...last, key), ...unsigned };
};

test.each(['150', '150.0', '150.00', '1999.0'])(
  'a payment is signed over %s as it was sent, in form and JSON',
  (amount) => {
    const signed = payment({ amount });
    const bare = JSON.stringify(signed).replace(`"${amount}"`, amount);

    for (const [text, type] of [
      [new URLSearchParams(signed).toString(), form],
      [JSON.stringify(signed), json],
      [bare, json],
    ])
      expect(readText(text!, type)).toMatchObject({ kind: 'payment', amountLiteral: amount });
    const other = amount.includes('.') ? amount.replace(/\.0+$/, '') : `${amount}.0`;
    expect(readText(JSON.stringify({ ...signed, amount: other }))).toEqual({ fault: 'INVALID_SIGNATURE' });
  },
);

test('a payment with a pipe in a signed value is refused: its signature fits another amount and number too', () => {
  const cheap = payment({ txnid: 'DKD1|100000.00|DKD2', amount: '1.00', productinfo: 'Deposit' });
  const dear = { ...cheap, txnid: 'DKD2', amount: '100000.00', productinfo: 'Deposit|1.00|DKD1' };
  const hash = payment(dear).hash;

  expect(hash).toBe(cheap.hash);
  for (const signed of [cheap, dear])
    expect(readText(new URLSearchParams(signed).toString(), form)).toEqual({ fault: 'INVALID_SIGNATURE' });
});

test.each([
  ['udf6 to udf10 absent', payment()],
  ['udf6 to udf10 empty', payment({ udf6: '', udf7: '', udf8: '', udf9: '', udf10: '' })],
  ['udf7 filled and signed', payment({ udf7: 'x' })],
  ['fields that nobody knows', payment({}, pair, { issuing_bank: 'NA', new_field: 'x' })],
  ['a word that nobody knows', payment({ status: 'authorising' })],
])('a payment with %s is let in', (_, signed) => {
  expect(readText(new URLSearchParams(signed).toString(), form)).toMatchObject({ kind: 'payment' });
});

test.each([
  ['udf7 filled but not signed', payment({}, pair, { udf7: 'x' })],
  ['the key of another merchant, with a right signature for it', payment({}, { key: 'OTHER', salt: pair.salt })],
  ['our key written over another one', payment({}, { key: 'OTHER', salt: pair.salt }, { key: pair.key })],
  ['no key', payment({}, { key: '', salt: pair.salt })],
  ['another key than the one that was signed', payment({}, pair, { key: 'OTHER' })],
  ['nothing for a key, though ours was signed', payment({}, pair, { key: '' })],
  ['no signature', payment({}, pair, { hash: '' })],
])('a payment with %s is refused', (_, signed) => {
  expect(readText(JSON.stringify(signed))).toEqual({ fault: 'INVALID_SIGNATURE' });
});

const credit = (sent: string, signed: string, more = '') => {
  const authorization = sha512(pair.key, '606112000888', signed, 'received', pair.salt);
  return `{"event":"TRANSACTION_CREDIT","data":{"id":9007199254740993,"unique_transaction_reference":"606112000888","amount":${sent},"status":"received","virtual_account":{"id":9007199254740992}${more},"Authorization":"${authorization}"}}`;
};

test.each([
  ['150.0', '150.0'],
  ['150', '150.0'],
  ['150.10', '150.10'],
  ['150.1', '150.10'],
  ['150', '150.00'],
])('a credit of %s that is signed over %s is let in', (sent, signed) => {
  expect(readText(credit(sent, signed))).toMatchObject({ kind: 'credit', amountLiteral: sent });
});

test.each([
  ['150.10', '150.1'],
  ['150.0', '150'],
  ['1500', '150.00'],
  ['1.5e2', '150.0'],
  ['"150.0 "', '150.0'],
])('a credit of %s that is signed over %s is refused', (sent, signed) => {
  expect(readText(credit(sent, signed))).toEqual({ fault: 'INVALID_SIGNATURE' });
});

test('ids stay text, and the amount is that of the signed object, whatever else has that name', () => {
  const elsewhere = ',"metadata":{"amount":999999.0},"narration":"\\"amount\\":777.0"';
  const text = credit('150.0', '150.0', elsewhere).replace('{"event"', '{"amount":888.0,"event"');

  expect(readText(text)).toMatchObject({
    amountLiteral: '150.0',
    fields: { id: '9007199254740993', 'virtual_account.id': '9007199254740992', 'metadata.amount': '999999.0' },
  });
});

test('the older dialect is closed where only the public one is spoken, and never takes another key', () => {
  const vector = inbound.find(([, { kind }]) => kind === 'legacy_va_webhook')![1];
  const text = bytesOf(vector);

  expect(readText(text, json, { ...secretsOf(vector), acceptsFlat: false })).toEqual({ fault: 'INVALID_SIGNATURE' });
  const foreign = text.replace('{', '{"merchant_key":"OTHER",');
  expect(readText(foreign, json, secretsOf(vector))).toEqual({ fault: 'INVALID_SIGNATURE' });
});

test('other products are signed with their own pair, when they have one', () => {
  const secrets = { ...ours, payIn: { key: 'PAYIN', salt: 'PAYIN' } };

  expect(readText(credit('1.0', '1.0'), json, secrets)).toMatchObject({ kind: 'credit' });
  expect(readText(JSON.stringify(payment()), json, secrets)).toEqual({ fault: 'INVALID_SIGNATURE' });
});

test.each([
  ['nothing', '', json],
  ['a text', '"text"', json],
  ['a list', '[]', json],
  ['half of an object', '{"key":', json],
  ['another type', JSON.stringify(payment()), 'text/plain'],
  ['no type', JSON.stringify(payment()), ''],
  ['a field that was sent twice', 'amount=1.00&amount=2.00', form],
  ['more than 256 KiB', JSON.stringify(payment({}, pair, { more: 'x'.repeat(256 * 1024) })), json],
  ['nesting without end', '{"a":'.repeat(100_000), json],
])('%s is malformed', (_, text, type) => {
  expect(readText(text, type)).toEqual({ fault: 'MALFORMED' });
});

test('bytes that are no UTF-8 are malformed', () => {
  expect(readGatewayEvent(Buffer.from([0x7b, 0xff, 0x7d]), json, ours)).toEqual({ fault: 'MALFORMED' });
});

test('whatever is sent without our salt is never let in, and never throws', () => {
  const part = fc.record(
    { key: fc.constant(pair.key), hash: fc.string(), data: fc.object(), event: fc.string() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(part, fc.jsonValue()), (body) => {
      expect(readText(JSON.stringify(body))).toHaveProperty('fault');
    }),
    { numRuns: 500 },
  );
});

test('the secrets are those of the environment: the wire falls back to the pay-in, the older dialect ends with the laptop', () => {
  const base = { ...world.apiEnvironment, EASEBUZZ_MERCHANT_KEY: 'K', EASEBUZZ_SALT_KEY: 'S' };
  const wire = { EASEBUZZ_WIRE_KEY: 'WK', EASEBUZZ_WIRE_SALT: 'WS' };
  const production = { NODE_ENV: 'production', ALLOWED_ORIGINS: 'https://panel.example' };

  const payIn = { key: 'K', salt: 'S' };
  expect(gatewaySecrets(apiEnv(base))).toEqual({ payIn, wire: payIn, acceptsFlat: true });
  expect(gatewaySecrets(apiEnv({ ...base, ...wire }))).toMatchObject({ payIn, wire: { key: 'WK', salt: 'WS' } });
  expect(gatewaySecrets(apiEnv({ ...base, ...production }))).toMatchObject({ acceptsFlat: false });
  const legacy = { EASEBUZZ_WEBHOOK_DIALECT: 'legacy' };
  expect(gatewaySecrets(apiEnv({ ...base, ...production, ...legacy }))).toMatchObject({ acceptsFlat: true });
  expect(gatewaySecrets(apiEnv({ ...base, EASEBUZZ_SALT_KEY: '' }))).toBeNull();
});

const { db, pool, close } = connect(world.databaseUrl, 2);

const endpoint = post('/event', {
  allow: 'easebuzz-signature',
  input: 'raw',
  bare: true,
  summary: 'The gateway calls',
  returns: z.object({ ok: z.boolean() }),
  handle: () => Promise.resolve({ ok: true }),
});

const serving = (env: object): Promise<Server> =>
  new Promise((resolve) => {
    const parts = { db, pool, client: temporal, log: pino({ level: 'silent' }) };
    const services = createServices(apiEnv({ ...world.apiEnvironment, ...env }), parts);
    const server: Server = express()
      .use(mount([endpoint], services))
      .listen(0, '127.0.0.1', () => resolve(server));
  });

afterAll(close);

test('the door is kept over the bytes of a request, and shut while key and salt are not configured', async () => {
  const open = await serving({ EASEBUZZ_MERCHANT_KEY: pair.key, EASEBUZZ_SALT_KEY: pair.salt });
  const shut = await serving({ EASEBUZZ_MERCHANT_KEY: undefined });
  const knock = async (server: Server, body: string, type = json) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/event`;
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
    const { errorCode } = (await response.json()) as { errorCode?: string };
    return errorCode ?? response.status;
  };
  const signed = payment({ amount: '150.0' });
  const text = JSON.stringify(signed).replace('"150.0"', '150.0');

  expect(await knock(open, text)).toBe(200);
  expect(await knock(open, new URLSearchParams(signed).toString(), form)).toBe(200);
  expect(await knock(open, text.replace('150.0', '150'))).toBe('INVALID_SIGNATURE');
  expect(await knock(open, 'amount=1&amount=2', form)).toBe('MALFORMED');
  expect(await knock(shut, text)).toBe('INVALID_SIGNATURE');
  open.close();
  shut.close();
});
