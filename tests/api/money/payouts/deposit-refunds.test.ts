import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { balancesOf } from '../../../world/money/books.ts';
import { gateway } from '../../../world/money/collections.ts';
import { withBank } from '../../../world/money/payouts.ts';
import { aPaying, aPenalty, payDeposit, penaltyRow } from '../../../world/money/penalties.ts';
import { until } from '../../../world/until.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';
import { act, expectInOrder, paidTo, payoutRow, untilHeard, untilPayout } from './deeds.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;
beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

/** A driver with a bank account and so many rupees of deposit, who owes nothing. */
const withDeposit = async (rupees: number) => {
  const driver = await aPaying(fleet, rupees * 100, null);
  await withBank(driver.id);
  return driver;
};

const refund = ({ id }: { id: string }, body: object = {}, by: Sent = fleet.manager) =>
  post(`/payments/admin/deposits/${id}/refund`, { reason: 'Leaves the fleet', ...body }, by);
const depositOf = async ({ id }: { id: string }) =>
  (await get(`/payments/admin/deposits/${id}`, fleet.manager)).body.data as { depositBalance: number; held: number };

/** A refund that was released, and what became of it. */
const aReleased = async (driver: { id: string }, status: string, body: object = {}) => {
  const { payoutId } = (await refund(driver, body)).body.data;
  expect((await act(payoutId, 'approve', second)).status).toBe(200);
  return untilPayout(payoutId, status);
};

test('all of a deposit is paid out once a second person releases it; until then it is held', async () => {
  const driver = await withDeposit(800);

  const { status, body } = await refund(driver);

  expect(status).toBe(200);
  expect(body.data).toMatchObject({ amount: 800, detailStatus: 'HELD', heldFor: ['DEPOSIT_REFUND'] });
  const { payoutId, txnId } = body.data;
  expect(await depositOf(driver)).toMatchObject({ depositBalance: 0, held: 800 });
  expect(await payoutRow(payoutId)).toMatchObject({ reason: 'Leaves the fleet', kind: 'DEPOSIT_REFUND' });
  expect(await db.transaction.findUniqueOrThrow({ where: { id: payoutId } })).toMatchObject({
    ...{ driverId: driver.id, type: 'PAYOUT', direction: 'CREDIT', status: 'PENDING', payoutId },
  });
  expect(await balancesOf(driver.id)).toEqual({ [`2080[${driver.id}]`]: 80_000 });
  await expectInOrder(driver.id);
  expectRefused(await act(payoutId, 'approve', fleet.manager), 409, 'APPROVER_IS_CREATOR');
  expect(await paidTo(txnId)).toEqual([]);

  expect((await act(payoutId, 'approve', second)).status).toBe(200);

  await untilPayout(payoutId, 'SUCCESS');
  expect(await paidTo(txnId)).toMatchObject([{ amount: 800 }]);
  expect(await depositOf(driver)).toMatchObject({ depositBalance: 0, held: 0 });
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);
});

test('never more is on its way than the deposit held, however many ask at once', async () => {
  const driver = await withDeposit(800);

  const answers = await Promise.all(Array.from({ length: 6 }, () => refund(driver, { amount: 300 })));

  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused).toHaveLength(4);
  for (const answer of refused) expectRefused(answer, 422, 'DEPOSIT_EXCEEDED');
  expect(await depositOf(driver)).toMatchObject({ depositBalance: 200, held: 600 });
  const once = { ...fleet.manager, key: randomUUID() };
  const twins = await Promise.all([refund(driver, { amount: 100 }, once), refund(driver, { amount: 100 }, once)]);
  expect(new Set(twins.map(({ body }) => body.data.payoutId)).size).toBe(1);
  expect(await depositOf(driver)).toMatchObject({ depositBalance: 100, held: 700 });
  await expectInOrder(driver.id);
});

test('what is refused says why, and changes nothing', async () => {
  const driver = await withDeposit(500);
  const other = await aFleet();

  expectRefused(await refund(driver, { amount: 500.01 }), 422, 'DEPOSIT_EXCEEDED');
  expectRefused(await refund(driver, { amount: 0.5 }), 422, 'PAYOUT_BELOW_MINIMUM');
  expectRefused(await refund(driver, { amount: 'all' }), 400, 'AMOUNT_INVALID');
  expectRefused(await refund(driver, { amount: 0 }), 400, 'AMOUNT_INVALID');
  expectInvalid(await refund(driver, { reason: '' }), 'reason');
  expectRefused(await refund(driver, {}, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await refund(driver, {}, fleet.operations), 403, 'FORBIDDEN');
  expectRefused(await refund({ id: randomUUID() }), 404, 'NOT_FOUND');
  await post(`/payments/admin/drivers/${driver.id}/payout-hold`, { hold: true, reason: 'Asked' }, fleet.manager);
  expectRefused(await refund(driver), 422, 'DRIVER_PAYOUT_BLOCKED');
  await db.driver.update({ where: { id: driver.id }, data: { payoutHold: null, bankAccountName: null } });
  expectRefused(await refund(driver), 422, 'BANK_DETAILS_MISSING');
  expectRefused(await refund(await withDeposit(0)), 422, 'DEPOSIT_EXCEEDED');
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 50_000 });
  await expectInOrder(driver.id);
});

