import { beforeAll, expect, test } from '@jest/globals';
import { moneyNews } from '../../../../activities/money/news.ts';
import { approvePayout } from '../../../../api/money/payouts/payout-changes.ts';
import { undoReconciliation, unreconciled } from '../../../../prisma/collections.ts';
import { lockDrivers } from '../../../../prisma/locks.ts';
import { incentiveCreated } from '../../../../workflows/domain/money/journals/incentives.ts';
import { rupees } from '../../../../workflows/domain/money.ts';
import { get, post } from '../../../world/api.ts';
import { expectRefused } from '../../http/refused.ts';
import type { Sent } from '../../../world/api.ts';
import { asStaff } from '../../../world/actors.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../../world/factories.ts';
import { untilWaiting } from '../../../world/locks.ts';
import { balancesOf, faultsInBooks, posted } from '../../../world/money/books.ts';
import { aCollectionRow } from '../../../world/money/collection-rows.ts';
import { gateway } from '../../../world/money/collections.ts';
import { anUnsentPayout, withBank } from '../../../world/money/payouts.ts';
import { temporal } from '../../../world/temporal.ts';
import { until } from '../../../world/until.ts';
import { randomUUID } from 'node:crypto';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;

beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

/** A driver with a bank account whose day of 500.00 is reconciled: 350.00 are theirs. */
const aPayable = async () => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'PAYOUT', revSharePercentage: 70 } });
  const { id } = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id });
  const { status } = await post(`/payments/admin/collection/${id}/reconcile`, {}, fleet.manager);
  expect(status).toBe(200);
  return { driver, id };
};

/** An incentive of a driver, given by somebody or by the system. */
const aGift = async (driverId: string, amount = 200, createdBy = 'SYSTEM') => {
  const [id, occurredAt] = [randomUUID(), new Date().toISOString()];
  const of = { driverId, fleetId: fleet.id };
  await posted(incentiveCreated({ ...of, incentiveId: id, amount: rupees(amount), occurredAt }));
  await db.incentive.create({ data: { id, ...of, amountPaise: rupees(amount), reason: 'Ten trips', createdBy } });
  return id;
};

/** What of a driver stands in the transfers to them. */
const nameOf = ({ id }: { id: string }) => id.slice(0, 8);

const pay = (id: string, by: Sent = fleet.manager) => post(`/payments/admin/collection/${id}/payout`, {}, by);
const payGift = (id: string, by: Sent = fleet.manager) => post(`/payments/admin/incentive/${id}/payout`, {}, by);
const act = (id: string, verb: string, by: Sent = fleet.manager) =>
  post(`/payments/admin/payout/${id}/${verb}`, {}, by);

const rowOf = (sourceId: string) => db.payout.findFirstOrThrow({ where: { sourceId } });
const untilPayout = (sourceId: string, status: string) =>
  until(async () => {
    const row = await rowOf(sourceId);
    return row.status === status && row;
  }, `the payout to be ${status}`);
const paidTo = async (number: string) =>
  (await gateway.transfers()).filter((transfer) => transfer.number.startsWith(number) && transfer.paidAt);
const dayOf = (id: string) => db.dailyCollection.findUniqueOrThrow({ where: { id } });

const expectInOrder = async (driverId: string) => expect(await faultsInBooks(driverId)).toEqual([]);

test('a reconciled day is paid to the bank of its driver, and is paid when the gateway says so', async () => {
  const { driver, id } = await aPayable();
  const { status, body } = await pay(id);

  expect(status).toBe(200);
  expect(body.data).toMatchObject({ success: true, amount: 350 });
  const row = await untilPayout(id, 'SUCCESS');
  expect(row.utr).toBeTruthy();
  expect(await paidTo(row.number)).toMatchObject([{ number: row.number, amount: 350 }]);
  expect(await dayOf(id)).toMatchObject({ status: 'PAID', paidPaise: 35_000n });
  expect(await db.transaction.findUniqueOrThrow({ where: { id: row.id } })).toMatchObject({
    ...{ type: 'PAYOUT', status: 'SUCCESS', paymentMethod: 'BANK_TRANSFER', easebuzzPaymentId: row.utr },
  });
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);
  expectRefused(await pay(id), 409, 'COLLECTION_ALREADY_PAID');
});

