import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashOf } from '../../../local/partners/easebuzz/hashes.ts';
import type { Sequence } from '../../../local/partners/easebuzz/hashes.ts';
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import type { Signed } from '../../../workflows/domain/money/gateway-hashes.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { accountWanted, clientOf, orderWanted, wire } from './insta-collect-client.ts';

const day = '2026-11-29' as IstDay;

/** A gateway that answers the next calls with these texts, the last one for ever, and keeps what it was sent. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ url: request.url ?? '', headers: request.headers, text: Buffer.concat(chunks).toString() });
    response.end(answers.length > 1 ? answers.shift() : answers[0]);
  });
});
let answers: string[] = [];
let received: { url: string; headers: IncomingHttpHeaders; text: string }[] = [];
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => void server.close());

const answering = (...texts: string[]) => {
  answers = texts;
  received = [];
  return clientOf({ wireBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
};

const sha512 = (...parts: string[]) => createHash('sha512').update(parts.join('|')).digest('hex');

const accountAnswer = (account: string) => `{"success":true,"data":{"virtual_account":${account}}}`;
const orderAnswer = (account: string) =>
  `{"success":true,"data":{"transaction_order":{"id":9007199254740993,"payment_link":null,"virtual_account":${account},"transactions":[]}}}`;

const longNames = '"virtual_account_number":"A1","virtual_ifsc_number":"I1","virtual_upi_handle":"u@x"';
const shortNames = '"account_number":"A1","ifsc":"I1","upi_handle":"u@x"';

test('the amount of an order is a number in JSON with exactly the text that is signed', async () => {
  const client = answering(orderAnswer(`{${longNames}}`));
  const { key, salt, apiKey } = wire;
  for (const [amountPaise, literal] of [
    [231_075, '2310.75'],
    [87_500, '875.00'],
    [15_050, '150.50'],
  ] as const) {
    await client.createOrder(orderWanted({ number: 'N', amountPaise }));
    await client.createOrder(orderWanted({ number: 'N', amountPaise, allowPartial: true }));
    const [whole, parts] = received.splice(0) as [(typeof received)[0], (typeof received)[0]];

    expect(whole.text).toContain(`"amount":${literal},"per_transaction_amount":${literal},`);
    expect(whole.headers).toMatchObject({
      authorization: sha512(key, 'N', literal, literal, 'ord-9b', 'ORDER', '', '', '', salt),
      ...{ 'wire-api-key': apiKey, 'content-type': 'application/json' },
    });
    expect(parts.text).toContain(`"amount":${literal},`);
    expect(parts.text).not.toContain('per_transaction');
    expect(parts.headers.authorization).toBe(sha512(key, 'N', literal, '', 'ord-9b', 'ORDER', '', '', '', salt));
  }
});

test.each([longNames, shortNames])(
  'an account is read with the names %s, and its id keeps every digit',
  async (names) => {
    const account = { accountNumber: 'A1', ifsc: 'I1', upiId: 'u@x', qrImageUrl: '', isActive: false };
    const client = answering(accountAnswer(`{"id":9007199254740993,"is_active":false,${names}}`));
    expect(await client.readAccount('9007199254740993')).toEqual({
      ...{ kind: 'found', account: { ...account, gatewayId: '9007199254740993' } },
    });

    expect(await answering(orderAnswer(`{${names}}`)).createOrder(orderWanted())).toEqual({
      kind: 'created',
      order: {
        ...{ gatewayId: '9007199254740993', paymentLink: '' },
        account: { ...account, gatewayId: '', isActive: true },
      },
    });
  },
);

test.each([
  ['no account', '{"success":true,"data":{}}'],
  ['an account without an id', accountAnswer(`{"is_active":true,${longNames}}`)],
  ['an account without a number', accountAnswer('{"id":"V","is_active":true}')],
  ['an account that is neither on nor off', accountAnswer(`{"id":"V",${longNames}}`)],
  ['no word of success', '{"data":{}}'],
  ['no object', '[]'],
  ['a text', '"success"'],
])('an answer of %s is unknown', async (_, body) => {
  const client = answering(body);

  expect(await client.createAccount(accountWanted())).toMatchObject({ kind: 'unknown' });
  expect(await client.readAccount('V')).toMatchObject({ kind: 'unknown' });
  expect(await client.createOrder(orderWanted())).toMatchObject({ kind: 'unknown' });
  expect(await client.readOrder('O')).toMatchObject({ kind: 'unknown' });
  expect(await client.creditsOn(day)).toMatchObject({ kind: 'unknown' });
});

test.each([
  ['{"success":true}', true],
  ['{"success":true,"data":{"virtual_account":{"is_active":false}}}', false],
])('a switch that is answered with %s leaves the account active: %j', async (body, isActive) => {
  expect(await answering(body).switchAccount('V', true)).toEqual({ kind: 'switched', isActive });
  expect(received[0]!.text).toBe(`{"key":"${wire.key}","is_active":true}`);
});

const row = (id: string | number, more = '"amount":150.0') =>
  `{"id":${JSON.stringify(id)},"unique_transaction_reference":606112000888,"status":"received","payment_mode":"UPI",` +
  `"transaction_date":"2026-11-29 16:00:00.250000","virtual_account":{"id":9007199254740995},${more}}`;
const page = (...rows: string[]) => `{"success":true,"data":{"results":[${rows.join(',')}]}}`;
const full = (from: number) => page(...Array.from({ length: 100 }, (_, index) => row(`C${from + index}`)));

test.each([
  ['150', 15_000],
  ['150.0', 15_000],
  ['150.50', 15_050],
  ['"312.5"', 31_250],
])('a credit of %s is %i paise, and has all that the gateway tells', async (amount, amountPaise) => {
  const body = page(
    row('x', `"amount":${amount},"service_charge":1.5,"gst_amount":0.27`).replace('"x"', '9007199254740993'),
  );

  expect(await answering(body).creditsOn(day)).toEqual({
    kind: 'listed',
    rows: [
      {
        ...{ creditId: '9007199254740993', utr: '606112000888', amountPaise, feePaise: 150, taxPaise: 27 },
        ...{ word: 'received', mode: 'UPI', occurredAt: '2026-11-29T10:30:00.250Z' },
        accountGatewayId: '9007199254740995',
      },
    ],
  });
});

test.each(['"amount":1e3', '"amount":-5', '"amount":"150.505"', '"amount":5,"transaction_date":"yesterday"'])(
  'a credit with %s makes the list unknown',
  async (more) => {
    expect(await answering(page(row('a'), row('b', more))).creditsOn(day)).toMatchObject({ kind: 'unknown' });
  },
);

test('a credit without its own time happened when it was made', async () => {
  const made = row('a').replace(
    '"transaction_date":"2026-11-29 16:00:00.250000"',
    '"created_at":"2026-11-29T00:00:00Z"',
  );

  expect(await answering(page(made)).creditsOn(day)).toMatchObject({
    rows: [{ occurredAt: '2026-11-29T00:00:00.000Z' }],
  });
});

test('all pages of a day are read, each credit once and as it was told last', async () => {
  const later = row('C99').replace('received', 'unsettled');
  const read = await answering(full(0), full(100), page(later, row('C200'))).creditsOn(day);

  if (read.kind !== 'listed') throw new Error(JSON.stringify(read));
  expect(read.rows.map(({ creditId }) => creditId)).toEqual(Array.from({ length: 201 }, (_, index) => `C${index}`));
  expect(read.rows[99]).toMatchObject({ word: 'unsettled' });
  expect(received.map(({ url }) => url)).toEqual(
    [1, 2, 3].map(
      (number) =>
        `/api/v2/insta-collect/transactions?key=${wire.key}&created_at=2026-11-29&pageSize=100&page=${number}`,
    ),
  );
  expect(received[0]!.headers.authorization).toBe(sha512(wire.key, wire.salt));
});

test('a day of exactly a hundred credits is whole; pages that do not turn, or end in a fault, make it unknown', async () => {
  expect(await answering(full(0), page()).creditsOn(day)).toMatchObject({ kind: 'listed' });
  expect(await answering(full(0)).creditsOn(day)).toEqual({ kind: 'unknown', reason: 'the pages do not turn' });
  expect(await answering(full(0), '<html>').creditsOn(day)).toMatchObject({ kind: 'unknown' });
  const none = '{"success":false,"message":"No records found"}';
  expect(await answering(none).creditsOn(day)).toEqual({ kind: 'listed', rows: [] });
});

test('a gateway that tells the person back is not quoted', async () => {
  const message = 'Meera (meera@bluefleet.example, 9812345678, DKSIM000123456789) may not pay';
  const client = answering(JSON.stringify({ success: false, message }));

  expect(await client.createOrder(orderWanted())).toEqual({
    ...{ kind: 'refused', reason: '… … …, DKSIM…) may not pay' },
  });
  expect(await answering('{"success":false}').createAccount(accountWanted())).toEqual({ kind: 'refused', reason: '' });
});

type Vector = Record<'id' | 'kind' | 'algorithm' | 'key' | 'salt' | 'fields' | 'hash_input' | 'expected_hex', string>;

const vectors = parse<Vector>(readFileSync(new URL('../../contract/easebuzz-vectors.csv', import.meta.url)), {
  columns: true,
});

/** What a kind of sections 2, 3 and 6 is called here, and in the simulator. */
const names: Record<string, { system: Signed; simulator: Sequence[] }> = {
  va_create: { system: 'createAccount', simulator: ['createAccount'] },
  va_retrieve_or_status: { system: 'account', simulator: ['readAccount', 'switchAccount'] },
  wire_account_level: { system: 'credits', simulator: ['credits'] },
  order_create: { system: 'createOrder', simulator: ['createOrder'] },
  order_retrieve: { system: 'order', simulator: ['readOrder'] },
  va_credit_webhook: { system: 'credit', simulator: ['credit'] },
  legacy_va_webhook: { system: 'flatCredit', simulator: ['flatCredit'] },
};

const fieldsOf = ({ key, salt, fields }: Vector): Record<string, string> => {
  const told = Object.fromEntries(fields.split(';').map((field) => field.split('=') as [string, string]));
  const id = told['virtual_account_id'] ?? told['order_id'] ?? '';
  return { ...told, key, merchant_key: key, salt, id };
};

const spoken = vectors.filter(({ kind }) => names[kind]).map((vector) => [vector.id, vector] as const);

test('the contract has a vector of every call and event', () => {
  expect(new Set(spoken.map(([, { kind }]) => kind)).size).toBe(Object.keys(names).length);
});

test.each(spoken)('%s is signed by the system and by the simulator as the contract says', (_, vector) => {
  const { system, simulator } = names[vector.kind]!;
  const text = signedText(system, fieldsOf(vector));

  expect(text).toBe(vector.hash_input);
  expect(createHash(vector.algorithm).update(text).digest('hex')).toBe(vector.expected_hex);
  for (const sequence of simulator) expect(hashOf(sequence, fieldsOf(vector), vector)).toBe(vector.expected_hex);
});
