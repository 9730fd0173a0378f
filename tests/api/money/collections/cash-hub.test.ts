import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aFleet, aHub } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { aDayWithCash, aSharingDriver, bank, countCash } from '../../../world/money/collections.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await aFleet();
});

/** Cash of so many rupees that a hub has counted. */
const fill = async (of: Fleet, cash: number, counted = cash) => {
  const driver = await aSharingDriver(of);
  const { id, attendanceId } = await aDayWithCash(of, driver, cash);
  await countCash(id, attendanceId, counted, of.operations);
  return driver;
};

const read = async ({ hubId, manager }: Fleet) => (await get(`/payments/admin/cash/hub/${hubId}`, manager)).body.data;
const bankings = (hubId: string) => db.hubBanking.count({ where: { hubId } });

test('the cash of a hub adds up, from drivers to the bank', async () => {
  const own = await aFleet();
  expect(await read(own)).toMatchObject({ cashOnHand: 0, declared: 0, counted: 0, heldByDrivers: [], bankings: [] });
  await fill(own, 100);
  await fill(own, 200, 150);
  await fill(own, 50, 60);
  const holding = await aSharingDriver(own);
  await aDayWithCash(own, holding, 75.25);
  const { body } = await bank(own.hubId, '210.5', ' SLIP-7 ', own.manager);

  expect(body.data).toMatchObject({ amount: 210.5, slipNumber: 'SLIP-7', createdBy: own.manager.id });
  expect(await read(own)).toMatchObject({
    ...{ hubId: own.hubId, declared: 425.25, counted: 310, uncounted: 75.25, shortage: 50, overage: 10 },
    ...{ banked: 210.5, cashOnHand: 99.5 },
    heldByDrivers: [{ driverId: holding.id, name: 'Dinesh Kumar', amount: 75.25, shifts: 1 }],
    bankings: [{ id: body.data.id, amount: 210.5, slipNumber: 'SLIP-7' }],
  });
  expect(await balancesOf(own.hubId, holding.id)).toMatchObject({
    ...{ [`1060[${own.hubId}]`]: 9_950, [`1050[${holding.id}]`]: 7_525 },
  });
  const journal = await db.ledgerJournal.findFirst({ where: { eventType: 'hub_cash_banked', eventKey: body.data.id } });
  expect(journal).toMatchObject({ actor: own.manager.id, fleetId: own.id });
  expect(await db.auditEntry.findFirst({ where: { subjectId: own.hubId, action: 'hubCash.banked' } })).toMatchObject({
    after: { amount: '210.50', slipNumber: 'SLIP-7' },
  });
  expect(await faultsInBooks(own.hubId, holding.id)).toEqual([]);
});

test('a hub banks what it holds, and not a paisa more, also when two do so at once', async () => {
  const own = await aFleet();
  await fill(own, 100);

  const more = await bank(own.hubId, 100.01, 'S1', own.manager);
  expectRefused(more, 409, 'HUB_CASH_SHORT');
  expect(more.body.error.details).toEqual({ onHand: '100.00' });
  expect(await bankings(own.hubId)).toBe(0);
  const both = await Promise.all([bank(own.hubId, 60, 'S1', own.manager), bank(own.hubId, 60, 'S2', own.fleetAdmin)]);

  expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  expectRefused(
    both.find(({ status }) => status === 409)!,
    409,
    'HUB_CASH_SHORT',
  );
  expect(await bankings(own.hubId)).toBe(1);
  expect((await balancesOf(own.hubId))[`1060[${own.hubId}]`]).toBe(4_000);
  expect(await faultsInBooks(own.hubId)).toEqual([]);
});

test('a slip is booked once per hub, also when it comes twice at once; another hub has slips of its own', async () => {
  const own = await aFleet();
  await fill(own, 100);
  const second = await aHub(own.id);

  const clicks = await Promise.all([1, 2, 3].map(() => bank(own.hubId, 10, 'S1', own.manager)));
  const later = await bank(own.hubId, 20, ' S1', own.fleetAdmin);

  expect(clicks.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  expectRefused(later, 409, 'SLIP_NUMBER_USED');
  expectRefused(await bank(second.id, 10, 'S1', own.manager), 409, 'HUB_CASH_SHORT');
  expect((await balancesOf(own.hubId))[`1060[${own.hubId}]`]).toBe(9_000);
});

test('the same key is one banking, and for another amount it is refused', async () => {
  const own = await aFleet();
  await fill(own, 100);
  const sent = { ...own.manager, key: randomUUID() };

  const first = await bank(own.hubId, 30, 'S1', sent);
  const again = await bank(own.hubId, 30, 'S1', sent);

  expect([again.status, again.body.data.id]).toEqual([201, first.body.data.id]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expectRefused(await bank(own.hubId, 31, 'S1', sent), 409, 'IDEMPOTENCY_KEY_REUSED');
  expect((await balancesOf(own.hubId))[`1060[${own.hubId}]`]).toBe(7_000);
});

test.each([['1e3'], ['1,000'], ['NaN'], ['-5'], [1.005], ['12abc'], [0], ['0.00'], [null], [undefined], [true]])(
  '%j is nothing to bank',
  async (amount) => {
    expectRefused(await bank(fleet.hubId, amount, 'S1', fleet.manager), 400, 'AMOUNT_INVALID');
    expect(await bankings(fleet.hubId)).toBe(0);
  },
);

test('finance of the fleet banks; nobody else does, and a slip has a number', async () => {
  const other = await aFleet();
  const path = `/payments/admin/cash/hub/${fleet.hubId}`;

  for (const outsider of [other.manager, other.fleetAdmin]) {
    expectRefused(await bank(fleet.hubId, 5, 'S1', outsider), 403, 'SCOPE_FORBIDDEN');
    expectRefused(await get(path, outsider), 403, 'SCOPE_FORBIDDEN');
  }
  expectRefused(await bank(fleet.hubId, 5, 'S1', fleet.operations), 403, 'FORBIDDEN');
  expectRefused(await get(path, fleet.operations), 403, 'FORBIDDEN');
  expectInvalid(await bank(fleet.hubId, 5, ' ', fleet.manager), 'slipNumber');
  expectRefused(await bank(randomUUID(), 5, 'S1', fleet.superAdmin), 404, 'NOT_FOUND');
  expect((await get(path, fleet.superAdmin)).status).toBe(200);
});
