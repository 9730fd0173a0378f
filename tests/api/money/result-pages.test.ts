import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { TransactionStatus } from '../../../prisma/generated/enums.ts';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { aTransaction } from './payments.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
let driver: Awaited<ReturnType<typeof aDriver>>;
beforeAll(async () => {
  fleet = await aFleet();
  driver = await aDriver(fleet, { vehicle: false });
  await db.driver.update({ where: { id: driver.id }, data: { email: 'dinesh@bluefleet.example' } });
});

const aPayment = (status: TransactionStatus) => aTransaction({ driverId: driver.id, fleetId: fleet.id }, { status });

const form = (fields: Record<string, string> | string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
});

const paths = ['/webhooks/payment/success', '/webhooks/payment/failure', '/payment/success', '/payment/failure'];

const open = async (path: string, request?: RequestInit) => {
  const response = await fetch(`${world.api}${path}`, request);
  return { status: response.status, type: response.headers.get('content-type'), page: await response.text() };
};

test.each<[TransactionStatus, string, (txnid: string) => string]>([
  ['SUCCESS', 'Payment received', (txnid) => `3; url=driversklub://payment/success?txnid=${txnid}&amp;amount=500.00`],
  ['FAILED', 'Payment not made', (txnid) => `3; url=driversklub://payment/failure?txnid=${txnid}`],
  ['PENDING', 'Payment is processing', (txnid) => `3; url=?txnid=${txnid}`],
])('a payment that is %s is shown as our record says, whatever the browser brings', async (status, title, next) => {
  const { easebuzzTxnId } = await aPayment(status);
  const txnid = easebuzzTxnId!;
  const brought = {
    txnid,
    amount: '99999.00',
    status: status === 'SUCCESS' ? 'failure' : 'success',
    error_Message: 'No',
  };

  for (const path of paths)
    for (const { status: code, type, page } of [
      await open(`${path}?${new URLSearchParams(brought).toString()}`),
      await open(path, form(brought)),
    ]) {
      expect({ code, type }).toEqual({ code: 200, type: 'text/html; charset=utf-8' });
      expect(page).toContain(`<h1>${title}</h1>`);
      expect(page).toContain('₹ 500.00');
      expect(page).toContain(`content="${next(txnid)}"`);
      expect(page).not.toContain('99999');
    }
});

test('a number that nobody knows is said to be unknown', async () => {
  for (const query of ['', '?txnid=', `?txnid=DEP${randomUUID()}`])
    expect((await open(`/payment/success${query}`)).page).toContain('<h1>Payment not found</h1>');
});

const markup = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`;
const fields = ['txnid', 'amount', 'status', 'error_Message', 'firstname', 'productinfo', 'udf1', 'hash', 'key'];

test.each(fields)('markup in %s never gets into the page', async (name) => {
  const { easebuzzTxnId } = await aPayment('SUCCESS');
  const clean = { txnid: easebuzzTxnId! };
  const { page: unknown } = await open('/payment/success');
  const { page: known } = await open(`/payment/success?${new URLSearchParams(clean).toString()}`);
  const dirty = { ...clean, [name]: markup };

  const shown = [
    await open(`/payment/success?${new URLSearchParams(dirty).toString()}`),
    await open('/webhooks/payment/success', form(dirty)),
  ];

  for (const { status, page } of shown)
    expect({ status, page }).toEqual({ status: 200, page: name === 'txnid' ? unknown : known });
});

test('even a record that holds markup shows it as text', async () => {
  const txnid = `DEP<b>'"&${Date.now()}`;
  await aTransaction({ driverId: driver.id, fleetId: fleet.id }, { easebuzzTxnId: txnid });

  const { page } = await open(`/payment/success?${new URLSearchParams({ txnid }).toString()}`);

  expect(page).toContain('<h1>Payment received</h1>');
  expect(page).toContain(
    txnid.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace("'", '&#39;').replace('"', '&quot;'),
  );
  expect(page).not.toContain('<b>');
});