test('a day is paid with the incentives that are settled with it, and owed with them when the money comes back', async () => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'PAYOUT', revSharePercentage: 70 } });
  const gift = await aGift(driver.id, 100);
  const { id } = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id });
  const reconciled = await post(`/payments/admin/collection/${id}/reconcile`, {}, fleet.manager);
  expect(reconciled.body.data).toMatchObject({ netPayout: 450, incentiveAmount: 100 });
  expectRefused(await payGift(gift), 409, 'INCENTIVE_ATTACHED');
  const giftIs = async () => (await db.incentive.findUniqueOrThrow({ where: { id: gift } })).status;

  expect((await pay(id)).body.data).toMatchObject({ amount: 450 });

  const { number } = await untilPayout(id, 'SUCCESS');
  expect(await paidTo(number)).toMatchObject([{ amount: 450 }]);
  expect(await dayOf(id)).toMatchObject({ status: 'PAID', netPaise: 45_000n, paidPaise: 45_000n });
  expect(await giftIs()).toBe('PAID');
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);

  await gateway.transfer({ number, word: 'reversed' });
  await untilPayout(id, 'REVERSED');
  expect(await dayOf(id)).toMatchObject({ status: 'RECONCILED', paidPaise: 0n });
  expect(await giftIs()).toBe('ATTACHED');
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 45_000 });
  await expectInOrder(driver.id);
});

test('ten clicks at once are one transfer', async () => {
  const { driver, id } = await aPayable();

  const answers = await Promise.all(Array.from({ length: 10 }, () => pay(id)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const { number } = await untilPayout(id, 'SUCCESS');
  expect(await paidTo(number)).toHaveLength(1);
  await expectInOrder(driver.id);
});

test('an answer that is lost is no failure: the payout is pending, and its webhook settles it once', async () => {
  const { driver, id } = await aPayable();
  await gateway.scenario({
    call: 'transfer',
    answer: 'lose',
    times: 1,
    becomes: 'accepted',
    match: nameOf(driver),
  });

  const { status, body } = await pay(id);

  expect([status, body.data.status]).toEqual([200, 'PENDING']);
  const { number } = await rowOf(id);
  expectRefused(await pay(id), 409, 'PAYOUT_IN_PROGRESS');
  await gateway.transfer({ number, word: 'success', utr: 'UTR000000042' });
  const row = await untilPayout(id, 'SUCCESS');
  expect(row).toMatchObject({ utr: 'UTR000000042', attempt: 1 });
  expect(await paidTo(number)).toHaveLength(1);
  await expectInOrder(driver.id);
});

test('what the gateway refuses is owed again, and is sent again under another number', async () => {
  const { driver, id } = await aPayable();
  await gateway.scenario({
    call: 'transfer',
    answer: 'refuse',
    message: 'Invalid IFSC',
    times: 1,
    match: nameOf(driver),
  });

  const refused = await pay(id);

  expectRefused(refused, 502, 'GATEWAY_REJECTED');
  const failed = await rowOf(id);
  expect(await dayOf(id)).toMatchObject({ status: 'RECONCILED', paidPaise: 0n });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 35_000 });
  await expectInOrder(driver.id);

  expect((await act(failed.id, 'retry')).status).toBe(200);
  const row = await untilPayout(id, 'SUCCESS');
  expect(row).toMatchObject({ id: failed.id, attempt: 2, number: `${failed.number}R2` });
  expect(await paidTo(failed.number)).toHaveLength(1);
  await expectInOrder(driver.id);
});

test('a new bank account waits for another person, who is not the one that asked', async () => {
  const { driver, id } = await aPayable();
  await withBank(driver.id, { bankChangedAt: new Date() });

  const { body } = await pay(id);

  expect(body.data).toMatchObject({ status: 'PENDING', detailStatus: 'HELD', heldFor: ['NEW_BANK_DETAILS'] });
  const { id: payoutId, number } = await rowOf(id);
  expectRefused(await act(payoutId, 'approve'), 409, 'APPROVER_IS_CREATOR');
  expect(await paidTo(number)).toEqual([]);
  await expectInOrder(driver.id);

  expect((await act(payoutId, 'approve', second)).status).toBe(200);
  expect(await untilPayout(id, 'SUCCESS')).toMatchObject({ approvedBy: second.id });
  expectRefused(await act(payoutId, 'approve', fleet.fleetAdmin), 409, 'PAYOUT_NOT_HELD');
  await expectInOrder(driver.id);
});

test('whoever gave incentives does not pay out more than a little of them alone, in parts either', async () => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  const giver = await aUser('MANAGER', fleet.id);
  const [small, rest] = [await aGift(driver.id, 900, giver.id), await aGift(driver.id, 200, giver.id)];

  expect((await payGift(small, giver)).body.data.detailStatus).not.toBe('HELD');
  expect((await payGift(rest, giver)).body.data).toMatchObject({ detailStatus: 'HELD', heldFor: ['OWN_INCENTIVE'] });

  const { id } = await rowOf(rest);
  expectRefused(await act(id, 'approve', giver), 409, 'APPROVER_IS_CREATOR');
  expect((await act(id, 'approve', second)).status).toBe(200);
  await untilPayout(rest, 'SUCCESS');
  await untilPayout(small, 'SUCCESS');
  expect(await db.incentive.findUniqueOrThrow({ where: { id: rest } })).toMatchObject({ status: 'PAID' });
  await expectInOrder(driver.id);
});

