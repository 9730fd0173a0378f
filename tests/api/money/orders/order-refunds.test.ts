import { beforeAll, expect, test } from '@jest/globals';
import type { Payout } from '../../../../prisma/generated/client.ts';
import { get, post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { balancesOf } from '../../../world/money/books.ts';
import { gateway, pay, untilCredit } from '../../../world/money/collections.ts';
import { anOrder, deliverCredit, signedCredit, untilOrder } from '../../../world/money/credits.ts';
import { until } from '../../../world/until.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';
import { act, expectInOrder, paidTo, payoutRow, untilHeard, untilPayout } from '../payouts/deeds.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;
beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

/** An order of so many rupees, paid with 300.00 more than it asks for, from the handle of one payer. */
const anOverpaid = async (total: number) => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, total);
  const credit = await pay(virtualAccountId, total + 300);
  await untilCredit(credit.id, 'ORDERED');
  return id;
};

const refund = (id: string, amount: unknown, by: Sent = fleet.manager) =>
  post(`/payments/orders/${id}/refund`, { amount, reason: 'Paid too much' }, by);
const orderOf = async (id: string) => (await get(`/payments/orders/${id}`, fleet.manager)).body.data;

/** A refund that was released, and what became of it. */
const aReleased = async (orderId: string, amount: number, status: string) => {
  const { payoutId } = (await refund(orderId, amount)).body.data;
  expect((await act(payoutId, 'approve', second)).status).toBe(200);
  return untilPayout(payoutId, status);
};

/** Income of the fleet from orders that these events brought, or took. */
const incomeOf = async (...keys: string[]) => {
  const [row] = await db.$queryRaw<{ paise: number }[]>`
    SELECT coalesce(sum(CASE e.side WHEN 'C' THEN e.amount_paise ELSE -e.amount_paise END), 0)::float8 AS paise
    FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code = 4040 AND j.event_key = ANY(${keys})`;
  return row!.paise;
};

/** Waits until a success with this UTR is heard. */
const untilUtrHeard = (utr: string) =>
  until(
    async () =>
      db.gatewayEvent.findFirst({ where: { fields: { path: ['utr'], equals: utr }, state: { not: 'RECEIVED' } } }),
    `${utr} to be heard`,
  );

test('the excess of an order goes back to the handle that it came from, once a second person releases it', async () => {
  const id = await anOverpaid(500);

  const { status, body } = await refund(id, 300);

  expect(status).toBe(200);
  expect(body.data).toMatchObject({ amount: 300, detailStatus: 'HELD', heldFor: ['NEW_BANK_DETAILS'] });
  const { payoutId } = body.data;
  expect(await balancesOf(id)).toEqual({});
  expectRefused(await act(payoutId, 'approve', fleet.manager), 409, 'APPROVER_IS_CREATOR');
  expect((await act(payoutId, 'approve', second)).status).toBe(200);
  const row = await untilPayout(payoutId, 'SUCCESS');
  expect(row).toMatchObject({ kind: 'CUSTOMER_REFUND', driverId: null, orderId: id, mode: 'UPI', ifscCode: null });
  expect(row.maskedAccountNumber).toBe('*ayer@simulator');
  expect(await paidTo(row.number)).toMatchObject([{ amount: 300 }]);
  const order = await orderOf(id);
  expect(order).toMatchObject({ status: 'COMPLETED', collectedAmount: 800, refundedAmount: 300 });
  expect(order.transactions).toContainEqual(
    expect.objectContaining({ type: 'REFUND', direction: 'DEBIT', amount: 300, status: 'SUCCESS', driverId: null }),
  );
  const read = await get(`/payments/admin/payout/${payoutId}`, second);
  expect(read.body.data).toMatchObject({ driverId: null, orderId: id, status: 'SUCCESS' });
  expect(read.body.data.journals.map(({ eventType }: { eventType: string }) => eventType)).toEqual([
    ...['order_refund_initiated', 'refund_settled'],
  ]);
  await expectInOrder(id);
});

