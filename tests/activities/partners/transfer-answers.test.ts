import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { TransferWanted } from '../../../activities/partners/easebuzz/transfers.ts';
import { hashOf } from '../../../local/partners/easebuzz/hashes.ts';
import type { Sequence } from '../../../local/partners/easebuzz/hashes.ts';
import { transfersPartner } from '../../../workers/gateway.ts';
import { workerEnv } from '../../../workers/env.ts';
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import type { Signed } from '../../../workflows/domain/money/gateway-hashes.ts';
import { clientOf, toUpi, wanted, wire } from './transfers-client.ts';

/** A gateway that answers each call with this, and keeps what it was sent. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ url: request.url ?? '', headers: request.headers, text: Buffer.concat(chunks).toString() });
    response.writeHead(answer.status).end(answer.text);
  });
});
let answer = { text: '', status: 200 };
let received: { url: string; headers: IncomingHttpHeaders; text: string }[] = [];
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => void server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const answering = (text: string, status = 200) => {
  answer = { text, status };
  received = [];
  return clientOf({ wireBaseUrl: url });
};

const sha512 = (...parts: string[]) => createHash('sha512').update(parts.join('|')).digest('hex');

const least = '"unique_request_number":"N1","status":"accepted","amount":150.0';
const transferAnswer = (fields = least) => `{"success":true,"data":{"transfer_request":{${fields}}}}`;

test('the amount of a transfer is a number in JSON with exactly the text that is signed', async () => {
  const client = answering(transferAnswer());
  const { key, salt, apiKey } = wire;
  for (const [amountPaise, literal] of [
    [231_075, '2310.75'],
    [15_000, '150.00'],
    [15_050, '150.50'],
    [99_999_999_999, '999999999.99'],
  ] as const) {
    await client.transfer(wanted({ number: 'N1', amountPaise }));
    await client.transfer(toUpi({ number: 'N1', amountPaise }));
    const [bank, upi] = received.splice(0) as [(typeof received)[0], (typeof received)[0]];

    expect(bank.url).toBe('/api/v1/quick_transfers/initiate/');
    expect(bank.text).toContain(`"amount":${literal},`);
    expect(bank.text).toContain('"ifsc":"TEST0001234","upi_handle":""');
    expect(bank.headers).toMatchObject({
      authorization: sha512(key, '007700112233', 'TEST0001234', '', 'N1', literal, salt),
      ...{ 'wire-api-key': apiKey, 'content-type': 'application/json' },
    });
    expect(upi.text).toContain(`"amount":${literal},`);
    expect(upi.headers.authorization).toBe(sha512(key, '', '', 'meera@testupi', 'N1', literal, salt));
  }
});

test('a state is asked for by the path, then by the query, with the number signed', async () => {
  expect(await answering('{"detail":"Not found."}', 404).transferState('N/1')).toEqual({ kind: 'notFound' });
  expect(received.map((call) => call.url)).toEqual([
    `/api/v1/transfers/N%2F1/?key=${wire.key}`,
    `/api/v1/transfers/?key=${wire.key}&unique_request_number=N%2F1`,
  ]);
  for (const { headers } of received) expect(headers.authorization).toBe(sha512(wire.key, 'N/1', wire.salt));
});

test('of a transfer everything is read that the gateway tells, and its numbers keep every digit', async () => {
  const fields =
    '"id":9007199254740993,"unique_request_number":9007199254740995,"status":"success","amount":2310.75,' +
    '"unique_transaction_reference":90071992547409931234,"failure_reason":null,"service_charge":2.5,"gst_amount":0.45,' +
    '"queue_on_low_balance":1';
  const transfer = {
    ...{ gatewayTransferId: '9007199254740993', number: '9007199254740995', word: 'success', amountPaise: 231_075 },
    ...{ utr: '90071992547409931234', failureReason: '', feePaise: 250, taxPaise: 45, queuedOnLowBalance: false },
  };

  expect(await answering(transferAnswer(fields)).transferState('9007199254740995')).toEqual({
    ...{ kind: 'found', transfer },
  });
  expect(await answering(transferAnswer(fields)).transfer(wanted({ number: '9007199254740995' }))).toEqual({
    ...{ kind: 'taken', transfer },
  });
});

test.each([
  ['"status":"queued","queue_on_low_balance":true', true],
  ['"status":"queued","queue_on_low_balance":"1"', true],
  ['"status":"queued","queue_on_low_balance":0', false],
  ['"status":"queued"', false],
  ['"status":"accepted","queue_on_low_balance":true', false],
])('a transfer with %s is queued for want of money: %j', async (more, queuedOnLowBalance) => {
  const client = answering(transferAnswer(`"unique_request_number":"N1","amount":150,${more}`));

  expect(await client.transferState('N1')).toMatchObject({ transfer: { queuedOnLowBalance, amountPaise: 15_000 } });
});

test.each([
  ['no transfer', '{"success":true,"data":{}}'],
  ['a transfer without a state', transferAnswer('"unique_request_number":"N1","amount":150.0')],
  ['a transfer without an amount', transferAnswer('"unique_request_number":"N1","status":"success"')],
  ['an amount that is none', transferAnswer(least.replace('150.0', '-150'))],
  ['another transfer', transferAnswer(least.replace('N1', 'N2'))],
  ['no word of success', '{"data":{}}'],
  ['no object', '[]'],
])('an answer of %s is unknown', async (_, text) => {
  const client = answering(text);

  expect(await client.transfer(wanted({ number: 'N1' }))).toMatchObject({ kind: 'unknown' });
  expect(received).toHaveLength(1);
  expect(await client.transferState('N1')).toMatchObject({ kind: 'unknown' });
  expect(await client.walletBalance()).toMatchObject({ kind: 'unknown' });
});

test('success with a state of HTTP that says otherwise is unknown', async () => {
  for (const status of [401, 404, 409]) {
    expect(await answering(transferAnswer(), status).transfer(wanted({ number: 'N1' }))).toMatchObject({
      kind: 'unknown',
    });
    expect(await answering(transferAnswer(), status).transferState('N1')).toMatchObject({ kind: 'unknown' });
  }
  expect(await answering(transferAnswer(), 201).transfer(wanted({ number: 'N1' }))).toMatchObject({ kind: 'taken' });
});

test.each(['Merchant not found', 'API key does not exist', 'IP not found in whitelist'])(
  'a gateway that says "%s" does not say that there is no transfer',
  async (message) => {
    const client = answering(JSON.stringify({ success: false, message }));

    expect(await client.transferState('N1')).toMatchObject({ kind: 'unknown' });
  },
);

test('a gateway that tells the beneficiary back is not quoted', async () => {
  const message = 'MEERA RAO (AB12, TEST0001234, meera@testupi, 9812345678) may not be paid';
  const beneficiary = { name: 'Meera Rao', account: { number: 'AB12', ifsc: 'TEST0001234' } };
  const client = answering(JSON.stringify({ success: false, message }));
  const quoted = '… (…, …, … …) may not be paid';

  expect(await client.transfer(wanted({ beneficiary }))).toEqual({ kind: 'refused', reason: quoted });
  const failed = least.replace('"accepted"', `"failure","failure_reason":"${message}"`);
  expect(await answering(transferAnswer(failed)).transfer(wanted({ number: 'N1', beneficiary }))).toMatchObject({
    ...{ kind: 'taken', transfer: { failureReason: quoted } },
  });
});

test('the worker pays by the keys of Wire, from the wallet that the environment names', async () => {
  const usable = {
    ...{ NODE_ENV: 'test', DATABASE_URL: 'postgresql://x', DATA_KEY: Buffer.alloc(32).toString('base64') },
    ...{ EASEBUZZ_MERCHANT_KEY: 'key', EASEBUZZ_SALT_KEY: 'salt' },
  };
  const log = pino({ level: 'silent' });
  const partnerOf = (more: NodeJS.ProcessEnv) => transfersPartner(workerEnv({ ...usable, ...more }), log);
  answering('{"success":true,"data":{"virtual_account":{"id":"VAW","balance_amount":1000.5}}}');

  expect(partnerOf({})).toBeNull();
  expect(await partnerOf({ EASEBUZZ_WIRE_BASE_URL: url, EASEBUZZ_WIRE_ACCOUNT: ' ' })!.walletBalance()).toEqual({
    ...{ kind: 'unknown', reason: 'no wallet is configured' },
  });
  const own = { EASEBUZZ_WIRE_BASE_URL: url, EASEBUZZ_WIRE_KEY: 'W', EASEBUZZ_WIRE_ACCOUNT: ' VAW ' };
  expect(await partnerOf(own)!.walletBalance()).toEqual({ kind: 'found', balancePaise: 100_050 });
  expect(received).toMatchObject([
    {
      url: '/api/v1/insta-collect/virtual_accounts/VAW?key=W',
      headers: { authorization: sha512('W', 'VAW', 'salt'), 'wire-api-key': 'W' },
    },
  ]);
});

type Vector = Record<'id' | 'kind' | 'algorithm' | 'key' | 'salt' | 'fields' | 'hash_input' | 'expected_hex', string>;

const vectors = parse<Vector>(readFileSync(new URL('../../contract/easebuzz-vectors.csv', import.meta.url)), {
  columns: true,
});

/** What a kind of section 4 is called here, and in the simulator. */
const names: Record<string, { system: Signed; simulator: Sequence }> = {
  wire_quick_transfer: { system: 'createTransfer', simulator: 'transfer' },
  wire_transfer_retrieve: { system: 'retrieveTransfer', simulator: 'transferState' },
  wire_transfer_webhook: { system: 'transfer', simulator: 'transferEvent' },
};

