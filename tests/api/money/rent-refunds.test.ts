import { beforeAll, expect, test } from '@jest/globals';
import { rentalIncomeActivities } from '../../../activities/money/rentals.ts';
import { dayMs } from '../../../workflows/domain/time.ts';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { deliver, signedEvent, transactionOf, untilStatus } from '../../world/money/pay-ins.ts';
import { aPaying } from '../../world/money/penalties.ts';
import { askRefund, gatewaySays, untilRefund } from '../../world/money/refunds.ts';
import { aPlan, buy, grant, letPass, rentalsOf } from '../../world/money/rentals.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { expectRefused } from '../http/refused.ts';
import { anEvent, aTransaction } from './payments.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A period that was paid at the checkout. */
const aPaidRent = async () => {
  const driver = await aPaying(fleet, 0, null);
  const planId = await aPlan(fleet);
  const { data } = (await buy(driver, planId)).body;
  await gateway.click(data.paymentUrl as string, 'success');
  const { id } = await untilStatus(data.transactionId as string, 'SUCCESS');
  const [rental] = await rentalsOf(driver.id);
  return { driver, planId, id, rentalId: rental!.id };
};

const refund = async (id: string, amount: number): Promise<string> => {
  const { status, body } = await askRefund(id, amount, fleet.manager);
  expect(status).toBe(201);
  return body.data.id as string;
};

const inBooks = async (driverId: string) => {
  const ids = (await rentalsOf(driverId)).map(({ id }) => id);
  expect(await faultsInBooks(driverId, ...ids)).toEqual([]);
  return balancesOf(driverId, ...ids);
};

test('a rent that goes back whole ends its period, and the one after it begins', async () => {
  const { driver, planId, id } = await aPaidRent();
  await grant(fleet, driver.id, planId);
  await letPass(driver.id, 3 * dayMs);
  await rentalIncomeActivities({ db }).recognizeIncome();

  const refundId = await refund(id, 3499);
  await untilRefund(refundId, 'ACCEPTED');
  await gatewaySays(refundId, 'refunded');
  await untilRefund(refundId, 'SETTLED');

  const [first, second] = await rentalsOf(driver.id);
  expect([first!.status, second!.status]).toEqual(['CANCELLED', 'ACTIVE']);
  expect(await transactionOf(id)).toMatchObject({ status: 'REFUNDED', refundedPaise: 349_900n });
  expect(await inBooks(driver.id)).toEqual({ [`2070[${second!.id}]`]: 349_900 });
});

test('a part of a rent that goes back is income given up, and the period goes on', async () => {
  const { driver, id, rentalId } = await aPaidRent();

  await refund(id, 500);

  expect(await rentalsOf(driver.id)).toMatchObject([{ status: 'ACTIVE' }]);
  expect(await inBooks(driver.id)).toEqual({ [`2070[${rentalId}]`]: 349_900 });
  expectRefused(await askRefund(id, 3000, fleet.manager), 422, 'REFUND_EXCEEDS_PAID');
});

test('a whole rent that the gateway does not send back is owed to its driver', async () => {
  const { driver, id } = await aPaidRent();

  const refundId = await refund(id, 3499);
  await untilRefund(refundId, 'ACCEPTED');
  await gatewaySays(refundId, 'cancelled');
  await untilRefund(refundId, 'FAILED');

  expect(await rentalsOf(driver.id)).toMatchObject([{ status: 'CANCELLED' }]);
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: 349_900 });
});

test('a driver who left the fleet between link and payment is owed the money', async () => {
  const other = await aFleet();
  const driver = await aPaying(fleet, 0, null);
  const { data } = (await buy(driver, await aPlan(fleet))).body;
  await db.driver.update({ where: { id: driver.id }, data: { fleetId: other.id, hubId: other.hubId } });

  await gateway.click(data.paymentUrl as string, 'success');
  await untilStatus(data.transactionId as string, 'SUCCESS');

  expect(await rentalsOf(driver.id)).toEqual([]);
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: 349_900 });
  const told = {
    event: 'payment:late_success',
    userId: fleet.manager.id,
    dedupeKey: { contains: data.transactionId as string },
  };
  expect(await db.notification.count({ where: told })).toBe(1);
});

test('a rent of another amount starts no period; the right one afterwards does', async () => {
  const driver = await aPaying(fleet, 0, null);
  const { data } = (await buy(driver, await aPlan(fleet))).body;
  const said = { txnid: data.txnId as string, productinfo: 'Rent' };

  await deliver(signedEvent({ ...said, amount: '34.99' }));
  await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: data.transactionId, state: 'REVIEW' } }),
    'the review',
  );
  expect(await rentalsOf(driver.id)).toEqual([]);
  for (const amount of ['3499', '3499.0', '3499.00'])
    await deliver(signedEvent({ ...said, amount }, { easepayid: amount }));
  await untilStatus(data.transactionId as string, 'SUCCESS');

  expect(await rentalsOf(driver.id)).toHaveLength(1);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a page that the gateway never made does not keep a driver from another plan', async () => {
  const driver = await aPaying(fleet, 0, null);
  const [first, second] = [await aPlan(fleet), await aPlan(fleet)];
  const begun = { begunAt: new Date(), createdAt: new Date(Date.now() - 60_000), rentalPlan: { rentalPlanId: first } };
  const of = { driverId: driver.id, fleetId: fleet.id };
  const { id } = await aTransaction(of, { type: 'RENTAL', status: 'PENDING', ...begun });

  expect((await buy(driver, second)).status).toBe(200);
  expect(await transactionOf(id)).toMatchObject({ status: 'FAILED', statusReason: 'SUPERSEDED' });
});

