import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readGatewayEvent } from '../../api/partners/gateway-events.ts';
import { keyPairOf } from '../../local/partners/easebuzz/key-pair.ts';
import { hashOf } from '../../local/partners/easebuzz/hashes.ts';
import type { Fields, Sequence } from '../../local/partners/easebuzz/hashes.ts';
import { startGateway } from '../world/money/gateway.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';

const pair = { key: 'KEYOFATEST', salt: 'SALTOFATEST' };

let gateway: Awaited<ReturnType<typeof startGateway>>;

/** A merchant that keeps what it is sent, and answers as often with 503 as it is told. */
const received: { path: string; type: string; bytes: Buffer }[] = [];
let refusals = 0;
const merchant = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({
      ...{ path: request.url ?? '', type: request.headers['content-type'] ?? '' },
      bytes: Buffer.concat(chunks),
    });
    response.writeHead(refusals > 0 ? 503 : 200).end();
    refusals = Math.max(0, refusals - 1);
  });
});
let merchantUrl: string;

beforeAll(async () => {
  gateway = await startGateway(pair);
  await new Promise<void>((resolve) => merchant.listen(0, '127.0.0.1', resolve));
  merchantUrl = `http://127.0.0.1:${(merchant.address() as AddressInfo).port}`;
});
afterAll(async () => {
  merchant.close();
  await gateway.stop();
});

const call = async (path: string, sequence: Sequence, fields: Fields, hash = hashOf(sequence, fields, pair)) => {
  const body = new URLSearchParams({ key: pair.key, ...fields, hash });
  return (await (await fetch(`${gateway.url}${path}`, { method: 'POST', body })).json()) as Record<string, unknown>;
};

const link = async (more: Fields = {}) => {
  const fields = {
    ...{ txnid: `DKD${randomBytes(8).toString('hex')}`, amount: '150.00', productinfo: 'Security Deposit' },
    ...{ firstname: 'Asha', email: 'asha@bluefleet.example', phone: '9812345678' },
    ...{ surl: `${merchantUrl}/back/success`, furl: `${merchantUrl}/back/failure` },
    ...more,
  };
  const { data } = await call('/payment/initiateLink', 'initiate', fields);
  return { txnid: fields.txnid, url: `${gateway.url}/pay/${String(data)}` };
};

const eventsOf = (txnid: string) =>
  received
    .filter(({ path, bytes }) => path === '/webhooks/easebuzz/payment' && bytes.includes(txnid))
    .map(({ bytes, type }) => readGatewayEvent(bytes, type, { payIn: pair, wire: pair, acceptsFlat: false }));

const hear = (txnid: string, count: number) =>
  until(() => Promise.resolve(eventsOf(txnid).length >= count && eventsOf(txnid)), `${count} events of ${txnid}`);

test('the checkout page shows what is paid, and a button for each way to go on', async () => {
  const { url } = await link();
  const page = await (await fetch(url)).text();

  expect(page).toContain('₹150.00');
  expect(page).toContain('Security Deposit');
  for (const choice of ['success', 'failure', 'cancel', 'slow', 'close'])
    expect(page).toContain(`name="choice" value="${choice}"`);
  expect((await fetch(`${gateway.url}/pay/nothing`)).status).toBe(404);
});

