import { beforeAll, expect, test } from '@jest/globals';
import { get, post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aUser } from '../../../world/factories.ts';
import { tick as reconcile } from '../../../world/money/credits.ts';
import { balancesOf } from '../../../world/money/books.ts';
import { withBank } from '../../../world/money/payouts.ts';
import { aPaying, aPenalty, payDeposit, penaltyRow, waivePenalty } from '../../../world/money/penalties.ts';
import { temporal } from '../../../world/temporal.ts';
import { until } from '../../../world/until.ts';
import { expectRefused } from '../../http/refused.ts';
import { dayMs } from '../../../../workflows/domain/time.ts';
import { act, expectInOrder, untilPayout } from './deeds.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;
beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

const blacklist = (driver: { id: string }) => aPenalty(driver, fleet.manager, { type: 'BLACKLIST' });
const settlementOf = (sourceId: string) => db.payout.findFirst({ where: { kind: 'DEPOSIT_REFUND', sourceId } });
const isOver = (penaltyId: string) =>
  until(
    async () => (await temporal.workflow.getHandle(`penalty:${penaltyId}`).describe()).status.name === 'COMPLETED',
    'the process of the penalty to be over',
  );

/** A driver who owes 150.00 and has 800.00 of deposit. */
const anOwing = async () => {
  const driver = await aPaying(fleet, 0, null);
  await aPenalty(driver, fleet.manager, { amount: 150 });
  await payDeposit(driver.id, fleet.id, 80_000);
  return driver;
};

test('a blacklisting clears dues, holds the rest of the deposit until it has cooled down, and somebody else releases it', async () => {
  const driver = await anOwing();
  await withBank(driver.id);

  const penaltyId = await blacklist(driver);

  const payout = (await settlementOf(penaltyId))!;
  expect(payout).toMatchObject({
    ...{ status: 'HELD', amountPaise: 65_000n, requestedBy: fleet.manager.id, reason: expect.any(String) },
  });
  expect(payout.releasableAt!.getTime() - Date.now()).toBeGreaterThan(6.9 * dayMs);
  expect((await penaltyRow(penaltyId)).depositSettledAt).not.toBeNull();
  await isOver(penaltyId);
  expect(await balancesOf(driver.id)).toEqual({ [`2080[${driver.id}]`]: 65_000 });
  await expectInOrder(driver.id);

  expectRefused(await act(payout.id, 'approve', second), 409, 'PAYOUT_NOT_RELEASABLE_YET');
  await db.payout.update({ where: { id: payout.id }, data: { releasableAt: new Date() } });
  expectRefused(await act(payout.id, 'approve', fleet.manager), 409, 'APPROVER_IS_CREATOR');
  expect((await act(payout.id, 'approve', second)).status).toBe(200);
  await reconcile();
  await untilPayout(payout.id, 'SUCCESS');
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);
});

test('without a bank account the settlement waits, says so, and is begun when the account is there', async () => {
  const driver = await anOwing();

  const penaltyId = await blacklist(driver);

  expect(await settlementOf(penaltyId)).toBeNull();
  expect(await penaltyRow(penaltyId)).toMatchObject({
    ...{ depositSettledAt: null, settlementWaitsFor: 'BANK_DETAILS_MISSING' },
  });
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 65_000 });
  const seen = await get(`/payments/admin/penalty/${penaltyId}`, fleet.manager);
  expect(seen.body.data).toMatchObject({ settlementWaitsFor: 'BANK_DETAILS_MISSING', depositSettledAt: null });
  await withBank(driver.id);
  await reconcile();

  await until(() => settlementOf(penaltyId), 'the deposit to be settled');
  await isOver(penaltyId);
  expect(await penaltyRow(penaltyId)).toMatchObject({ settlementWaitsFor: null });
  await reconcile();
  expect(await db.payout.count({ where: { driverId: driver.id } })).toBe(1);
  await expectInOrder(driver.id);
});

test('a settlement that waits is over when somebody pays the deposit out by hand', async () => {
  const driver = await anOwing();
  const penaltyId = await blacklist(driver);
  await withBank(driver.id);

  const { body } = await post(
    `/payments/admin/deposits/${driver.id}/refund`,
    { reason: 'The account came by letter' },
    second,
  );
  await reconcile();

  expect(body.data).toMatchObject({ amount: 650, detailStatus: 'HELD' });
  await isOver(penaltyId);
  expect(await db.payout.count({ where: { driverId: driver.id } })).toBe(1);
  await expectInOrder(driver.id);
});

test('a waived blacklisting puts back what was not released, and a deposit of nothing is settled at once', async () => {
  const [held, empty] = [await anOwing(), await aPaying(fleet, 0, null)];
  await withBank(held.id);
  const [penaltyId, other] = [await blacklist(held), await blacklist(empty)];
  const { id } = (await settlementOf(penaltyId))!;
  await isOver(other);

  expect((await waivePenalty(penaltyId, fleet.manager)).status).toBe(200);

  await untilPayout(id, 'CANCELLED');
  expect(await balancesOf(held.id)).toEqual({ [`2010[${held.id}]`]: 65_000 });
  await reconcile();
  expect(await settlementOf(other)).toBeNull();
  await expectInOrder(held.id, empty.id);
});
