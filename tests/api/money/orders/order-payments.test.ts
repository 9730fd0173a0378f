import { beforeAll, expect, test } from '@jest/globals';
import { get, post } from '../../../world/api.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { casesOf } from '../../../world/money/cases.ts';
import { aUtr, gateway, pay, untilCredit } from '../../../world/money/collections.ts';
import {
  anOrder,
  deliverCredit,
  inAccount,
  journalsOf,
  orderOf,
  signedCredit,
  switchesOf,
  timesTold,
  toldOf,
  untilAccount,
  untilCreditsHeard,
  untilOrder,
} from '../../../world/money/credits.ts';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { until } from '../../../world/until.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const listOf = (text: string) => text.replace(/[[\]]/g, '').split(' ').map(Number);

/** What an order has taken, in paise. */
const standOf = async (id: string) => {
  const { collectedPaise, totalPaise, excessPaise, status } = await orderOf(id);
  const remaining = collectedPaise > totalPaise ? 0n : totalPaise - collectedPaise;
  return {
    ...{ collected_paise: String(collectedPaise), remaining_paise: String(remaining) },
    ...{ excess_paise: String(excessPaise), status },
  };
};

test.each([...casesOf('order_partial'), ...casesOf('order_replay')])(
  '$id: payments of an order',
  async ({ given, expected }) => {
    const total = Number(given['total_paise']);
    const { id, virtualAccountId } = await anOrder(fleet.manager, total / 100);
    const ids: string[] = [];
    for (const amount of listOf(given['payments_paise']!)) {
      const credit = await pay(virtualAccountId, amount / 100);
      await untilCredit(credit.id, 'ORDERED');
      ids.push(credit.id);
      const copies = Number(given['replays_of_same_utr'] ?? 0);
      const [utr, status] = [credit.utr, 'received'];
      const said = { account: virtualAccountId, amount: `${amount / 100}.0`, id: credit.id, utr, status };
      for (let copy = 0; copy < copies; copy += 1) expect((await deliverCredit(signedCredit(said))).status).toBe(200);
    }
    await untilCreditsHeard(...ids);

    const { journals, ...stand } = expected;
    expect(await standOf(id)).toEqual(stand);
    expect((await journalsOf(...ids)).length).toBe(Number(journals ?? ids.length));
    const collected = Number(expected['collected_paise']);
    const excess = Number(expected['excess_paise']);
    const isComplete = expected['status'] === 'COMPLETED';
    expect(await balancesOf(id)).toEqual({
      ...(isComplete ? {} : { [`2050[${id}]`]: collected }),
      ...(excess > 0 ? { [`2060[${id}]`]: excess } : {}),
    });
    expect(await inAccount(4040, id)).toBe(isComplete ? total : 0);
    expect(await inAccount(1030, ...ids)).toBe(collected);
    expect(await faultsInBooks(id)).toEqual([]);
  },
);

test('an order that is paid is over: its account is switched off, and its people are told', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.operations, 875);

  await pay(virtualAccountId, 250);
  await untilOrder(id, 'PARTIAL');
  await pay(virtualAccountId, 625);

  await untilOrder(id, 'COMPLETED');
  const { gatewayId } = await untilAccount({ orderId: id }, 'INACTIVE');
  expect(await switchesOf(gatewayId!)).toEqual(['false']);
  for (const { id: userId } of [fleet.operations, fleet.manager, fleet.fleetAdmin, fleet.superAdmin])
    expect(await timesTold(userId, 'order:completed', { orderId: id, amount: '875.00' })).toBe(1);
  const { body } = await get(`/payments/orders/${id}`, fleet.operations);
  expect(body.data).toMatchObject({ status: 'COMPLETED', collectedAmount: 875, remainingAmount: 0, excessAmount: 0 });
  expect(body.data.transactions).toMatchObject([
    { amount: 250, status: 'SUCCESS', type: 'ORDER_PAYMENT', driverId: null, paymentMethod: 'VIRTUAL_QR' },
    { amount: 625, status: 'SUCCESS' },
  ]);
  for (const row of body.data.transactions as Record<string, unknown>[]) expect(row['date']).toBe(row['createdAt']);
});

