import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { aPenalty } from '../../world/money/penalties.ts';
import { temporal } from '../../world/temporal.ts';
import { textsIn } from '../../replay/histories.ts';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aHeldEvent, anEvent, aTransaction } from './payments.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
});

const someone = async (of = fleet) => {
  const driver = await aDriver(of, { vehicle: false });
  return { driver, of: { driverId: driver.id, fleetId: of.id } };
};

const resolve = (id: string, body: object, by: Sent = fleet.manager) =>
  post(`/payments/admin/events/${id}/resolve`, { reason: 'Bank slip 4711', ...body }, by);

const listed = async (by: Sent, query = '') =>
  ((await get(`/payments/admin/events${query}`, by)).body.data as { id: string }[]).map(({ id }) => id);

test('events wait in the list of the fleet whose transaction they are about, the others in that of SUPER_ADMIN', async () => {
  const { of } = await someone();
  const event = await aHeldEvent(of);
  const unmatched = await anEvent((await aTransaction(of)).id, { state: 'UNMATCHED' });
  await anEvent((await aTransaction(of)).id, { state: 'PROCESSED' });
  const orphan = await anEvent(null, { state: 'UNMATCHED' });

  expect(await listed(fleet.manager)).toEqual([unmatched.id, event.id]);
  expect(await listed(fleet.fleetAdmin, '?state=review')).toEqual([event.id]);
  expect(await listed(fleet.manager, '?limit=1&page=2')).toEqual([event.id]);
  expect(await listed(other.manager)).toEqual([]);
  expect(await listed(fleet.superAdmin)).toEqual(expect.arrayContaining([orphan.id, unmatched.id, event.id]));
  const [, shown] = (await get('/payments/admin/events', fleet.manager)).body.data;
  expect(shown).toMatchObject({
    ...{ source: 'PG', state: 'REVIEW', amount: 450, ...of, transactionId: event.subjectId },
    ...{ journalType: 'amount_mismatch', resolution: null, fields: { status: 'success' } },
  });
  expect(shown).not.toHaveProperty('sealedBody');
  expectRefused(await get('/payments/admin/events', fleet.operations), 403, 'FORBIDDEN');
  expectInvalid(await get('/payments/admin/events?state=PROCESSED', fleet.manager), 'state');
  expectRefused(await resolve(orphan.id, { action: 'IGNORE' }), 403, 'SCOPE_FORBIDDEN');
});