test('excess first, then income: all of it may go back, and never more than was paid, however many ask at once', async () => {
  const id = await anOverpaid(500);

  const answers = await Promise.all(Array.from({ length: 5 }, () => refund(id, 400)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  for (const answer of answers.filter(({ status }) => status !== 200))
    expectRefused(answer, 422, 'ORDER_REFUND_EXCEEDED');
  const payouts = await db.payout.findMany({ where: { orderId: id } });
  expect(await incomeOf(...payouts.map((row) => `${row.id}:1`))).toBe(-50_000);
  await expectInOrder(id);

  for (const row of payouts) expect((await act(row.id, 'cancel', fleet.manager)).status).toBe(200);
  expect(await balancesOf(id)).toEqual({ [`2060[${id}]`]: 30_000 });
  expect(await incomeOf(...payouts.map((row) => `${row.id}:1`))).toBe(0);
  await expectInOrder(id);
});

test('a refund goes to a bank account where one was told', async () => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, 500);
  const more = {
    ...{
      remitter_full_name: 'PRIYA NAIR',
      remitter_account_number: '918020012345',
      remitter_account_ifsc: 'utib0000123',
    },
  };
  await deliverCredit(signedCredit({ account: virtualAccountId, amount: '500.0', more }));
  await untilOrder(id, 'COMPLETED');

  const { id: payoutId } = await aReleased(id, 120.5, 'SUCCESS');

  const row = await payoutRow(payoutId);
  expect(row).toMatchObject({ mode: 'IMPS', ifscCode: 'UTIB0000123', accountName: 'PRIYA NAIR' });
  expect(row.maskedAccountNumber).toBe('********2345');
  expect(JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    '918020012345',
  );
  await expectInOrder(id);
});

test('what is refused says why, and changes nothing', async () => {
  const id = await anOverpaid(500);
  const other = await aFleet();
  const partial = await anOrder(fleet.manager, 500);
  await pay(partial.virtualAccountId, 200);
  await untilOrder(partial.id, 'PARTIAL');
  const { id: silent, virtualAccountId } = await anOrder(fleet.manager, 500);
  await deliverCredit(signedCredit({ account: virtualAccountId, amount: '500.0' }));
  await untilOrder(silent, 'COMPLETED');

  expectRefused(await refund(partial.id, 100), 409, 'ORDER_STILL_OPEN');
  expectRefused(await refund(silent, 100), 422, 'CUSTOMER_ACCOUNT_UNKNOWN');
  await db.gatewayEvent.updateMany({
    where: { source: 'VA', subjectId: { in: await creditsOf(silent) } },
    data: { sealedBody: null },
  });
  const forgotten = await refund(silent, 100);
  expectRefused(forgotten, 422, 'CUSTOMER_ACCOUNT_UNKNOWN');
  expect(forgotten.body.error.details).toEqual({ missing: 'EVENT' });
  const exceeded = await refund(id, 800.01);
  expectRefused(exceeded, 422, 'ORDER_REFUND_EXCEEDED');
  expect(exceeded.body.error.details).toEqual({ left: '800.00', most: '800.00' });
  expectRefused(await refund(id, 0.5), 422, 'PAYOUT_BELOW_MINIMUM');
  expectRefused(await refund(id, undefined), 400, 'AMOUNT_INVALID');
  expectInvalid(await post(`/payments/orders/${id}/refund`, { amount: 5 }, fleet.manager), 'reason');
  expectRefused(await refund(id, 100, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await refund(id, 100, fleet.operations), 403, 'FORBIDDEN');
  expect(await db.payout.count({ where: { orderId: { in: [id, silent, partial.id] } } })).toBe(0);
  await expectInOrder(id, silent, partial.id);
});

const creditsOf = async (orderId: string) =>
  (await db.virtualCredit.findMany({ where: { orderId }, select: { id: true } })).map(({ id }) => id);

test('a refund is seen and released in the fleet of its order alone', async () => {
  const id = await anOverpaid(500);
  const { payoutId } = (await refund(id, 300)).body.data;
  const other = await aFleet();

  expectRefused(await get(`/payments/admin/payout/${payoutId}`, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await act(payoutId, 'approve', other.manager), 403, 'SCOPE_FORBIDDEN');
  const seenBy = async (by: Sent) => {
    const { body } = await get('/payments/admin/payouts?kind=CUSTOMER_REFUND', by);
    return body.data.some((row: { id: string }) => row.id === payoutId);
  };
  expect([await seenBy(second), await seenBy(other.manager)]).toEqual([true, false]);
});

test('what failed is in the order again, and is sent once more to the same payer', async () => {
  const id = await anOverpaid(500);
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: 'payer@simulator' });
  const failed = await aReleased(id, 300, 'FAILED');
  expect(await balancesOf(id)).toEqual({ [`2060[${id}]`]: 30_000 });
  await expectInOrder(id);

  expect((await act(failed.id, 'retry', fleet.manager)).body.data).toMatchObject({ amount: 300, detailStatus: 'HELD' });
  expect((await act(failed.id, 'approve', second)).status).toBe(200);

  await untilPayout(failed.id, 'SUCCESS');
  expect(await paidTo(failed.number)).toMatchObject([{ number: `${failed.number}R2`, amount: 300 }]);
  expect(await balancesOf(id)).toEqual({});
  await expectInOrder(id);
});

