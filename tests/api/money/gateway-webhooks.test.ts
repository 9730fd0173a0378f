import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { faultsInBooks } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import {
  beginDeposit,
  deliver,
  deliverJson,
  depositOf,
  signedEvent,
  transactionOf,
  untilHeard,
  untilStatus,
} from '../../world/money/pay-ins.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';

const gateway = gatewayAt(world.gateway);
const ok = { status: 'ok', success: true };

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

const aPayment = async (amount = '150.00') => {
  const driver = await aDriver(fleet);
  return { driver, amount, ...(await beginDeposit(driver, amount)) };
};

const eventsOf = (subjectId: string) =>
  db.gatewayEvent.findMany({ where: { subjectId }, orderBy: { receivedAt: 'asc' } });

test.each(['150.0', '150.00', '150'])('an amount that the gateway writes as %s is 150 rupees', async (amount) => {
  const { driver, transactionId, txnId: txnid } = await aPayment();
  const bare = JSON.stringify(signedEvent({ txnid, amount })).replace(`"amount":"${amount}"`, `"amount":${amount}`);

  expect(await deliverJson(bare)).toMatchObject({ status: 200, body: ok });

  await untilStatus(transactionId, 'SUCCESS');
  expect(await depositOf(driver.id)).toBe(15_000);
});

test('form and JSON of the same event are one event', async () => {
  const { driver, transactionId, txnId: txnid, amount } = await aPayment();
  const event = signedEvent({ txnid, amount }, { mode: 'CC', bank_ref_num: '77' });

  const answers = [await deliver(event), await deliverJson(event)];

  expect(answers).toMatchObject([
    { status: 200, body: ok },
    { status: 200, body: ok },
  ]);
  const row = await untilStatus(transactionId, 'SUCCESS');
  expect(row).toMatchObject({ paymentMethod: 'PG_CARD', metadata: { paymentMode: 'CC', utr: '77' } });
  expect(await eventsOf(transactionId)).toHaveLength(1);
  expect(await depositOf(driver.id)).toBe(15_000);
});

test('twenty at once, five a day later and a hundred under other ids are one deposit', async () => {
  const { driver, transactionId, txnId: txnid, amount } = await aPayment();
  const event = signedEvent({ txnid, amount });

  const first = await Promise.all(Array.from({ length: 20 }, () => deliver(event)));
  await untilStatus(transactionId, 'SUCCESS');
  const aDayAgo = new Date(Date.now() - 86_400_000);
  await db.gatewayEvent.updateMany({ where: { subjectId: transactionId }, data: { receivedAt: aDayAgo } });
  const later = await Promise.all(Array.from({ length: 5 }, () => deliver(event)));
  const forged = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      deliver({ ...event, easepayid: `E${n + 2}`, addedon: '2020-01-01 00:00:00' }),
    ),
  );
  await untilHeard(transactionId);

  expect(new Set([...first, ...later, ...forged].map(({ status }) => status))).toEqual(new Set([200]));
  expect(await depositOf(driver.id)).toBe(15_000);
  expect(await transactionOf(transactionId)).toMatchObject({ status: 'SUCCESS', easebuzzPaymentId: 'E1' });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

const tampered: Record<string, (event: Record<string, string>) => Record<string, string>> = {
  'another amount': (event) => ({ ...event, amount: '1.00' }),
  'another word': (event) => ({ ...event, status: 'success' }),
  'another number': (event) => ({ ...event, txnid: `${event['txnid']}X` }),
  'another hash': (event) => ({ ...event, hash: event['hash']!.replace(/./, (first) => (first === '0' ? '1' : '0')) }),
  'no hash': ({ hash: _hash, ...event }) => event,
  'a short hash': (event) => ({ ...event, hash: event['hash']!.slice(0, 64) }),
  'no key': ({ key: _key, ...event }) => event,
};

test.each(Object.entries(tampered))('%s is refused, and nothing of it is stored', async (_, tamper) => {
  const { driver, transactionId, txnId: txnid, amount } = await aPayment();
  const event = signedEvent({ txnid, amount, status: 'failure' });

  const answers = [await deliver(tamper(event)), await deliverJson(tamper(event))];

  for (const { status, body } of answers) expect([status, body.errorCode]).toEqual([400, 'INVALID_SIGNATURE']);
  expect(JSON.stringify(answers)).not.toContain(txnid);
  const ofIt = { fields: { path: ['txnid'], string_starts_with: txnid } };
  expect(await db.gatewayEvent.count({ where: ofIt })).toBe(0);
  expect(await transactionOf(transactionId)).toMatchObject({ status: 'PENDING' });
  expect(await depositOf(driver.id)).toBe(0);
});

test('an event that another merchant signed correctly is refused', async () => {
  const { transactionId, txnId: txnid, amount } = await aPayment();

  const { status } = await deliver(signedEvent({ txnid, amount }, {}, { key: 'OTHER', salt: 'OTHERSALT' }));

  expect(status).toBe(400);
  expect(await eventsOf(transactionId)).toEqual([]);
});

