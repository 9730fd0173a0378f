import { afterEach, expect, test } from '@jest/globals';
import { transfers } from '../../activities/partners/easebuzz/transfers.ts';
import type { TransferWanted } from '../../activities/partners/easebuzz/transfers.ts';
import { readGatewayEvent } from '../../api/partners/gateway-events.ts';
import { wireKeysOf } from '../../local/partners/easebuzz/key-pair.ts';
import {
  gateway,
  log,
  merchantPort,
  ownGateway,
  payIn,
  received,
  refuse,
  wire,
} from '../activities/partners/insta-collect-merchant.ts';
import { until } from '../world/until.ts';

afterEach(() => fetch(`${gateway.url}/_fake/scenario`, { method: 'DELETE' }));

const client = (wireBaseUrl = `${gateway.url}/merchants/${merchantPort}`) =>
  transfers({ ...wire, wireBaseUrl, walletAccount: 'DKWALLET' }, log);

let count = 0;
const wanted = (more: Partial<TransferWanted> = {}): TransferWanted => ({
  ...{ number: `T${++count}X`, amountPaise: 231_075, mode: 'IMPS', narration: 'Payout' },
  beneficiary: { name: 'Meera', account: { number: '007700112233', ifsc: 'TEST0001234' } },
  ...more,
});

const taken = async (transfer = wanted(), wireBaseUrl?: string) => {
  const sent = await client(wireBaseUrl).transfer(transfer);
  if (sent.kind !== 'taken') throw new Error(JSON.stringify(sent));
  return sent.transfer.number;
};

/** Taken, and left alone. */
const held = async (more: Partial<TransferWanted> = {}) => {
  const transfer = wanted(more);
  await gateway.scenario({ match: transfer.number, call: 'transfer', becomes: 'accepted' });
  return taken(transfer);
};

const payouts = (text: string) =>
  received.filter(({ path, bytes }) => path === '/webhooks/easebuzz/payout' && bytes.includes(text));

const eventsOf = (number: string) =>
  payouts(number).map(({ bytes, type }) => readGatewayEvent(bytes, type, { payIn, wire, acceptsFlat: true }));

const hear = (number: string, times: number) =>
  until(() => Promise.resolve(eventsOf(number).length >= times && eventsOf(number)), `${times} events of ${number}`);

test.each([
  [15_000, '150.0'],
  [15_050, '150.5'],
  [231_075, '2310.75'],
])('a transfer of %i paise is told as %s once it is paid, signed over that text', async (amountPaise, literal) => {
  const number = await taken(wanted({ amountPaise }));
  const events = await hear(number, 1);
  const [{ utr } = { utr: '' }] = (await gateway.transfers()).filter((row) => row.number === number);

  expect(events).toMatchObject([
    {
      ...{ kind: 'transfer', amountLiteral: literal },
      fields: {
        ...{ unique_request_number: number, status: 'success', unique_transaction_reference: utr },
        ...{ beneficiary_account_number: '007700112233', beneficiary_account_ifsc: 'TEST0001234' },
        ...{ beneficiary_upi_handle: '', queue_on_low_balance: 'false' },
      },
    },
  ]);
  expect(utr).toMatch(/^\d{12}$/);
});

test('a transfer to a UPI handle is told with the handle', async () => {
  const number = await taken(wanted({ mode: 'UPI', beneficiary: { name: 'Meera', upi: 'meera@testupi' } }));

  expect(await hear(number, 1)).toMatchObject([
    { kind: 'transfer', fields: { beneficiary_upi_handle: 'meera@testupi', beneficiary_account_number: '' } },
  ]);
});

test('every state that it is given is told: paid, reversed, a word that nobody knows, a failure', async () => {
  const number = await held();
  const words = ['success', 'reversed', 'under_review', 'failure'];
  const heard: unknown[] = [];
  for (const [index, word] of words.entries()) {
    await gateway.transfer({ number, word });
    heard.push((await hear(number, index + 1)).at(-1));
  }

  expect(heard).toMatchObject(words.map((status) => ({ kind: 'transfer', fields: { status } })));
  expect((await gateway.entries('paid', number)).map(({ detail }) => detail)).toEqual([
    { number, amount: 2310.75, beneficiary: '…2233', utr: expect.stringMatching(/^\d{12}$/) },
  ]);
});

test('events come in copies, late, wrongly signed, with another amount or word, or not at all, as a scenario says', async () => {
  const scenarios = [{ copies: 3 }, { badHash: true }, { amount: '1.5' }, { word: 'failed' }, { delayMs: 2_000 }];
  const heard: unknown[] = [];
  for (const scenario of scenarios) {
    const number = await held();
    await gateway.scenario({ match: number, call: 'webhook', times: 1, ...scenario });
    await gateway.transfer({ number, word: 'success' });
    if ('delayMs' in scenario) expect(eventsOf(number)).toEqual([]);
    heard.push(await hear(number, 'copies' in scenario ? 3 : 1));
  }

  expect(heard).toMatchObject([
    [{ kind: 'transfer' }, { kind: 'transfer' }, { kind: 'transfer' }],
    [{ fault: 'INVALID_SIGNATURE' }],
    [{ kind: 'transfer', amountLiteral: '1.5' }],
    [{ kind: 'transfer', fields: { status: 'failed' } }],
    [{ kind: 'transfer', amountLiteral: '2310.75' }],
  ]);
  const lost = await held();
  await gateway.scenario({ match: lost, call: 'webhook', copies: 0, times: 1 });
  await gateway.transfer({ number: lost, word: 'success' });
  await hear(await taken(), 1);
  expect(eventsOf(lost)).toEqual([]);
  expect(await client().transferState(lost)).toMatchObject({ transfer: { word: 'success' } });
});