test('a held payout that is cancelled is owed again, and can be asked for anew', async () => {
  const { driver, id } = await aPayable();
  await withBank(driver.id, { bankChangedAt: new Date() });
  await pay(id);
  const { id: payoutId } = await rowOf(id);

  const answers = await Promise.all([act(payoutId, 'cancel'), act(payoutId, 'approve', second)]);

  // What was released and not sent yet can still be cancelled.
  expect(answers.some(({ status }) => status === 200)).toBe(true);
  if (answers[0].status === 200) {
    expect(await dayOf(id)).toMatchObject({ status: 'RECONCILED' });
    await withBank(driver.id);
    expect((await pay(id)).status).toBe(200);
  }
  await until(async () => (await dayOf(id)).status === 'PAID', 'the day to be paid');
  await expectInOrder(driver.id);
});

test('a transfer that comes back is owed again; what is said late or twice has no more effect', async () => {
  const { driver, id } = await aPayable();
  await pay(id);
  const { number, id: payoutId } = await untilPayout(id, 'SUCCESS');

  await gateway.transfer({ number, word: 'reversed' });
  await untilPayout(id, 'REVERSED');
  await gateway.transfer({ number, word: 'success', utr: 'UTR000000099' });

  await until(
    async () => (await db.gatewayEvent.count({ where: { subjectId: payoutId, state: 'RECEIVED' } })) === 0,
    'the events to be heard',
  );
  expect(await rowOf(id)).toMatchObject({ status: 'REVERSED' });
  expect(await dayOf(id)).toMatchObject({ status: 'RECONCILED', paidPaise: 0n, paidAt: null });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 35_000 });
  await expectInOrder(driver.id);
});

test('a success after a failure pays the payout; after another attempt it is a second payment, and finance is told', async () => {
  const [one, two] = [await aPayable(), await aPayable()];
  for (const { driver, id } of [one, two]) {
    await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: nameOf(driver) });
    await pay(id);
    await untilPayout(id, 'FAILED');
  }
  const [first, doubled] = [await rowOf(one.id), await rowOf(two.id)];
  await act(doubled.id, 'retry');
  await untilPayout(two.id, 'SUCCESS');

  await gateway.transfer({ number: first.number, word: 'success', utr: 'UTR000000007' });
  await gateway.transfer({ number: doubled.number, word: 'success', utr: 'UTR000000008' });

  expect(await untilPayout(one.id, 'SUCCESS')).toMatchObject({ utr: 'UTR000000007' });
  expect(await dayOf(one.id)).toMatchObject({ status: 'PAID', paidPaise: 35_000n });
  await until(
    async () => db.gatewayEvent.findFirst({ where: { subjectId: doubled.id, error: { contains: 'DOUBLE_PAYMENT' } } }),
    'the second payment to be seen',
  );
  expect(await balancesOf(two.driver.id)).toEqual({ [`2020[${two.driver.id}]`]: -35_000 });
  for (const { driver } of [one, two]) await expectInOrder(driver.id);
});

test('a success of a payout that another one replaced is a second payment, and the other stays as it is', async () => {
  const { driver, id } = await aPayable();
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: nameOf(driver) });
  await pay(id);
  const first = await untilPayout(id, 'FAILED');
  await pay(id);
  await until(async () => (await dayOf(id)).status === 'PAID', 'the day to be paid');

  await gateway.transfer({ number: first.number, word: 'success', utr: 'UTR000000009' });

  await until(
    async () => db.gatewayEvent.findFirst({ where: { subjectId: first.id, error: { contains: 'DOUBLE_PAYMENT' } } }),
    'the second payment to be seen',
  );
  expect(await db.payout.findMany({ where: { sourceId: id }, orderBy: { status: 'asc' } })).toMatchObject([
    { status: 'SUCCESS' },
    { id: first.id, status: 'FAILED' },
  ]);
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: -35_000 });
  await expectInOrder(driver.id);
});

test('a payout that came back and was sent again is not paid twice because the first success is told once more', async () => {
  const { driver, id } = await aPayable();
  await pay(id);
  const { number, id: payoutId } = await untilPayout(id, 'SUCCESS');
  await gateway.transfer({ number, word: 'reversed' });
  await untilPayout(id, 'REVERSED');
  await act(payoutId, 'retry');
  await untilPayout(id, 'SUCCESS');

  await gateway.transfer({ number, word: 'success', utr: 'UTR000000010' });

  await until(
    async () => (await db.gatewayEvent.count({ where: { subjectId: payoutId, state: 'RECEIVED' } })) === 0,
    'the event to be heard',
  );
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);
});

