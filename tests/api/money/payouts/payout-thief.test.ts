import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { payoutActivities } from '../../../../activities/money/payouts/payouts.ts';
import { cancelPayout } from '../../../../api/money/payouts/payout-changes.ts';
import { dateOf } from '../../../../prisma/collections.ts';
import { incentiveCreated } from '../../../../workflows/domain/money/journals/incentives.ts';
import { rupees } from '../../../../workflows/domain/money.ts';
import { inFlightStatuses } from '../../../../workflows/domain/money/payouts/payouts.ts';
import type { TransferAnswer } from '../../../../workflows/domain/money/payouts/payouts.ts';
import { dayMs, istDay } from '../../../../workflows/domain/time.ts';
import { post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../../world/factories.ts';
import { balancesOf, posted } from '../../../world/money/books.ts';
import { csv, upload } from '../../../world/money/bulk-files.ts';
import { aCollectionRow } from '../../../world/money/collection-rows.ts';
import { gateway } from '../../../world/money/collections.ts';
import { aLostPayoutRow, anUnsentPayout, withBank } from '../../../world/money/payouts.ts';
import { until } from '../../../world/until.ts';
import { expectRefused } from '../../http/refused.ts';
import { act, expectInOrder, paidTo, untilPayout } from './deeds.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;
beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

const { submit, answered } = payoutActivities({ db });

const aUtr = () => `UTR${Date.now()}${Math.floor(Math.random() * 1e6)}`;

/** What the gateway says of an attempt. */
const told = (amountPaise: number, word: string): TransferAnswer => ({
  ...{ kind: 'told', word, amountPaise, utr: word === 'failure' ? '' : aUtr(), gatewayTransferId: 'T1' },
  ...{ feePaise: 0, taxPaise: 0, isQueued: false, reason: '' },
});

const aPayee = async () => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'PAYOUT', revSharePercentage: 70 } });
  return { driverId: driver.id, fleetId: fleet.id };
};

const give = async (of: { driverId: string; fleetId: string }, amount: number, createdBy = 'SYSTEM') => {
  const [id, occurredAt] = [randomUUID(), new Date().toISOString()];
  await posted(incentiveCreated({ ...of, incentiveId: id, amount: rupees(amount), occurredAt }));
  await db.incentive.create({
    data: {
      ...{ id, ...of, amountPaise: rupees(amount), reason: 'Ten trips', createdBy },
      createdAt: new Date(Date.now() - dayMs),
    },
  });
  return id;
};

/** A reconciled day of 500.00, of which 350.00 are the driver's, with what they were given before. */
const aDay = async (of: { driverId: string; fleetId: string }, daysAgo = 1) => {
  const { id } = await aCollectionRow(of, { date: dateOf(istDay(Date.now() - daysAgo * dayMs)) });
  expect((await post(`/payments/admin/collection/${id}/reconcile`, {}, fleet.manager)).status).toBe(200);
  return id;
};

const untilReviewed = (subjectId: string, contains: string) =>
  until(() => db.gatewayEvent.findFirst({ where: { subjectId, error: { contains } } }), `${contains} to be seen`);

const phoneOf = async (id: string) => (await db.driver.findUniqueOrThrow({ where: { id } })).mobile;

/** Waits until no payout of a driver is on its way. */
const untilQuiet = (driverId: string) =>
  until(
    async () => (await db.payout.count({ where: { driverId, status: { in: [...inFlightStatuses] } } })) === 0,
    'every payout to be over',
  );

const pay = (collectionId: string, by: Sent = fleet.manager) =>
  post(`/payments/admin/collection/${collectionId}/payout`, {}, by);

test('a payout is cancelled or sent, and never both', async () => {
  const of = await aPayee();
  for (let round = 0; round < 20; round += 1) {
    const row = await anUnsentPayout(of);
    const actor = { userId: second.id, role: 'MANAGER' as const, driverId: null, requestId: 'test' };

    const [cancelled, sent] = await Promise.all([
      db.$transaction((tx) => cancelPayout(tx, row, actor)).catch(() => null),
      submit(row.id),
    ]);

    expect([cancelled?.status, sent.status]).toEqual(
      cancelled ? ['CANCELLED', expect.not.stringMatching('SUBMITTING')] : [undefined, 'SUBMITTING'],
    );
  }
  await expectInOrder(of.driverId);
});

test('a large sum is not split over failed payouts of other days that are sent again', async () => {
  const asker = await aUser('MANAGER', fleet.id);
  const [rows, before] = [[], new Date(Date.now() - 2 * dayMs)] as [{ id: string; driverId: string }[], Date];
  for (let n = 0; n < 2; n += 1) {
    const { id, amountPaise, driverId } = await anUnsentPayout(await aPayee(), undefined, rupees(60_000));
    await submit(id);
    await answered({ payoutId: id, attempt: 1, answer: told(Number(amountPaise), 'failure') });
    await db.payout.update({ where: { id }, data: { createdAt: before, requestedAt: before } });
    rows.push({ id, driverId });
  }

  const answers = [];
  for (const { id } of rows) answers.push(await act(id, 'retry', asker));

  expect(answers.map(({ body }) => body.data.heldFor)).toEqual([[], ['LARGE']]);
  await expectInOrder(...rows.map(({ driverId }) => driverId));
});

