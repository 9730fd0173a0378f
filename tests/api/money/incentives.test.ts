import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { payoutLateSuccess } from '../../../workflows/domain/money/journals/payouts.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aUser } from '../../world/factories.ts';
import { loseAnswer } from '../../world/stored-answers.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { withSettings } from '../http/settings.ts';
import { anIncentive } from './payments.ts';

type Driver = Awaited<ReturnType<typeof aDriver>>;

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
});

const path = '/payments/admin/incentive';
const wish = { amount: '500.00', reason: 'Ten trips on a Sunday', category: 'MILESTONE' };

const give = ({ id }: Driver, by: Sent = fleet.operations, more: object = {}) =>
  post(path, { driverId: id, ...wish, ...more }, by);
const cancel = (id: string, by: Sent = fleet.operations, body: object = {}) => post(`${path}/${id}/cancel`, body, by);
const given = async (driver: Driver, by: Sent = fleet.operations) => (await give(driver, by)).body.data.id as string;
const newDriver = () => aDriver(fleet, { vehicle: false });
const rowsOf = ({ id }: Driver) => db.incentive.findMany({ where: { driverId: id } });
const itemsOf = async ({ id }: Driver) => {
  const rows = await db.payableItem.findMany({ where: { driverId: id }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, openPaise }) => [kind, Number(openPaise)]);
};

test('an incentive is owed to its driver at once, who is told; nothing is paid', async () => {
  const driver = await newDriver();

  const answer = await give(driver);

  const { id } = answer.body.data as { id: string };
  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{ driverId: driver.id, amount: 500, reason: wish.reason, category: 'MILESTONE', status: 'UNPAID' },
        ...{ isPaid: false, paidAt: null, transactionId: null, collectionId: null, payoutId: null },
        ...{ createdBy: fleet.operations.id, shortId: expect.stringMatching(/^INC\d{11,}$/) },
      },
    },
  });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 50_000 });
  expect(await itemsOf(driver)).toEqual([['INCENTIVE', 50_000]]);
  const [journal, ...others] = await db.ledgerJournal.findMany({ where: { driverId: driver.id } });
  expect(journal).toMatchObject({ eventType: 'incentive_created', eventKey: id, actor: fleet.operations.id });
  expect(others).toEqual([]);
  expect(await db.notification.findMany({ where: { userId: driver.userId } })).toMatchObject([
    { event: 'incentive:created', payload: { incentiveId: id, amount: '500.00', category: 'MILESTONE' } },
  ]);
  expect(await db.auditEntry.findMany({ where: { subjectId: id } })).toMatchObject([
    { action: 'incentive.created', actorId: fleet.operations.id, after: { amount: '500.00', driverId: driver.id } },
  ]);
  expect(await faultsInBooks(driver.id, fleet.id)).toEqual([]);
});

test.each([[0], ['0.00'], [-5], ['1e3'], [1.005], ['1,000'], [''], [null], [true], [[5]], [undefined]])(
  'an incentive of %j is refused',
  async (amount) => {
    const driver = await newDriver();

    expectRefused(await give(driver, fleet.operations, { amount }), 400, 'AMOUNT_INVALID');
    expect(await rowsOf(driver)).toEqual([]);
  },
);

test('the paise of an amount are those that were written', async () => {
  const driver = await newDriver();

  for (const amount of [4.35, 8.2, 1.15, '19.99']) await give(driver, fleet.operations, { amount });

  expect((await rowsOf(driver)).map(({ amountPaise }) => Number(amountPaise)).sort((a, b) => a - b)).toEqual([
    ...[115, 435, 820, 1999],
  ]);
});

test('an incentive needs a reason, and its category is short', async () => {
  const driver = await newDriver();

  expectInvalid(await give(driver, fleet.manager, { reason: '', category: 'x'.repeat(41) }), 'category', 'reason');
  expectInvalid(await give(driver, fleet.manager, { reason: 'x'.repeat(501) }), 'reason');
});

test('above the limit only SUPER_ADMIN gives an incentive', async () => {
  const driver = await newDriver();
  await withSettings({ INCENTIVE_MAX: '750.00' }, async () => {
    for (const by of [fleet.fleetAdmin, fleet.manager, fleet.operations]) {
      const refused = await give(driver, by, { amount: '750.01' });
      expectRefused(refused, 422, 'INCENTIVE_LIMIT');
      expect(refused.body.error.details).toEqual({ max: '750.00' });
      expect((await give(driver, by, { amount: '750.00' })).status).toBe(201);
    }
    expect((await give(driver, fleet.superAdmin, { amount: '750.01' })).status).toBe(201);
  });
});

