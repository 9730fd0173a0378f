import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { rentalIncomeActivities } from '../../../activities/money/rentals.ts';
import { dayMs, hourMs } from '../../../workflows/domain/time.ts';
import { get, patch, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { untilStatus } from '../../world/money/pay-ins.ts';
import { aPaying, aPenalty, waivePenalty } from '../../world/money/penalties.ts';
import { aPlan, aRenter, buy, grant, letPass, rentalRow, rentalsOf } from '../../world/money/rentals.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const command = (rentalId: string, verb: string, body: object = {}, by = fleet.manager) =>
  post(`/payments/admin/rentals/${rentalId}/${verb}`, { reason: 'Vehicle in the workshop', ...body }, by);

const nudge = (rentalId: string) => command(rentalId, 'nudge');
const untilRental = (id: string, status: string) =>
  until(async () => (await rentalRow(id)).status === status, `rental ${id} to be ${status}`);

const inBooks = async (driverId: string) => {
  const ids = (await rentalsOf(driverId)).map(({ id }) => id);
  expect(await faultsInBooks(driverId, ...ids)).toEqual([]);
  return balancesOf(driverId, ...ids);
};

test('a driver buys a period at the checkout; it runs from the payment on, once', async () => {
  const driver = await aPaying(fleet, 0, null);
  const planId = await aPlan(fleet);

  const { status, body } = await buy(driver, planId);
  expect([status, body.data.amount]).toEqual([200, 3499]);
  expect((await buy(driver, planId)).body.data.txnId).toBe(body.data.txnId);
  await gateway.scenario({ match: body.data.txnId, call: 'webhook', copies: 5 });
  await gateway.click(body.data.paymentUrl as string, 'success');
  await untilStatus(body.data.transactionId as string, 'SUCCESS');

  const [rental, ...others] = await rentalsOf(driver.id);
  expect(others).toEqual([]);
  expect(rental).toMatchObject({ status: 'ACTIVE', validityDays: 14, pricePaise: 349_900n });
  expect(rental!.expiryDate.getTime() - rental!.startDate.getTime()).toBe(14 * dayMs);
  expect(await inBooks(driver.id)).toEqual({ [`2070[${rental!.id}]`]: 349_900 });
  const balance = (await get('/payments/balance', driver)).body.data;
  expect(balance).toMatchObject({
    paymentModel: 'RENTAL',
    hasActiveRental: true,
    rental: { daysRemaining: 14, amount: 3499 },
  });
});

test('a change of the plan does not touch what is being paid', async () => {
  const driver = await aPaying(fleet, 0, null);
  const planId = await aPlan(fleet);
  const { data } = (await buy(driver, planId)).body;
  const changed = { rentalAmount: 9999, validityDays: 1, isActive: false };
  await patch(`/payments/admin/rental-plans/${planId}`, changed, fleet.manager);

  await gateway.click(data.paymentUrl as string, 'success');
  await untilStatus(data.transactionId as string, 'SUCCESS');

  expect(await rentalsOf(driver.id)).toMatchObject([{ pricePaise: 349_900n, validityDays: 14, status: 'ACTIVE' }]);
  expectRefused(await buy(await aPaying(fleet), planId), 422, 'RENTAL_PLAN_INACTIVE');
});

test('the checks before a purchase, in their order', async () => {
  const other = await aFleet();
  const driver = await aPaying(fleet, 50_000, null);
  const planId = await aPlan(fleet, { depositAmount: 800 });

  expectRefused(await post('/payments/rental', {}, driver), 400, 'RENTAL_PLAN_REQUIRED');
  expectRefused(await buy(driver, randomUUID()), 404, 'NOT_FOUND');
  expectRefused(await buy(driver, await aPlan(other)), 403, 'RENTAL_PLAN_OTHER_FLEET');
  const poor = await buy(driver, planId);
  expectRefused(poor, 422, 'INSUFFICIENT_DEPOSIT');
  expect(poor.body.error.details).toEqual({ required: '800.00', available: '500.00', shortfall: '300.00' });
  const [listed] = (await get('/payments/rental/plans', driver)).body.data;
  expect(listed).toMatchObject({ id: planId, eligible: false, shortfall: 300 });
  await db.driver.update({ where: { id: driver.id }, data: { status: 'SUSPENDED' } });
  expectRefused(await buy(driver, planId), 403, 'DRIVER_NOT_ACTIVE');
});

test('two plans at once are one payment; one period ahead and no second one', async () => {
  const { driver, planId } = await aRenter(fleet);
  const another = await aPlan(fleet);

  const [first, second] = await Promise.all([buy(driver, planId), buy(driver, another)]);
  expect([first.status, second.status].sort()).toEqual([200, 409]);
  const { data } = (first.status === 200 ? first : second).body;
  await gateway.click(data.paymentUrl as string, 'success');
  await untilStatus(data.transactionId as string, 'SUCCESS');

  const [running, scheduled] = await rentalsOf(driver.id);
  expect([running!.status, scheduled!.status]).toEqual(['ACTIVE', 'SCHEDULED']);
  expect(scheduled!.startDate).toEqual(running!.expiryDate);
  expectRefused(await buy(driver, planId), 409, 'RENTAL_ALREADY_RENEWED');
});

test('at its end a period is income to the last paisa, and the next one begins in that instant', async () => {
  const { driver, planId, rentalId } = await aRenter(fleet);
  await grant(fleet, driver.id, planId);
  const [, next] = await rentalsOf(driver.id);
  await letPass(driver.id, 14 * dayMs - 1_500);
  await nudge(rentalId);

  await untilRental(rentalId, 'EXPIRED');

  const [first, second] = await rentalsOf(driver.id);
  expect(second).toMatchObject({ id: next!.id, status: 'ACTIVE', startDate: first!.expiryDate });
  expect(first).toMatchObject({ recognizedPaise: 349_900n, recognizedDays: 14 });
  expect(await inBooks(driver.id)).toMatchObject({ [`2070[${next!.id}]`]: 349_900 });
  const told = await db.notification.findMany({ where: { userId: driver.userId, event: { startsWith: 'rental:' } } });
  expect(told.map(({ event }) => event)).toEqual(expect.arrayContaining(['rental:expired', 'rental:activated']));
});

test('before the end the driver is reminded', async () => {
  const { driver, rentalId } = await aRenter(fleet);
  await letPass(driver.id, 12 * dayMs - 1_000);
  await nudge(rentalId);

  const told = await until(
    () => db.notification.findFirst({ where: { userId: driver.userId, event: 'rental:expiring' } }),
    'the reminder',
  );

  expect(told.payload).toMatchObject({ rentalId });
});

test('the nightly statement books whole days once, also after missed nights', async () => {
  const { driver, rentalId } = await aRenter(fleet);
  const { recognizeIncome } = rentalIncomeActivities({ db });
  await letPass(driver.id, 3 * dayMs + hourMs);

  await Promise.all([recognizeIncome(), recognizeIncome()]);
  await recognizeIncome();

  expect(await rentalRow(rentalId)).toMatchObject({
    recognizedDays: 3,
    recognizedPaise: BigInt(Math.floor((349_900 * 3) / 14)),
  });
  expect(
    await db.ledgerJournal.count({ where: { eventType: 'rental_recognized', eventKey: { startsWith: rentalId } } }),
  ).toBe(3);
  await inBooks(driver.id);
});

test('a pause keeps what is left, a resumption goes on with it', async () => {
  const { driver, rentalId } = await aRenter(fleet);
  await letPass(driver.id, 4 * dayMs);
  await nudge(rentalId);

  expect((await command(rentalId, 'pause')).body.data).toMatchObject({ detailStatus: 'PAUSED', status: 'INACTIVE' });
  expectRefused(await command(rentalId, 'pause'), 409, 'RENTAL_STATE');
  await letPass(driver.id, 5 * dayMs);
  const { body } = await command(rentalId, 'resume');

  expect(body.data).toMatchObject({ detailStatus: 'ACTIVE', daysRemaining: 10 });
  expectRefused(await command(rentalId, 'resume'), 409, 'RENTAL_STATE');
  await inBooks(driver.id);
});

test('a suspension pauses the rent and its end resumes it; staff cannot meanwhile', async () => {
  const { driver, rentalId } = await aRenter(fleet);
  const dates = {
    suspensionStartDate: new Date().toISOString(),
    suspensionEndDate: new Date(Date.now() + dayMs).toISOString(),
  };
  const id = await aPenalty(driver, fleet.manager, { type: 'SUSPENSION', ...dates });
  expect(await rentalRow(rentalId)).toMatchObject({ status: 'PAUSED', pausedBy: 'SANCTION' });
  expectRefused(await command(rentalId, 'resume'), 409, 'DRIVER_UNDER_PENALTY');

  await waivePenalty(id, fleet.manager);

  expect(await rentalRow(rentalId)).toMatchObject({ status: 'ACTIVE', pausedBy: null, remainingMs: null });
  await inBooks(driver.id);
});

test('a rent that staff paused goes on neither with a suspension nor without staff', async () => {
  const { driver, rentalId } = await aRenter(fleet);
  await command(rentalId, 'pause');
  const dates = {
    suspensionStartDate: new Date().toISOString(),
    suspensionEndDate: new Date(Date.now() + dayMs).toISOString(),
  };
  const id = await aPenalty(driver, fleet.manager, { type: 'SUSPENSION', ...dates });
  expectRefused(await command(rentalId, 'resume'), 409, 'DRIVER_UNDER_PENALTY');

  await waivePenalty(id, fleet.manager);

  expect(await rentalRow(rentalId)).toMatchObject({ status: 'PAUSED', pausedBy: 'STAFF' });
  expect((await command(rentalId, 'resume')).body.data).toMatchObject({ detailStatus: 'ACTIVE' });
});

test('who is blacklisted gets the unused rent back', async () => {
  const { driver, planId, rentalId } = await aRenter(fleet);
  await grant(fleet, driver.id, planId);
  await letPass(driver.id, 4 * dayMs - hourMs);

  await aPenalty(driver, fleet.manager, { type: 'BLACKLIST' });

  expect((await rentalsOf(driver.id)).map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED']);
  expect((await rentalRow(rentalId)).refundPaise).toBe(BigInt(Math.round((349_900 * 10) / 14)));
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: Math.round((349_900 * 10) / 14) + 349_900 });
});