test('whoever gave an incentive does not pay it alone with the day that it was settled with', async () => {
  const giver = await aUser('MANAGER', fleet.id);
  const one = await aPayee();
  await give(one, 5_000, giver.id);
  const days = [await aDay(one)];
  const two = await aPayee();
  await give(two, 5_000, giver.id);
  days.push(await aDay(two));

  const single = await pay(days[0]!, giver);
  const several = await post('/payments/admin/payouts/process', { collectionIds: [days[1]] }, giver);

  expect(single.body.data).toMatchObject({ detailStatus: 'HELD', heldFor: ['OWN_INCENTIVE'] });
  expect(several.body.data.drivers[0].payout).toMatchObject({ detailStatus: 'HELD', heldFor: ['OWN_INCENTIVE'] });
  expect(await paidTo(single.body.data.txnId)).toEqual([]);
  expectRefused(await act(single.body.data.payoutId, 'approve', giver), 409, 'APPROVER_IS_CREATOR');
  await expectInOrder(one.driverId, two.driverId);
});

test('an attempt that nobody made has not paid anything', async () => {
  const of = await aPayee();
  const day = await aDay(of);
  const { payoutId, txnId } = (await pay(day)).body.data;
  await untilPayout(payoutId, 'SUCCESS');

  await answered({ payoutId, attempt: 2, answer: told(35_000, 'success') });

  expect(await balancesOf(of.driverId)).toEqual({});
  expect(await paidTo(txnId)).toHaveLength(1);
  await expectInOrder(of.driverId);
});

test('when the first of two attempts that failed has paid after all, nobody pays the day again', async () => {
  const of = await aPayee();
  const day = await aDay(of);
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 2, match: of.driverId.slice(0, 8) });
  const { payoutId, txnId } = (await pay(day)).body.data;
  await untilPayout(payoutId, 'FAILED');
  await act(payoutId, 'retry', fleet.manager);
  await untilPayout(payoutId, 'FAILED');

  await gateway.transfer({ number: txnId, word: 'success', utr: aUtr() });
  await untilPayout(payoutId, 'SUCCESS');

  expectRefused(await act(payoutId, 'retry', fleet.manager), 409, 'PAYOUT_NOT_RETRYABLE');
  expectRefused(await pay(day), 409, 'COLLECTION_ALREADY_PAID');
  expect(await balancesOf(of.driverId)).toEqual({});
  await expectInOrder(of.driverId);
});

test('a second payment that comes back is seen', async () => {
  const of = await aPayee();
  const day = await aDay(of);
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: of.driverId.slice(0, 8) });
  const { payoutId, txnId } = (await pay(day)).body.data;
  await untilPayout(payoutId, 'FAILED');
  await act(payoutId, 'retry', fleet.manager);
  await untilPayout(payoutId, 'SUCCESS');
  await gateway.transfer({ number: txnId, word: 'success', utr: aUtr() });
  await untilReviewed(payoutId, 'DOUBLE_PAYMENT');
  expect(await balancesOf(of.driverId)).toEqual({ [`2020[${of.driverId}]`]: -35_000 });

  await gateway.transfer({ number: txnId, word: 'reversed' });

  await untilReviewed(payoutId, 'what attempt 1 has paid came back');
  await expectInOrder(of.driverId);
});

test('one UTR is not two payments', async () => {
  const [one, two] = [await aLostPayoutRow(await aPayee()), await aLostPayoutRow(await aPayee())];
  const body = { outcome: 'PAID', utr: aUtr(), evidence: 'Statement of the bank, line 14' };
  for (const { id } of [one, two]) await post(`/payments/admin/payout/${id}/decide`, body, fleet.manager);

  const approvals = [];
  for (const { id } of [one, two])
    approvals.push(await post(`/payments/admin/payout/${id}/decide/approve`, {}, second));

  expect(approvals[0]!.status).toBe(200);
  expectRefused(approvals[1]!, 409, 'UTR_USED');
});

test('a day with its incentive is paid once, by whichever kind of payout comes first', async () => {
  const of = await aPayee();
  const gift = await give(of, 100);
  const day = await aDay(of);
  const phone = await phoneOf(of.driverId);

  await Promise.all([
    ...[1, 2, 3].flatMap(() => [pay(day), post('/payments/admin/payouts/process', { collectionIds: [day] }, second)]),
    post(`/payments/admin/incentive/${gift}/payout`, {}, fleet.manager),
    upload(csv([phone, 450, '', '', 'Week 1']), fleet.manager),
  ]);
  await untilQuiet(of.driverId);

  const payouts = await db.payout.findMany({ where: { driverId: of.driverId, status: 'SUCCESS' } });
  const paid = (await Promise.all(payouts.map(({ number }) => paidTo(number)))).flat();
  // The row of the file is paid in any case: after another payout it is an advance.
  expect(payouts.length).toBe(paid.length);
  expect(paid.length).toBeLessThanOrEqual(2);
  const balance = 45_000 * (1 - paid.length);
  expect(await balancesOf(of.driverId)).toEqual(balance === 0 ? {} : { [`2020[${of.driverId}]`]: balance });
  await expectInOrder(of.driverId);
});

test('a failed payout is not sent again when another kind of payout has paid the same', async () => {
  const of = await aPayee();
  const day = await aDay(of);
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: of.driverId.slice(0, 8) });
  const { payoutId } = (await pay(day)).body.data;
  await untilPayout(payoutId, 'FAILED');
  const phone = await phoneOf(of.driverId);

  await Promise.all([
    ...[1, 2, 3].map(() => act(payoutId, 'retry', fleet.manager)),
    post('/payments/admin/payouts/process', { collectionIds: [day] }, second),
  ]);
  await untilQuiet(of.driverId);
  await upload(csv([phone, 100, '', '', 'Week 1']), fleet.manager);

  expect((await act(payoutId, 'retry', fleet.manager)).status).toBe(409);
  expect(await balancesOf(of.driverId)).toEqual({ [`2020[${of.driverId}]`]: -10_000 });
  await expectInOrder(of.driverId);
});
