import { beforeAll, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { creditActivities } from '../../../activities/money/collections/credits.ts';
import { orderActivities } from '../../../activities/money/collections/orders.ts';
import { storeCredit } from '../../../prisma/credits.ts';
import { usualConfirmAbovePaise } from '../../../workflows/domain/money/collections/credits.ts';
import { orderFacts } from '../../../workflows/domain/money/orders/orders.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { orderProcess } from '../../../workflows/processes.ts';
import { commandOf } from '../../../workflows/shared/record.ts';
import { asStaff } from '../../world/actors.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { aUtr } from '../../world/money/collections.ts';
import { journalsOf, orderOf, timesTold } from '../../world/money/credits.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { cardOf, onTemporal, refusedWith, replays } from '../on-temporal.ts';

const deps = { db, deliver: () => undefined };
const commits = orderActivities(deps);
const credits = creditActivities({ db, confirmAbovePaise: usualConfirmAbovePaise });
const { begin } = onTemporal(
  Object.fromEntries(Object.entries(commits).map(([name, commit]) => [`order.${name}`, commit])),
);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** An order of 500.00 with an account, of which no process knows yet. */
const anOrder = async (livesMs = 86_400_000) => {
  const [id, gatewayId] = [randomUUID(), `VA${randomUUID()}`];
  const number = txnid('ORDER', randomBytes(20));
  const customer = { customerName: 'Asha', customerPhone: '9876543210' };
  const row = await db.paymentOrder.create({
    data: {
      ...{ id, userId: fleet.operations.id, fleetId: fleet.id, hubId: fleet.hubId, ...customer },
      ...{ totalPaise: 50_000n, expiresAt: new Date(Date.now() + livesMs) },
      account: {
        create: { id: randomUUID(), fleetId: fleet.id, number, label: `DKORD ${number}`, gatewayId, status: 'ACTIVE' },
      },
    },
  });
  const facts = orderFacts(row);
  return {
    ...{ id, facts, begin: () => begin({ ...orderProcess(facts), args: [facts] }) },
    /** Somebody pays, and the order's process does not hear of it. */
    pay: async (amount: number) => {
      const told = {
        creditId: `T${randomUUID()}`,
        word: 'received',
        utr: aUtr(),
        accountGatewayId: gatewayId,
        mode: 'UPI',
      };
      const money = { amount: rupees(amount), fee: rupees(0), tax: rupees(0) };
      const stored = await storeCredit(
        db,
        { ...told, ...money, occurredAt: new Date().toISOString() },
        { source: 'POLL' },
      );
      return credits.begin(stored!.id);
    },
  };
};

const cancel = commandOf<{ by: ReturnType<typeof asStaff> }>('cancel');
const bySomebody = () => ({
  args: [{ by: asStaff(fleet.manager.id, 'MANAGER') }] as [{ by: ReturnType<typeof asStaff> }],
});

test('an order shows what it waits for, expires at its time and leads anybody else to the same', async () => {
  const { id, begin } = await anOrder(6_000);
  const handle = await begin();
  expect(await cardOf(handle)).toMatch(/the customer/);

  await handle.result();

  expect(await orderOf(id)).toMatchObject({ status: 'FAILED', statusReason: 'EXPIRED', unheardSince: null });
  expect(await db.virtualAccount.findUniqueOrThrow({ where: { orderId: id } })).toMatchObject({ isWanted: false });
  expect(await journalsOf(id)).toEqual([]);
  expect(await timesTold(fleet.operations.id, 'order:expired', { orderId: id })).toBe(1);
  expect(await replays(handle)).toBe(true);
});

test('an expiry judges by the row: what was paid without its process knowing is the customer’s', async () => {
  const { id, begin, pay } = await anOrder(6_000);
  const handle = await begin();
  await pay(200);

  await handle.result();

  expect(await orderOf(id)).toMatchObject({ status: 'FAILED', statusReason: 'EXPIRED', collectedPaise: 20_000n });
  expect(await balancesOf(id)).toEqual({ [`2060[${id}]`]: 20_000 });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('an order that was paid without its process knowing does not expire', async () => {
  const { id, begin, pay } = await anOrder(6_000);
  const handle = await begin();
  await pay(500);

  await handle.result();

  expect(await orderOf(id)).toMatchObject({ status: 'COMPLETED', statusReason: null });
  expect(await journalsOf(id)).toEqual(['order_completed']);
  expect(await balancesOf(id)).toEqual({});
  expect(await faultsInBooks(id)).toEqual([]);
});

test('a cancellation judges by the row too', async () => {
  const { id, begin, pay } = await anOrder();
  const handle = await begin();
  await cardOf(handle);
  await pay(1);

  expect(await refusedWith(handle.executeUpdate(cancel, bySomebody()))).toBe('ORDER_HAS_PAYMENTS');

  expect(await orderOf(id)).toMatchObject({ status: 'PARTIAL', collectedPaise: 100n });
  await handle.terminate('The test is over.');
});

test('commits that are repeated do their work once, also when payments come in between', async () => {
  const { id, facts, pay } = await anOrder(-1_000);
  const expire = () => commits.expire({ facts, command: {}, commandId: 'expire@1', clock: null });

  await Promise.all(
    [expire(), pay(100), expire(), pay(150), expire()].map((work) => Promise.resolve(work).catch(() => null)),
  );
  await expire();

  const { status, collectedPaise } = await orderOf(id);
  expect([status, collectedPaise]).toEqual(['FAILED', 25_000n]);
  expect(await balancesOf(id)).toEqual({ [`2060[${id}]`]: 25_000 });
  expect(await db.orderEvent.count({ where: { orderId: id } })).toBe(1);
  expect(await faultsInBooks(id)).toEqual([]);
});