test('ten cancellations at once are one, and the rent goes back once', async () => {
  const { driver, rentalId } = await aRenter(fleet);

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => command(rentalId, 'cancel', { refund: 'PRORATA' })),
  );

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, 409, 'RENTAL_NOT_ACTIVE');
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: Math.round((349_900 * 13) / 14) });
  expect(await rentalRow(rentalId)).toMatchObject({
    cancelReason: 'Vehicle in the workshop',
    cancelledBy: expect.any(String),
  });
});

test('hours for nothing move the end and are not refunded', async () => {
  const { driver, rentalId } = await aRenter(fleet);
  const before = await rentalRow(rentalId);

  const { body } = await command(rentalId, 'extend', { hours: 48 });

  expect(Date.parse(body.data.expiryDate as string) - before.expiryDate.getTime()).toBe(48 * hourMs);
  await command(rentalId, 'cancel', { refund: 'PRORATA' });
  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: Math.round((349_900 * 13) / 14) });
  expectInvalid(await command(rentalId, 'extend', { hours: 721 }), 'hours');
});

test('hours for nothing while paused are there after the pause, and are not refunded', async () => {
  const { driver, rentalId } = await aRenter(fleet);
  await command(rentalId, 'pause');
  expect((await command(rentalId, 'extend', { hours: 48 })).body.data).toMatchObject({ daysRemaining: 16 });

  await command(rentalId, 'cancel', { refund: 'PRORATA' });

  expect(await inBooks(driver.id)).toEqual({ [`2020[${driver.id}]`]: Math.round((349_900 * 13) / 14) });
});

