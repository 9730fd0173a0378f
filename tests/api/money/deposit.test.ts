import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createApp } from '../../../api/app.ts';
import { apiEnv } from '../../../api/env.ts';
import { createServices } from '../../../api/services.ts';
import { connect } from '../../../prisma/client.ts';
import { post } from '../../world/api.ts';
import type { Answer } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { faultsInBooks } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { beginDeposit, depositOf, transactionOf, untilStatus } from '../../world/money/pay-ins.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

/** A driver whose calls to the gateway a scenario can name: the id of the driver is part of them. */
const aPayer = () => aDriver(fleet);

const paymentsOf = (driverId: string) =>
  db.transaction.findMany({ where: { driverId }, orderBy: { createdAt: 'asc' } });

test.each([
  [4.35, 435n],
  [8.2, 820n],
  [1.15, 115n],
  [19.99, 1999n],
  ['19.99', 1999n],
  ['1', 100n],
  [100_000, 10_000_000n],
  ['0001.50', 150n],
])('an amount of %j is %d paise at the gateway and in our row', async (amount, paise) => {
  const driver = await aPayer();

  const { txnId } = await beginDeposit(driver, amount);

  expect(await paymentsOf(driver.id)).toMatchObject([{ amountPaise: paise, status: 'PENDING' }]);
  const literal = `${paise / 100n}.${String(paise % 100n).padStart(2, '0')}`;
  const asked = await gateway.entries('asked', txnId);
  expect(asked.map(({ detail }) => detail)).toMatchObject([{ amount: literal }]);
});

const written = ['1e3', '1,000', 'NaN', '-5', '12abc', '', '0x10', '1.005', '₹5', '५', 'Infinity', '1_000'];
const values = [1.005, 1e21, -1, null, true, [], [5], {}, 0.1 + 0.2];

test.each([...written, ...values])('%j is no amount', async (amount) => {
  const driver = await aPayer();

  const { status, body } = await post('/payments/deposit', { amount }, driver);

  expect([status, body.errorCode, body.error.code]).toEqual([400, 'AMOUNT_INVALID', 'AMOUNT_INVALID']);
  expect(await paymentsOf(driver.id)).toEqual([]);
});

test('an amount that is not sent is no amount', async () => {
  expect((await post('/payments/deposit', {}, await aPayer())).body.errorCode).toBe('AMOUNT_INVALID');
});

test.each([0, '0.00', 0.29, 0.99, 100_000.01, '100000.01', 999_999_999])('%j is out of range', async (amount) => {
  const driver = await aPayer();

  const { status, body } = await post('/payments/deposit', { amount }, driver);

  expect([status, body.errorCode]).toEqual([400, 'AMOUNT_OUT_OF_RANGE']);
  expect(body.error.details).toMatchObject({ min: '1.00', max: '100000.00' });
  expect(await paymentsOf(driver.id)).toEqual([]);
});

test.each(['BLACKLISTED', 'INACTIVE'] as const)('a driver who is %s cannot pay', async (status) => {
  const driver = await aPayer();
  await db.driver.update({ where: { id: driver.id }, data: { status } });

  const answer = await post('/payments/deposit', { amount: 500 }, driver);

  expect(answer.status).toBe(403);
  expect(await paymentsOf(driver.id)).toEqual([]);
});

test('a driver who is suspended can pay', async () => {
  const driver = await aPayer();
  await db.driver.update({ where: { id: driver.id }, data: { status: 'SUSPENDED' } });

  await expect(beginDeposit(driver, 500)).resolves.toMatchObject({ paymentUrl: expect.stringContaining('/pay/') });
});

test('without an e-mail of driver, fleet or settings nothing is sent, and no address is made up', async () => {
  const bare = await aFleet();
  const driver = await aDriver(bare);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'RENTAL' } });
  const { PAYMENT_FALLBACK_EMAIL: _email, ...settings } = world.apiEnvironment;
  const { db: own, pool, close } = connect(world.databaseUrl, 2);
  const parts = { db: own, pool, client: temporal, log: pino({ level: 'silent' }) };
  const server = createApp(createServices(apiEnv(settings), parts)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (path: string, body: object, { token }: { token: string }) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as Answer['body'];
  };

  const deposit = await ask('/payments/deposit', { amount: 500 }, driver);
  const given = { driverId: driver.id, type: 'MONETARY', amount: 650, reason: 'Late return' };
  const penalty = await ask('/payments/admin/penalty', given, bare.manager);
  const paid = await ask(`/payments/penalties/${penalty.data.id}/pay`, {}, driver);

  expect(deposit).toMatchObject({ statusCode: 422, errorCode: 'PAYER_EMAIL_MISSING' });
  expect(penalty).toMatchObject({ statusCode: 201, data: { depositProcessing: { error: 'PAYER_EMAIL_MISSING' } } });
  expect(paid).toMatchObject({ statusCode: 422, errorCode: 'PAYER_EMAIL_MISSING' });
  server.close();
  await close();
  expect(await paymentsOf(driver.id)).toEqual([]);
  expect(await gateway.entries('asked', driver.id)).toEqual([]);
});