test.each([
  ['success', 'success', '/back/success'],
  ['failure', 'failure', '/back/failure'],
  ['cancel', 'userCancelled', '/back/failure'],
])('after %s the browser POSTs itself back, and the event says %s as well', async (choice, word, path) => {
  const { url, txnid } = await link();
  const page = await gateway.click(url, choice, { mode: 'CC' });
  const inputs = [...page.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const fields = Object.fromEntries(inputs) as Fields;

  expect(page).toContain(`<form method="post" action="${merchantUrl}${path}">`);
  expect(page).toContain('.submit()');
  expect(fields).toMatchObject({ txnid, status: word, mode: 'CC' });
  expect(fields['hash']).toBe(hashOf('reverse', fields, pair));
  expect(await hear(txnid, 1)).toMatchObject([{ kind: 'payment', amountLiteral: '150.00', fields: { status: word } }]);
});

test('who closes the tab has paid, and only the event says so', async () => {
  const { url, txnid } = await link();

  expect(await gateway.click(url, 'close')).not.toContain('<form');
  expect(await hear(txnid, 1)).toMatchObject([{ fields: { status: 'success' } }]);
});

test('a slow bank is pending first and pays later', async () => {
  const { url, txnid } = await link();
  await gateway.click(url, 'slow', { slowMs: '3000' });
  expect(await (await fetch(url)).text()).toContain('This payment is still under way: <b>pending</b>');
  const words = (await hear(txnid, 2)).map((event) => 'fields' in event && event.fields['status']);

  expect(words).toEqual(['pending', 'success']);
});

test('a payment is decided once', async () => {
  const { url, txnid } = await link();
  await gateway.click(url, 'success');

  expect(await gateway.click(url, 'failure')).toContain('This payment is over: <b>success</b>');
  expect(await hear(txnid, 1)).toHaveLength(1);
});

test('an event that is not taken comes again, five times at most', async () => {
  const { url, txnid } = await link();
  refusals = 2;
  await gateway.click(url, 'close');

  expect(await hear(txnid, 3)).toHaveLength(3);
  const sent = await gateway.sent(txnid, 3);
  expect(sent.map(({ detail }) => detail)).toMatchObject([
    ...[
      { attempt: 1, status: 503 },
      { attempt: 2, status: 503 },
      { attempt: 3, status: 200 },
    ],
  ]);
});

test('events come in copies, as JSON, wrongly signed, or with another amount, as a scenario says', async () => {
  const scenarios = [
    { copies: 3, format: 'json' },
    { badHash: true },
    { amount: '1.50' },
    { word: 'failure' },
  ] as const;
  const heard: unknown[] = [];
  for (const scenario of scenarios) {
    const { url, txnid } = await link();
    await gateway.scenario({ match: txnid, call: 'webhook', ...scenario });
    await gateway.click(url, 'close');
    heard.push(await hear(txnid, 'copies' in scenario ? 3 : 1));
  }

  expect(heard).toMatchObject([
    [{ kind: 'payment' }, { kind: 'payment' }, { kind: 'payment' }],
    [{ fault: 'INVALID_SIGNATURE' }],
    [{ kind: 'payment', amountLiteral: '1.50' }],
    [{ kind: 'payment', fields: { status: 'failure' } }],
  ]);
});

test('events come in another order, get lost, and contradict what was said before', async () => {
  const { url, txnid } = await link();
  await gateway.scenario({ match: txnid, call: 'webhook', delayMs: 2_000, times: 1 });
  await gateway.click(url, 'close');
  await gateway.event({ txnid, word: 'bounced' });
  const words = (await hear(txnid, 2)).map((event) => 'fields' in event && event.fields['status']);
  expect(words).toEqual(['bounced', 'success']);

  await gateway.scenario({ match: txnid, call: 'webhook', copies: 0, times: 1 });
  await gateway.event({ txnid, word: 'lost' });
  await gateway.event({ txnid, word: 'dropped', amount: '7.0' });
  expect((await hear(txnid, 3))[2]).toMatchObject({ amountLiteral: '7.0', fields: { status: 'dropped' } });
});

test.each([
  ['/payment/initiateLink', 'initiate', { txnid: 'DKDWRONG' }],
  ['/transaction/v2/retrieve', 'retrieve', { txnid: 'DKDWRONG' }],
  ['/transaction/v2/refund', 'refund', { easebuzz_id: 'E1', merchant_refund_id: 'F1', refund_amount: '1.00' }],
  ['/refund/v1/retrieve', 'retrieveRefund', { easebuzz_id: 'E1' }],
] as [string, Sequence, Fields][])(
  '%s refuses a hash that is not exactly right, and another key',
  async (path, sequence, fields) => {
    const hash = hashOf(sequence, fields, pair);
    const wrong = { amount: '1.0', ...fields };

    expect(JSON.stringify(await call(path, sequence, fields, hash.toUpperCase()))).toContain('Hash mismatch');
    expect(
      JSON.stringify(await call(path, sequence, wrong, hashOf(sequence, wrong, { ...pair, salt: 'x' }))),
    ).toContain('Hash mismatch');
    expect(JSON.stringify(await call(path, sequence, { ...fields, key: 'OTHER' }))).toContain('key is not valid');
  },
);

test.each([
  ['amount', '150'],
  ['amount', '0.50'],
  ['txnid', 'a b'],
  ['productinfo', 'Deposit: 1'],
  ['firstname', 'मीरा'],
  ['phone', '12'],
  ['email', 'nobody'],
  ['surl', '/back'],
  ['udf1', '<b>'],
])('a link with the %s %j is refused, and not remembered', async (name, value) => {
  const { url, txnid } = await link({ [name]: value });

  expect(url).toContain(`${name} is not valid`);
  expect((await fetch(`${gateway.url}/_fake/payments/${encodeURIComponent(txnid)}`)).status).toBe(404);
});

test('the log only grows, and the page shows the books, harmless whatever is in them', async () => {
  const { url, txnid } = await link({ productinfo: 'Deposit', firstname: "A&B 'C'" });
  const before = await gateway.log();
  await gateway.click(url, 'success');
  await gateway.sent(txnid, 1);
  await gateway.settle();
  const after = await gateway.log();

  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.map(({ id }) => id)).toEqual(after.map((_, index) => index + 1));
  const page = await (await fetch(gateway.url)).text();
  expect(page).toContain(txnid);
  expect(page).toContain('Settlements');
  expect(page).toContain('settled');
  expect(await (await fetch(url)).text()).toContain('A&#38;B &#39;C&#39;');
});

test('a scenario that nobody understands is refused', async () => {
  await expect(gateway.scenario({ answer: 'maybe' as never })).rejects.toThrow('400');
});

test('the keys are those of the person who starts it, but never those of production', () => {
  expect(keyPairOf({})).toEqual({ key: 'SIMULATOR', salt: 'SIMULATORSALT' });
  expect(keyPairOf({ EASEBUZZ_KEY: 'MINE', EASEBUZZ_SALT: ' S ' })).toEqual({ key: 'MINE', salt: 'S' });
  expect(keyPairOf({ EASEBUZZ_MERCHANT_KEY: 'MINE', EASEBUZZ_KEY: 'OLD' })).toMatchObject({ key: 'MINE' });
  expect(() => keyPairOf({ EASEBUZZ_KEY: 'LIVE', EASEBUZZ_DENIED_KEYS: 'OTHER, LIVE' })).toThrow('production');
});

test('both processes are told where the gateway is, and have its keys', () => {
  expect(world.workerEnvironment).toMatchObject({
    ...{ EASEBUZZ_PAY_BASE_URL: world.gateway, EASEBUZZ_MERCHANT_KEY: 'SIMULATOR' },
    PAYMENT_SUCCESS_URL: `${world.api}/webhooks/payment/success`,
  });
  expect(world.apiEnvironment).toMatchObject({
    EASEBUZZ_MERCHANT_KEY: 'SIMULATOR',
    EASEBUZZ_SALT_KEY: 'SIMULATORSALT',
  });
});
