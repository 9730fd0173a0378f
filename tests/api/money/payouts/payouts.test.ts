import { beforeAll, expect, test } from '@jest/globals';
import { moneyNews } from '../../../../activities/money/news.ts';
import { approvePayout } from '../../../../api/money/payouts/payout-changes.ts';
import { rupees } from '../../../../workflows/domain/money.ts';
import { get, post } from '../../../world/api.ts';
import { expectRefused } from '../../http/refused.ts';
import type { Sent } from '../../../world/api.ts';
import { asStaff } from '../../../world/actors.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../../world/factories.ts';
import { untilWaiting } from '../../../world/locks.ts';
import { balancesOf } from '../../../world/money/books.ts';
import { aCollectionRow } from '../../../world/money/collection-rows.ts';
import { gateway } from '../../../world/money/collections.ts';
import { anUnsentPayout, withBank } from '../../../world/money/payouts.ts';
import { temporal } from '../../../world/temporal.ts';
import { until } from '../../../world/until.ts';
import { act, expectInOrder, paidTo } from './deeds.ts';
import { aGiftOf, aPayableDay, dayRow, nameOf, payDay, payGift, payoutOf, untilPayoutOf } from './payables.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;

beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

const aPayable = () => aPayableDay(fleet);
const aGift = (driverId: string, amount?: number, createdBy?: string) => aGiftOf(fleet, driverId, amount, createdBy);
const pay = (id: string, by: Sent = fleet.manager) => payDay(id, by);

test('a reconciled day is paid to the bank of its driver, and is paid when the gateway says so', async () => {
  const { driver, id } = await aPayable();
  const { status, body } = await pay(id);

  expect(status).toBe(200);
  expect(body.data).toMatchObject({ success: true, amount: 350 });
  const row = await untilPayoutOf(id, 'SUCCESS');
  expect(row.utr).toBeTruthy();
  expect(await paidTo(row.number)).toMatchObject([{ number: row.number, amount: 350 }]);
  expect(await dayRow(id)).toMatchObject({ status: 'PAID', paidPaise: 35_000n });
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
  expectRefused(await payGift(gift, fleet.manager), 409, 'INCENTIVE_ATTACHED');
  const giftIs = async () => (await db.incentive.findUniqueOrThrow({ where: { id: gift } })).status;

  expect((await pay(id)).body.data).toMatchObject({ amount: 450 });

  const { number } = await untilPayoutOf(id, 'SUCCESS');
  expect(await paidTo(number)).toMatchObject([{ amount: 450 }]);
  expect(await dayRow(id)).toMatchObject({ status: 'PAID', netPaise: 45_000n, paidPaise: 45_000n });
  expect(await giftIs()).toBe('PAID');
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);

  await gateway.transfer({ number, word: 'reversed' });
  await untilPayoutOf(id, 'REVERSED');
  expect(await dayRow(id)).toMatchObject({ status: 'RECONCILED', paidPaise: 0n });
  expect(await giftIs()).toBe('ATTACHED');
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 45_000 });
  await expectInOrder(driver.id);
});

test('ten clicks at once are one transfer', async () => {
  const { driver, id } = await aPayable();

  const answers = await Promise.all(Array.from({ length: 10 }, () => pay(id)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const { number } = await untilPayoutOf(id, 'SUCCESS');
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
  const { number } = await payoutOf(id);
  expectRefused(await pay(id), 409, 'PAYOUT_IN_PROGRESS');
  await gateway.transfer({ number, word: 'success', utr: 'UTR000000042' });
  const row = await untilPayoutOf(id, 'SUCCESS');
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
  const failed = await payoutOf(id);
  expect(await dayRow(id)).toMatchObject({ status: 'RECONCILED', paidPaise: 0n });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 35_000 });
  await expectInOrder(driver.id);

  expect((await act(failed.id, 'retry', fleet.manager)).status).toBe(200);
  const row = await untilPayoutOf(id, 'SUCCESS');
  expect(row).toMatchObject({ id: failed.id, attempt: 2, number: `${failed.number}R2` });
  expect(await paidTo(failed.number)).toHaveLength(1);
  await expectInOrder(driver.id);
});

test('a new bank account waits for another person, who is not the one that asked', async () => {
  const { driver, id } = await aPayable();
  await withBank(driver.id, { bankChangedAt: new Date() });

  const { body } = await pay(id);

  expect(body.data).toMatchObject({ status: 'PENDING', detailStatus: 'HELD', heldFor: ['NEW_BANK_DETAILS'] });
  const { id: payoutId, number } = await payoutOf(id);
  expectRefused(await act(payoutId, 'approve', fleet.manager), 409, 'APPROVER_IS_CREATOR');
  expect(await paidTo(number)).toEqual([]);
  await expectInOrder(driver.id);

  expect((await act(payoutId, 'approve', second)).status).toBe(200);
  expect(await untilPayoutOf(id, 'SUCCESS')).toMatchObject({ approvedBy: second.id });
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

  const { id } = await payoutOf(rest);
  expectRefused(await act(id, 'approve', giver), 409, 'APPROVER_IS_CREATOR');
  expect((await act(id, 'approve', second)).status).toBe(200);
  await untilPayoutOf(rest, 'SUCCESS');
  await untilPayoutOf(small, 'SUCCESS');
  expect(await db.incentive.findUniqueOrThrow({ where: { id: rest } })).toMatchObject({ status: 'PAID' });
  await expectInOrder(driver.id);
});

test('a held payout that is cancelled is owed again, and can be asked for anew', async () => {
  const { driver, id } = await aPayable();
  await withBank(driver.id, { bankChangedAt: new Date() });
  await pay(id);
  const { id: payoutId } = await payoutOf(id);

  const answers = await Promise.all([act(payoutId, 'cancel', fleet.manager), act(payoutId, 'approve', second)]);

  // What was released and not sent yet can still be cancelled.
  expect(answers.some(({ status }) => status === 200)).toBe(true);
  if (answers[0].status === 200) {
    expect(await dayRow(id)).toMatchObject({ status: 'RECONCILED' });
    await withBank(driver.id);
    expect((await pay(id)).status).toBe(200);
  }
  await until(async () => (await dayRow(id)).status === 'PAID', 'the day to be paid');
  await expectInOrder(driver.id);
});

test('a payout that is being sent at that moment is not cancelled', async () => {
  const driver = await aDriver(fleet);
  const { id } = await anUnsentPayout({ driverId: driver.id, fleetId: fleet.id });

  const cancelled = await db.$transaction(async (tx) => {
    await tx.payout.update({ where: { id }, data: { status: 'SUBMITTING' } });
    const answer = act(id, 'cancel', fleet.manager);
    await untilWaiting(1);
    return { answer };
  });

  expectRefused(await cancelled.answer, 409, 'PAYOUT_NOT_CANCELLABLE');
});

test('a release that its process was not told of is told by the schedule', async () => {
  const { driver, id } = await aPayable();
  await withBank(driver.id, { bankChangedAt: new Date() });
  await pay(id);
  const held = await untilPayoutOf(id, 'HELD');

  const code = { threshold: rupees(1_000), tried: { reason: 'MISSING' as const, triesLeft: 0 } };
  await db.$transaction((tx) => approvePayout(tx, held, asStaff(second.id, 'MANAGER'), code));
  await moneyNews({ db, client: temporal }).wakeUnheard(new Date(Date.now() + 1_000));

  await untilPayoutOf(id, 'SUCCESS');
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
