import { beforeAll, expect, test } from '@jest/globals';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { reconcile } from '../world/health.ts';
import { untilWaiting } from '../world/locks.ts';
import { faultsInBooks } from '../world/money/books.ts';
import { gatewayAt } from '../world/money/gateway.ts';
import { beginDeposit, deliver, depositOf, signedEvent, untilStatus } from '../world/money/pay-ins.ts';
import { aPaidDeposit, askRefund, inClearing, timesSent, untilRefund } from '../world/money/refunds.ts';
import { kill, signal, untilUp } from '../world/parts.ts';
import type { Part } from '../world/world.ts';
import { world } from '../world/world.ts';
import { until } from '../world/until.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

/** As the gateway does it: again until it is taken. */
const deliverUntilTaken = (event: Record<string, string>) =>
  until(
    () =>
      deliver(event).then(
        ({ status }) => status === 200,
        () => false,
      ),
    'the event to be taken',
    60_000,
  );

const aPayment = async () => {
  const driver = await aDriver(fleet);
  const { transactionId, txnId: txnid } = await beginDeposit(driver, 500);
  return { driver, id: transactionId, event: signedEvent({ txnid, amount: '500.00' }) };
};

const isCreditedOnce = async ({ driver, id }: Awaited<ReturnType<typeof aPayment>>) => {
  await untilStatus(id, 'SUCCESS').catch(() => reconcile());
  await untilStatus(id, 'SUCCESS');
  expect(await depositOf(driver.id)).toBe(50_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
};

/** Holds every transaction that touches `table` in its middle, kills while `waiting` of them wait, and lets the rest go on. */
const killedAt = (
  table: 'transactions' | 'gateway_event' | 'ledger_journal' | 'refunds',
  send: () => void,
  part: Part,
) =>
  db.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe(`LOCK TABLE "${table}" IN SHARE ROW EXCLUSIVE MODE`);
      send();
      await untilWaiting(1);
      await kill(part);
    },
    { timeout: 30_000 },
  );

test.each([
  ['api', 'gateway_event', 'is about to store an event'],
  ['worker', 'gateway_event', 'marks an event as heard'],
  ['worker', 'ledger_journal', 'posts the money'],
  ['worker', 'transactions', 'writes the payment down as paid'],
  ['postgres', 'gateway_event', 'is asked to store an event'],
  ['postgres', 'ledger_journal', 'is asked to post the money'],
  ['postgres', 'transactions', 'is asked to write the payment down'],
  ['temporal', 'ledger_journal', 'waits for the money to be posted'],
] as const)('%s dies while it (%s) %s: the payment is there once', async (part, table, _) => {
  const payment = await aPayment();

  let taken: Promise<unknown> = Promise.resolve();
  const deliver = () => {
    taken = deliverUntilTaken(payment.event);
  };
  await killedAt(table, deliver, part).catch((error: unknown) => {
    if (part !== 'postgres') throw error; // The lock dies with the database.
  });

  await taken;
  await untilUp();
  await isCreditedOnce(payment);
  await deliverUntilTaken(payment.event);
  expect(await depositOf(payment.driver.id)).toBe(50_000);
});

test.each([
  ['refunds', 'writes the end of a refund down'],
  ['ledger_journal', 'books the end of a refund'],
] as const)('the worker dies while it (%s) %s: one refund at the gateway, and the books agree', async (table, _) => {
  const { driver, id } = await aPaidDeposit(fleet);
  const refundId = (await askRefund(id, 500, fleet.manager)).body.data.id as string;
  const { number } = await untilRefund(refundId, 'ACCEPTED');
  const paid = () => void gateway.refund({ merchantRefundId: number, word: 'refunded' });
  await killedAt(table, paid, 'worker');

  await untilRefund(refundId, 'SETTLED').catch(() => reconcile());
  await untilRefund(refundId, 'SETTLED');
  expect([await timesSent(refundId), await inClearing(refundId)]).toEqual([1, 0]);
  expect(await depositOf(driver.id)).toBe(0);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('the worker dies while the gateway is asked for the page: the wish is answered or can be made again', async () => {
  const driver = await aDriver(fleet);
  await gateway.scenario({ match: driver.id, call: 'initiate', delayMs: 3_000, times: 1 });

  const asked = post('/payments/deposit', { amount: 500 }, driver);
  await until(async () => (await gateway.entries('asked', driver.id)).length > 0, 'the gateway to be asked');
  await kill('worker');

  expect((await asked).body.errorCode).toBe('GATEWAY_TIMEOUT');
  await db.transaction.updateMany({
    where: { driverId: driver.id },
    data: { createdAt: new Date(Date.now() - 60_000) },
  });
  await expect(until(() => beginDeposit(driver, 500).catch(() => null), 'another page', 60_000)).resolves.toBeTruthy();
});

test('an event that was stored while Temporal was away is heard when it is back', async () => {
  const payment = await aPayment();
  await signal('temporal', 'SIGSTOP');

  const { status } = await deliver(payment.event);
  await kill('temporal');

  expect(status).toBe(200);
  await db.gatewayEvent.updateMany({
    where: { subjectId: payment.id },
    data: { receivedAt: new Date(Date.now() - 60_000) },
  });
  await isCreditedOnce(payment);
});

test('a gateway that has not answered ten times in a row is not asked: 503, and nothing is pending', async () => {
  const drivers = await Promise.all(Array.from({ length: 10 }, () => aDriver(fleet)));
  for (const driver of drivers) await gateway.scenario({ match: driver.id, call: 'initiate', answer: 'error' });
  const first = drivers.map((driver) => post('/payments/deposit', { amount: 500 }, driver));
  await Promise.all(first);

  const { status, body } = await post('/payments/deposit', { amount: 500 }, await aDriver(fleet));

  expect([status, body.errorCode]).toEqual([503, 'GATEWAY_UNAVAILABLE']);
  const row = await db.transaction.findUniqueOrThrow({ where: { id: body.error.details.transactionId as string } });
  expect(row).toMatchObject({ status: 'FAILED', statusReason: 'GATEWAY_FAILURE' });
});
