import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { until } from '../../world/until.ts';
import {
  account,
  accountWanted,
  asked,
  clientOf,
  gateway,
  lines,
  number,
  order,
  orderWanted,
  pace,
} from './insta-collect-client.ts';

test('an account is made, read, and switched off and on', async () => {
  const made = await account();

  expect(made).toEqual({
    ...{ gatewayId: expect.stringMatching(/^VA/), accountNumber: expect.stringMatching(/^DKSIM\d{12}$/) },
    ...{ ifsc: 'SIMU0000001', upiId: expect.stringMatching(/@simulator$/), isActive: true },
    qrImageUrl: expect.stringMatching(/\/upi\/dk\d+%40simulator\/qr\.svg$/),
  });
  expect(await clientOf().readAccount(made.gatewayId)).toEqual({ kind: 'found', account: made });
  expect(await clientOf().switchAccount(made.gatewayId, false)).toEqual({ kind: 'switched', isActive: false });
  expect(await clientOf().readAccount(made.gatewayId)).toMatchObject({ account: { isActive: false } });
  expect(await clientOf().switchAccount(made.gatewayId, true)).toEqual({ kind: 'switched', isActive: true });
});

test('the same number gets the same account, another number another one', async () => {
  const wanted = accountWanted();
  const made = await account(wanted);

  expect(await account(wanted)).toEqual(made);
  expect((await account(accountWanted())).gatewayId).not.toBe(made.gatewayId);
});

