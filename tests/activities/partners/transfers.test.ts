import { expect, test } from '@jest/globals';
import { wireAsker } from '../../../activities/partners/easebuzz/wire.ts';
import { instaCollect } from '../../../activities/partners/easebuzz/insta-collect.ts';
import { transfers } from '../../../activities/partners/easebuzz/transfers.ts';
import { until } from '../../world/until.ts';
import {
  clientOf,
  counted,
  gateway,
  lines,
  listed,
  log,
  number,
  pace,
  taken,
  toUpi,
  turned,
  wanted,
  wire,
} from './transfers-client.ts';

test('a transfer is taken, and paid a little later', async () => {
  const transfer = wanted();

  expect(await clientOf().transfer(transfer)).toEqual({
    kind: 'taken',
    transfer: {
      ...{ number: transfer.number, gatewayTransferId: expect.stringMatching(/^TR/), word: 'accepted' },
      ...{ amountPaise: 231_075, utr: '', failureReason: '', feePaise: 0, taxPaise: 0, queuedOnLowBalance: false },
    },
  });
  expect(await turned(transfer.number, 'success')).toMatchObject({
    ...{ number: transfer.number, amountPaise: 231_075, utr: expect.stringMatching(/^\d{12}$/), failureReason: '' },
  });
  expect(await listed(transfer.number)).toMatchObject([
    { amount: 2310.75, beneficiary: '…2233', word: 'success', paidAt: expect.any(String) },
  ]);
  expect(await counted('paid', transfer.number)).toBe(1);
});

test('what is sent is in the form of the gateway: name, statement, phone, udf and amount', async () => {
  const transfer = wanted({
    beneficiary: { name: 'Zoë | “मीरा” D’Souza', account: { number: '007700112233', ifsc: 'TEST0001234' } },
    narration: `Bonus: 5 trips / ${'x'.repeat(80)}`,
    ...{ email: 'meera@bluefleet.example', phone: '+91 98123-45678', udf1: 'pay|9b', amountPaise: 100 },
  });
  await taken(transfer);

  expect((await gateway.entries('asked', transfer.number))[0]!.detail).toEqual({
    ...{ key: wire.key, beneficiary_type: 'bank_account', beneficiary_name: 'Zoe D Souza', upi_handle: '' },
    ...{ account_number: '007700112233', ifsc: 'TEST0001234', unique_request_number: transfer.number },
    ...{ payment_mode: 'IMPS', amount: '1.00', narration: `Bonus 5 trips ${'x'.repeat(36)}` },
    ...{ email: 'meera@bluefleet.example', phone: '9812345678', udf1: 'pay 9b' },
  });
  const unnamed = wanted({ beneficiary: { name: 'मीरा', account: { number: '007700112233', ifsc: 'TEST0001234' } } });
  await taken({ ...unnamed, narration: '' });
  const [asked] = await gateway.entries('asked', unnamed.number);
  expect(asked!.detail).toMatchObject({ beneficiary_name: 'Beneficiary' });
  expect(asked!.detail).not.toHaveProperty('narration');
});

test('a UPI handle is paid without an account, and an account not by UPI', async () => {
  const transfer = toUpi({ amountPaise: 15_000 });
  await taken(transfer);

  expect((await gateway.entries('asked', transfer.number))[0]!.detail).toMatchObject({
    ...{ beneficiary_type: 'upi', upi_handle: 'meera@testupi', payment_mode: 'UPI', amount: '150.00' },
  });
  expect(await listed(transfer.number)).toMatchObject([{ amount: 150, beneficiary: 'm…@testupi' }]);
  expect(await clientOf().transfer(wanted({ mode: 'UPI' }))).toEqual({
    ...{ kind: 'refused', reason: 'payment_mode is not valid' },
  });
});

test.each([
  ['an amount of nothing', wanted({ amountPaise: 0 })],
  ['an IFSC that is none', wanted({ beneficiary: { name: 'Meera', account: { number: '007700112233', ifsc: 'X' } } })],
  ['an account that is none', wanted({ beneficiary: { name: 'Meera', account: { number: '', ifsc: 'TEST0001234' } } })],
  ['a number with other characters', wanted({ number: 'N-1' })],
  ['a handle that is none', toUpi({ beneficiary: { name: 'Meera', upi: 'meera' } })],
])('a transfer with %s is refused, and not taken', async (_, transfer) => {
  expect(await clientOf().transfer(transfer)).toMatchObject({ kind: 'refused' });
  expect(await listed(transfer.number)).toEqual([]);
});