test('ten clicks at once give one incentive', async () => {
  const driver = await newDriver();

  const answers = await Promise.all(Array.from({ length: 10 }, () => give(driver)));

  const refused = answers.filter(({ status }) => status !== 201);
  const [row, ...others] = await rowsOf(driver);
  expect([refused.length, others.length]).toEqual([9, 0]);
  for (const answer of refused) expectRefused(answer, 409, 'DUPLICATE_INCENTIVE');
  expect(refused[0]!.body.error.details).toEqual({ incentiveId: row!.id });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 50_000 });
});

test('another amount, reason, driver or author is no twin, and neither is one of a minute ago or one with a key', async () => {
  const [driver, colleague] = [await newDriver(), await newDriver()];
  const id = await given(driver);

  const answers = [
    await give(driver, fleet.operations, { amount: '500.01' }),
    await give(driver, fleet.operations, { reason: 'Rain' }),
    await give(colleague),
    await give(driver, fleet.manager),
    await give(driver, { ...fleet.operations, key: randomUUID() }),
  ];
  await db.incentive.updateMany({
    where: { driverId: driver.id },
    data: { createdAt: new Date(Date.now() - 60_001) },
  });
  answers.push(await give(driver));

  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
  expect(new Set([id, ...answers.map(({ body }) => body.data.id as string)]).size).toBe(7);
});

test('the same key gives one incentive, whatever comes at once', async () => {
  const driver = await newDriver();
  const key = randomUUID();

  await Promise.all([1, 2, 3].map(() => give(driver, { ...fleet.manager, key })));
  const again = await give(driver, { ...fleet.manager, key });

  expect([again.status, (await rowsOf(driver)).map(({ id }) => id)]).toEqual([201, [again.body.data.id]]);
  expect(await db.notification.count({ where: { userId: driver.userId } })).toBe(1);
});

test('a cancelled incentive is owed no more, and cannot be cancelled again', async () => {
  const driver = await newDriver();
  const id = await given(driver);

  const cancelled = await cancel(id, fleet.manager, { reason: 'Given to the wrong driver' });

  expect(cancelled).toMatchObject({ status: 200, body: { data: { id, status: 'CANCELLED', isPaid: false } } });
  expectRefused(await cancel(id), 409, 'INCENTIVE_NOT_CANCELLABLE');
  expect(await balancesOf(driver.id)).toEqual({});
  expect(await itemsOf(driver)).toEqual([['INCENTIVE', 0]]);
  expect(await db.auditEntry.findMany({ where: { subjectId: id }, orderBy: { id: 'desc' }, take: 1 })).toMatchObject([
    {
      ...{ action: 'incentive.cancelled', actorId: fleet.manager.id, before: { status: 'UNPAID' } },
      after: { status: 'CANCELLED', reason: 'Given to the wrong driver' },
    },
  ]);
  expect(await faultsInBooks(driver.id, fleet.id)).toEqual([]);
});

test('of two cancellations at once one is refused, and the books show one', async () => {
  const driver = await newDriver();
  const id = await given(driver);

  const answers = await Promise.all([cancel(id, fleet.manager), cancel(id, fleet.fleetAdmin)]);

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await db.ledgerJournal.count({ where: { driverId: driver.id } })).toBe(2);
  expect(await balancesOf(driver.id)).toEqual({});
});

test.each(['ATTACHED', 'PAYING', 'PAID'] as const)('an incentive that is %s is not cancelled', async (status) => {
  const driver = await newDriver();
  const { id } = await anIncentive({ driverId: driver.id, fleetId: fleet.id });
  await db.incentive.update({ where: { id }, data: { status } });

  const refused = await cancel(id);

  expectRefused(refused, 409, 'INCENTIVE_NOT_CANCELLABLE');
  expect(refused.body.error.details).toEqual({ status });
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 50_000 });
});

test('what an incentive covered of an advance is owed again when it is cancelled', async () => {
  const driver = await newDriver();
  const of = { driverId: driver.id, fleetId: fleet.id, occurredAt: new Date().toISOString() };
  const payout = { payoutId: randomUUID(), attempt: 1, from: 'PAYABLE' as const, depositBalance: rupees(0) };
  await posted(payoutLateSuccess({ ...of, ...payout, amount: rupees(300) }));
  const id = await given(driver);
  expect(await itemsOf(driver)).toEqual([
    ['ADVANCE', 0],
    ['INCENTIVE', 20_000],
  ]);

  expect((await cancel(id)).status).toBe(200);

  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: -30_000 });
  expect(await itemsOf(driver)).toEqual([
    ['ADVANCE', 0],
    ['INCENTIVE', 0],
    ['ADVANCE', -30_000],
  ]);
  expect(await faultsInBooks(driver.id, fleet.id)).toEqual([]);
});