test('who owes gets nothing, unless dues are cleared from the deposit first', async () => {
  const driver = await withDeposit(1_000);
  const penaltyId = await aPenalty(driver, fleet.manager, { amount: 650 });

  expectRefused(await refund(driver), 422, 'DUES_OUTSTANDING');
  expectRefused(await refund(driver, { settleDues: true, amount: 400 }), 422, 'DEPOSIT_EXCEEDED');
  expect(await penaltyRow(penaltyId)).toMatchObject({ status: 'OUTSTANDING' });
  const { body } = await refund(driver, { settleDues: true });

  expect(body.data).toMatchObject({ amount: 350, detailStatus: 'HELD' });
  expect(await penaltyRow(penaltyId)).toMatchObject({ status: 'SETTLED', depositPaise: 65_000n });
  expect(await balancesOf(driver.id)).toEqual({ [`2080[${driver.id}]`]: 35_000 });
  await expectInOrder(driver.id);
});

test('what is cancelled is in the deposit again; so is what failed, which is released once more when it is retried', async () => {
  const driver = await withDeposit(800);
  const cancelled = (await refund(driver, { amount: 300 })).body.data.payoutId;
  expect((await act(cancelled, 'cancel', fleet.manager)).status).toBe(200);
  expect(await depositOf(driver)).toMatchObject({ depositBalance: 800, held: 0 });

  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: driver.id.slice(0, 8) });
  const { id, number } = await aReleased(driver, 'FAILED');
  expect(await depositOf(driver)).toMatchObject({ depositBalance: 800, held: 0 });
  await expectInOrder(driver.id);

  expect((await act(id, 'retry', fleet.manager)).body.data).toMatchObject({ amount: 800, detailStatus: 'HELD' });
  expect((await act(id, 'approve', second)).status).toBe(200);
  await untilPayout(id, 'SUCCESS');
  expect(await paidTo(number)).toMatchObject([{ number: `${number}R2`, amount: 800 }]);
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);
});

test('money that comes back is in the deposit again, and a success that is told once more changes nothing', async () => {
  const driver = await withDeposit(800);
  const { id, number } = await aReleased(driver, 'SUCCESS');

  await gateway.transfer({ number, word: 'reversed' });
  await untilPayout(id, 'REVERSED');
  await gateway.transfer({ number, word: 'success', utr: 'UTR000000091' });

  await untilHeard(id);
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 80_000 });
  await expectInOrder(driver.id);
});

test('a late success takes the deposit; what it does not hold any more is due', async () => {
  const [whole, used, doubled] = [await withDeposit(800), await withDeposit(800), await withDeposit(800)];
  const failed = [];
  for (const driver of [whole, used, doubled]) {
    await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: driver.id.slice(0, 8) });
    failed.push(await aReleased(driver, 'FAILED'));
  }
  await db.driver.update({ where: { id: used.id }, data: { paymentModel: 'RENTAL' } });
  await aPenalty(used, fleet.manager, { amount: 500 });
  await aReleased(doubled, 'SUCCESS');

  for (const [n, { number }] of failed.entries())
    await gateway.transfer({ number, word: 'success', utr: `UTR00000010${n}` });

  const [paid, short, twice] = failed.map(({ id }) => id);
  await untilPayout(paid!, 'SUCCESS');
  await untilPayout(short!, 'SUCCESS');
  await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: twice!, error: { contains: 'DOUBLE_PAYMENT' } } }),
    'the second payment to be seen',
  );
  expect(await balancesOf(whole.id)).toEqual({});
  expect(await balancesOf(used.id)).toEqual({ [`1070[${used.id}]`]: 50_000 });
  expect(await balancesOf(doubled.id)).toEqual({ [`1070[${doubled.id}]`]: 80_000 });
  expect(await db.driverDue.findFirstOrThrow({ where: { driverId: used.id, kind: 'OVERPAYMENT' } })).toMatchObject({
    outstandingPaise: 50_000n,
  });
  for (const driver of [whole, used, doubled]) await expectInOrder(driver.id);
});

test('who is blacklisted is paid nothing but the deposit, and that not before it has cooled down', async () => {
  const driver = await withDeposit(0);
  await aPenalty(driver, fleet.manager, { type: 'BLACKLIST' });
  await payDeposit(driver.id, fleet.id, 50_000);

  const { body } = await refund(driver);

  const { payoutId } = body.data;
  const { releasableAt } = await payoutRow(payoutId);
  expect(releasableAt!.getTime() - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
  expectRefused(await act(payoutId, 'approve', second), 409, 'PAYOUT_NOT_RELEASABLE_YET');
  await db.payout.update({ where: { id: payoutId }, data: { releasableAt: new Date() } });
  expect((await act(payoutId, 'approve', second)).status).toBe(200);
  await untilPayout(payoutId, 'SUCCESS');
  await expectInOrder(driver.id);
});