test('a cancelled rent can go back at the gateway, and what the driver was given is not given again', async () => {
  const { driver, id, rentalId } = await aPaidRent();
  const cancelling = { reason: 'Leaves the city', refund: 'PRORATA', gatewayRefund: true };

  expect((await post(`/payments/admin/rentals/${rentalId}/cancel`, cancelling, fleet.manager)).status).toBe(200);

  const given = Math.round((349_900 * 13) / 14);
  const { id: refundId } = await db.refund.findFirstOrThrow({ where: { transactionId: id } });
  expect(await untilRefund(refundId, 'ACCEPTED')).toMatchObject({ amountPaise: BigInt(given) });
  await gatewaySays(refundId, 'refunded');
  await untilRefund(refundId, 'SETTLED');
  expect(await inBooks(driver.id)).toEqual({});
  expectRefused(await askRefund(id, (349_901 - given) / 100, fleet.manager), 422, 'REFUND_EXCEEDS_PAID');
});

test('what a cancelled rent owes its driver goes back first, and never more than the rent', async () => {
  const { driver, id, rentalId } = await aPaidRent();
  await post(`/payments/admin/rentals/${rentalId}/cancel`, { reason: 'Leaves', refund: 'PRORATA' }, fleet.manager);
  const given = Math.round((349_900 * 13) / 14);
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: given });

  await refund(id, given / 100);
  expect(await inBooks(driver.id)).toEqual({});
  await refund(id, (349_900 - given) / 100);

  expect(await inBooks(driver.id)).toEqual({});
});

const cancelProRata = (rentalId: string) =>
  post(`/payments/admin/rentals/${rentalId}/cancel`, { reason: 'Leaves', refund: 'PRORATA' }, fleet.manager);

test('what was given back of a cancelled rent goes to the payer instead, and never beside it', async () => {
  const { driver, id, rentalId } = await aPaidRent();
  await letPass(driver.id, dayMs);
  expect((await cancelProRata(rentalId)).status).toBe(200);

  await refund(id, 3499);

  expect(await inBooks(driver.id)).toEqual({});
});

test('what the gateway sent back of a rent is not given back when it is cancelled', async () => {
  const { driver, id, rentalId } = await aPaidRent();
  await refund(id, 3498);
  expect((await get('/payments/rental/forecast', driver)).body.data.refundToday).toBe(1);

  const { body } = await cancelProRata(rentalId);

  expect(body.data).toMatchObject({ status: 'INACTIVE', refundAmount: 1 });
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: 100 });
});

test('the part that makes a rent go back whole ends its period', async () => {
  const { driver, id } = await aPaidRent();
  await refund(id, 1000);
  expect(await rentalsOf(driver.id)).toMatchObject([{ status: 'ACTIVE' }]);

  const last = await refund(id, 2499);

  expect(await rentalsOf(driver.id)).toMatchObject([{ status: 'CANCELLED' }]);
  expect(await inBooks(driver.id)).toEqual({});
  await untilRefund(last, 'ACCEPTED');
  await gatewaySays(last, 'cancelled');
  await untilRefund(last, 'FAILED');
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: 249_900 });
  expect(await rentalsOf(driver.id)).toMatchObject([{ refundPaise: 249_900n }]);

  await refund(id, 2499);
  expect(await inBooks(driver.id)).toEqual({});
});

test('a rent whose payment is heard of late runs from its activation on, and loses no day', async () => {
  const driver = await aPaying(fleet, 0, null);
  const { data } = (await buy(driver, await aPlan(fleet, { rentalAmount: 100, validityDays: 1 }))).body;
  const txnid = data.txnId as string;
  await anEvent(data.transactionId as string, {
    ...{ state: 'RECEIVED', amountPaise: 10_000n, receivedAt: new Date(Date.now() - 2 * dayMs) },
    fields: { txnid, status: 'success', easepayid: 'E9', mode: 'UPI' },
  });

  await deliver(signedEvent({ txnid, amount: '100.00', status: 'failure', productinfo: 'Rent' }));
  await untilStatus(data.transactionId as string, 'SUCCESS');

  const [rental] = await rentalsOf(driver.id);
  expect(rental).toMatchObject({ status: 'ACTIVE' });
  expect(rental!.expiryDate.getTime()).toBeGreaterThan(Date.now() + dayMs - 60_000);
});
