import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../../world/api.ts';
import type { Answer, Sent } from '../../../world/api.ts';
import { gateway, pay, untilCredit } from '../../../world/money/collections.ts';
import { anOrder, orderOf, switchesOf, untilAccount, untilOrder } from '../../../world/money/credits.ts';
import { faultsInBooks } from '../../../world/money/books.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aHub, aUser } from '../../../world/factories.ts';
import { until } from '../../../world/until.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
/** The gateway takes nine seconds over these, while other tests go on. */
let unwantedId: string;
let slow: { customerName: string; answer: Promise<Answer> }[];
beforeAll(async () => {
  [fleet, other] = await Promise.all([aFleet(), aFleet()]);
  const wishes = [wish(), wish()];
  for (const { customerName: match } of wishes)
    await gateway.scenario({ match, call: 'createOrder', delayMs: 9_000, times: 1 });
  slow = wishes.map((body) => ({ customerName: body.customerName, answer: order(body) }));
  unwantedId = (await until(async () => (await rowsOf(slow[1]!.customerName))[0], 'the row')).id;
  expect((await cancel(unwantedId)).status).toBe(200);
});

const dayMs = 86_400_000;
const wish = (more: object = {}) => ({
  ...{ customerName: `Asha ${randomUUID().slice(0, 8)}`, customerPhone: '98765 43210', amount: '875.00' },
  ...more,
});
const order = (body: object, by: Sent = fleet.manager) => post('/payments/orders', body, by);
const read = (id: string, by: Sent = fleet.manager) => get(`/payments/orders/${id}`, by);
const cancel = (id: string, by: Sent = fleet.manager) => post(`/payments/orders/${id}/cancel`, {}, by);
const rowsOf = (customerName: string) =>
  db.paymentOrder.findMany({ where: { customerName }, include: { account: true } });

const askedFor = async (text: string) =>
  (await gateway.entries('asked', text))
    .filter(({ what }) => what === 'createOrder')
    .map(({ detail }) => detail as Record<string, string>);

test('an order has an account of its own, asked for with the number that its row has', async () => {
  const body = wish({ customerEmail: 'asha@customer.example', description: 'Airport and back', allowPartial: false });

  const { status, body: answer } = await order(body, fleet.operations);

  const [row] = await rowsOf(body.customerName);
  expect(status).toBe(201);
  expect(answer.data).toMatchObject({
    ...{ id: row!.id, shortId: expect.stringMatching(/^BKS\d+$/), userId: fleet.operations.id, fleetId: fleet.id },
    ...{ customerPhone: '9876543210', totalAmount: 875, collectedAmount: 0, remainingAmount: 875, excessAmount: 0 },
    ...{ status: 'PENDING', statusReason: null, allowPartial: false, description: 'Airport and back' },
    ...{ virtualAccountId: row!.account!.gatewayId, uniqueRequestNumber: row!.account!.number },
    ...{ qrCodeBase64: expect.stringMatching(/^data:image\/png;base64,iVBORw0KGgo/), paymentLink: expect.any(String) },
  });
  expect(Math.abs(Date.parse(answer.data.expiresAt) - Date.now() - 7 * dayMs)).toBeLessThan(60_000);
  expect(await askedFor(body.customerName)).toMatchObject([
    {
      ...{ unique_request_number: row!.account!.number, amount: '875.00', per_transaction_amount: '875.00' },
      ...{ udf1: row!.id, udf2: 'ORDER', customer_phone: '9876543210' },
    },
  ]);
  const partial = await anOrder(fleet.manager, 10);
  expect((await askedFor(partial.customerName))[0]).not.toHaveProperty('per_transaction_amount');
});

test.each([
  ['9876543210', '9876543210'],
  ['+91 98765-43210', '9876543210'],
  ['09876543210', '9876543210'],
  ['919876543210', '9876543210'],
])('the phone %s is %s', async (customerPhone, phone) => {
  expect((await order(wish({ customerPhone }))).body.data.customerPhone).toBe(phone);
});

test.each([
  [{ customerPhone: '12345' }, 'customerPhone'],
  [{ customerPhone: '5876543210' }, 'customerPhone'],
  [{ customerPhone: '98765432100' }, 'customerPhone'],
  [{ customerName: '' }, 'customerName'],
  [{ customerName: 'x'.repeat(101) }, 'customerName'],
  [{ customerEmail: 'no address' }, 'customerEmail'],
  [{ description: 'x'.repeat(201) }, 'description'],
  [{ expiresAt: new Date(Date.now() - 1_000).toISOString() }, 'expiresAt'],
  [{ expiresAt: new Date(Date.now() + 90 * dayMs + 3_600_000).toISOString() }, 'expiresAt'],
  [{ expiresAt: 'tomorrow' }, 'expiresAt'],
  [{ allowPartial: 'maybe' }, 'allowPartial'],
])('%j is refused by field, and nothing is stored', async (more, field) => {
  const body = wish(more);

  expectInvalid(await order(body), field);

  if ('customerName' in more) return;
  expect(await rowsOf(body.customerName)).toEqual([]);
});