test('a cancellation whose answer was lost is answered again, and done once', async () => {
  const driver = await newDriver();
  const id = await given(driver);
  const key = randomUUID();
  const first = await cancel(id, { ...fleet.manager, key });
  const lost = await loseAnswer(fleet.manager.id, `POST ${path}/${id}/cancel`, key);

  const again = await cancel(id, { ...fleet.manager, key });

  expect([lost.count, again.status, again.body.data]).toEqual([1, 200, first.body.data]);
  expect(await db.auditEntry.count({ where: { subjectId: id, action: 'incentive.cancelled' } })).toBe(1);
  expectRefused(await cancel(id, { ...fleet.manager, key: randomUUID() }), 409, 'INCENTIVE_NOT_CANCELLABLE');
});

test('a driver sees their own incentives, newest first, with the sums of all that count', async () => {
  const [driver, colleague] = [await newDriver(), await newDriver()];
  const of = { driverId: driver.id, fleetId: fleet.id };
  await anIncentive({ driverId: colleague.id, fleetId: fleet.id });
  const [first, second, third] = [await anIncentive(of), await anIncentive(of, 12_345), await anIncentive(of, 70_000)];
  await db.incentive.update({ where: { id: first.id }, data: { status: 'PAID', paidAt: new Date() } });
  await cancel(third.id, fleet.manager);

  const all = (await get('/payments/incentives', driver)).body.data;
  const unpaid = (await get('/payments/incentives?isPaid=false', driver)).body.data;

  expect(all.incentives.map(({ id }: { id: string }) => id)).toEqual([third.id, second.id, first.id]);
  expect(all.summary).toEqual({
    ...{ totalIncentives: 2, paidIncentives: 1, unpaidIncentives: 1 },
    ...{ totalAmount: 623.45, paidAmount: 500, unpaidAmount: 123.45 },
    ...{ totalEarned: 623.45, paid: 500, pending: 123.45 },
  });
  expect(unpaid.incentives.map(({ status }: { status: string }) => status)).toEqual(['CANCELLED', 'UNPAID']);
  expect(unpaid.summary).toEqual(all.summary);
  expect((await get('/payments/incentives', await newDriver())).body.data).toMatchObject({
    ...{ incentives: [], summary: { totalIncentives: 0, totalAmount: 0 } },
  });
});

test('staff see the incentives of the drivers whom they see', async () => {
  const hub = await aHub(fleet.id);
  const elsewhere = await aUser('OPERATIONS', fleet.id, [hub.id]);
  const driver = await newDriver();
  const id = await given(driver);
  const seen = async (by: Sent) => {
    const { data } = (await get(`/payments/admin/incentives?limit=200`, by)).body;
    return (data as { id: string }[]).some((row) => row.id === id);
  };

  for (const by of [fleet.superAdmin, fleet.fleetAdmin, fleet.manager, fleet.operations])
    expect(await seen(by)).toBe(true);
  for (const by of [elsewhere, other.manager, other.operations]) {
    expect(await seen(by)).toBe(false);
    expectRefused(await cancel(id, by), 403, 'SCOPE_FORBIDDEN');
    expectRefused(await give(driver, by), 403, 'SCOPE_FORBIDDEN');
  }
  expectRefused(await give(driver, driver), 403, 'FORBIDDEN');
});

test('the list is filtered by driver, payment, status, category and time', async () => {
  const driver = await newDriver();
  const of = { driverId: driver.id, fleetId: fleet.id };
  const [old, paid, open] = [await anIncentive(of), await anIncentive(of), await anIncentive(of)];
  await db.incentive.update({ where: { id: old.id }, data: { createdAt: new Date('2026-03-09T18:30:00Z') } });
  await db.incentive.update({ where: { id: paid.id }, data: { status: 'PAID', category: 'REFERRAL' } });
  const found = async (filter: string) => {
    const { data } = (await get(`/payments/admin/incentives?driverId=${driver.id}&${filter}`, fleet.manager)).body;
    return (data as { id: string }[]).map(({ id }) => id);
  };

  expect(await found('')).toEqual([open.id, paid.id, old.id]);
  expect(await found('isPaid=true')).toEqual([paid.id]);
  expect(await found('isPaid=false')).toEqual([open.id, old.id]);
  expect(await found('status=unpaid&isPaid=false')).toEqual([open.id, old.id]);
  expect(await found('category=REFERRAL')).toEqual([paid.id]);
  // The 10th of March begins at 18:30 UTC of the day before.
  expect(await found('from=2026-03-10&to=2026-03-10')).toEqual([old.id]);
  expect(await found('to=2026-03-09')).toEqual([]);
  expect(await found('limit=1&page=2')).toEqual([paid.id]);
  expectInvalid(await get('/payments/admin/incentives?status=LOST&isPaid=1', fleet.manager), 'status', 'isPaid');
});

test('the older path of clients is the same route', async () => {
  const driver = await newDriver();

  expect((await post('/admin/incentive', { driverId: driver.id, ...wish }, fleet.manager)).status).toBe(201);
});
