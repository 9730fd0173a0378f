import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { istDay } from '../../../workflows/domain/time.ts';
import { until } from '../../world/until.ts';
import { asked, clientOf, gateway, lines, live, pace, wanted } from './easebuzz-client.ts';

test('a link lives under its access key, and its amount has two decimals', async () => {
  const { accessKey, paymentUrl, txnid } = await live();

  expect(accessKey).toMatch(/^[0-9a-f]{64}$/);
  expect(paymentUrl).toBe(`${gateway.url}/pay/${accessKey}`);
  expect((await gateway.entries('asked', txnid))[0]!.detail).toMatchObject({ amount: '1250.50', udf2: 'DEPOSIT' });
});

test('whatever people are called and things are named, the gateway takes it', async () => {
  const payment = wanted({ productinfo: 'Rental: 15 days | EV – “Tigor”', firstname: 'Zoë  "Z" O\'Brien <b>' });

  expect(await clientOf().initiate({ ...payment, phone: '+91 98123-45678' })).toMatchObject({ kind: 'live' });
  expect(await clientOf().initiate(wanted({ firstname: 'मीरा' }))).toMatchObject({ kind: 'live' });
  expect((await gateway.entries('asked', payment.txnid))[0]!.detail).toMatchObject({
    ...{ productinfo: 'Rental 15 days EV Tigor', firstname: "Zoe Z O'Brien b", phone: '9812345678' },
  });
});

test('a refusal is definite: it is not tried again, and says nothing of the person', async () => {
  const payment = wanted({ email: 'no-mail' });

  expect(await clientOf().initiate(payment)).toEqual({
    ...{ kind: 'refused' },
    reason: expect.stringMatching(/email is not valid/),
  });
  expect(await clientOf({ salt: 'another' }).initiate(wanted())).toEqual({
    ...{ kind: 'refused' },
    reason: expect.stringMatching(/Hash mismatch/),
  });
  expect(await asked(payment.txnid)).toBe(1);
});

test('a txnid is used once', async () => {
  const { txnid } = await live();

  expect(await clientOf().initiate(wanted({ txnid }))).toEqual({ kind: 'duplicate' });
});

test('a link whose answer was lost is found again as a duplicate, with one payment at the gateway', async () => {
  const payment = wanted();
  await gateway.scenario({ match: payment.txnid, call: 'initiate', answer: 'lose', times: 1 });

  expect(await clientOf().initiate(payment)).toEqual({ kind: 'duplicate' });
  expect(await clientOf().status(payment.txnid)).toMatchObject({ kind: 'found', word: 'initiated' });
});

test.each(['error', 'garbage', 'empty', 'lose'] as const)(
  'a gateway that answers with %s before it acts is asked again, then it is well',
  async (answer) => {
    const payment = wanted();
    await gateway.scenario({ match: payment.txnid, answer, acts: false, times: 2 });

    expect(await clientOf().initiate(payment)).toMatchObject({ kind: 'live' });
    expect(await asked(payment.txnid)).toBe(3);
  },
);

test.each(['error', 'garbage', 'empty', 'lose'] as const)(
  'after %s three times nobody knows, and it is not called failed',
  async (answer) => {
    const payment = wanted();
    await gateway.scenario({ match: payment.txnid, answer });

    expect(await clientOf().initiate(payment)).toMatchObject({ kind: 'unknown' });
    expect(await asked(payment.txnid)).toBe(3);
  },
);

test('an answer that takes too long is unknown', async () => {
  const payment = wanted();
  await gateway.scenario({ match: payment.txnid, delayMs: 400 });

  const impatient = clientOf({ pace: { ...pace, timeoutMs: 50 } });
  expect(await impatient.initiate(payment)).toMatchObject({ kind: 'unknown' });
});

test('after a 429 nothing is sent for a while', async () => {
  const payment = wanted();
  await gateway.scenario({ match: payment.txnid, answer: 'tooMany', times: 1 });
  const client = clientOf();
  const startedAt = performance.now();

  expect(await client.initiate(payment)).toMatchObject({ kind: 'live' });
  expect(performance.now() - startedAt).toBeGreaterThan(pace.quietMs - 50);
});

test('ten attempts without an answer open the circuit: nothing is sent until it may close', async () => {
  const match = `circuit-${randomBytes(4).toString('hex')}`;
  const broken = wanted({ udf1: match });
  await gateway.scenario({ match, answer: 'error' });
  const client = clientOf();
  for (let time = 0; time < 3; time++) expect(await client.initiate(broken)).toMatchObject({ kind: 'unknown' });
  expect(await client.initiate(broken)).toMatchObject({ kind: 'unknown' });
  expect(await asked(match)).toBe(10);

  expect(await client.initiate(wanted())).toEqual({ kind: 'unavailable' });
  expect(await client.status(broken.txnid)).toEqual({ kind: 'unavailable' });

  await until(async () => (await client.initiate(wanted())).kind === 'live', 'a circuit that is closed again');
});

