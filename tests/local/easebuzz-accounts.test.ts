import { expect, test } from '@jest/globals';
import { easebuzz } from '../../activities/partners/easebuzz/client.ts';
import { workerEnvironment } from '../../local/environment.ts';
import type { CreditWanted } from '../../local/partners/easebuzz/credits.ts';
import { wireKeysOf } from '../../local/partners/easebuzz/key-pair.ts';
import { istDay } from '../../workflows/domain/time.ts';
import {
  account,
  client,
  gateway,
  hear,
  log,
  merchantPort,
  ownGateway,
  payIn,
} from '../activities/partners/insta-collect-merchant.ts';

test.each<[string, CreditWanted]>([
  ['no account', { amount: 5 }],
  ['an unknown account', { account: 'VANEVER', amount: 5 }],
  ['nothing', { account: 'VANEVER', amount: 0 }],
  ['less than nothing', { account: 'VANEVER', amount: -1 }],
  ['an amount that is none', { account: 'VANEVER', amount: 'much' }],
  ['a time that is none', { account: 'VANEVER', amount: 5, at: 'today' }],
])('a credit of %s is refused', async (_, wanted) => {
  await expect(gateway.credit(wanted)).rejects.toThrow('400');
});

test('without a word where events go a credit is refused, until somebody says it', async () => {
  const own = await ownGateway();
  const { gatewayId } = await account('DKVEH 1', own.url);
  await expect(own.credit({ account: gatewayId, amount: 5 })).rejects.toThrow('409');

  await own.settings({ webhookUrl: `http://127.0.0.1:${merchantPort}/webhooks/easebuzz/payment` });
  const { id } = await own.credit({ account: gatewayId, amount: 5 });
  expect(await hear(id, 1)).toMatchObject([{ kind: 'credit' }]);
});

test('a settlement of credits tells what each of them cost, once, and is no settlement of payments', async () => {
  const own = await ownGateway();
  const { gatewayId } = await account('DKVEH 1', own.url);
  await own.settings({ webhookUrl: 'http://127.0.0.1:9' });
  await own.scenario({ call: 'webhook', copies: 0 });
  const { id, utr } = await own.credit({ account: gatewayId, amount: 312.5, serviceCharge: 6.25, gst: 1.13 });
  const free = await own.credit({ account: gatewayId, amount: 100, status: 'unsettled' });
  for (const more of [{ status: 'pending' }, { status: 'failure' }, { withdraw: true }])
    await own.credit({ account: gatewayId, amount: 50, ...more });
  expect(await own.settle()).toHaveLength(1);
  expect(await own.settle()).toEqual([]);

  const pages = { successUrl: own.url, failureUrl: own.url, payBaseUrl: own.url, dashboardBaseUrl: own.url };
  const today = istDay(Date.now());
  expect(await easebuzz({ ...payIn, ...pages }, log).settlements(today, today)).toEqual({
    kind: 'listed',
    rows: [
      {
        ...{ settlementId: expect.any(String), settledOn: today, utr: expect.any(String) },
        ...{ product: 'INSTA_COLLECT', payments: [], netPaise: 31_250 - 625 - 113 + 10_000 },
        credits: [
          { creditId: id, utr, grossPaise: 31_250, feePaise: 625, taxPaise: 113 },
          { creditId: free.id, utr: free.utr, grossPaise: 10_000, feePaise: 0, taxPaise: 0 },
        ],
      },
    ],
  });
});