test.each(['1e3', '-5', 'NaN', '', '1.005', 1.005, null, [5], '₹5', true])('%j is no amount', async (amount) => {
  expectRefused(await order(wish({ amount })), 400, 'AMOUNT_INVALID');
});

test.each([0, '0.99', 100_000.01, '100000.01'])('%j is out of range', async (amount) => {
  expectRefused(await order(wish({ amount })), 400, 'AMOUNT_OUT_OF_RANGE');
});

test('a gateway that refuses ends the order; the same key gives the same answer, and another wish is another order', async () => {
  const body = wish();
  const by = { ...fleet.manager, key: randomUUID() };
  await gateway.scenario({ match: body.customerName, call: 'createOrder', answer: 'refuse', times: 1 });

  const refused = await order(body, by);
  const again = await order(body, by);

  const [row] = await rowsOf(body.customerName);
  expectRefused(refused, 502, 'GATEWAY_REJECTED');
  expect([again.status, again.body.errorCode]).toEqual([502, 'GATEWAY_REJECTED']);
  expect(refused.body.error.details).toMatchObject({ orderId: row!.id });
  expect(row).toMatchObject({ status: 'FAILED', statusReason: 'GATEWAY_FAILURE', account: { status: 'FAILED' } });
  expect((await order(body)).status).toBe(201);
  expect(await rowsOf(body.customerName)).toHaveLength(2);
});

test('a key that is repeated is the same order, also twice at once; with another body it is refused', async () => {
  const body = wish();
  const by = { ...fleet.manager, key: randomUUID() };

  const answers = await Promise.all([order(body, by), order(body, by)]);
  answers.push(await order(body, by));

  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(answers.map(({ body: { data } }) => data.virtualAccountId as string)).size).toBe(1);
  expect(await rowsOf(body.customerName)).toHaveLength(1);
  expectRefused(await order({ ...body, amount: 1 }, by), 409, 'IDEMPOTENCY_KEY_REUSED');
});

test('an order without payments is cancelled once, and its account is switched off at the gateway', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, 500);

  const answers = [await cancel(id), await cancel(id)];

  expect(answers.map(({ status, body }) => [status, body.data.status, body.data.statusReason])).toEqual([
    [200, 'FAILED', 'CANCELLED'],
    [200, 'FAILED', 'CANCELLED'],
  ]);
  await until(async () => (await switchesOf(virtualAccountId)).includes('false'), 'the switch');
  const late = await pay(virtualAccountId, 500);
  await untilCredit(late.id, 'ORDERED');
  expect(await orderOf(id)).toMatchObject({ status: 'FAILED', collectedPaise: 50_000n, excessPaise: 50_000n });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('an order with payments is not cancelled, nor one that is over', async () => {
  const [paid, full] = [await anOrder(fleet.manager, 500), await anOrder(fleet.manager, 500)];
  await pay(paid.virtualAccountId, 100);
  await pay(full.virtualAccountId, 500);
  await Promise.all([untilOrder(paid.id, 'PARTIAL'), untilOrder(full.id, 'COMPLETED')]);

  expectRefused(await cancel(paid.id), 409, 'ORDER_HAS_PAYMENTS');
  expectRefused(await cancel(full.id), 409, 'ORDER_HAS_PAYMENTS');

  expect([(await orderOf(paid.id)).status, (await orderOf(full.id)).status]).toEqual(['PARTIAL', 'COMPLETED']);
});

test('of a payment and a cancellation at once both are right: the money is there, whoever came first', async () => {
  const orders = await Promise.all(Array.from({ length: 6 }, () => anOrder(fleet.manager, 300)));

  const answers = await Promise.all(
    orders.map(async ({ id, virtualAccountId }) => {
      const [{ id: creditId }, { status }] = await Promise.all([pay(virtualAccountId, 100), cancel(id)]);
      await untilCredit(creditId, 'ORDERED');
      return status;
    }),
  );

  const rows = await Promise.all(orders.map(({ id }) => orderOf(id)));
  expect(rows.map(({ status, excessPaise }) => [status, excessPaise])).toEqual(
    answers.map((status) => (status === 200 ? ['FAILED', 10_000n] : ['PARTIAL', 0n])),
  );
  expect(await faultsInBooks(...orders.map(({ id }) => id))).toEqual([]);
});

