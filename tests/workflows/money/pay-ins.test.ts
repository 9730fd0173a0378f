import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { payInActivities } from '../../../activities/money/pay-ins.ts';
import { payInFacts } from '../../../workflows/domain/money/pay-ins.ts';
import type { PayInClock } from '../../../workflows/domain/money/pay-ins.ts';
import { payInLink } from '../../../workflows/money/pay-ins.ts';
import { payInProcess } from '../../../workflows/processes.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { faultsInBooks } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { deliver, depositOf, signedEvent, transactionOf, untilStatus } from '../../world/money/pay-ins.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { cardOf, onTemporal } from '../on-temporal.ts';

const gateway = gatewayAt(world.gateway);
const commits = payInActivities({
  ...{ db, log: pino({ level: 'silent' }) },
  checkoutPage: (accessKey) => `${world.gateway}/pay/${accessKey}`,
});
/** The real commits; the calls go to the worker of the world. */
const { begin } = onTemporal(
  Object.fromEntries(Object.entries(commits).map(([name, commit]) => [`payIn.${name}`, commit])),
);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

/** A day in twelve seconds. */
const clock: PayInClock = { enquiriesMs: [4_000, 8_000, 12_000], repeatMs: 500, spacingMs: 0 };
const endless: PayInClock = { ...clock, enquiriesMs: [86_400_000] };

/** A payment whose events the gateway keeps to itself. */
const aPayIn = async (by: PayInClock, prepare: (txnid: string) => Promise<unknown> = () => Promise.resolve()) => {
  const driver = await aDriver(fleet);
  const txnid = `DKD${randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase()}`;
  const owner = { driverId: driver.id, fleetId: fleet.id };
  const row = await db.transaction.create({
    data: {
      ...{ id: randomUUID(), ...owner, type: 'DEPOSIT', direction: 'CREDIT' },
      ...{ amountPaise: 70_000n, easebuzzTxnId: txnid },
    },
  });
  await gateway.scenario({ match: txnid, call: 'webhook', copies: 0 });
  await prepare(txnid);
  const handle = await begin({ ...payInProcess(payInFacts(row)), args: [payInFacts(row), by] });
  const link = await handle.executeUpdate(payInLink);
  const { paymentUrl } = await transactionOf(row.id);
  return { driver, txnid, handle, link, id: row.id, paymentUrl: paymentUrl! };
};

const enquiries = async (txnid: string) =>
  (await gateway.entries('asked', txnid)).filter(({ what }) => what === 'retrieve').length;

test('a payment whose event never comes is found by an enquiry', async () => {
  const { driver, id, paymentUrl, handle } = await aPayIn(clock);

  await gateway.click(paymentUrl, 'close');

  await untilStatus(id, 'SUCCESS');
  await handle.result();
  expect(await depositOf(driver.id)).toBe(70_000);
  const [event] = await db.gatewayEvent.findMany({ where: { subjectId: id, movesMoney: true } });
  expect(event).toMatchObject({ source: 'POLL', state: 'PROCESSED', sealedBody: null });
});

test('nobody pays: the gateway is asked at every time of the clock, then the payment is given up', async () => {
  const { driver, id, txnid, handle } = await aPayIn(clock);
  expect(await cardOf(handle)).toContain('given up at');

  await handle.result();

  expect(await transactionOf(id)).toMatchObject({ status: 'FAILED', statusReason: 'EXPIRED' });
  expect(await enquiries(txnid)).toBe(clock.enquiriesMs.length);
  const told = await db.notification.findMany({ where: { userId: driver.userId } });
  expect(told).toMatchObject([{ event: 'payment:failed', payload: { reason: 'EXPIRED' } }]);

  await deliver(signedEvent({ txnid, amount: '700.00' }));

  await untilStatus(id, 'SUCCESS');
  expect(await depositOf(driver.id)).toBe(70_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('unknown is not unpaid: the last enquiry is made until it is answered', async () => {
  const refusals = 5;
  const { driver, id, txnid, paymentUrl, handle } = await aPayIn({ ...clock, enquiriesMs: [500, 1_000] }, (match) =>
    gateway.scenario({ match, call: 'retrieve', answer: 'refuse', times: refusals }),
  );
  await gateway.click(paymentUrl, 'close');

  await handle.result();

  expect(await transactionOf(id)).toMatchObject({ status: 'SUCCESS' });
  expect(await enquiries(txnid)).toBe(refusals + 1);
  expect(await depositOf(driver.id)).toBe(70_000);
});

test('an enquiry that says another amount gives nothing to the driver', async () => {
  const { driver, id, paymentUrl } = await aPayIn(clock, (match) =>
    gateway.scenario({ match, call: 'retrieve', amount: '7.00' }),
  );

  await gateway.click(paymentUrl, 'close');

  await until(() => db.gatewayEvent.findFirst({ where: { subjectId: id, state: 'REVIEW' } }), 'the event to wait');
  expect(await depositOf(driver.id)).toBe(0);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('enquiries that people cause keep their distance', async () => {
  const { id, txnid, handle, paymentUrl } = await aPayIn({ ...endless, spacingMs: 60_000 });
  for (let count = 0; count < 5; count += 1) await handle.signal('enquire');
  await until(async () => (await enquiries(txnid)) >= 1, 'the enquiry');
  await gateway.click(paymentUrl, 'close');
  await handle.signal('enquire');
  await handle.signal('news');
  await handle.query('__temporal_workflow_metadata');

  expect(await enquiries(txnid)).toBe(1);
  expect(await transactionOf(id)).toMatchObject({ status: 'PENDING' });
  await handle.terminate('The test is over.');
});

test('a gateway that cannot be reached ends the payment, whose page was never there', async () => {
  const { id, handle } = await aPayIn(endless);
  await db.transaction.update({ where: { id }, data: { paymentUrl: null } });

  const { link, facts } = await commits.recordLink({ transactionId: id, initiated: { kind: 'unavailable' } });

  expect([link, facts.status]).toEqual(['UNAVAILABLE', 'FAILED']);
  await handle.signal('news');
  await handle.result();
  const again = await commits.recordLink({ transactionId: id, initiated: { kind: 'live', accessKey: 'a' } });
  expect([again.link, (await transactionOf(id)).paymentUrl]).toEqual(['REFUSED', null]);
});

test('commits that are repeated do their work once', async () => {
  const { driver, id, txnid, handle } = await aPayIn(endless);
  await handle.terminate('The test takes its part.');
  const answer = {
    ...{ kind: 'found', txnid, word: 'success', amountPaise: 70_000, easepayid: 'E9', mode: 'NB', bankRef: '1' },
    ...{ errorText: '', addedOn: '' },
  } as const;

  await Promise.all(Array.from({ length: 5 }, () => commits.hear({ transactionId: id, answers: [answer] as never })));
  await Promise.all([commits.expire(id), commits.expire(id)]);

  expect(await transactionOf(id)).toMatchObject({ status: 'SUCCESS', paymentMethod: 'PG_NETBANKING' });
  expect(await depositOf(driver.id)).toBe(70_000);
  expect(await temporal.workflow.getHandle(`pay-in:${id}`).describe()).toMatchObject({
    status: { name: 'TERMINATED' },
  });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});
