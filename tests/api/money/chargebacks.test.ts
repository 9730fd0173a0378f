import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  penaltyFromDeposit,
  penaltyIssued,
  penaltyPaidByLink,
} from '../../../workflows/domain/money/journals/penalties.ts';
import { amountMismatch, unattributedResolved } from '../../../workflows/domain/money/journals/receipts.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { beginDeposit, deliver, depositOf, signedEvent, transactionOf, untilHeard } from '../../world/money/pay-ins.ts';
import { aPaidDeposit, askRefund, gateway, gatewaySays, untilRefund } from '../../world/money/refunds.ts';
import { aPenaltyRow } from '../../world/money/penalties.ts';
import { until } from '../../world/until.ts';
import { expectRefused } from '../http/refused.ts';
import { aHeldEvent, anEvent, aTransaction } from './payments.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

const happened = (driverId: string) => ({ driverId, fleetId: fleet.id, occurredAt: new Date().toISOString() });

/** The events of a payment that say this, when one of them is heard. */
const heard = (subjectId: string, word: string) =>
  until(async () => {
    const events = await db.gatewayEvent.findMany({
      where: { subjectId, fields: { path: ['status'], equals: word } },
      orderBy: { receivedAt: 'asc' },
    });
    return events.length > 0 && events.every(({ state }) => state !== 'RECEIVED') && events;
  }, `the word ${word} to be heard`);

const says = async ({ id, txnid }: { id: string; txnid: string }, word: string) => {
  await gateway.event({ txnid, word });
  return heard(id, word);
};

/** The driver has spent so many rupees of the deposit. */
const spends = (driverId: string, amount: number) => {
  const of = { ...happened(driverId), penaltyId: randomUUID(), amount: rupees(amount) };
  return posted(penaltyIssued(of), penaltyFromDeposit({ ...of, seq: 1 }));
};

const toldFinance = async (transactionId: string) => {
  const told = await db.notification.findMany({ where: { userId: fleet.manager.id, event: 'payment:chargeback' } });
  return told.flatMap(({ title, payload }) =>
    (payload as { transactionId: string }).transactionId === transactionId ? [title] : [],
  );
};

test('a chargeback takes what the deposit holds, and the rest is due', async () => {
  const payment = await aPaidDeposit(fleet);
  const { driver, id, txnid } = payment;
  await spends(driver.id, 300);

  const [event] = await says(payment, 'chargeback');

  expect(event).toMatchObject({ state: 'PROCESSED', movesMoney: true, journalType: 'chargeback', journalKey: txnid });
  expect(await transactionOf(id)).toMatchObject({ status: 'REFUNDED', refundedPaise: 0n });
  expect(await balancesOf(driver.id)).toEqual({ [`1070[${driver.id}]`]: 30_000 });
  expect(await db.driverDue.findFirst({ where: { driverId: driver.id, kind: 'CHARGEBACK' } })).toMatchObject({
    ...{ source: txnid, outstandingPaise: 30_000n },
  });
  expect(await toldFinance(id)).toEqual([expect.stringContaining('was charged back by the bank')]);
  const refused = await askRefund(id, 1, fleet.manager);
  expectRefused(refused, 422, 'REFUND_EXCEEDS_PAID');
  expect(refused.body.error.details).toMatchObject({ left: '0.00' });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a chargeback that is told again, also under another id of the gateway, is booked once', async () => {
  const payment = await aPaidDeposit(fleet);
  await says(payment, 'chargeback');

  await gateway.event({ txnid: payment.txnid, word: 'chargeback' });
  await deliver(signedEvent({ txnid: payment.txnid, amount: '500.00', status: 'chargeback' }, { easepayid: 'EOTHER' }));
  await until(async () => (await heard(payment.id, 'chargeback')).length === 2, 'the other event');

  const states = (await heard(payment.id, 'chargeback')).map(({ state }) => state);
  expect(states).toEqual(['PROCESSED', 'IGNORED']);
  expect(await balancesOf(payment.driver.id)).toEqual({});
  expect(await faultsInBooks(payment.driver.id)).toEqual([]);
});