test('an order is made with the account that takes its money, and its amount with two decimals', async () => {
  const wanted = orderWanted({ customerName: 'Zoë | मीरा' });
  const made = await order(wanted);

  expect(made).toEqual({
    ...{ gatewayId: expect.stringMatching(/^TXO/), paymentLink: expect.stringMatching(/\/upi\//) },
    account: expect.objectContaining({
      ...{ gatewayId: expect.stringMatching(/^VA/), accountNumber: expect.stringMatching(/^DKSIM\d{12}$/) },
      ...{ ifsc: 'SIMU0000001', upiId: expect.stringMatching(/@simulator$/), isActive: true },
    }),
  });
  expect(await order(wanted)).toEqual(made);
  expect((await gateway.entries('asked', wanted.number))[0]!.detail).toMatchObject({
    ...{ amount: '2310.75', per_transaction_amount: '2310.75', udf1: 'ord-9b', udf2: 'ORDER' },
    ...{ customer_name: 'Zoe', customer_phone: '9812345678', expiry_date: '2027-01-03 00:00:00' },
  });
});

test('an order that takes parts says nothing of how much one payment is', async () => {
  const wanted = orderWanted({ allowPartial: true, customerEmail: '' });
  await order(wanted);

  const { detail } = (await gateway.entries('asked', wanted.number))[0]!;
  expect(detail).not.toHaveProperty('per_transaction_amount');
  expect(detail).not.toHaveProperty('customer_email');
});

test('an order tells what was paid to it', async () => {
  const { gatewayId, account: own } = await order();
  expect(await clientOf().readOrder(gatewayId)).toEqual({ kind: 'found', credits: [] });

  const { id } = await gateway.credit({ account: own.gatewayId, amount: 2310.75, status: 'pending' });
  await gateway.credit({ account: own.upiId, amount: '10', id: '9007199254740993' });
  expect(await clientOf().readOrder(gatewayId)).toEqual({
    kind: 'found',
    credits: [
      { creditId: id, amountPaise: 231_075, word: 'pending' },
      { creditId: '9007199254740993', amountPaise: 1_000, word: 'received' },
    ],
  });
});

test('what the gateway does not know is not found; a refused key is something else', async () => {
  expect(await clientOf().readAccount('VANEVER')).toEqual({ kind: 'notFound' });
  expect(await clientOf().readOrder('TXONEVER')).toEqual({ kind: 'notFound' });
  expect(await clientOf().switchAccount('VANEVER', true)).toEqual({
    ...{ kind: 'refused', reason: 'Virtual account not found' },
  });
  const other = clientOf({ salt: 'another' });
  const reason = 'Authorization is not valid';
  expect(await other.readAccount('VANEVER')).toEqual({ kind: 'unknown', reason });
  expect(await other.readOrder('TXONEVER')).toEqual({ kind: 'unknown', reason });
});

/** Every call, about something that exists. */
const calls = async () => {
  const made = await account();
  const ordered = await order();
  return {
    createAccount: () => clientOf().createAccount(accountWanted()),
    readAccount: () => clientOf().readAccount(made.gatewayId),
    switchAccount: () => clientOf().switchAccount(made.gatewayId, false),
    credits: () => clientOf().creditsOn('2026-11-29' as never),
    createOrder: () => clientOf().createOrder(orderWanted()),
    readOrder: () => clientOf().readOrder(ordered.gatewayId),
  };
};

const named = ['createAccount', 'readAccount', 'switchAccount', 'credits', 'createOrder', 'readOrder'] as const;

test.each(named)('%s that is refused is refused once, and nobody takes it for not found', async (call) => {
  const ask = (await calls())[call];
  await gateway.scenario({ call, answer: 'refuse' });
  const before = await asked(`"${call}"`);

  expect(await ask()).toEqual({
    kind: call.startsWith('read') ? 'unknown' : 'refused',
    reason: 'Parameter validation failed',
  });
  expect(await asked(`"${call}"`)).toBe(before + 1);
});

test.each(named)('%s is repeated until it is answered, and unknown when it never is', async (call) => {
  const ask = (await calls())[call];
  for (const answer of ['error', 'garbage', 'empty', 'lose'] as const) {
    await gateway.scenario({ call, answer, times: 3 });
    expect((await ask()).kind).toMatch(/^(?:created|found|switched|listed)$/);
    await gateway.scenario({ call, answer, times: 4 });
    expect(await ask()).toMatchObject({ kind: 'unknown' });
  }
});

test.each(named)('%s with the wrong salt, key or key of the API is refused by the simulator', async (call) => {
  const { gatewayId } = await account();
  const ordered = await order();
  for (const wrong of [{ salt: 'another' }, { key: 'another' }, { apiKey: 'another' }]) {
    const client = clientOf(wrong);
    const outcomes = {
      createAccount: () => client.createAccount(accountWanted()),
      readAccount: () => client.readAccount(gatewayId),
      switchAccount: () => client.switchAccount(gatewayId, false),
      credits: () => client.creditsOn('2026-11-29' as never),
      createOrder: () => client.createOrder(orderWanted()),
      readOrder: () => client.readOrder(ordered.gatewayId),
    };
    expect(await outcomes[call]()).toMatchObject({ reason: expect.stringMatching(/is not valid$/) });
  }
  expect(await clientOf().readAccount(gatewayId)).toMatchObject({ account: { isActive: true } });
});

test('an account and an order whose answer was lost are there, and the same number finds them', async () => {
  const [wanted, wantedOrder] = [accountWanted(), orderWanted()];
  await gateway.scenario({ answer: 'lose' });
  expect(await clientOf().createAccount(wanted)).toMatchObject({ kind: 'unknown' });
  expect(await clientOf().createOrder(wantedOrder)).toMatchObject({ kind: 'unknown' });
  await fetch(`${gateway.url}/_fake/scenario`, { method: 'DELETE' });

  const books = await (await fetch(gateway.url)).text();
  expect(books.split(wantedOrder.number)).toHaveLength(2);
  const made = await account(wanted);
  const made2 = await order(wantedOrder);
  expect(await account(wanted)).toEqual(made);
  expect(await order(wantedOrder)).toEqual(made2);
  expect((await (await fetch(gateway.url)).text()).split(wantedOrder.number)).toHaveLength(2);
});

test('a number that the gateway calls a duplicate is told as one', async () => {
  await gateway.scenario({ answer: 'duplicate' });

  expect(await clientOf().createAccount(accountWanted())).toEqual({ kind: 'duplicate' });
  expect(await clientOf().createOrder(orderWanted())).toEqual({ kind: 'duplicate' });
});

test('what the gateway would not take is refused: a label of nothing, an amount of nothing, a phone that is none', async () => {
  expect(await clientOf().createAccount(accountWanted({ label: '|' }))).toMatchObject({ kind: 'refused' });
  expect(await clientOf().createOrder(orderWanted({ amountPaise: 0 }))).toMatchObject({ kind: 'refused' });
  expect(await clientOf().createOrder(orderWanted({ customerPhone: '12' }))).toMatchObject({ kind: 'refused' });
});

test('after a 429 nothing is sent for a while', async () => {
  const wanted = accountWanted();
  await gateway.scenario({ match: wanted.number, answer: 'tooMany', times: 1 });
  const startedAt = performance.now();

  expect(await clientOf().createAccount(wanted)).toMatchObject({ kind: 'created' });
  expect(performance.now() - startedAt).toBeGreaterThan(pace.quietMs - 50);
});

test('ten attempts without an answer open the circuit: nothing is sent until it may close', async () => {
  const { gatewayId } = await account();
  await gateway.scenario({ match: gatewayId, answer: 'error' });
  const client = clientOf();
  for (let time = 0; time < 3; time++) expect(await client.readAccount(gatewayId)).toMatchObject({ kind: 'unknown' });
  expect(await client.createOrder(orderWanted())).toEqual({ kind: 'unavailable' });

  await until(
    async () => (await client.createOrder(orderWanted())).kind === 'created',
    'a circuit that is closed again',
  );
});

test('an answer that takes too long is unknown', async () => {
  const wanted = accountWanted();
  await gateway.scenario({ match: wanted.number, delayMs: 400 });

  const impatient = clientOf({ pace: { ...pace, timeoutMs: 50 } });
  expect(await impatient.createAccount(wanted)).toMatchObject({ kind: 'unknown' });
});

test('at most five calls are on their way', async () => {
  const match = `slots-${randomBytes(4).toString('hex')}`;
  await gateway.scenario({ match, delayMs: 150 });
  const client = clientOf();
  await Promise.all(
    Array.from({ length: 12 }, () => client.createAccount(accountWanted({ label: match, number: number() }))),
  );

  const log = await gateway.log();
  const first = log.findIndex((entry) => entry.kind === 'asked' && JSON.stringify(entry).includes(match));
  let open = 0;
  let most = 0;
  for (const { kind } of log.slice(first)) {
    open += kind === 'asked' ? 1 : kind === 'answered' ? -1 : 0;
    most = Math.max(most, open);
  }
  expect(most).toBe(5);
});

test('no log has a key, a hash, a person or an account in it', () => {
  const text = lines.join('\n');

  expect(lines.length).toBeGreaterThan(50);
  expect(text).toMatch(/"call":"create account","number":"DKN/);
  expect(text).not.toMatch(/OFATEST|Meera|@|9812345678|DKSIM\d|SIMU|[0-9a-f]{64}/i);
});