test('a refusal is definite: sent once, nothing taken', async () => {
  const transfer = wanted();
  await gateway.scenario({ match: transfer.number, call: 'transfer', answer: 'refuse', times: 1 });

  expect(await clientOf().transfer(transfer)).toEqual({ kind: 'refused', reason: 'Parameter validation failed' });
  expect([await counted('asked', transfer.number), await listed(transfer.number)]).toEqual([1, []]);
});

test('a number is taken once: its repetition is a duplicate, and nothing is paid twice', async () => {
  const transfer = wanted();
  await taken(transfer);
  expect(await clientOf().transfer(transfer)).toEqual({ kind: 'duplicate' });
  await turned(transfer.number, 'success');

  expect(await clientOf().transfer({ ...transfer, amountPaise: 1 })).toEqual({ kind: 'duplicate' });
  expect(await listed(transfer.number)).toMatchObject([{ amount: 2310.75 }]);
  expect(await counted('paid', transfer.number)).toBe(1);
});

const spoilt = [
  ['lose', {}, expect.any(String)],
  ['error', {}, 'HTTP 502'],
  ['garbage', {}, 'HTTP 200 without JSON'],
  ['empty', {}, 'HTTP 200 without JSON'],
  ['tooMany', {}, 'HTTP 429'],
  ['garbage', { status: 404 }, 'HTTP 404 without JSON'],
  ['refuse', { status: 400 }, 'HTTP 400: Parameter validation failed'],
  ['usual', { status: 409 }, 'HTTP 409: taken'],
] as const;

test.each(spoilt)(
  'an answer %s %j is unknown, sent once, whether the gateway has acted or not',
  async (answer, more, reason) => {
    const [acted, idle] = [wanted(), wanted()];
    await gateway.scenario({ match: acted.number, call: 'transfer', answer, acts: true, times: 1, ...more });
    await gateway.scenario({ match: idle.number, call: 'transfer', answer, acts: false, times: 1, ...more });

    expect(await clientOf().transfer(acted)).toEqual({ kind: 'unknown', reason });
    expect(await clientOf().transfer(idle)).toMatchObject({ kind: 'unknown' });
    expect([await counted('asked', acted.number), await counted('asked', idle.number)]).toEqual([1, 1]);
    expect(await clientOf().transferState(idle.number)).toEqual({ kind: 'notFound' });
    expect(await clientOf().transfer(idle)).toMatchObject({ kind: 'taken' });
    await turned(acted.number, 'success');
    expect(await clientOf().transfer(acted)).toEqual({ kind: 'duplicate' });
    await turned(idle.number, 'success');
    expect([await counted('paid', acted.number), await counted('paid', idle.number)]).toEqual([1, 1]);
  },
);

test('a duplicate that nobody expected is found all the same: the gateway had taken it', async () => {
  const transfer = wanted();
  await gateway.scenario({ match: transfer.number, call: 'transfer', answer: 'duplicate', acts: true, times: 1 });

  expect(await clientOf().transfer(transfer)).toEqual({ kind: 'duplicate' });
  expect(await clientOf().transferState(transfer.number)).toMatchObject({ kind: 'found' });
});

test('an answer that takes too long is unknown', async () => {
  const transfer = wanted();
  await gateway.scenario({ match: transfer.number, call: 'transfer', delayMs: 400 });

  expect(await clientOf({ pace: { ...pace, timeoutMs: 50 } }).transfer(transfer)).toMatchObject({ kind: 'unknown' });
  expect(await counted('asked', transfer.number)).toBe(1);
});

test.each([
  ['refuse', { status: 401, message: 'Unauthorized' }, 'Unauthorized'],
  ['refuse', { status: 403, message: '' }, 'HTTP 403'],
  ['garbage', { status: 401 }, 'HTTP 401'],
  ['empty', { status: 403 }, 'HTTP 403'],
  ['refuse', { message: 'Request from IP 203.0.113.7 is not whitelisted' }, /^Request from IP 203\.0\.113\.7/],
  ['refuse', { message: 'Invalid API key' }, 'Invalid API key'],
] as const)('%s %j is no refusal of one transfer: nobody is let in', async (answer, more, reason) => {
  const transfer = wanted();
  await gateway.scenario({ match: transfer.number, answer, acts: false, ...more });
  const sent = await clientOf().transfer(transfer);

  expect(sent).toEqual({
    ...{ kind: 'notAllowed', reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) },
  });
  expect(await clientOf().transferState(transfer.number)).toMatchObject({ kind: 'unknown' });
});