test.each(['chargeback_won', 'chargeback reversed'])(
  'a case that is won (%s) puts everything back, once',
  async (won) => {
    const payment = await aPaidDeposit(fleet);
    const { driver, id, txnid } = payment;
    await spends(driver.id, 300);
    await says(payment, 'chargeback');

    const [event] = await says(payment, won);
    await deliver(signedEvent({ txnid, amount: '500.00', status: won }, { easepayid: 'EOTHER' }));
    await until(async () => (await heard(id, won)).length === 2, 'the other event');

    expect(event).toMatchObject({ state: 'PROCESSED', movesMoney: true, journalType: 'chargeback_won' });
    expect(await transactionOf(id)).toMatchObject({ status: 'SUCCESS' });
    expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 20_000 });
    expect(await faultsInBooks(driver.id)).toEqual([]);
  },
);

test('what was paid of the due of a case that is won is owed to the driver', async () => {
  const payment = await aPaidDeposit(fleet);
  const { driver, txnid } = payment;
  await spends(driver.id, 500);
  await says(payment, 'chargeback');
  const [receiptId, amount] = [randomUUID(), rupees(200)];
  const dues = [{ kind: 'CHARGEBACK' as const, source: txnid, amount }];
  await posted(
    amountMismatch({ ...happened(driver.id), gatewayEventId: receiptId, clearing: 1020, amount }),
    unattributedResolved({ ...happened(driver.id), receiptId, amount, to: { as: 'DUES', driverId: driver.id, dues } }),
  );

  await says(payment, 'chargeback_won');

  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 20_000 });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a case whose end is heard before its beginning ends the same', async () => {
  const payment = await aPaidDeposit(fleet);

  const [early] = await says(payment, 'chargeback_won');
  expect(early).toMatchObject({ state: 'REVIEW', movesMoney: false });
  expect(await depositOf(payment.driver.id)).toBe(50_000);
  await says(payment, 'chargeback');

  expect((await heard(payment.id, 'chargeback_won')).map(({ state }) => state)).toEqual(['PROCESSED']);
  expect(await transactionOf(payment.id)).toMatchObject({ status: 'SUCCESS' });
  expect(await depositOf(payment.driver.id)).toBe(50_000);
  expect(await faultsInBooks(payment.driver.id)).toEqual([]);
});

