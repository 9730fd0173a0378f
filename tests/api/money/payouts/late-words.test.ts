import { beforeAll, expect, test } from '@jest/globals';
import { undoReconciliation, unreconciled } from '../../../../prisma/collections.ts';
import { lockDrivers } from '../../../../prisma/locks.ts';
import { post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { balancesOf } from '../../../world/money/books.ts';
import { gateway } from '../../../world/money/collections.ts';
import { until } from '../../../world/until.ts';
import { act, expectInOrder, untilHeard } from './deeds.ts';
import { aGiftOf, aPayableDay, dayRow, nameOf, payDay, payGift, payoutOf, untilPayoutOf } from './payables.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const aPayable = () => aPayableDay(fleet);
const aGift = (driverId: string) => aGiftOf(fleet, driverId);
const pay = (id: string) => payDay(id, fleet.manager);

test('a transfer that comes back is owed again; what is said late or twice has no more effect', async () => {
  const { driver, id } = await aPayable();
  await pay(id);
  const { number, id: payoutId } = await untilPayoutOf(id, 'SUCCESS');

  await gateway.transfer({ number, word: 'reversed' });
  await untilPayoutOf(id, 'REVERSED');
  await gateway.transfer({ number, word: 'success', utr: 'UTR000000099' });

  await untilHeard(payoutId);
  expect(await payoutOf(id)).toMatchObject({ status: 'REVERSED' });
  expect(await dayRow(id)).toMatchObject({ status: 'RECONCILED', paidPaise: 0n, paidAt: null });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 35_000 });
  await expectInOrder(driver.id);
});

test('a success after a failure pays the payout; after another attempt it is a second payment, and finance is told', async () => {
  const [one, two] = [await aPayable(), await aPayable()];
  for (const { driver, id } of [one, two]) {
    await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 1, match: nameOf(driver) });
    await pay(id);
    await untilPayoutOf(id, 'FAILED');
  }
  const [first, doubled] = [await payoutOf(one.id), await payoutOf(two.id)];
  await act(doubled.id, 'retry', fleet.manager);
  await untilPayoutOf(two.id, 'SUCCESS');

  await gateway.transfer({ number: first.number, word: 'success', utr: 'UTR000000007' });
  await gateway.transfer({ number: doubled.number, word: 'success', utr: 'UTR000000008' });

  expect(await untilPayoutOf(one.id, 'SUCCESS')).toMatchObject({ utr: 'UTR000000007' });
  expect(await dayRow(one.id)).toMatchObject({ status: 'PAID', paidPaise: 35_000n });
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
  const first = await untilPayoutOf(id, 'FAILED');
  await pay(id);
  await until(async () => (await dayRow(id)).status === 'PAID', 'the day to be paid');

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
  const { number, id: payoutId } = await untilPayoutOf(id, 'SUCCESS');
  await gateway.transfer({ number, word: 'reversed' });
  await untilPayoutOf(id, 'REVERSED');
  await act(payoutId, 'retry', fleet.manager);
  await untilPayoutOf(id, 'SUCCESS');

  await gateway.transfer({ number, word: 'success', utr: 'UTR000000010' });

  await untilHeard(payoutId);
  expect(await balancesOf(driver.id)).toEqual({});
  await expectInOrder(driver.id);
});

test('a late success leaves a day that is not reconciled any more, and an incentive that was cancelled, as they are', async () => {
  const { driver, id } = await aPayable();
  const gift = await aGift(driver.id);
  await gateway.scenario({ call: 'transfer', becomes: 'failure', times: 2, match: nameOf(driver) });
  await pay(id);
  await untilPayoutOf(id, 'FAILED');
  await payGift(gift, fleet.manager);
  await untilPayoutOf(gift, 'FAILED');
  expect((await post(`/payments/admin/incentive/${gift}/cancel`, {}, fleet.manager)).status).toBe(200);
  await db.$transaction(async (tx) => {
    await lockDrivers(tx, [driver.id]);
    await undoReconciliation(tx, await dayRow(id), { occurredAt: new Date().toISOString() });
    await tx.dailyCollection.update({ where: { id }, data: { ...unreconciled, status: 'CLOSED' } });
  });

  for (const sourceId of [id, gift]) {
    const { number } = await payoutOf(sourceId);
    await gateway.transfer({ number, word: 'success', utr: `UTR${number.slice(0, 9)}` });
    await untilPayoutOf(sourceId, 'SUCCESS');
  }

  expect(await dayRow(id)).toMatchObject({ status: 'CLOSED', paidPaise: 0n, paidAt: null });
  expect(await db.incentive.findUniqueOrThrow({ where: { id: gift } })).toMatchObject({ status: 'CANCELLED' });
  expect(await balancesOf(driver.id)).toMatchObject({ [`2020[${driver.id}]`]: -55_000 });
});