test('what is too much is the customer’s, and its people are told of that too', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.operations, 100);

  await pay(virtualAccountId, 130.5, { serviceCharge: 1, gst: 0.18 });

  await untilOrder(id, 'COMPLETED');
  expect(await standOf(id)).toMatchObject({ collected_paise: '13050', excess_paise: '3050' });
  expect(await timesTold(fleet.operations.id, 'order:excess', { orderId: id, amount: '30.50' })).toBe(1);
  expect(await timesTold(fleet.manager.id, 'order:excess', { orderId: id, amount: '30.50' })).toBe(1);
  expect(await timesTold(fleet.manager.id, 'order:completed', { orderId: id })).toBe(1);
  expect(await faultsInBooks(id)).toEqual([]);
});

test('the message that an order is paid says what it was for', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.operations, 100);
  await pay(virtualAccountId, 130.5);
  await untilOrder(id, 'COMPLETED');

  expect(await timesTold(fleet.operations.id, 'order:completed', { orderId: id, amount: '100.00' })).toBe(1);
});

test('credits after the end are excess, and never refused', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, 50);
  await pay(virtualAccountId, 50);
  await untilOrder(id, 'COMPLETED');

  const [first, second] = await Promise.all([pay(virtualAccountId, 50), pay(virtualAccountId, 7)]);

  await Promise.all([untilCredit(first.id, 'ORDERED'), untilCredit(second.id, 'ORDERED')]);
  expect(await standOf(id)).toMatchObject({ collected_paise: '10700', excess_paise: '5700', status: 'COMPLETED' });
  expect(await balancesOf(id)).toEqual({ [`2060[${id}]`]: 5_700 });
  expect(await journalsOf(id)).toEqual(['order_completed']);
  expect(await faultsInBooks(id)).toEqual([]);
});

test('twelve payments at one moment lose none', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, 100);

  const credits = await Promise.all(Array.from({ length: 12 }, () => pay(virtualAccountId, 10)));

  await Promise.all(credits.map(({ id: creditId }) => untilCredit(creditId, 'ORDERED')));
  expect(await standOf(id)).toEqual({
    ...{ collected_paise: '12000', remaining_paise: '0', excess_paise: '2000', status: 'COMPLETED' },
  });
  expect(await balancesOf(id)).toEqual({ [`2060[${id}]`]: 2_000 });
  expect(await db.transaction.count({ where: { paymentOrderId: id } })).toBe(12);
  expect(await faultsInBooks(id)).toEqual([]);
});