test('an event whose amount, number or state was changed on its way is refused', async () => {
  const number = await taken();
  await hear(number, 1);
  const { bytes, type } = payouts(number)[0]!;
  const text = bytes.toString();
  const changes = [
    text.replace('2310.75', '2310.76'),
    text.replace(number, `${number}9`),
    text.replace('"success"', '"failure"'),
    text.replace('007700112233', '007700112234'),
  ];

  for (const changed of changes) {
    expect(changed).not.toBe(text);
    expect(readGatewayEvent(Buffer.from(changed), type, { payIn, wire, acceptsFlat: true })).toEqual({
      fault: 'INVALID_SIGNATURE',
    });
  }
});

test('an event that is not taken comes again', async () => {
  const number = await held();
  refuse(2);
  await gateway.transfer({ number, word: 'success' });

  expect(await hear(number, 3)).toHaveLength(3);
  expect((await gateway.sent(number, 3)).map(({ detail }) => detail)).toMatchObject([
    { attempt: 1, status: 503 },
    { attempt: 2, status: 503 },
    { attempt: 3, status: 200 },
  ]);
});

test('a wallet that runs low is told, unsigned, to whoever made the last transfer or to the port that is named', async () => {
  const own = await ownGateway();
  await expect(own.lowBalance()).rejects.toThrow('409');
  await own.wallet(750);
  await own.lowBalance({ threshold: 1_000, port: String(merchantPort) });
  await until(() => Promise.resolve(payouts('LOW_BALANCE_ALERT').length === 1), 'the first word');
  await taken(wanted({ amountPaise: 50_000 }), `${own.url}/merchants/${merchantPort}`);
  await own.lowBalance({ threshold: 2_000 });
  await until(() => Promise.resolve(payouts('LOW_BALANCE_ALERT').length === 2), 'the second word');

  expect(payouts('LOW_BALANCE_ALERT').map(({ bytes }) => bytes.toString())).toEqual([
    '{"event":"LOW_BALANCE_ALERT","data":{"balance_amount":750.0,"threshold_amount":1000.0,"virtual_account_number":"DKWALLET","virtual_ifsc_number":"SIMU0000001"}}',
    '{"event":"LOW_BALANCE_ALERT","data":{"balance_amount":250.0,"threshold_amount":2000.0,"virtual_account_number":"DKWALLET","virtual_ifsc_number":"SIMU0000001"}}',
  ]);
});

test('without a word where events go a transfer is paid all the same, until somebody says it', async () => {
  const own = await ownGateway();
  const number = await taken(wanted(), own.url);
  await until(async () => (await own.transfers())[0]?.word === 'success', 'a transfer that is paid');
  await expect(own.transfer({ number, word: 'reversed' })).rejects.toThrow('409');

  await own.settings({ webhookUrl: `http://127.0.0.1:${merchantPort}/webhooks/easebuzz/payment` });
  await own.transfer({ number, word: 'reversed' });
  expect(await hear(number, 1)).toMatchObject([{ fields: { status: 'reversed' } }]);
});

test('controls refuse what they do not understand', async () => {
  await expect(gateway.transfer({ number: 'NEVER', word: 'success' })).rejects.toThrow('400');
  await expect(gateway.transfer({ number: await held(), word: 'success', gst: 'much' })).rejects.toThrow('400');
  await expect(gateway.wallet(-1)).rejects.toThrow('400');
  await expect(gateway.lowBalance({ port: 'x' })).rejects.toThrow('400');
});

test('the books show the wallet and its transfers, harmless whatever is in them', async () => {
  const own = await ownGateway();
  await own.wallet(5_000);
  const beneficiary = { name: "A&B 'C'", account: { number: '007700112233', ifsc: 'TEST0001234' } };
  const number = await taken(wanted({ beneficiary }), `${own.url}/merchants/9`);
  await own.transfer({ number, word: '<i>', utr: '<script>' });
  const text = await (await fetch(own.url)).text();

  for (const shown of ['₹2689.25 for transfers', number, '₹2310.75', 'A&#38;B', '…2233', '&#60;script&#62;'])
    expect(text).toContain(shown);
  expect(text).not.toMatch(/<script>(?!\n)|<i>|007700112233/);
});

test('a gateway that refuses everybody refuses transfers in their shape', async () => {
  const own = await ownGateway();
  const headers = { 'content-type': 'application/json' };
  await fetch(`${own.url}/faults`, { method: 'POST', headers, body: '{"mode":"refuse"}' });

  expect(await client(own.url).transfer(wanted())).toEqual({ kind: 'notAllowed', reason: 'Merchant is not active' });
  expect(await client(own.url).transferState('N')).toMatchObject({ kind: 'unknown' });
});

test('the wallet of the simulator is the account that the person has set', () => {
  expect(wireKeysOf({ EASEBUZZ_WIRE_ACCOUNT: ' VAW ' })).toMatchObject({ wallet: 'VAW' });
  expect(wireKeysOf({ EASEBUZZ_WIRE_ACCOUNT: ' ' })).not.toHaveProperty('wallet');
});