test('money that comes back is in the order again; a success that is told once more changes nothing', async () => {
  const id = await anOverpaid(500);
  const { id: payoutId, number } = await aReleased(id, 300, 'SUCCESS');

  await gateway.transfer({ number, word: 'reversed' });
  await untilPayout(payoutId, 'REVERSED');
  await gateway.transfer({ number, word: 'success', utr: 'UTR000000131' });

  await untilHeard(payoutId);
  expect(await balancesOf(id)).toEqual({ [`2060[${id}]`]: 30_000 });
  expect(await orderOf(id)).toMatchObject({ refundedAmount: 0 });
  await expectInOrder(id);
});

test('a late success takes the money of the order; where another refund has, finance is told of a second payment', async () => {
  const [one, two] = [await anOverpaid(500), await anOverpaid(500)];
  const failed: Payout[] = [];
  for (const id of [one, two]) {
    await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: 'payer@simulator' });
    failed.push(await aReleased(id, 800, 'FAILED'));
  }
  await aReleased(two, 800, 'SUCCESS');

  for (const [n, { number }] of failed.entries())
    await gateway.transfer({ number, word: 'success', utr: `UTR00000014${n}` });

  await untilPayout(failed[0]!.id, 'SUCCESS');
  expect(await balancesOf(one)).toEqual({});
  expect(await orderOf(one)).toMatchObject({ refundedAmount: 800 });
  await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: failed[1]!.id, error: { contains: 'DOUBLE_PAYMENT' } } }),
    'the second payment to be seen',
  );
  expect(await orderOf(two)).toMatchObject({ refundedAmount: 1600 });

  await gateway.transfer({ number: failed[1]!.number, word: 'success', utr: 'UTR0000001499' });

  await untilUtrHeard('UTR0000001499');
  expect(await orderOf(two)).toMatchObject({ refundedAmount: 1600 });
  await expectInOrder(one, two);
});

test('a refund that came back and was sent again is not booked twice because the first success is told once more', async () => {
  const id = await anOverpaid(500);
  const { id: payoutId, number } = await aReleased(id, 300, 'SUCCESS');
  await gateway.transfer({ number, word: 'reversed' });
  await untilPayout(payoutId, 'REVERSED');
  await act(payoutId, 'retry', fleet.manager);
  expect((await act(payoutId, 'approve', second)).status).toBe(200);
  await untilPayout(payoutId, 'SUCCESS');

  await gateway.transfer({ number, word: 'success', utr: 'UTR0000001500' });

  await untilUtrHeard('UTR0000001500');
  expect(await orderOf(id)).toMatchObject({ refundedAmount: 300 });
  await expectInOrder(id);
});
