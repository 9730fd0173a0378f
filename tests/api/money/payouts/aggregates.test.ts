import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Payout } from '../../../../prisma/generated/client.ts';
import { incentiveCreated } from '../../../../workflows/domain/money/journals/incentives.ts';
import { rupees } from '../../../../workflows/domain/money.ts';
import { dayMs, istDay } from '../../../../workflows/domain/time.ts';
import { get, post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { dateOf } from '../../../../prisma/collections.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet } from '../../../world/factories.ts';
import { balancesOf, posted } from '../../../world/money/books.ts';
import { aCollectionRow } from '../../../world/money/collection-rows.ts';
import { gateway } from '../../../world/money/collections.ts';
import { withBank } from '../../../world/money/payouts.ts';
import { until } from '../../../world/until.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';
import { act, expectInOrder, paidTo, untilHeard, untilPayout } from './deeds.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const daysAgo = (days: number) => istDay(Date.now() - days * dayMs);

const giveIncentive = async (driverId: string, amount: number) => {
  const [id, of] = [randomUUID(), { driverId, fleetId: fleet.id }];
  const occurredAt = new Date().toISOString();
  await posted(incentiveCreated({ ...of, incentiveId: id, amount: rupees(amount), occurredAt }));
  await db.incentive.create({
    data: {
      ...{ ...of, id, amountPaise: rupees(amount), reason: 'Ten trips', createdBy: 'SYSTEM' },
      createdAt: new Date(Date.now() - dayMs),
    },
  });
};

/** A driver with so many reconciled days of 500.00, of which 350.00 each are theirs, and an incentive with the first. */
const withDays = async (count: number, incentive = 0) => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'PAYOUT', revSharePercentage: 70 } });
  if (incentive > 0) await giveIncentive(driver.id, incentive);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { id } = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id }, { date: dateOf(daysAgo(n + 1)) });
    expect((await post(`/payments/admin/collection/${id}/reconcile`, {}, fleet.manager)).status).toBe(200);
    ids.push(id);
  }
  return { driver, ids };
};

const process = (collectionIds: string[], by: Sent = fleet.manager) =>
  post('/payments/admin/payouts/process', { collectionIds }, by);
const days = (ids: string[]) => db.dailyCollection.findMany({ where: { id: { in: ids } } });
const statesOf = async (ids: string[]) => [...new Set((await days(ids)).map(({ status }) => status))];

test('the days of each driver are one transfer, with the incentives that are settled with them', async () => {
  const [one, two] = [await withDays(3), await withDays(1, 100)];

  const { status, body } = await process([...one.ids, ...two.ids]);

  expect([status, body.data.begun, body.data.refused]).toEqual([200, 2, 0]);
  const of1 = body.data.drivers.find(({ driverId }: { driverId: string }) => driverId === one.driver.id);
  expect(body.data.drivers).toContainEqual(
    expect.objectContaining({ driverId: two.driver.id, payout: expect.objectContaining({ amount: 450 }) }),
  );
  expect(of1).toMatchObject({ payout: { amount: 1050 }, refusal: null });
  expect(of1.collectionIds.toSorted()).toEqual(one.ids.toSorted());
  for (const { payout } of body.data.drivers) {
    const row = await untilPayout(payout.payoutId, 'SUCCESS');
    expect(row).toMatchObject({ kind: 'AGGREGATE', sourceId: null });
    expect(await paidTo(row.number)).toHaveLength(1);
  }
  expect(await statesOf([...one.ids, ...two.ids])).toEqual(['PAID']);
  expect(await balancesOf(one.driver.id, two.driver.id)).toEqual({});
  await expectInOrder(one.driver.id, two.driver.id);
});

test('ten clicks at once are one payout per driver, and none beside that of a day', async () => {
  const { driver, ids } = await withDays(2);

  const answers = await Promise.all([
    ...Array.from({ length: 9 }, () => process(ids)),
    post(`/payments/admin/collection/${ids[0]}/payout`, {}, fleet.manager),
  ]);

  const begun = answers.filter(({ body }) => body.data?.begun === 1 || body.data?.payoutId);
  const payouts = await db.payout.findMany({ where: { driverId: driver.id } });
  expect(begun).toHaveLength(payouts.length);
  expect(payouts).toHaveLength(1);
  await untilPayout(payouts[0]!.id, 'SUCCESS');
  await expectInOrder(driver.id);
});

