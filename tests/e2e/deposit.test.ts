import { beforeAll, expect, test } from '@jest/globals';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { gatewayAt } from '../world/money/gateway.ts';
import { faultsInBooks } from '../world/money/books.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

const aDeposit = async (amount: string) => {
  const driver = await aDriver(fleet);
  const begun = await post('/payments/deposit', { amount }, driver);
  return { driver, begun, ...(begun.body.data as { transactionId: string; paymentUrl: string; txnId: string }) };
};

const transactionOf = (id: string) => db.transaction.findUniqueOrThrow({ where: { id } });

const over = (id: string) =>
  until(async () => {
    const row = await transactionOf(id);
    return row.status !== 'PENDING' && row;
  }, `the end of payment ${id}`);

const depositOf = async (driverId: string): Promise<number> => {
  const account = await db.ledgerAccount.findFirst({
    where: { code: 2010, ownerId: driverId },
    include: { balance: true },
  });
  return Number((account?.balance?.creditPaise ?? 0n) - (account?.balance?.debitPaise ?? 0n));
};

test('a driver tops the deposit up at the checkout page, and the books hold what was paid', async () => {
  const { driver, begun, transactionId, paymentUrl, txnId } = await aDeposit('1250.50');
  expect(begun).toMatchObject({
    status: 200,
    body: { data: { amount: 1250.5, txnId: expect.stringMatching(/^DKD[A-Z2-7]{20}$/) } },
  });

  await gateway.click(paymentUrl, 'success');

  expect(await over(transactionId)).toMatchObject({ status: 'SUCCESS', easebuzzTxnId: txnId, amountPaise: 125_050n });
  expect(await depositOf(driver.id)).toBe(125_050);
  const inbox = await db.notification.findMany({ where: { userId: driver.userId, event: 'payment:succeeded' } });
  expect(inbox).toMatchObject([{ payload: { transactionId, amount: '1250.50' } }]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('an event that comes twenty times is one deposit', async () => {
  const { driver, transactionId, paymentUrl, txnId } = await aDeposit('300');
  await gateway.scenario({ match: txnId, call: 'webhook', copies: 20 });

  await gateway.click(paymentUrl, 'success');
  await over(transactionId);
  await gateway.sent(txnId, 20);

  expect(await depositOf(driver.id)).toBe(30_000);
  expect(await db.gatewayEvent.count({ where: { subjectId: transactionId } })).toBe(1);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('another amount moves nothing of the driver: the money waits for finance, who are told', async () => {
  const { driver, transactionId, txnId } = await aDeposit('1999');

  await gateway.event({ txnid: txnId, word: 'success', amount: '19.99' });

  const event = await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: transactionId, state: 'REVIEW' } }),
    'the event to wait for finance',
  );
  expect(event).toMatchObject({ amountPaise: 1999n, movesMoney: true, journalType: 'amount_mismatch' });
  expect(await transactionOf(transactionId)).toMatchObject({ status: 'PENDING' });
  expect(await depositOf(driver.id)).toBe(0);
  const told = await db.notification.findMany({
    where: { userId: fleet.manager.id, event: 'payment:amount_mismatch' },
  });
  expect(told.map(({ payload }) => payload)).toContainEqual(
    expect.objectContaining({ transactionId, amount: '19.99' }),
  );
});

test('a payment that was given up and is paid after all is honoured once, and never taken back', async () => {
  const { driver, transactionId, paymentUrl, txnId } = await aDeposit('700');
  await gateway.click(paymentUrl, 'cancel');
  expect(await over(transactionId)).toMatchObject({ status: 'FAILED', statusReason: 'USER_CANCELLED' });

  await gateway.event({ txnid: txnId, word: 'success' });
  await until(async () => (await transactionOf(transactionId)).status === 'SUCCESS', 'the late success');
  for (const word of ['failure', 'pending', 'dropped']) await gateway.event({ txnid: txnId, word });
  await until(
    async () => (await db.gatewayEvent.count({ where: { subjectId: transactionId, state: 'IGNORED' } })) === 3,
    'the words after the success',
  );

  expect(await transactionOf(transactionId)).toMatchObject({ status: 'SUCCESS', statusReason: null });
  expect(await depositOf(driver.id)).toBe(70_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a second wish for the same amount gets the same page', async () => {
  const driver = await aDriver(fleet);

  const [first, second] = [
    await post('/payments/deposit', { amount: '500.00' }, driver),
    await post('/payments/deposit', { amount: 500 }, driver),
  ];

  expect(second.body.data).toEqual(first.body.data);
  expect(await db.transaction.count({ where: { driverId: driver.id } })).toBe(1);
});
