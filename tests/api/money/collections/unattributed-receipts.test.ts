import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { aUtr, creditRow, dayOf, daysOf, pay, reconcile, untilCredit } from '../../../world/money/collections.ts';
import {
  aDriverOnFoot,
  anOrder,
  aVehicleWithQr,
  inAccount,
  istTime,
  journalsOf,
  toldOf,
} from '../../../world/money/credits.ts';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { daysAfter, istDay } from '../../../../workflows/domain/time.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
let vehicle: Awaited<ReturnType<typeof aVehicleWithQr>>;
beforeAll(async () => {
  [fleet, other] = await Promise.all([aFleet(), aFleet()]);
  vehicle = await aVehicleWithQr(fleet);
});

const today = istDay(Date.now());
const yesterday = daysAfter(today, -1);
const dateOf = (day: string) => new Date(`${day}T00:00:00.000Z`);
const aDriver = () => aDriverOnFoot(fleet);

/** Money of a vehicle that nobody had. */
const aReceipt = async (amount = 120, account = vehicle.account) => {
  const { id } = await pay(account, amount, { at: istTime('12:00:00').toISOString() });
  return untilCredit(id, 'UNATTRIBUTED');
};

/** Money that came under a reference of before: it waits with an event that finance may decide too. */
const aTwin = async () => {
  const utr = aUtr();
  await untilCredit((await pay(vehicle.account, 30, { utr })).id, 'UNATTRIBUTED');
  const { id } = await pay(vehicle.account, 30, { utr });
  const row = await untilCredit(id, 'REVIEW');
  return { ...row, eventId: (await toldOf(id))[0]!.id };
};

const assign = (id: string, driverId: string, by: Sent = fleet.manager, date: string = yesterday) =>
  post(`/payments/admin/unattributed/${id}/assign`, { driverId, date, reason: 'The driver showed the receipt' }, by);
const resolve = (eventId: string, driverId: string, by: Sent = fleet.manager, more: object = {}) =>
  post(
    `/payments/admin/events/${eventId}/resolve`,
    { action: 'ATTRIBUTE', driverId, reason: 'Bank slip', ...more },
    by,
  );

test('money of nobody is given to the day of a driver, once and on the record', async () => {
  const [receipt, driver] = [await aReceipt(), await aDriver()];

  const { status, body } = await assign(receipt.id, driver.id);

  const day = await dayOf(driver.id);
  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    ...{ id: receipt.id, state: 'COLLECTED', reason: 'NO_ASSIGNMENT', driverId: driver.id, collectionId: day.id },
    ...{ resolvedBy: fleet.manager.id, resolvedAt: expect.any(String), amount: 120 },
  });
  expect(day).toMatchObject({ date: dateOf(yesterday), qrPaise: 12_000n, totalPaise: 12_000n, status: 'CLOSED' });
  expect(await balancesOf(day.id)).toEqual({ [`2030[${day.id}]`]: 12_000 });
  expect(await inAccount(2040, receipt.creditId, receipt.id)).toBe(0);
  expect(await db.transaction.findMany({ where: { driverId: driver.id } })).toMatchObject([
    { type: 'DAILY_COLLECTION', status: 'SUCCESS', amountPaise: 12_000n, easebuzzTxnId: receipt.creditId },
  ]);
  expect(await db.auditEntry.findMany({ where: { subjectId: receipt.id } })).toMatchObject([
    { action: 'unattributed.assigned', actorId: fleet.manager.id, after: { why: 'The driver showed the receipt' } },
  ]);
  expect(await faultsInBooks(driver.id, day.id)).toEqual([]);
});

test('given twice, by two people at once, or to two drivers, it leaves 2040 once', async () => {
  const [receipt, ...drivers] = await Promise.all([aReceipt(), aDriver(), aDriver()]);

  const answers = await Promise.all([
    assign(receipt.id, drivers[0].id, fleet.manager),
    assign(receipt.id, drivers[1].id, fleet.fleetAdmin),
    assign(receipt.id, drivers[0].id, fleet.superAdmin),
  ]);

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  for (const answer of answers.filter(({ status }) => status === 409)) expectRefused(answer, 409, 'RECEIPT_RESOLVED');
  const { driverId } = await creditRow(receipt.creditId);
  expectRefused(await assign(receipt.id, drivers.find(({ id }) => id !== driverId)!.id), 409, 'RECEIPT_RESOLVED');
  const days = (await Promise.all(drivers.map(({ id }) => daysOf(id)))).flat();
  expect(days.map(({ driverId: of, qrPaise }) => [of, qrPaise])).toEqual([[driverId, 12_000n]]);
  expect(await inAccount(2040, receipt.creditId, receipt.id)).toBe(0);
  expect(await faultsInBooks(...drivers.map(({ id }) => id), days[0]!.id)).toEqual([]);
});