test.each<[string, string, RequestInit]>([
  ['a null byte', '?txnid=%00', form('txnid=%00')],
  ['half a surrogate pair', '?txnid=%ED%A0%80', form('txnid=%ED%A0%80')],
  ['the same field twice', '?txnid=a&txnid=b', form('txnid=a&txnid=b')],
  ['a very long number', `?txnid=${'9'.repeat(5000)}`, form(`txnid=${'9'.repeat(5000)}`)],
  ['words of SQL', `?txnid=${encodeURIComponent("' OR '1'='1")}`, form({ txnid: "' OR '1'='1" })],
  ['broken escapes', '?txnid=%E0%A4%A', form('txnid=%E0%A4%A')],
  ['JSON that is none', '', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"txnid":' }],
  ['another type', '', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<txnid/>' }],
  ['objects', '', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"txnid":{"a":1}}' }],
  ['nothing', '', { method: 'POST' }],
])('the page stands %s', async (_, query, request) => {
  for (const answer of [await open(`/payment/failure${query}`), await open('/payment/failure', request)]) {
    expect(answer.status).toBe(200);
    expect(answer.page).toContain('<h1>Payment not found</h1>');
  }
});

test('a browser that claims a success moves nothing, not even with a hash', async () => {
  const payment = await aPayment('PENDING');
  const claimed = {
    txnid: payment.easebuzzTxnId!,
    status: 'success',
    amount: '500.00',
    key: 'SIMULATOR',
    hash: 'a'.repeat(128),
  };

  for (const path of paths) await open(path, form(claimed));

  expect(await db.transaction.findUnique({ where: { id: payment.id } })).toEqual(payment);
  expect(await db.gatewayEvent.count({ where: { subjectId: payment.id } })).toBe(0);
  expect(await balancesOf(driver.id)).toEqual({});
});

/** A deposit that was paid while the webhooks of the gateway were lost, and the form with which the browser comes back. */
const aPaymentUnheard = async (amount: string) => {
  const { data } = (await post('/payments/deposit', { amount }, driver)).body;
  await gateway.scenario({ match: data.txnId, call: 'webhook', copies: 0 });
  const back = await gateway.click(data.paymentUrl, 'success');
  const fields = [...back.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!]);
  return { id: data.transactionId as string, fields: Object.fromEntries(fields) as Record<string, string> };
};

const paid = (id: string) =>
  until(async () => (await db.transaction.findUnique({ where: { id } }))?.status === 'SUCCESS', 'the payment');

test('the browser that brings what the gateway signed wakes the enquiry, which alone credits the deposit', async () => {
  const { id, fields } = await aPaymentUnheard('321.00');

  expect((await open('/webhooks/payment/success', form({ ...fields, amount: '1.00' }))).page).toContain(
    'is processing',
  );
  expect(await gateway.entries('asked', fields['txnid']!)).toHaveLength(1);
  expect((await open('/webhooks/payment/success', form(fields))).status).toBe(200);

  await paid(id);
  expect(await db.gatewayEvent.findMany({ where: { subjectId: id } })).toMatchObject([{ source: 'POLL' }]);
});

test('a driver who looks at a payment that is open for a minute has the gateway asked, once in half a minute', async () => {
  const { id, fields } = await aPaymentUnheard('322.00');
  const look = async () => (await get(`/payments/transactions/${id}`, driver)).body.data.status as string;

  expect(await look()).toBe('PENDING');
  expect(await gateway.entries('asked', fields['txnid']!)).toHaveLength(1);
  await db.transaction.update({ where: { id }, data: { createdAt: new Date(Date.now() - 61_000) } });
  await Promise.all([1, 2, 3, 4, 5].map(look));

  await paid(id);
  const asked = await gateway.entries('asked', fields['txnid']!);
  expect(asked).toHaveLength(2);
});
