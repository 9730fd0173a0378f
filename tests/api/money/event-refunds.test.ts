import { beforeAll, expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { beginDeposit, deliver, depositOf, signedEvent, untilStatus } from '../../world/money/pay-ins.ts';
import { gateway, gatewaySays, inClearing, timesSent, untilRefund } from '../../world/money/refunds.ts';
import { until } from '../../world/until.ts';
import { expectRefused } from '../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

/** A deposit of 500.00 was paid, and then the gateway says 450.00 of the same number: they lie in 2040. */
const aMismatch = async () => {
  const driver = await aDriver(fleet, { vehicle: false });
  const { transactionId, txnId: txnid, paymentUrl } = await beginDeposit(driver, 500);
  await gateway.click(paymentUrl, 'success');
  await untilStatus(transactionId, 'SUCCESS');
  await deliver(signedEvent({ txnid, amount: '450.00' }, { easepayid: 'EFORGED' }));
  const event = await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: transactionId, state: 'REVIEW' } }),
    'the event to wait',
  );
  return { driver, event };
};

const resolve = (id: string, action: string) =>
  post(`/payments/admin/events/${id}/resolve`, { action, reason: 'Wrong amount' }, fleet.manager);

const waits = async (id: string): Promise<boolean> => {
  const { data } = (await get('/payments/admin/events', fleet.manager)).body;
  return (data as { id: string }[]).some((event) => event.id === id);
};

const refundOfEvent = async (id: string) => {
  const { status, body } = await resolve(id, 'REFUND');
  expect([status, body.data.state]).toEqual([200, 'PROCESSED']);
  return body.data.resolution.refund.id as string;
};

const unattributed = async (eventId: string, ...refundIds: string[]): Promise<number> => {
  const [row] = await db.$queryRaw<{ paise: number }[]>`
    SELECT coalesce(sum(CASE e.side WHEN 'C' THEN e.amount_paise ELSE -e.amount_paise END), 0)::float8 AS paise
    FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code = 2040 AND j.event_key = ANY(${[eventId, ...refundIds]})`;
  return row!.paise;
};

test('the money of an event goes back to its payer, by the id that the gateway gives the payment', async () => {
  const { driver, event } = await aMismatch();
  expect(await unattributed(event.id)).toBe(45_000);

  const refundId = await refundOfEvent(event.id);

  expect([await unattributed(event.id, refundId), await inClearing(refundId)]).toEqual([0, 45_000]);
  expect(await waits(event.id)).toBe(false);
  expectRefused(await resolve(event.id, 'ATTRIBUTE'), 409, 'EVENT_NOT_OPEN');
  const seen = (await get(`/payments/transactions/${refundId}`, driver)).body.data;
  expect(seen).toMatchObject({ type: 'REFUND', amount: 450, status: 'PENDING' });

  await gatewaySays(refundId, 'refunded');

  expect(await untilRefund(refundId, 'SETTLED')).toMatchObject({ transactionId: null, gatewayEventId: event.id });
  expect([await unattributed(event.id, refundId), await inClearing(refundId)]).toEqual([0, 0]);
  expect([await timesSent(refundId), await depositOf(driver.id)]).toEqual([1, 50_000]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('when it fails, the money waits again in 2040 and the event for another decision, once and again', async () => {
  const { driver, event } = await aMismatch();
  const first = await refundOfEvent(event.id);
  await gatewaySays(first, 'cancelled');
  await untilRefund(first, 'FAILED');

  expect([await unattributed(event.id, first), await inClearing(first)]).toEqual([45_000, 0]);
  expect(await waits(event.id)).toBe(true);

  const second = await refundOfEvent(event.id);
  await gatewaySays(second, 'cancelled');
  await untilRefund(second, 'FAILED');
  const { body } = await resolve(event.id, 'ATTRIBUTE');

  expect(body.data).toMatchObject({ state: 'PROCESSED', resolution: { to: 'DEPOSIT', refund: null } });
  expect(await unattributed(event.id, first, second)).toBe(0);
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 95_000 });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});