test('money that can start no period is owed to the driver', async () => {
  const { driver, planId } = await aRenter(fleet);
  const { data } = (await buy(driver, planId)).body;
  await grant(fleet, driver.id, planId);

  await gateway.click(data.paymentUrl as string, 'success');
  await untilStatus(data.transactionId as string, 'SUCCESS');

  expect(await rentalsOf(driver.id)).toHaveLength(2);
  expect(await inBooks(driver.id)).toMatchObject({ [`2020[${driver.id}]`]: 349_900 });
});

test('a grant and a payment in the same second: two periods, one after the other', async () => {
  const driver = await aPaying(fleet, 0, null);
  const planId = await aPlan(fleet);
  const { data } = (await buy(driver, planId)).body;

  await Promise.all([gateway.click(data.paymentUrl as string, 'success'), grant(fleet, driver.id, planId)]);
  await untilStatus(data.transactionId as string, 'SUCCESS');

  expect((await rentalsOf(driver.id)).map(({ status }) => status)).toEqual(['ACTIVE', 'SCHEDULED']);
  await inBooks(driver.id);
});

test('a receipt counts once; cash needs its hub', async () => {
  const planId = await aPlan(fleet);
  const [first, second] = [await aPaying(fleet), await aPaying(fleet)];
  const paymentReference = randomUUID().slice(0, 30);

  expect((await grant(fleet, first.id, planId, { paymentReference })).status).toBe(201);
  expectRefused(await grant(fleet, second.id, planId, { paymentReference }), 409, 'PAYMENT_REFERENCE_TAKEN');
  expectInvalid(await grant(fleet, second.id, planId, { method: 'CASH' }), 'hubId');
  expect((await grant(fleet, second.id, planId, { method: 'CASH', hubId: fleet.hubId })).status).toBe(201);
  expect(await balancesOf(fleet.hubId)).toEqual({ [`1060[${fleet.hubId}]`]: 349_900 });
  expect(await rentalsOf(second.id)).toHaveLength(1);
});

