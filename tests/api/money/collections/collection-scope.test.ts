import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import {
  aDayWithCash,
  adjust,
  aSharingDriver,
  dayRow,
  journalsOf,
  readCollection,
  reconcile,
  setAside,
} from '../../../world/money/collections.ts';
import { aPenalty } from '../../../world/money/penalties.ts';
import { loseAnswer } from '../../../world/stored-answers.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

let fleet: Fleet;
let other: Fleet;
let day: Awaited<ReturnType<typeof aDay>>;
const aDay = async () => {
  const driver = await aSharingDriver(fleet);
  return { driver, ...(await aDayWithCash(fleet, driver, 100)) };
};
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
  day = await aDay();
});

const path = () => `/payments/admin/collection/${day.id}`;

const expectUntouched = async () => {
  expect(await dayRow(day.id)).toMatchObject({ status: 'CLOSED', totalPaise: 10_000n, reconciliations: 0 });
  expect(await journalsOf(day.driver.id)).toEqual(['cash_declared: D 1050 10000, C 2030 10000']);
};

test('only finance of the fleet reads and changes a day', async () => {
  const asked = (by: Fleet['manager']) => [
    get(path(), by),
    reconcile(day.id, by),
    adjust(day.id, 5, by),
    setAside(day.id, 'dispute', by),
    setAside(day.id, 'reopen', by),
    post(`${path()}/nudge`, {}, by),
  ];

  for (const outsider of [other.manager, other.fleetAdmin])
    for (const refused of await Promise.all(asked(outsider))) expectRefused(refused, 403, 'SCOPE_FORBIDDEN');
  for (const nobody of [fleet.operations, day.driver as unknown as Fleet['manager']])
    for (const refused of await Promise.all(asked(nobody))) expectRefused(refused, 403, 'FORBIDDEN');
  expectRefused(await reconcile(randomUUID(), fleet.manager), 404, 'NOT_FOUND');
  await expectUntouched();
});

test('lists hold the days of the own fleet, and never those of another', async () => {
  const idsOf = async (list: string, by: Fleet['manager'], query = `?driverId=${day.driver.id}`) =>
    (await get(`/payments/admin/${list}${query}`, by)).body.data.map(({ id }: { id: string }) => id);

  expect(await idsOf('collections', fleet.manager)).toEqual([day.id]);
  expect(await idsOf('collections', fleet.superAdmin, `?driverId=${day.driver.id}&status=CLOSED`)).toEqual([day.id]);
  expect(await idsOf('collections', fleet.manager, `?driverId=${day.driver.id}&status=PAID`)).toEqual([]);
  expect(await idsOf('reconciliations/pending', fleet.manager, '')).toContain(day.id);
  expect(await idsOf('reconciliations/pending', other.manager, '')).toEqual([]);
  expectRefused(await get('/payments/admin/collections', fleet.operations), 403, 'FORBIDDEN');
  expectRefused(await get('/payments/admin/reconciliations/pending', fleet.operations), 403, 'FORBIDDEN');
  expectRefused(await get('/payments/collections', fleet.manager), 403, 'FORBIDDEN');
});

test('the short id and both shorter paths name the same day', async () => {
  const { shortId } = await dayRow(day.id);

  for (const alias of [`/payments/admin/collection/${shortId}`, `/payment/admin/collection/${day.id}`])
    expect((await get(alias, fleet.manager)).body.data).toMatchObject({ id: day.id });
  const refused = await post(`/admin/collection/${day.id}/reconcile`, { expectedRevenue: 1 }, fleet.manager);
  expectRefused(refused, 422, 'NOTES_REQUIRED');
});

const noAmounts = ['1e3', '1,000', 'NaN', '-5', -5, 1.005, '1.005', '12abc', true, [], {}, '₹5', 1e21];

test.each(noAmounts)('%j is neither expected nor counted nor an adjustment', async (amount) => {
  const answers = [
    await reconcile(day.id, fleet.manager, { expectedRevenue: amount, reconciliationNotes: 'Short' }),
    await reconcile(day.id, fleet.manager, { countedCash: amount }),
    ...(amount === '-5' || amount === -5 ? [] : [await adjust(day.id, amount, fleet.manager)]),
  ];

  for (const refused of answers) expectRefused(refused, 400, 'AMOUNT_INVALID');
  await expectUntouched();
});

test.each([0, '0', '-0', '--5', '+5', '- 5', null, undefined])('%j adjusts nothing', async (amount) => {
  expectRefused(await adjust(day.id, amount, fleet.manager), 400, 'AMOUNT_INVALID');
  await expectUntouched();
});

test('other fields that are wrong are named, all at once', async () => {
  const wrong = { shortageMode: 'FORGET', force: 'maybe', reconciliationNotes: 'x'.repeat(2001) };

  expectInvalid(await reconcile(day.id, fleet.manager, wrong), 'force', 'reconciliationNotes', 'shortageMode');
  expectInvalid(await post(`${path()}/dispute`, {}, fleet.manager), 'reason');
  await expectUntouched();
});

test('the same key is one reconciliation, also at once; for another wish it is refused', async () => {
  const { driver, id } = await aDay();
  const sent = { ...fleet.manager, key: randomUUID() };

  const answers = await Promise.all([1, 2, 3].map(() => reconcile(id, sent)));
  const later = await reconcile(id, sent);

  expect([...answers, later].map(({ status, body }) => [status, body.data?.netPayout])).toEqual(
    Array(4).fill([200, 70]),
  );
  expect(later.headers.get('idempotency-replayed')).toBe('true');
  expectRefused(await reconcile(id, sent, { expectedRevenue: 100 }), 409, 'IDEMPOTENCY_KEY_REUSED');
  expect(await dayRow(id)).toMatchObject({ reconciliations: 1 });
  expect(await balancesOf(driver.id, id)).toEqual({ [`2020[${driver.id}]`]: 7_000 });
  expect(await faultsInBooks(driver.id, id)).toEqual([]);
});

test('a reconciliation that settled the day, and whose answer was lost, is answered again', async () => {
  const { driver, id } = await aDay();
  await aPenalty(driver, fleet.manager, { amount: 100 });
  const sent = { ...fleet.manager, key: randomUUID() };
  const first = await reconcile(id, sent);
  const lost = await loseAnswer(fleet.manager.id, `POST /payments/admin/collection/${id}/reconcile`, sent.key);

  const again = await reconcile(id, sent);

  expect([lost.count, again.status, again.body.data?.status]).toEqual([1, 200, 'PAID']);
  expect(again.body.data.reconciledAt).toBe(first.body.data.reconciledAt);
  expect(await dayRow(id)).toMatchObject({ reconciliations: 1 });
});

test('the same key is one adjustment, also when its answer was lost; without a key a second one is another', async () => {
  const { driver, id } = await aDay();
  const sent = { ...fleet.manager, key: randomUUID() };

  const answers = await Promise.all([1, 2, 3].map(() => adjust(id, 10, sent)));
  await loseAnswer(fleet.manager.id, `POST /payments/admin/collection/${id}/adjust`, sent.key);
  const again = await adjust(id, 10, sent);
  await adjust(id, 10, fleet.manager);

  expect([...answers, again].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await db.collectionEntry.count({ where: { collectionId: id, kind: 'ADJUSTMENT' } })).toBe(2);
  expect(await readCollection(id, fleet.manager)).toMatchObject({ totalCollection: 120 });
  expect(await faultsInBooks(driver.id, id)).toEqual([]);
});