test('nothing of a driver is paid if one of their days may not be; others are', async () => {
  const [one, two] = [await withDays(1), await withDays(1)];
  const { id: open } = await aCollectionRow({ driverId: one.driver.id, fleetId: fleet.id });

  const { body } = await process([...one.ids, open, ...two.ids]);

  expect(body.data).toMatchObject({ begun: 1, refused: 1 });
  const refused = body.data.drivers.find(({ driverId }: { driverId: string }) => driverId === one.driver.id);
  expect(refused).toMatchObject({ payout: null, refusal: { code: 'COLLECTION_NOT_RECONCILED' } });
  expect(refused.collectionIds).toContain(open);
  expect(await db.payout.count({ where: { driverId: one.driver.id } })).toBe(0);
  expect(await statesOf(one.ids)).toEqual(['RECONCILED']);
  await until(async () => (await statesOf(two.ids))[0] === 'PAID', 'the other driver to be paid');
  await expectInOrder(one.driver.id, two.driver.id);
});

test('a day of another fleet refuses the whole list, before anything is paid; so does one that nobody knows', async () => {
  const { driver, ids } = await withDays(1);
  const other = await aFleet();
  const { id: foreign } = await aCollectionRow({ driverId: (await aDriver(other)).id, fleetId: other.id });

  expectRefused(await process([...ids, foreign]), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await process([...ids, randomUUID()]), 404, 'NOT_FOUND');
  expectRefused(await process(ids, fleet.operations), 403, 'FORBIDDEN');
  expectInvalid(await process([...ids, ...ids]), 'collectionIds');
  const { shortId } = await db.dailyCollection.findUniqueOrThrow({ where: { id: ids[0]! } });
  expectInvalid(await process([...ids, shortId]), 'collectionIds');
  expect(await db.payout.count({ where: { driverId: driver.id } })).toBe(0);
  await expectInOrder(driver.id);
});

test('what failed is owed again, and a retry pays the same days', async () => {
  const { driver, ids } = await withDays(2);
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: driver.id.slice(0, 8) });
  const { payoutId } = (await process(ids)).body.data.drivers[0].payout;
  const { number } = await untilPayout(payoutId, 'FAILED');
  expect(await statesOf(ids)).toEqual(['RECONCILED']);
  const later = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id }, { date: dateOf(daysAgo(5)) });
  await post(`/payments/admin/collection/${later.id}/reconcile`, {}, fleet.manager);

  expect((await act(payoutId, 'retry', fleet.manager)).body.data).toMatchObject({ amount: 700 });

  await untilPayout(payoutId, 'SUCCESS');
  expect(await paidTo(number)).toMatchObject([{ amount: 700 }]);
  expect(await statesOf(ids)).toEqual(['PAID']);
  expect(await statesOf([later.id])).toEqual(['RECONCILED']);
  await expectInOrder(driver.id);
});

test('money that comes back opens every day again, and a success that is told once more changes nothing', async () => {
  const { driver, ids } = await withDays(2);
  const { payoutId } = (await process(ids)).body.data.drivers[0].payout;
  const { number } = await untilPayout(payoutId, 'SUCCESS');

  await gateway.transfer({ number, word: 'reversed' });
  await untilPayout(payoutId, 'REVERSED');
  await gateway.transfer({ number, word: 'success', utr: 'UTR000000071' });

  await untilHeard(payoutId);
  expect(await statesOf(ids)).toEqual(['RECONCILED']);
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 70_000 });
  await expectInOrder(driver.id);
});

test('a late success pays its days, or is a second payment when another payout has paid one of them', async () => {
  const [one, two] = [await withDays(2), await withDays(2)];
  const failed: Payout[] = [];
  for (const { driver, ids } of [one, two]) {
    await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: driver.id.slice(0, 8) });
    const { payoutId } = (await process(ids)).body.data.drivers[0].payout;
    failed.push(await untilPayout(payoutId, 'FAILED'));
  }
  await process(two.ids);
  await until(async () => (await statesOf(two.ids))[0] === 'PAID', 'the days to be paid otherwise');

  for (const [n, { number }] of failed.entries())
    await gateway.transfer({ number, word: 'success', utr: `UTR00000008${n}` });

  await untilPayout(failed[0]!.id, 'SUCCESS');
  expect(await statesOf(one.ids)).toEqual(['PAID']);
  await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: failed[1]!.id, error: { contains: 'DOUBLE_PAYMENT' } } }),
    'the second payment to be seen',
  );
  expect(await balancesOf(two.driver.id)).toEqual({ [`2020[${two.driver.id}]`]: -70_000 });
  await expectInOrder(one.driver.id, two.driver.id);
});

test('a day that is under way with others says so in the list that finance pays from', async () => {
  const { driver, ids } = await withDays(2);
  await withBank(driver.id, { bankChangedAt: new Date() });
  await process(ids);

  const { body } = await get('/payments/admin/payouts/pending', fleet.manager);

  const mine = body.data.filter(({ driverId }: { driverId: string }) => driverId === driver.id);
  expect(mine).toMatchObject([{ livePayoutStatus: 'HELD' }, { livePayoutStatus: 'HELD' }]);
});