test('plans are checked before they are offered', async () => {
  const plan = { name: 'Weekly', rentalAmount: 3499, depositAmount: 0, validityDays: 7 };
  const offer = (more: object) => post('/payments/admin/rental-plans', { ...plan, ...more }, fleet.manager);

  for (const [field, value] of [
    ['name', 'Ünfug!'],
    ['rentalAmount', 0],
    ['rentalAmount', 'NaN'],
    ['depositAmount', -1],
    ['validityDays', 0],
    ['validityDays', 366],
    ['validityDays', 1.5],
  ] as const)
    expectInvalid(await offer({ [field]: value }), field);
  expect((await offer({})).status).toBe(201);
  expectRefused(await offer({}), 409, 'PLAN_NAME_TAKEN');
  expectRefused(await post('/payments/admin/rental-plans', plan, fleet.superAdmin), 400, 'FLEET_REQUIRED');
  expectRefused(await post('/payments/admin/rental-plans', plan, fleet.operations), 403, 'FORBIDDEN');
});

test('history, forecast and list are of those who may see them', async () => {
  const other = await aFleet();
  const { driver, rentalId } = await aRenter(fleet);

  expect((await get('/payments/rental/history', driver)).body.data).toMatchObject([{ id: rentalId, status: 'ACTIVE' }]);
  expect((await get('/payments/rental/forecast', driver)).body.data.periods).toHaveLength(12);
  expectRefused(await get(`/payments/admin/rentals/${rentalId}/forecast`, other.manager), 403, 'SCOPE_FORBIDDEN');
  expect((await get(`/payments/admin/rentals?driverId=${driver.id}`, fleet.manager)).body.data).toHaveLength(1);
  expect((await get('/payments/admin/rentals', other.manager)).body.data).toEqual([]);
  expect((await get('/payments/rental/history', await aDriver(fleet))).body.data).toEqual([]);
});