test('a chargeback before the success of its payment waits for it', async () => {
  const driver = await aDriver(fleet, { vehicle: false });
  const { transactionId: id, txnId: txnid } = await beginDeposit(driver, 500);

  await deliver(signedEvent({ txnid, amount: '500.00', status: 'chargeback' }));
  expect((await heard(id, 'chargeback')).map(({ state }) => state)).toEqual(['REVIEW']);
  expect([await depositOf(driver.id), (await transactionOf(id)).status]).toEqual([0, 'PENDING']);
  await deliver(signedEvent({ txnid, amount: '500.00' }));
  await untilHeard(id);

  expect((await heard(id, 'chargeback')).map(({ state }) => state)).toEqual(['PROCESSED']);
  expect(await transactionOf(id)).toMatchObject({ status: 'REFUNDED' });
  expect(await balancesOf(driver.id)).toEqual({});
  expect(await toldFinance(id)).toHaveLength(2);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test.each(['499.99', '50000', 'all'])(
  'a chargeback of %s of 500.00 moves nothing and waits for finance',
  async (amount) => {
    const { driver, id, txnid } = await aPaidDeposit(fleet);

    await deliver(signedEvent({ txnid, amount, status: 'chargeback' }));

    expect((await heard(id, 'chargeback')).map(({ state, movesMoney }) => [state, movesMoney])).toEqual([
      ['REVIEW', false],
    ]);
    expect(await transactionOf(id)).toMatchObject({ status: 'SUCCESS' });
    expect(await depositOf(driver.id)).toBe(50_000);
  },
);

test('a chargeback of a payment that was refunded is due: its payer has the money twice', async () => {
  const payment = await aPaidDeposit(fleet);
  const { driver, id } = payment;
  const refundId = (await askRefund(id, 500, fleet.manager)).body.data.id as string;
  await gatewaySays(refundId, 'refunded');
  await untilRefund(refundId, 'SETTLED');

  await says(payment, 'chargeback');
  expect(await balancesOf(driver.id)).toEqual({ [`1070[${driver.id}]`]: 50_000 });
  await says(payment, 'chargeback_won');

  expect(await transactionOf(id)).toMatchObject({ status: 'REFUNDED', refundedPaise: 50_000n });
  expect(await balancesOf(driver.id)).toEqual({});
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a chargeback while a refund is under way, which then fails, leaves deposit and due side by side', async () => {
  const payment = await aPaidDeposit(fleet);
  const { driver, id } = payment;
  const refundId = (await askRefund(id, 500, fleet.manager)).body.data.id as string;

  await says(payment, 'chargeback');
  await gatewaySays(refundId, 'cancelled');
  await untilRefund(refundId, 'FAILED');

  expect(await balancesOf(driver.id)).toEqual({
    [`1070[${driver.id}]`]: 50_000,
    [`2010[${driver.id}]`]: 50_000,
  });
  expect(await transactionOf(id)).toMatchObject({ status: 'REFUNDED', refundedPaise: 0n });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a charged back penalty is due as a chargeback, and its penalty stays paid', async () => {
  const driver = await aDriver(fleet, { vehicle: false });
  const amount = rupees(400);
  const of = { driverId: driver.id, fleetId: fleet.id };
  const { id: penaltyId } = await aPenaltyRow(of, { linkPaidPaise: amount });
  const row = await aTransaction(of, { type: 'PENALTY', direction: 'DEBIT', penaltyId, amountPaise: 40_000n });
  const txnid = row.easebuzzTxnId!;
  const link = penaltyPaidByLink({ ...happened(driver.id), penaltyId, txnid, paid: amount, openDue: amount });
  await posted(penaltyIssued({ ...happened(driver.id), penaltyId, amount }), link);
  const booked = { journalType: link.eventType, journalKey: txnid, movesMoney: true, state: 'PROCESSED' as const };
  await anEvent(row.id, { ...booked, fields: { txnid, status: 'success', easepayid: 'E1' } });

  await deliver(signedEvent({ txnid, amount: '400.00', status: 'chargeback' }));
  await heard(row.id, 'chargeback');

  const dues = await db.driverDue.findMany({ where: { driverId: driver.id }, orderBy: { id: 'asc' } });
  expect(dues.map(({ kind, outstandingPaise }) => [kind, outstandingPaise])).toEqual([
    ['PENALTY', 0n],
    ['CHARGEBACK', 40_000n],
  ]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('of a case that is won the driver is owed what they paid of it, and what was written off is no loss any more', async () => {
  const payment = await aPaidDeposit(fleet);
  const { driver } = payment;
  await spends(driver.id, 500);
  await says(payment, 'chargeback');
  const due = await db.driverDue.findFirstOrThrow({ where: { driverId: driver.id, kind: 'CHARGEBACK' } });
  const held = await aHeldEvent({ driverId: driver.id, fleetId: fleet.id }, 20_000);
  const attribution = { action: 'ATTRIBUTE', to: 'DUES', driverId: driver.id, reason: 'Paid at the counter' };
  expect((await post(`/payments/admin/events/${held.id}/resolve`, attribution, fleet.manager)).status).toBe(200);
  await post(`/payments/admin/dues/${due.id}/write-off`, { reason: 'Gone' }, fleet.manager);
  const approved = await post(`/payments/admin/dues/${due.id}/write-off/approve`, {}, fleet.fleetAdmin);
  expect(approved.status).toBe(200);
  const lossesBefore = (await balancesOf(fleet.id))[`5040[${fleet.id}]`] ?? 0;

  await says(payment, 'chargeback_won');

  expect((await balancesOf(driver.id))[`2020[${driver.id}]`]).toBe(20_000);
  expect(((await balancesOf(fleet.id))[`5040[${fleet.id}]`] ?? 0) - lossesBefore).toBe(-30_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});