test('a key that is repeated gives the same answer', async () => {
  const [receipt, driver] = [await aReceipt(), await aDriver()];
  const by = { ...fleet.manager, key: randomUUID() };

  const [first, second] = [await assign(receipt.id, driver.id, by), await assign(receipt.id, driver.id, by)];

  expect([first.status, second.body]).toEqual([200, first.body]);
  expect((await dayOf(driver.id)).qrPaise).toBe(12_000n);
});

test('it is given within the fleet alone, by finance alone', async () => {
  const [receipt, driver, stranger] = [await aReceipt(), await aDriver(), await aDriverOnFoot(other)];

  expectRefused(await assign(receipt.id, driver.id, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await assign(receipt.id, stranger.id, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await assign(receipt.id, driver.id, fleet.operations), 403, 'FORBIDDEN');
  expectRefused(await assign(receipt.id, driver.id, driver), 403, 'FORBIDDEN');
  expectRefused(await assign(receipt.id, driver.id, {}), 401, 'UNAUTHORIZED');
  expectRefused(await assign(randomUUID(), driver.id, fleet.superAdmin), 404, 'NOT_FOUND');
  expectRefused(await assign(receipt.id, randomUUID(), fleet.manager), 404, 'NOT_FOUND');
  expectInvalid(await assign(receipt.id, driver.id, fleet.manager, '2026-02-30'), 'date');

  expect(await creditRow(receipt.creditId)).toMatchObject({ state: 'UNATTRIBUTED', resolvedAt: null });
  expect([await daysOf(driver.id), await daysOf(stranger.id)]).toEqual([[], []]);
});

test('what is booked to a driver is no receipt', async () => {
  const { virtualAccountId } = await anOrder(fleet.manager, 10);
  const { id } = await pay(virtualAccountId, 10);
  const row = await untilCredit(id, 'ORDERED');

  expectRefused(await assign(row.id, (await aDriver()).id), 404, 'NOT_FOUND');
});

test('a day that is paid takes no more: the money goes to the day that is current, and says where it belongs', async () => {
  const [first, receipt, driver] = [await aReceipt(), await aReceipt(), await aDriver()];
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'PAYOUT', revSharePercentage: 0 } });
  await assign(first.id, driver.id);
  const { body } = await reconcile((await dayOf(driver.id)).id, fleet.manager);
  expect(body.data).toMatchObject({ status: 'PAID', netPayout: 0 });

  expect((await assign(receipt.id, driver.id)).status).toBe(200);

  const [before, current] = await daysOf(driver.id);
  expect(before).toMatchObject({ status: 'PAID', totalPaise: 12_000n });
  expect(current).toMatchObject({ date: dateOf(today), qrPaise: 12_000n });
  expect(await db.collectionEntry.findMany({ where: { collectionId: current!.id } })).toMatchObject([
    { kind: 'QR', originalDate: dateOf(yesterday), occurredAt: receipt.occurredAt },
  ]);
});

test('a day that has not begun takes nothing', async () => {
  const [receipt, driver] = [await aReceipt(), await aDriver()];

  expect((await assign(receipt.id, driver.id, fleet.manager, daysAfter(today, 30))).status).toBe(400);
});

