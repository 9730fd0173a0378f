import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import {
  lateLinkPayment,
  penaltyFromDeposit,
  penaltyIssued,
  penaltyPaidByLink,
} from '../../../workflows/domain/money/journals/penalties.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { depositOf, transactionOf } from '../../world/money/pay-ins.ts';
import {
  aPaidDeposit,
  askRefund,
  gateway,
  gatewaySays,
  inClearing,
  timesSent,
  untilRefund,
} from '../../world/money/refunds.ts';
import { aPenaltyRow } from '../../world/money/penalties.ts';
import { until } from '../../world/until.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { anEvent, aTransaction } from './payments.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

/** The same person without a double click. */
const keyed = (by: Sent = fleet.manager) => ({ ...by, key: randomUUID() });

const begun = async (transactionId: string, amount: unknown, by = keyed()): Promise<string> => {
  const { status, body } = await askRefund(transactionId, amount, by);
  expect([status, body.errorCode]).toEqual([201, undefined]);
  return body.data.id as string;
};

test('a deposit that is refunded whole leaves the deposit at once and the books when the payer has it', async () => {
  const { driver, id } = await aPaidDeposit(fleet);

  const { status, body } = await askRefund(id, '500.00', fleet.manager);

  const refundId = body.data.id as string;
  expect(status).toBe(201);
  expect(body.data).toMatchObject({
    ...{ transactionId: id, gatewayEventId: null, driverId: driver.id, fleetId: fleet.id, amount: 500 },
    ...{ reason: 'Paid twice', createdBy: fleet.manager.id, shortId: expect.stringMatching(/^RFD\d{11}$/) },
    number: expect.stringMatching(/^DKF[A-Z2-7]{20}$/),
  });
  expect([await depositOf(driver.id), await inClearing(refundId)]).toEqual([0, 50_000]);
  const seen = (await get(`/payments/transactions/${refundId}`, driver)).body.data;
  expect(seen).toMatchObject({ type: 'REFUND', direction: 'CREDIT', amount: 500, status: 'PENDING' });
  expect((await transactionOf(id)).status).toBe('SUCCESS');
  expect(await db.auditEntry.findMany({ where: { subjectId: refundId } })).toMatchObject([
    {
      ...{ action: 'refund.requested', actorId: fleet.manager.id, before: { refunded: '0.00' } },
      after: { transactionId: id, amount: '500.00', reason: 'Paid twice' },
    },
  ]);

  await gatewaySays(refundId, 'refunded');

  await untilRefund(refundId, 'SETTLED');
  expect(await transactionOf(id)).toMatchObject({ status: 'REFUNDED', refundedPaise: 50_000n });
  expect(await transactionOf(refundId)).toMatchObject({ status: 'SUCCESS' });
  expect([await timesSent(refundId), await inClearing(refundId)]).toEqual([1, 0]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('of a payment that we refund the gateway may say so; of another one finance decides', async () => {
  const [ours, theirs] = [await aPaidDeposit(fleet), await aPaidDeposit(fleet)];
  await begun(ours.id, 200);
  const stateOf = (subjectId: string, word: string) =>
    until(async () => {
      const event = await db.gatewayEvent.findFirst({
        where: { subjectId, fields: { path: ['status'], equals: word }, state: { not: 'RECEIVED' } },
      });
      return event?.state;
    }, `the word ${word} to be heard`);

  await gateway.event({ txnid: ours.txnid, word: 'partially refunded' });
  await gateway.event({ txnid: ours.txnid, word: 'refunded' });
  await gateway.event({ txnid: theirs.txnid, word: 'partially refunded' });

  expect(await stateOf(ours.id, 'partially refunded')).toBe('IGNORED');
  expect(await stateOf(ours.id, 'refunded')).toBe('REVIEW');
  expect(await stateOf(theirs.id, 'partially refunded')).toBe('REVIEW');
});

test('partial refunds together give back what was paid, and not a paisa more', async () => {
  const { driver, id } = await aPaidDeposit(fleet, 100);

  const [first] = [await begun(id, 33.33), await begun(id, 33.33), await begun(id, '33.34')];
  const refused = await askRefund(id, 0.01, fleet.manager);

  expectRefused(refused, 422, 'REFUND_EXCEEDS_PAID');
  expect(refused.body.error.details).toEqual({ paid: '100.00', refunded: '100.00', left: '0.00' });
  await gatewaySays(first, 'refunded');
  await untilRefund(first, 'SETTLED');
  expect(await transactionOf(id)).toMatchObject({ status: 'SUCCESS', refundedPaise: 3_333n });
  expect(await depositOf(driver.id)).toBe(0);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('of two refunds at once that are too much together one is begun', async () => {
  const { driver, id } = await aPaidDeposit(fleet, 100);

  const answers = await Promise.all([keyed(), keyed(fleet.superAdmin)].map((by) => askRefund(id, 60, by)));

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
  expect(answers.find(({ status }) => status === 422)!.body.error.details).toMatchObject({ left: '40.00' });
  expect(await depositOf(driver.id)).toBe(4_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a refund that the gateway cancels later gives its amount back to the deposit, and can be asked for again', async () => {
  const { driver, id } = await aPaidDeposit(fleet);
  const refundId = await begun(id, 500);

  await gatewaySays(refundId, 'cancelled');

  expect(await untilRefund(refundId, 'FAILED')).toMatchObject({ failureReason: 'The gateway says cancelled' });
  expect([await depositOf(driver.id), await inClearing(refundId)]).toEqual([50_000, 0]);
  expect(await transactionOf(refundId)).toMatchObject({ status: 'FAILED', statusReason: 'GATEWAY_FAILURE' });
  expect(await transactionOf(id)).toMatchObject({ status: 'SUCCESS', refundedPaise: 0n });
  const told = await db.notification.findMany({ where: { userId: fleet.manager.id, event: 'refund:failed' } });
  expect(told.map(({ payload }) => payload)).toContainEqual(
    expect.objectContaining({ refundId, amount: '500.00', reason: 'The gateway says cancelled' }),
  );
  const again = await begun(id, 500);
  await gatewaySays(again, 'refunded');
  await untilRefund(again, 'SETTLED');
  expect(await transactionOf(id)).toMatchObject({ status: 'REFUNDED' });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a deposit gives back only what it still holds', async () => {
  const { driver, id } = await aPaidDeposit(fleet);
  const of = { driverId: driver.id, fleetId: fleet.id, occurredAt: new Date().toISOString(), penaltyId: randomUUID() };
  const amount = rupees(300);
  await posted(penaltyIssued({ ...of, amount }), penaltyFromDeposit({ ...of, seq: 1, amount }));

  const refused = await askRefund(id, 500, fleet.manager);

  expectRefused(refused, 422, 'REFUND_NOT_COVERED');
  expect(refused.body.error.details).toEqual({ available: '200.00' });
  await begun(id, 200);
  expect(await balancesOf(driver.id)).toEqual({});
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

/** A link that was paid with so many rupees for a penalty of which so many were open. */
const aPaidPenalty = async ({ paid, open }: { paid: number; open: number }) => {
  const driver = await aDriver(fleet, { vehicle: false });
  const of = { driverId: driver.id, fleetId: fleet.id };
  const { id: penaltyId } = await aPenaltyRow(of, { linkPaidPaise: open * 100 });
  const row = await aTransaction(of, {
    type: 'PENALTY',
    direction: 'DEBIT',
    penaltyId,
    amountPaise: BigInt(paid * 100),
  });
  const txnid = row.easebuzzTxnId!;
  const happened = { ...of, occurredAt: new Date().toISOString(), penaltyId, txnid };
  const journal =
    open > 0
      ? penaltyPaidByLink({ ...happened, paid: rupees(paid), openDue: rupees(open) })
      : lateLinkPayment({ ...happened, paid: rupees(paid) });
  await posted(...(open > 0 ? [penaltyIssued({ ...happened, amount: rupees(open) })] : []), journal);
  const booked = { journalType: journal.eventType, journalKey: txnid, movesMoney: true, state: 'PROCESSED' as const };
  await anEvent(row.id, { ...booked, fields: { txnid, status: 'success', easepayid: 'E1' } });
  return { driver, id: row.id, penaltyId };
};

test('a refunded penalty is due again, what was overpaid goes back first, and what is due stays due once', async () => {
  const { driver, id, penaltyId } = await aPaidPenalty({ paid: 500, open: 400 });
  const dueOf = async () => (await db.driverDue.findFirstOrThrow({ where: { source: penaltyId } })).outstandingPaise;

  await begun(id, 150);

  expect(await dueOf()).toBe(5_000n);
  expect(await balancesOf(driver.id)).toEqual({ [`1070[${driver.id}]`]: 5_000 });
  await begun(id, 350);
  expect(await dueOf()).toBe(40_000n);
  expectRefused(await askRefund(id, 1, keyed()), 422, 'REFUND_EXCEEDS_PAID');
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('of a late payment only that goes back which is still owed to the driver', async () => {
  const { driver, id } = await aPaidPenalty({ paid: 500, open: 0 });

  await begun(id, 500);

  expect(await balancesOf(driver.id)).toEqual({});
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('equal parts of a payment are refunded one by one, and under one key it is one refund', async () => {
  const { driver, id } = await aPaidDeposit(fleet);

  for (const amount of [100, '100.00']) expect((await askRefund(id, amount, fleet.manager)).status).toBe(201);
  const key = keyed();
  const [one, same] = await Promise.all([askRefund(id, 50, key), askRefund(id, 50, key)]);

  expect(one.body.data.id).toBe(same.body.data.id);
  expect(await depositOf(driver.id)).toBe(25_000);
  expect(await db.refund.count({ where: { transactionId: id } })).toBe(3);
});

test.each([[0], ['1.234'], [-5], ['a'], [undefined], [null]])('the amount %j is none', async (amount) => {
  const { id } = await aTransaction({ driverId: (await aDriver(fleet)).id, fleetId: fleet.id });
  expectRefused(await askRefund(id, amount, fleet.manager), 400, 'AMOUNT_INVALID');
});

test('what was not paid at the gateway, is of another type or of another fleet is not refunded', async () => {
  const of = { driverId: (await aDriver(fleet)).id, fleetId: fleet.id };
  const booked = async (more: Parameters<typeof aTransaction>[1]) => {
    const { id, easebuzzTxnId } = await aTransaction(of, more);
    const [txnid, occurredAt] = [easebuzzTxnId!, new Date().toISOString()];
    await posted(depositPaid({ ...of, occurredAt, txnid, amount: rupees(500) }));
    const booking = { journalType: 'deposit_paid', journalKey: txnid, movesMoney: true, state: 'PROCESSED' as const };
    await anEvent(id, { ...booking, amountPaise: 50_000n, fields: { txnid, status: 'success' } });
    return id;
  };

  for (const id of [
    (await aTransaction(of, { status: 'PENDING' })).id,
    (await aTransaction(of)).id,
    await booked({ type: 'ORDER_PAYMENT' }),
    await booked({ status: 'FAILED' }),
  ])
    expectRefused(await askRefund(id, 10, fleet.manager), 409, 'PAYMENT_NOT_REFUNDABLE');
  const { id } = await aTransaction(of);
  expectRefused(await askRefund(id, 10, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await askRefund(id, 10, fleet.operations), 403, 'FORBIDDEN');
  expectInvalid(await post(`/payments/admin/transactions/${id}/refund`, { amount: 10 }, fleet.manager), 'reason');
  expect(await db.refund.count({ where: { transactionId: id } })).toBe(0);
});