const fieldsOf = ({ key, salt, fields }: Vector): Record<string, string> => ({
  ...Object.fromEntries(fields.split(';').map((field) => field.split('=') as [string, string])),
  ...{ key, salt },
});

const spoken = vectors.filter(({ kind }) => names[kind]).map((vector) => [vector.id, vector] as const);

test('the contract has a vector of every call and event', () => {
  expect(spoken.map(([id]) => id)).toEqual(['V17', 'V18', 'V20', 'V21', 'V22']);
});

test.each(spoken)('%s is signed by the system and by the simulator as the contract says', (_, vector) => {
  const { system, simulator } = names[vector.kind]!;
  const text = signedText(system, fieldsOf(vector));

  expect(text).toBe(vector.hash_input);
  expect(createHash(vector.algorithm).update(text).digest('hex')).toBe(vector.expected_hex);
  expect(hashOf(simulator, fieldsOf(vector), vector)).toBe(vector.expected_hex);
});

test.each(spoken.filter(([, { kind }]) => kind === 'wire_quick_transfer'))(
  '%s is what the client sends',
  async (_, vector) => {
    const { key, salt } = vector;
    const told = fieldsOf(vector);
    const { account_number: account = '', ifsc = '', upi_handle: upi = '' } = told;
    const beneficiary = upi ? { name: 'Meera', upi } : { name: 'Meera', account: { number: account, ifsc } };
    const transfer: TransferWanted = {
      ...wanted({ number: told['unique_request_number']!, beneficiary, mode: upi ? 'UPI' : 'IMPS' }),
      amountPaise: Math.round(Number(told['amount']) * 100),
    };
    answering(transferAnswer());
    await clientOf({ key, salt, wireBaseUrl: url }).transfer(transfer);

    expect(received[0]!.headers.authorization).toBe(vector.expected_hex);
  },
);
