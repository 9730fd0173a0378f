import { beforeAll, expect, test } from '@jest/globals';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { badDebt } from '../../../workflows/domain/money/journals/penalties.ts';
import * as refunds from '../../../workflows/domain/money/journals/refunds.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { someone, deposit, penalty, order, refund, parts } from './posting-parts.ts';
import type { Someone } from './posting-parts.ts';
import { plays } from './posting-plays.ts';
import type { Rupees } from './posting-plays.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** Open dues and items in rupees, by kind. */
const openOf = async (driverId: string): Promise<Rupees> => {
  const dues = await db.driverDue.findMany({ where: { driverId, outstandingPaise: { gt: 0 } } });
  const items = await db.payableItem.findMany({ where: { driverId, openPaise: { not: 0 } } });
  return Object.fromEntries([
    ...dues.map(({ kind, outstandingPaise }) => [kind, Number(outstandingPaise) / 100]),
    ...items.map(({ kind, openPaise }) => [kind, Number(openPaise) / 100]),
  ]) as Rupees;
};

test.each(plays)('%s: %s', async (_, __, play, balances, open) => {
  const who = await someone(fleet);
  const owners = [who.of.driverId, who.orderId, who.rentalId];

  await play(who);

  const held = Object.entries(await balancesOf(...owners)).map(([account, paise]) => [
    account.slice(0, 4),
    paise / 100,
  ]);
  expect(Object.fromEntries(held)).toEqual(balances);
  expect(await openOf(who.of.driverId)).toEqual(open);
  expect(await faultsInBooks(...owners)).toEqual([]);
});

test('a due that is given up whole ends as written off', async () => {
  const who = await someone(fleet);
  const due = { kind: 'PENALTY' as const, source: who.id, amount: rupees(50) };

  await posted(penalty(who, 50), badDebt({ ...who.of, approvalId: who.id, due }));

  expect(await db.driverDue.findMany({ where: { driverId: who.of.driverId } })).toMatchObject([
    { outstandingPaise: 0n, closedAs: 'WRITTEN_OFF', cancelled: true },
  ]);
  expect(await faultsInBooks(who.of.driverId)).toEqual([]);
});

test.each<[string, (who: Someone) => Journal[], string]>([
  ['a deposit than it holds', (who) => [deposit(who, 30), refund(who, { of: 'DEPOSIT', amount: rupees(31) })], '2010'],
  [
    'an order than is left of it',
    (who) => [order(who, 30, 5), refunds.orderRefundInitiated(parts(who, 6, 0, 0))],
    '2060',
  ],
])('more of %s is not given back', async (_, journals, code) => {
  const who = await someone(fleet);

  await expect(posted(...journals(who))).rejects.toMatchObject({
    type: 'LEDGER_GUARD',
    details: [{ code: Number(code) }],
  });
  expect(await balancesOf(who.of.driverId, who.orderId)).toEqual({});
});