test('at most twenty calls are on their way', async () => {
  const match = `slots-${randomBytes(4).toString('hex')}`;
  await gateway.scenario({ match, delayMs: 200 });
  const client = clientOf();
  const begun = Array.from({ length: 25 }, () => client.initiate(wanted({ udf1: match })));

  await Promise.all(begun);
  const entries = (await gateway.log()).filter(
    (entry) => JSON.stringify(entry).includes(match) || entry.kind === 'answered',
  );
  const first = entries.findIndex((entry) => entry.kind === 'asked' && JSON.stringify(entry).includes(match));
  let open = 0;
  let most = 0;
  for (const { kind } of entries.slice(first)) {
    open += kind === 'asked' ? 1 : -1;
    most = Math.max(most, open);
  }
  expect(most).toBe(20);
});

test.each([
  ['success', 'success'],
  ['failure', 'failure'],
  ['cancel', 'userCancelled'],
  ['slow', 'pending'],
])('what a payer chose (%s) is what the status says', async (choice, word) => {
  const { paymentUrl, txnid } = await live();
  await gateway.scenario({ match: txnid, call: 'webhook', copies: 0 });
  await gateway.click(paymentUrl, choice, { mode: 'NB' });

  expect(await clientOf().status(txnid)).toMatchObject({
    ...{ kind: 'found', txnid, word, amountPaise: 125_050, mode: 'NB' },
    easepayid: expect.stringMatching(/^E/),
    bankRef: word === 'success' ? expect.stringMatching(/^\d{12}$/) : '',
  });
});

test('a payment of which the gateway has never heard is not found; a refused key is something else', async () => {
  expect(await clientOf().status('DKDNEVER')).toEqual({ kind: 'notFound' });
  expect(await clientOf({ salt: 'another' }).status('DKDNEVER')).toEqual({ kind: 'unknown', reason: 'Hash mismatch' });
});

test('amounts are read as they are sent, and what is none makes the answer unknown', async () => {
  const { txnid } = await live();
  await gateway.scenario({ match: txnid, call: 'retrieve', amount: '1250.5', times: 1 });
  expect(await clientOf().status(txnid)).toMatchObject({ amountPaise: 125_050 });

  await gateway.scenario({ match: txnid, call: 'retrieve', amount: '1e3', times: 1 });
  expect(await clientOf().status(txnid)).toMatchObject({ kind: 'unknown' });
});

test('a day lists its payments', async () => {
  const { txnid } = await live();
  const today = istDay(Date.now());

  expect(await clientOf().statusByDate(today, today)).toMatchObject({
    ...{ kind: 'listed', rows: expect.arrayContaining([expect.objectContaining({ txnid, amountPaise: 125_050 })]) },
  });
  const longAgo = istDay(0);
  expect(await clientOf().statusByDate(longAgo, longAgo)).toEqual({ kind: 'listed', rows: [] });
});

const answering = async (body: string) => {
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: clientOf({ payBaseUrl: base, dashboardBaseUrl: base }), server };
};

const row = (more: string) => `{"txnid":"T","amount":"1.0","easepayid":9007199254740993,${more}}`;

test.each([
  [
    'the row with money, of several',
    `{"status":true,"msg":[${row('"status":"success"')},${row('"status":"failure"')}]}`,
    'success',
  ],
  [
    'the last row, of several without',
    `{"status":1,"msg":[${row('"status":"failure"')},${row('"status":"pending"')}]}`,
    'pending',
  ],
  ['the row under another name', `{"status":true,"data":${row('"status":"bounced"')}}`, 'bounced'],
  [
    'a row with a number for an amount',
    `{"status":"1","result":{"txnid":"T","amount":1.0,"status":"success","easepayid":9007199254740993}}`,
    'success',
  ],
])('the status is %s, and its id keeps every digit', async (_, body, word) => {
  const { client, server } = await answering(body);

  expect(await client.status('T')).toMatchObject({
    ...{ kind: 'found', word, amountPaise: 100, easepayid: '9007199254740993' },
  });
  server.close();
});

test.each([
  ['another payment', `{"status":true,"msg":${row('"status":"success"').replace('"T"', '"U"')}}`],
  ['no word', `{"status":true,"msg":{"txnid":"T","amount":"1.0"}}`],
  ['a link that is none', '{"status":1,"data":"https://pay.easebuzz.in"}'],
  ['no object', '[]'],
  ['a text', '"success"'],
])('an answer of %s is unknown, neither found nor live', async (_, body) => {
  const { client, server } = await answering(body);

  expect(await client.status('T')).toMatchObject({ kind: 'unknown' });
  expect(await client.initiate(wanted())).toMatchObject({ kind: 'unknown' });
  server.close();
});

test('a gateway that tells the person back is not quoted', async () => {
  const text = 'Meera (meera@bluefleet.example, 9812345678) may not pay';
  const { client, server } = await answering(JSON.stringify({ status: 0, error_desc: text }));

  expect(await client.initiate(wanted())).toEqual({ kind: 'refused', reason: '… … …) may not pay' });
  server.close();
});

test('no log has a key, a hash or a person in it', () => {
  const text = lines.join('\n');

  expect(lines.length).toBeGreaterThan(50);
  expect(text).toMatch(/"call":"initiate","number":"DKD/);
  expect(text).not.toMatch(/KEYOFATEST|SALTOFATEST|Meera|@|9812345678|[0-9a-f]{64}/i);
});