test('money that is attributed goes to the deposit of the driver whose payment it was, with its reason on the books', async () => {
  const { driver, of } = await someone();
  const event = await aHeldEvent(of);

  const answer = await resolve(event.id, { action: 'attribute' });

  expect(answer).toMatchObject({
    status: 200,
    body: {
      data: {
        ...{ id: event.id, state: 'PROCESSED' },
        resolution: {
          ...{ action: 'ATTRIBUTE', to: 'DEPOSIT', driverId: driver.id, reason: 'Bank slip 4711', refund: null },
          ...{ by: fleet.manager.id, journalId: expect.any(String) },
        },
      },
    },
  });
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 45_000 });
  expect((await get('/payments/balance', driver)).body.data.depositBalance).toBe(450);
  const { journalId } = answer.body.data.resolution;
  expect((await get(`/payments/admin/ledger/journals/${journalId}`, fleet.manager)).body.data).toMatchObject({
    ...{ eventType: 'unattributed_resolved', eventKey: event.id, actor: fleet.manager.id },
  });
  expect(await db.auditEntry.findMany({ where: { subjectId: event.id } })).toMatchObject([
    {
      ...{ action: 'gatewayEvent.resolved', actorId: fleet.manager.id, before: { state: 'REVIEW' } },
      after: { state: 'PROCESSED', action: 'ATTRIBUTE', reason: 'Bank slip 4711', journalId },
    },
  ]);
  expect(await listed(fleet.manager)).not.toContain(event.id);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('money that is attributed to dues covers the oldest first, and is refused where it is more than they are', async () => {
  const { driver, of } = await someone();
  const first = await aPenalty(driver, fleet.manager, { amount: 100 });
  const event = await aHeldEvent(of);
  const toDues = { action: 'ATTRIBUTE', to: 'DUES' };

  const refused = await resolve(event.id, toDues);

  expectRefused(refused, 422, 'AMOUNT_EXCEEDS_DUES');
  expect(refused.body.error.details).toEqual({ amount: '450.00', open: '100.00' });
  expect(await balancesOf(driver.id)).toEqual({ [`1070[${driver.id}]`]: 10_000 });
  const second = await aPenalty(driver, fleet.manager, { amount: 400 });
  expect((await resolve(event.id, toDues)).status).toBe(200);
  expect(await balancesOf(driver.id)).toEqual({ [`1070[${driver.id}]`]: 5_000 });
  const dues = await db.driverDue.findMany({ where: { driverId: driver.id }, orderBy: { id: 'asc' } });
  expect(dues.map(({ source, outstandingPaise }) => [source, outstandingPaise])).toEqual([
    [first, 0n],
    [second, 5_000n],
  ]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('SUPER_ADMIN gives money of nobody to a driver whom they name', async () => {
  const { driver } = await someone();
  const event = await aHeldEvent(null);
  const toPayable = { action: 'ATTRIBUTE', to: 'PAYABLE' };

  expectInvalid(await resolve(event.id, toPayable, fleet.superAdmin), 'driverId');
  expect((await resolve(event.id, { ...toPayable, driverId: driver.id }, fleet.superAdmin)).status).toBe(200);

  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 45_000 });
  expect(await db.payableItem.findMany({ where: { driverId: driver.id } })).toMatchObject([
    { kind: 'LATE_PAYMENT', source: event.id, openPaise: 45_000n },
  ]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('money is not attributed to a driver of another fleet', async () => {
  const event = await aHeldEvent((await someone()).of);
  const { driver } = await someone(other);

  expectRefused(await resolve(event.id, { action: 'ATTRIBUTE', driverId: driver.id }), 403, 'SCOPE_FORBIDDEN');

  expect(await balancesOf(driver.id)).toEqual({});
});

test('an event that brought no money can only be ignored', async () => {
  const event = await anEvent((await aTransaction((await someone()).of)).id);

  for (const action of ['ATTRIBUTE', 'REFUND'])
    expectRefused(await resolve(event.id, { action }), 409, 'EVENT_WITHOUT_MONEY');
  expect((await resolve(event.id, { action: 'IGNORE' })).body.data).toMatchObject({ state: 'IGNORED' });
});

test('a payment of a number that we do not know is booked when it is attributed, and once under whatever id', async () => {
  const { driver } = await someone();
  const fields = { txnid: `DEP${randomUUID()}`, status: 'success', easepayid: 'E1' };
  const [event, twin] = [
    await anEvent(null, { state: 'UNMATCHED', fields }),
    await anEvent(null, { state: 'UNMATCHED', fields: { ...fields, easepayid: 'E2' } }),
  ];
  const toDriver = { action: 'ATTRIBUTE', driverId: driver.id };

  expect((await resolve(event.id, toDriver, fleet.superAdmin)).body.data).toMatchObject({
    ...{ state: 'PROCESSED', journalType: 'amount_mismatch', journalKey: event.id },
  });

  expectRefused(await resolve(twin.id, toDriver, fleet.superAdmin), 409, 'EVENT_WITHOUT_MONEY');
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 45_000 });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('of five decisions at once one counts, and the same one sent again is answered as before', async () => {
  const { driver, of } = await someone();
  const event = await aHeldEvent(of);

  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => resolve(event.id, { action: 'ATTRIBUTE' })));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  for (const answer of answers.filter(({ status }) => status === 409)) expectRefused(answer, 409, 'EVENT_NOT_OPEN');
  expect(await balancesOf(driver.id)).toEqual({ [`2010[${driver.id}]`]: 45_000 });
  const again = await aHeldEvent(of);
  const by = { ...fleet.manager, key: randomUUID() };
  const [first, second] = [
    await resolve(again.id, { action: 'IGNORE' }, by),
    await resolve(again.id, { action: 'IGNORE' }, by),
  ];
  expect(second.body).toEqual(first.body);
});

test.each([
  [{ action: 'KEEP' }, 'action'],
  [{ action: 'ATTRIBUTE', to: 'WALLET' }, 'to'],
  [{ action: 'IGNORE', reason: '' }, 'reason'],
  [{ action: 'IGNORE', reason: 'x'.repeat(501) }, 'reason'],
])('a decision %j is refused by field', async (body, field) => {
  expectInvalid(await resolve((await aHeldEvent((await someone()).of)).id, body), field);
});

test('the reason of a decision stays out of the history of its process', async () => {
  const event = await aHeldEvent((await someone()).of);
  const reason = `Called by ${randomUUID()}`;

  await resolve(event.id, { action: 'IGNORE', reason });

  const history = await temporal.workflow.getHandle(`gateway-event:${event.id}`).fetchHistory();
  const texts = textsIn(JSON.parse(historyToJSON(history))).map(({ text }) => text);
  expect(texts.some((text) => text.includes('IGNORE'))).toBe(true);
  expect(texts.filter((text) => text.includes(reason))).toEqual([]);
});