test('an event of a number that nobody knows is stored for finance', async () => {
  const txnid = `UNKNOWN${randomUUID().slice(0, 8)}`;

  expect(await deliver(signedEvent({ txnid, amount: '10.00' }))).toMatchObject({ status: 200, body: ok });
  expect(await deliver(signedEvent({ txnid, amount: '10.00' }))).toMatchObject({ status: 200, body: ok });

  const stored = await db.gatewayEvent.findMany({ where: { fields: { path: ['txnid'], equals: txnid } } });
  expect(stored).toMatchObject([{ state: 'UNMATCHED', amountPaise: 1000n, movesMoney: false, subjectId: null }]);
});

test('a wrong amount first does not hide the right one, whose deposit counts; the rest waits for finance', async () => {
  const { driver, transactionId, txnId: txnid } = await aPayment('1999.00');

  for (const amount of ['19.99', '19.990', '0.00', '1999.0', '19.99', '1999'])
    expect((await deliver(signedEvent({ txnid, amount }))).status).toBe(200);
  await untilStatus(transactionId, 'SUCCESS');
  await untilHeard(transactionId);

  expect(await depositOf(driver.id)).toBe(199_900);
  const events = await eventsOf(transactionId);
  const told = events.map(({ amountPaise, state, journalType }) => [Number(amountPaise), state, journalType]);
  expect(told).toEqual([
    [1999, 'REVIEW', 'amount_mismatch'],
    [0, 'REVIEW', null],
    [0, 'REVIEW', null],
    [199_900, 'PROCESSED', 'deposit_paid'],
  ]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a word that nobody knows decides nothing and alerts finance; the enquiry that follows finds the money', async () => {
  const { driver, transactionId, txnId: txnid, amount, paymentUrl } = await aPayment();
  await gateway.scenario({ match: txnid, call: 'webhook', copies: 0 });

  await deliver(signedEvent({ txnid, amount, status: 'authorising' }, { brand_new_field: 'x' }));
  await untilHeard(transactionId);
  expect(await transactionOf(transactionId)).toMatchObject({ status: 'PENDING' });
  const alerts = await db.notification.count({
    where: { userId: fleet.manager.id, payload: { path: ['transactionId'], equals: transactionId } },
  });
  expect(alerts).toBe(1);

  await gateway.click(paymentUrl, 'close');
  await temporal.workflow.getHandle(`pay-in:${transactionId}`).signal('enquire');

  await untilStatus(transactionId, 'SUCCESS');
  await deliver(signedEvent({ txnid, amount }));
  await untilHeard(transactionId);
  expect(await depositOf(driver.id)).toBe(15_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a late success is honoured once however it comes, and words after it change nothing', async () => {
  const { driver, transactionId, txnId: txnid, amount } = await aPayment();
  await deliver(signedEvent({ txnid, amount, status: 'userCancelled' }));
  await untilStatus(transactionId, 'FAILED');
  await deliver(signedEvent({ txnid, amount }));
  await untilStatus(transactionId, 'SUCCESS');
  for (const status of ['failure', 'pending', 'dropped', 'bounced', 'userCancelled', 'initiated'])
    await deliver(signedEvent({ txnid, amount, status }));
  await untilHeard(transactionId);

  expect(await transactionOf(transactionId)).toMatchObject({ status: 'SUCCESS', statusReason: null });
  expect(await depositOf(driver.id)).toBe(15_000);
  const told = await db.notification.count({
    where: {
      userId: fleet.manager.id,
      event: 'payment:late_success',
      payload: { path: ['transactionId'], equals: transactionId },
    },
  });
  expect(told).toBe(1);
});

test('a word that decides nothing is kept as such, and its payment is not woken', async () => {
  const { transactionId, txnId: txnid, amount } = await aPayment();

  for (const status of ['preinitiated', 'initiated', 'pending']) await deliver(signedEvent({ txnid, amount, status }));

  const kept = { state: 'IGNORED', processedAt: expect.any(Date), journalType: null, error: null };
  expect(await eventsOf(transactionId)).toMatchObject([kept, kept, kept]);
  expect(await transactionOf(transactionId)).toMatchObject({ status: 'PENDING' });
});

test('what is not signed may hold anything, and is kept without harm', async () => {
  const { transactionId, txnId: txnid, amount } = await aPayment();
  const markup = '<script>alert(1)</script>';
  const unsigned = { easepayid: `\0${'E'.repeat(9_000)}`, mode: markup, bank_ref_num: `${markup}\0`, addedon: '\0' };

  expect((await deliver(signedEvent({ txnid, amount }, unsigned))).status).toBe(200);

  expect(await untilStatus(transactionId, 'SUCCESS')).toMatchObject({ paymentMethod: 'PG_UPI' });
});

test('the raw body is sealed, and nobody reads the payer in it', async () => {
  const { transactionId, txnId: txnid, amount } = await aPayment();

  await deliver(signedEvent({ txnid, amount, firstname: 'Padmavati' }, { phone: '9876543210' }));

  const [event] = await until(async () => {
    const events = await eventsOf(transactionId);
    return events.length > 0 && events;
  }, 'the event');
  const kept = JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
  expect(event!.sealedBody).toMatch(/^\S{100,}$/);
  expect(kept).not.toMatch(/Padmavati|9876543210|bluefleet/);
});