test('of a decision about its event and an assignment at once one counts, whichever', async () => {
  const twins = await Promise.all(Array.from({ length: 4 }, aTwin));
  const drivers = await Promise.all(twins.map(() => aDriver()));

  const answers = await Promise.all(
    twins.map(({ id, eventId }, n) =>
      Promise.all([assign(id, drivers[n]!.id, fleet.fleetAdmin), resolve(eventId, drivers[n]!.id, fleet.manager)]),
    ),
  );

  for (const [n, { id, eventId }] of twins.entries()) {
    const statuses = answers[n]!.map(({ status }) => status);
    expect([...statuses].sort()).toEqual([200, 409]);
    expect(await inAccount(2040, eventId, id)).toBe(0);
    const driverId = drivers[n]!.id;
    const held = (await daysOf(driverId)).reduce((sum, { totalPaise }) => sum + Number(totalPaise), 0);
    const deposit = (await balancesOf(driverId))[`2010[${driverId}]`] ?? 0;
    expect([held, deposit]).toEqual(statuses[0] === 200 ? [3_000, 0] : [0, 3_000]);
    expect(await faultsInBooks(driverId)).toEqual([]);
  }
});

test('one after the other: what is decided is not given, and what is given is not decided', async () => {
  const [decided, given, driver, guest] = [await aTwin(), await aTwin(), await aDriver(), await aDriver()];

  expect((await resolve(decided.eventId, driver.id)).status).toBe(200);
  expect((await assign(given.id, driver.id)).status).toBe(200);

  expectRefused(await assign(decided.id, guest.id), 409, 'RECEIPT_RESOLVED');
  expectRefused(await resolve(given.eventId, driver.id), 409, 'EVENT_NOT_OPEN');
  expectRefused(
    await resolve((await aTwin()).eventId, driver.id, fleet.manager, { action: 'REFUND' }),
    409,
    'CREDIT_NOT_REFUNDABLE',
  );
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 3_000 });
  expect((await dayOf(driver.id)).qrPaise).toBe(3_000n);
  expect(await journalsOf(decided.eventId)).toEqual(['amount_mismatch', 'unattributed_resolved']);
  expect(await journalsOf(given.id)).toEqual(['unattributed_assigned']);
  expect(await faultsInBooks(driver.id, guest.id)).toEqual([]);
});

test('who gave money to the deposit of a driver cannot give it to a day of theirs as well', async () => {
  const [twin, driver] = [await aTwin(), await aDriver()];
  expect((await resolve(twin.eventId, driver.id)).status).toBe(200);

  expectRefused(await assign(twin.id, driver.id), 409, 'RECEIPT_RESOLVED');
});

test('who gave money to one day of a driver is refused another day of theirs', async () => {
  const [receipt, driver] = [await aReceipt(), await aDriver()];
  expect((await assign(receipt.id, driver.id)).status).toBe(200);

  expectRefused(await assign(receipt.id, driver.id, fleet.manager, daysAfter(today, -2)), 409, 'RECEIPT_RESOLVED');
});

test('an event that is ignored leaves its money to be given', async () => {
  const [twin, driver] = [await aTwin(), await aDriver()];

  expect((await resolve(twin.eventId, driver.id, fleet.manager, { action: 'IGNORE' })).status).toBe(200);
  expect((await assign(twin.id, driver.id)).status).toBe(200);

  expect((await dayOf(driver.id)).qrPaise).toBe(3_000n);
  expect(await inAccount(2040, twin.eventId, twin.id)).toBe(0);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('receipts are listed oldest first, in the scope of finance, and leave the list with their decision', async () => {
  const own = await aFleet();
  const car = await aVehicleWithQr(own);
  const [first, second] = [await aReceipt(1, car.account), await aReceipt(2, car.account)];
  const listed = async (by: Sent, query = '') =>
    ((await get(`/payments/admin/unattributed${query}`, by)).body.data as { id: string }[]).map(({ id }) => id);

  expect(await listed(own.manager)).toEqual([first.id, second.id].sort());
  expect(await listed(own.manager, '?reason=no_assignment&limit=1')).toHaveLength(1);
  expect(await listed(own.manager, '?reason=NO_SHIFT')).toEqual([]);
  expect(await listed(other.manager, `?limit=100`)).not.toContain(first.id);
  expectRefused(await get('/payments/admin/unattributed', own.operations), 403, 'FORBIDDEN');
  expectInvalid(await get('/payments/admin/unattributed?reason=LOST', own.manager), 'reason');
  await assign(first.id, (await aDriverOnFoot(own)).id, own.manager);
  expect(await listed(own.manager)).toEqual([second.id]);
  expect(await listed(own.manager, '?isResolved=true')).toEqual([first.id]);
});