test('a late success leaves a day that is not reconciled any more, and an incentive that was cancelled, as they are', async () => {
  const { driver, id } = await aPayable();
  const gift = await aGift(driver.id);
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 2, match: nameOf(driver) });
  await pay(id);
  await untilPayout(id, 'FAILED');
  await payGift(gift);
  await untilPayout(gift, 'FAILED');
  expect((await post(`/payments/admin/incentive/${gift}/cancel`, {}, fleet.manager)).status).toBe(200);
  await db.$transaction(async (tx) => {
    await lockDrivers(tx, [driver.id]);
    await undoReconciliation(tx, await dayOf(id), { occurredAt: new Date().toISOString() });
    await tx.dailyCollection.update({ where: { id }, data: { ...unreconciled, status: 'CLOSED' } });
  });

  for (const sourceId of [id, gift]) {
    const { number } = await rowOf(sourceId);
    await gateway.transfer({ number, word: 'success', utr: `UTR${number.slice(0, 9)}` });
    await untilPayout(sourceId, 'SUCCESS');
  }

  expect(await dayOf(id)).toMatchObject({ status: 'CLOSED', paidPaise: 0n, paidAt: null });
  expect(await db.incentive.findUniqueOrThrow({ where: { id: gift } })).toMatchObject({ status: 'CANCELLED' });
  expect(await balancesOf(driver.id)).toMatchObject({ [`2020[${driver.id}]`]: -55_000 });
});

test('a payout that is being sent at that moment is not cancelled', async () => {
  const driver = await aDriver(fleet);
  const { id } = await anUnsentPayout({ driverId: driver.id, fleetId: fleet.id });

  const cancelled = await db.$transaction(async (tx) => {
    await tx.payout.update({ where: { id }, data: { status: 'SUBMITTING' } });
    const answer = act(id, 'cancel');
    await untilWaiting(1);
    return { answer };
  });

  expectRefused(await cancelled.answer, 409, 'PAYOUT_NOT_CANCELLABLE');
});

test('a release that its process was not told of is told by the schedule', async () => {
  const { driver, id } = await aPayable();
  await withBank(driver.id, { bankChangedAt: new Date() });
  await pay(id);
  const held = await untilPayout(id, 'HELD');

  const code = { threshold: rupees(1_000), tried: { reason: 'MISSING' as const, triesLeft: 0 } };
  await db.$transaction((tx) => approvePayout(tx, held, asStaff(second.id, 'MANAGER'), code));
  await moneyNews({ db, client: temporal }).wakeUnheard(new Date(Date.now() + 1_000));

  await untilPayout(id, 'SUCCESS');
  await expectInOrder(driver.id);
});

test('nothing is paid that must not be, and each refusal says why', async () => {
  const { driver, id } = await aPayable();
  const other = await aFleet();
  const { id: open } = await aCollectionRow({ driverId: (await aDriver(fleet)).id, fleetId: fleet.id });

  expectRefused(await pay(open), 422, 'COLLECTION_NOT_RECONCILED');
  expectRefused(await pay(id, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await pay(id, fleet.operations), 403, 'FORBIDDEN');
  await db.driver.update({ where: { id: driver.id }, data: { bankAccountName: null } });
  expectRefused(await pay(id), 422, 'BANK_DETAILS_MISSING');
  await withBank(driver.id, { bankIfscCode: 'HDFC1001234' });
  expectRefused(await pay(id), 422, 'BANK_DETAILS_INVALID');
  await withBank(driver.id);
  const hold = (on: boolean) =>
    post(`/payments/admin/drivers/${driver.id}/payout-hold`, { hold: on, reason: 'Asked the bank' }, fleet.manager);
  await hold(true);
  expectRefused(await pay(id), 422, 'DRIVER_PAYOUT_BLOCKED');
  await hold(false);
  const found = { check: 'Q7', owner: driver.id, found: {} };
  const run = await db.ledgerCheckRun.create({
    data: { scope: 'INCREMENTAL', startedAt: new Date(), findings: { create: [found] } },
  });
  expectRefused(await pay(id), 409, 'BOOKS_NOT_IN_ORDER');
  await db.ledgerCheckFinding.deleteMany({ where: { runId: run.id } });
  expect(await db.payout.count({ where: { driverId: driver.id } })).toBe(0);
  await expectInOrder(driver.id);

  const pending = await get('/payments/admin/payouts/pending', fleet.manager);
  expect(pending.body.data).toContainEqual(
    expect.objectContaining({ id, payable: 350, bankReady: true, livePayoutStatus: null }),
  );
  expect(JSON.stringify(pending.body)).not.toContain('50100123456789');
});