test('orders are listed in the scope of the caller: by state, customer and author, newest first', async () => {
  const own = await aFleet();
  const hub = await aHub(own.id);
  const elsewhere = await aUser('OPERATIONS', own.id, [hub.id]);
  const mark = randomUUID().slice(0, 8);
  const names = [`100% ${mark}`, `100x ${mark}`, `a_b ${mark}`, `axb ${mark}`];
  const ids: string[] = [];
  for (const [n, customerName] of names.entries())
    ids.push((await anOrder(n < 2 ? own.manager : own.operations, 10 + n, { customerName })).id);
  await cancel(ids[0]!, own.manager);
  const listed = async (query: string, by: Sent = own.manager) => {
    const { status, body } = await get(`/payments/orders${query}`, by);
    expect([status, Array.isArray(body.data)]).toEqual([200, true]);
    return (body.data as { id: string }[]).map(({ id }) => names[ids.indexOf(id)]);
  };

  expect(await listed('')).toEqual([...names].reverse());
  expect(await listed('?limit=3&page=2')).toEqual([names[0]]);
  expect(await listed(`?search=${encodeURIComponent('100%')}`)).toEqual([names[0]]);
  expect(await listed('?search=A_B')).toEqual([names[2]]);
  expect(await listed('?search=9876543')).toHaveLength(4);
  expect(await listed('?mine=true')).toEqual([names[1], names[0]]);
  expect(await listed('?status=failed')).toEqual([names[0]]);
  expect(await listed('', own.operations)).toEqual([names[3], names[2]]);
  expect(await listed('', elsewhere)).toEqual([]);
  expect(await listed('', other.manager)).toEqual([]);
  expectInvalid(await get('/payments/orders?status=OVER', own.manager), 'status');
  const { body } = await get('/orders?limit=1', own.manager);
  expect(body.pagination).toMatchObject({ page: 1, limit: 1, total: 4, totalPages: 4 });
  expect(body.data[0]).not.toHaveProperty('transactions');
});

test('an order is read by its people alone, and made for one’s own fleet alone', async () => {
  const { id, shortId } = await anOrder(fleet.operations, 50);
  const hub = await aHub(fleet.id);
  const elsewhere = await aUser('OPERATIONS', fleet.id, [hub.id]);

  for (const by of [other.manager, other.operations, elsewhere]) {
    expectRefused(await read(id, by), 403, 'SCOPE_FORBIDDEN');
    expectRefused(await cancel(id, by), 403, 'SCOPE_FORBIDDEN');
  }
  expectRefused(await read(id, await aUser('DRIVER', fleet.id)), 403, 'FORBIDDEN');
  expectRefused(await read(randomUUID(), fleet.superAdmin), 404, 'NOT_FOUND');
  expectRefused(await order(wish({ fleetId: other.id })), 403, 'SCOPE_FORBIDDEN');
  const answers = await Promise.all(
    [`/payments/orders/${shortId}`, `/payment/orders/${id}`, `/orders/${id}`].map((path) => get(path, fleet.manager)),
  );
  expect(answers.map(({ body }) => body.data.id as string)).toEqual([id, id, id]);
  const platforms = await order(wish(), fleet.superAdmin);
  expect(platforms.body.data.fleetId).toBeNull();
  expectRefused(await read(platforms.body.data.id, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expect((await orderOf(id)).status).toBe('PENDING');
});

test('a gateway that is silent is 504 with the order, whose account appears later; cancelled meanwhile, it is switched off', async () => {
  const id = unwantedId;
  const answers = await Promise.all(slow.map(({ answer }) => answer));

  expectRefused(answers[0]!, 504, 'GATEWAY_TIMEOUT');
  expect(answers[1]!.status).toBe(504);
  const { orderId } = answers[0]!.body.error.details;
  const { data } = await until(async () => {
    const { body } = await read(orderId);
    return body.data.virtualAccountId !== null && body;
  }, 'the account');
  expect(data).toMatchObject({ status: 'PENDING', qrCodeBase64: expect.stringMatching(/^data:image\/png/) });
  const { gatewayId } = await untilAccount({ orderId: id }, 'INACTIVE');
  expect(await switchesOf(gatewayId!)).toEqual(['false']);
  expect(await orderOf(id)).toMatchObject({ status: 'FAILED', statusReason: 'CANCELLED' });
});