test('credentials that are wrong are not allowed, and to nobody not found', async () => {
  const { number: known } = await taken();
  for (const wrong of [{ salt: 'another' }, { key: 'another' }, { apiKey: 'another' }]) {
    const transfer = wanted();
    expect(await clientOf(wrong).transfer(transfer)).toMatchObject({ kind: 'notAllowed' });
    expect(await listed(transfer.number)).toEqual([]);
    expect(await clientOf(wrong).transferState(known)).toMatchObject({ kind: 'unknown' });
    expect(await clientOf(wrong).walletBalance()).toMatchObject({ kind: 'unknown' });
  }
});

test.each([
  ['Transfers to this bank are not allowed', 'refused'],
  ['Description is not valid', 'refused'],
  ['UPI handle does not exist', 'refused'],
  ['A transfer with this unique request number already exists', 'duplicate'],
])('"%s" is %s', async (message, kind) => {
  await gateway.scenario({ call: 'transfer', answer: 'refuse', message, times: 1 });

  expect(await clientOf().transfer(wanted())).toMatchObject({ kind });
});

test('after a 429 nothing is sent for a while', async () => {
  const transfer = wanted();
  await gateway.scenario({ match: transfer.number, answer: 'tooMany', times: 1 });
  const client = clientOf();
  expect(await client.transfer(transfer)).toEqual({ kind: 'unknown', reason: 'HTTP 429' });
  const startedAt = performance.now();

  expect(await client.transfer(transfer)).toMatchObject({ kind: 'taken' });
  expect(performance.now() - startedAt).toBeGreaterThan(pace.quietMs - 50);
});

test('ten attempts without an answer open the circuit, and then nothing is sent', async () => {
  await gateway.scenario({ call: 'transfer', answer: 'error', acts: false, times: 10 });
  const client = clientOf();
  for (let time = 0; time < 10; time++) expect(await client.transfer(wanted())).toMatchObject({ kind: 'unknown' });
  const unsent = wanted();

  expect(await client.transfer(unsent)).toEqual({ kind: 'unavailable' });
  expect(await client.transferState(unsent.number)).toEqual({ kind: 'unavailable' });
  expect(await client.walletBalance()).toEqual({ kind: 'unavailable' });
  expect(await counted('asked', unsent.number)).toBe(0);
  await until(async () => (await client.transfer(wanted())).kind === 'taken', 'a circuit that is closed again');
});

test('transfers and virtual accounts together are at most five calls on their way, and have one circuit', async () => {
  const ask = wireAsker(log, pace);
  const config = { ...wire, wireBaseUrl: `${gateway.url}/merchants/9` };
  const [paying, collecting] = [transfers(config, log, ask), instaCollect(config, log, ask)];
  const before = (await gateway.log()).length;
  await gateway.scenario({ delayMs: 150 });
  await Promise.all([
    ...Array.from({ length: 6 }, () => paying.transfer(wanted())),
    ...Array.from({ length: 6 }, () => collecting.createAccount({ number: number(), label: 'DKVEH 1' })),
  ]);

  let [open, most] = [0, 0];
  for (const { kind } of (await gateway.log()).slice(before)) {
    open += kind === 'asked' ? 1 : kind === 'answered' ? -1 : 0;
    most = Math.max(most, open);
  }
  expect(most).toBe(5);
  await gateway.scenario({ answer: 'error' });
  for (let time = 0; time < 3; time++) await collecting.readAccount('V');
  expect(await paying.transfer(wanted())).toEqual({ kind: 'unavailable' });
});

test('no log has a key, a hash, a person, an account or a UPI handle in it', async () => {
  await taken(toUpi());
  await clientOf().walletBalance();
  const text = lines.join('\n');

  expect(lines.length).toBeGreaterThan(50);
  expect(text).toMatch(/"call":"transfer","number":"[0-9a-f]{32}"/);
  expect(text).not.toMatch(/OFATEST|Meera|@|9812345678|007700112233|TEST0001234|VAWALLET|[0-9a-f]{64}/i);
});