test('the e-mail of the driver goes before the one of the fleet', async () => {
  const driver = await aPayer();
  await db.driver.update({ where: { id: driver.id }, data: { email: 'dinesh@driver.example' } });

  const { txnId } = await beginDeposit(driver, 500);

  const [asked] = await gateway.entries('asked', txnId);
  expect(asked!.detail).toMatchObject({ email: 'dinesh@driver.example', udf1: driver.id, udf2: 'DEPOSIT' });
});

test('only a driver has a deposit', async () => {
  const { status, body } = await post('/payments/deposit', { amount: 500 }, fleet.manager);

  expect([status, body.errorCode]).toEqual([403, 'FORBIDDEN']);
});

test('a gateway that refuses is 502, and the payment has failed', async () => {
  const driver = await aPayer();
  await gateway.scenario({ match: driver.id, call: 'initiate', answer: 'refuse' });

  const { status, body } = await post('/payments/deposit', { amount: 500 }, driver);

  expect([status, body.errorCode]).toEqual([502, 'GATEWAY_REJECTED']);
  expect(await paymentsOf(driver.id)).toMatchObject([
    { id: body.error.details.transactionId, status: 'FAILED', statusReason: 'GATEWAY_FAILURE', paymentUrl: null },
  ]);
});

test('a gateway that is slow is 504, and the page appears when it has answered', async () => {
  const driver = await aPayer();
  await gateway.scenario({ match: driver.id, call: 'initiate', delayMs: 15_000, times: 1 });
  const startedMs = performance.now();

  const { status, body } = await post('/payments/deposit', { amount: 500 }, driver);

  expect([status, body.errorCode]).toEqual([504, 'GATEWAY_TIMEOUT']);
  expect(performance.now() - startedMs).toBeLessThan(15_000);
  const { transactionId } = body.error.details as { transactionId: string };
  const { paymentUrl } = await until(async () => {
    const row = await transactionOf(transactionId);
    return row.paymentUrl !== null && row;
  }, 'the page');
  await gateway.click(paymentUrl!, 'success');
  await untilStatus(transactionId, 'SUCCESS');
  expect(await depositOf(driver.id)).toBe(50_000);
});

test('an answer that was lost, and then a duplicate: a new number, and events of the old one still count', async () => {
  const driver = await aPayer();
  await gateway.scenario({ match: driver.id, call: 'initiate', answer: 'lose', times: 1 });

  const { transactionId, txnId } = await beginDeposit(driver, 500);

  const { earlierTxnIds } = await transactionOf(transactionId);
  expect(earlierTxnIds).toHaveLength(1);
  expect(earlierTxnIds[0]).not.toBe(txnId);
  await gateway.event({ txnid: earlierTxnIds[0]!, word: 'dropped' });
  await gateway.sent(earlierTxnIds[0]!, 1);
  expect(await transactionOf(transactionId)).toMatchObject({ status: 'PENDING' });
  await gateway.event({ txnid: earlierTxnIds[0]!, word: 'success' });
  await untilStatus(transactionId, 'SUCCESS');
  expect(await depositOf(driver.id)).toBe(50_000);

  await gateway.event({ txnid: txnId, word: 'success' });

  await until(
    () => db.gatewayEvent.findFirst({ where: { subjectId: transactionId, journalType: 'amount_mismatch' } }),
    'the second payment to wait for finance',
  );
  expect(await depositOf(driver.id)).toBe(50_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('two wishes for the same amount at one moment are one payment', async () => {
  const driver = await aPayer();

  const answers = await Promise.all(
    Array.from({ length: 6 }, () => post('/payments/deposit', { amount: 500 }, driver)),
  );

  expect(new Set(answers.map(({ status, body }) => `${status} ${body.data.paymentUrl}`)).size).toBe(1);
  expect(await paymentsOf(driver.id)).toHaveLength(1);
});

test('eleven minutes later, or for another amount, it is another payment', async () => {
  const driver = await aPayer();
  const first = await beginDeposit(driver, 500);
  const createdAt = new Date(Date.now() - 11 * 60_000);
  await db.transaction.update({ where: { id: first.transactionId }, data: { createdAt } });

  const [later, other] = [await beginDeposit(driver, 500), await beginDeposit(driver, 600)];

  expect(new Set([first, later, other].map(({ txnId }) => txnId)).size).toBe(3);
});

test('a key that is repeated gives the same payment, also one that the gateway has refused', async () => {
  const [driver, refused] = [await aPayer(), await aPayer()];
  await gateway.scenario({ match: refused.id, call: 'initiate', answer: 'refuse' });
  const key = randomUUID();

  const answers = [];
  for (const { token } of [driver, driver, refused, refused])
    answers.push(await post('/payments/deposit', { amount: 500 }, { token, key }));

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 502, 502]);
  expect(answers[1]!.body.data).toEqual(answers[0]!.body.data);
  expect([await paymentsOf(driver.id), await paymentsOf(refused.id)].map((rows) => rows.length)).toEqual([1, 1]);
});