test('an order that is paid at once leaves another amount to finance, and then takes the right one', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, 875, { allowPartial: false });

  const wrong = await pay(virtualAccountId, 874.99);

  const row = await untilCredit(wrong.id, 'REVIEW');
  const [event] = await toldOf(wrong.id);
  expect(row).toMatchObject({ reason: 'AMOUNT_MISMATCH', orderId: id, resolvedAt: null });
  expect(event).toMatchObject({ state: 'REVIEW', movesMoney: true, journalType: 'amount_mismatch' });
  expect(await inAccount(2040, event!.id)).toBe(87_499);
  expect([await balancesOf(id), (await orderOf(id)).status]).toEqual([{}, 'PENDING']);
  const right = await pay(virtualAccountId, 875);
  await untilCredit(right.id, 'ORDERED');
  expect(await standOf(id)).toMatchObject({ collected_paise: '87500', status: 'COMPLETED', excess_paise: '0' });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('orders expire: without payments nothing moves, with some they are the customer’s again', async () => {
  const expiresAt = new Date(Date.now() + 10_000).toISOString();
  const [empty, partial] = await Promise.all([
    anOrder(fleet.operations, 500, { expiresAt }),
    anOrder(fleet.operations, 500, { expiresAt }),
  ]);
  await pay(partial.virtualAccountId, 200);
  await untilOrder(partial.id, 'PARTIAL');

  const rows = await Promise.all([untilOrder(empty.id, 'FAILED'), untilOrder(partial.id, 'FAILED')]);

  expect(rows.map(({ statusReason }) => statusReason)).toEqual(['EXPIRED', 'EXPIRED']);
  expect([await journalsOf(empty.id), await journalsOf(partial.id)]).toEqual([[], ['order_expired']]);
  expect(await balancesOf(empty.id, partial.id)).toEqual({ [`2060[${partial.id}]`]: 20_000 });
  expect(await timesTold(fleet.operations.id, 'order:expired', { orderId: partial.id })).toBe(1);
  expect(await timesTold(fleet.manager.id, 'order:expired', { orderId: empty.id })).toBe(1);
  for (const { id, virtualAccountId } of [empty, partial]) {
    await untilAccount({ orderId: id }, 'INACTIVE');
    expect(await switchesOf(virtualAccountId)).toEqual(['false']);
  }
  const late = await pay(partial.virtualAccountId, 300);
  await untilCredit(late.id, 'ORDERED');
  expect(await standOf(partial.id)).toMatchObject({
    collected_paise: '50000',
    excess_paise: '30000',
    status: 'FAILED',
  });
  expect(await balancesOf(partial.id)).toEqual({ [`2060[${partial.id}]`]: 50_000 });
  expect(await faultsInBooks(empty.id, partial.id)).toEqual([]);
});

test('an order whose time was cut short expires when it is nudged', async () => {
  const { id } = await anOrder(fleet.manager, 500);
  await db.paymentOrder.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1_000) } });

  expect((await post(`/payments/orders/${id}/nudge`, {}, fleet.manager)).status).toBe(200);

  expect(await untilOrder(id, 'FAILED')).toMatchObject({ statusReason: 'EXPIRED' });
});

test('above the threshold the order itself is asked for at the gateway', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, 20_000);
  const { orderGatewayId } = await db.virtualAccount.findUniqueOrThrow({ where: { orderId: id } });
  const [real, forged] = await Promise.all([
    pay(virtualAccountId, 6_000),
    pay(virtualAccountId, 7_000, { withdraw: true }),
  ]);

  await untilCredit(real.id, 'ORDERED');
  await untilCredit(forged.id, 'CONFIRMING');

  const asked = await gateway.entries('asked', orderGatewayId!);
  expect(asked.filter(({ what }) => what === 'readOrder').length).toBeGreaterThanOrEqual(1);
  expect(await standOf(id)).toMatchObject({ collected_paise: '600000', status: 'PARTIAL' });
});

test('a payment of an order under another id, or into another order, is looked for and not booked', async () => {
  const [order, other] = [await anOrder(fleet.manager, 100), await anOrder(fleet.manager, 100)];
  const utr = aUtr();
  const { id } = await pay(order.virtualAccountId, 60, { utr });
  await untilCredit(id, 'ORDERED');
  const forged = [`${id}X`, `${id}Y`];

  await deliverCredit(signedCredit({ account: order.virtualAccountId, amount: '60.0', id: forged[0]!, utr }));
  await deliverCredit(signedCredit({ account: other.virtualAccountId, amount: '60.0', id: forged[1]!, utr }));

  await Promise.all(forged.map((creditId) => untilCredit(creditId, 'CONFIRMING')));
  await until(async () => (await gateway.entries('asked', 'TXO')).length > 0, 'the orders to be asked for');
  expect([(await standOf(order.id)).collected_paise, (await standOf(other.id)).collected_paise]).toEqual(['6000', '0']);
  expect(await journalsOf(...forged)).toEqual([]);
});