test('a person pays on the page of a UPI handle, and an order fills in what is left', async () => {
  const { upiId } = await account('DKVEH HR26EV0001');
  const url = `${gateway.url}/upi/${encodeURIComponent(upiId)}`;
  expect(await (await fetch(gateway.url)).text()).toContain(`href="/upi/${encodeURIComponent(upiId)}"`);
  const pay = (to: string, amount: string) => fetch(to, { method: 'POST', body: new URLSearchParams({ amount }) });

  expect(await (await fetch(url)).text()).toContain('DKVEH HR26EV0001');
  expect(await (await pay(url, '150.50')).text()).toContain('₹150.50');
  expect(await hear(upiId, 1)).toMatchObject([{ kind: 'credit', amountLiteral: '150.5' }]);
  for (const wrong of ['', '0', '-1', '1.555', '<b>']) expect((await pay(url, wrong)).status).toBe(400);
  expect((await fetch(`${gateway.url}/upi/nobody`)).status).toBe(404);
  expect(await (await fetch(`${url}/qr.svg`)).text()).toContain(upiId);

  const made = await client().createOrder({
    ...{ number: 'ORDER1', amountPaise: 87_500, allowPartial: true, udf1: 'o', expiresAt: '2027-01-01T00:00:00.000Z' },
    ...{ customerName: 'Meera', customerPhone: '9812345678', customerEmail: '' },
  });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  const link = made.order.paymentLink;
  expect(await (await fetch(link)).text()).toContain('value="875.00"');
  await pay(link, '75');
  expect(await (await fetch(link)).text()).toContain('value="800.00"');
  expect(await client().readOrder(made.order.gatewayId)).toMatchObject({ credits: [{ amountPaise: 7_500 }] });
  expect(await (await fetch(gateway.url)).text()).toContain('₹75.00 of ₹875.00');
});

test('the books are shown harmless whatever is in them, and the log only grows', async () => {
  const own = await ownGateway();
  const { gatewayId, upiId } = await account("A&B 'C' <script>", `${own.url}/merchants/9`);
  const before = await own.log();
  await own.credit({ account: gatewayId, amount: 5, id: '<script>', status: '<i>', mode: '<u>', remitterName: '<s>' });
  await own.sent('<script>', 1);
  const after = await own.log();

  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.map(({ kind }) => kind)).toEqual(['asked', 'answered', 'sent']);
  const pages = [own.url, `${own.url}/upi/${encodeURIComponent(upiId)}`];
  for (const page of pages) {
    const text = await (await fetch(page)).text();
    expect(text).toContain('A&#38;B');
    expect(text).not.toMatch(/<script>(?!\n)|<i>|<u>|<s>/);
  }
});

test('a gateway that refuses everybody refuses in the shape of each product', async () => {
  const own = await ownGateway();
  const headers = { 'content-type': 'application/json' };
  await fetch(`${own.url}/faults`, { method: 'POST', headers, body: '{"mode":"refuse"}' });

  expect(await client(own.url).createAccount({ number: 'N', label: 'L' })).toEqual({
    ...{ kind: 'refused', reason: 'Merchant is not active' },
  });
});

test('the keys of virtual accounts are those of payments unless the person has others, and never those of production', () => {
  expect(wireKeysOf({})).toEqual({ key: 'SIMULATOR', salt: 'SIMULATORSALT', apiKey: 'SIMULATOR' });
  expect(wireKeysOf({ EASEBUZZ_WIRE_KEY: ' W ', EASEBUZZ_WIRE_SALT: '' })).toEqual({
    ...{ key: 'W', salt: 'SIMULATORSALT', apiKey: 'W' },
  });
  expect(wireKeysOf({ EASEBUZZ_WIRE_API_KEY: 'A' })).toMatchObject({ apiKey: 'A' });
  expect(() => wireKeysOf({ EASEBUZZ_WIRE_KEY: 'LIVE', EASEBUZZ_DENIED_KEYS: 'LIVE' })).toThrow('production');
});

test('the worker calls virtual accounts at the simulator, which learns where our API is', () => {
  const partners = { sms: 'http://sms', maps: 'http://maps', gateway: 'http://127.0.0.1:8083' };
  const addresses = { databaseUrl: 'postgresql://', temporalAddress: 'temporal', partners };
  const folder = `${process.env['TMPDIR'] ?? '/tmp'}/easebuzz-credits-${process.pid}`;
  const own = { EASEBUZZ_WIRE_BASE_URL: 'http://mine' };

  expect(workerEnvironment(folder, addresses, 3_000, {})).toMatchObject({
    EASEBUZZ_WIRE_BASE_URL: 'http://127.0.0.1:8083/merchants/3000',
  });
  expect(workerEnvironment(folder, addresses, 3_000, own)).toMatchObject(own);
});
