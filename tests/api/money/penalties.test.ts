import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { casesOf } from '../../world/money/cases.ts';
import { aPaying, aPenalty, givePenalty, penaltyRow } from '../../world/money/penalties.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const of = (code: number, owner: string) => `${code}[${owner}]`;
const penaltiesOf = (driverId: string) => db.penalty.findMany({ where: { driverId } });

test.each(casesOf('deposit_deduction'))('$id: a deposit pays what it holds', async ({ given, expected }) => {
  const driver = await aPaying(fleet, Number(given['deposit_paise']));
  const amount = Number(given['penalty_paise']) / 100;

  const { body } = await givePenalty(driver, fleet.manager, { amount });

  expect(body.data).toMatchObject({
    depositDeductionAmount: Number(expected['deducted_paise']) / 100,
    outstandingAmount: Number(expected['remaining_paise']) / 100,
    isPaid: expected['is_paid'] === 'true',
  });
  expect(Boolean(body.data.depositProcessing.paymentUrl)).toBe(expected['payment_link'] === 'true');
  const deposit = (await balancesOf(driver.id))[of(2010, driver.id)] ?? 0;
  expect(deposit).toBe(Number(expected['deposit_after_paise']));
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test.each(['PAYOUT', null] as const)(
  'a driver who is paid by %s keeps the deposit and owes the penalty',
  async (model) => {
    const driver = await aPaying(fleet, 80_000, model);

    const { body } = await givePenalty(driver, fleet.manager);

    expect(body.data).toMatchObject({ status: 'OUTSTANDING', outstandingAmount: 650, deductedFromDeposit: false });
    expect(body.data.depositProcessing).toBeUndefined();
    expect(await balancesOf(driver.id)).toEqual({ [of(2010, driver.id)]: 80_000, [of(1070, driver.id)]: 65_000 });
    expect(await db.transaction.count({ where: { driverId: driver.id } })).toBe(0);
    expect(await faultsInBooks(driver.id)).toEqual([]);
  },
);

test('without a type an amount makes it monetary; without either the type is asked for', async () => {
  const driver = await aPaying(fleet);

  const monetary = await givePenalty(driver, fleet.manager, { type: undefined, amount: '12.50' });
  const neither = await givePenalty(driver, fleet.manager, { type: undefined, amount: undefined });

  expect(monetary.body.data).toMatchObject({ type: 'MONETARY', amount: 12.5 });
  expectInvalid(neither, 'type');
});

test.each([undefined, null, 0, '0', -1, '-5', 'NaN', '1e3', '1,000', 1.005, '₹5', [], {}, true, ''])(
  '%j is no amount of a penalty',
  async (amount) => {
    const driver = await aDriver(fleet);

    expectRefused(await givePenalty(driver, fleet.manager, { amount }), 400, 'AMOUNT_INVALID');
    expect(await penaltiesOf(driver.id)).toEqual([]);
  },
);

test.each([
  ['reason', { reason: '' }],
  ['reason', { reason: 'x'.repeat(501) }],
  ['category', { category: 'x'.repeat(41) }],
  ['type', { type: 'FINE' }],
])('a wrong %s is refused and changes nothing', async (field, more) => {
  const driver = await aDriver(fleet);

  expectInvalid(await givePenalty(driver, fleet.manager, more), field);
  expect(await penaltiesOf(driver.id)).toEqual([]);
});

test('a warning is a record: its amount is 0, and nothing else changes', async () => {
  const driver = await aPaying(fleet, 80_000);

  const { body } = await givePenalty(driver, fleet.operations, { type: 'WARNING', amount: 500 });

  expect(body.data).toMatchObject({ type: 'WARNING', status: 'IN_FORCE', amount: 0, isActive: true });
  expect(await balancesOf(driver.id)).toEqual({ [of(2010, driver.id)]: 80_000 });
  expect((await db.driver.findUniqueOrThrow({ where: { id: driver.id } })).status).toBe('ACTIVE');
  expect(await db.auditEntry.findFirst({ where: { subjectId: body.data.id } })).toMatchObject({
    ...{ action: 'penalty.created', actorId: fleet.operations.id, actorRole: 'OPERATIONS' },
  });
});

test('a second click is refused, also at the same moment; another reason or a key of its own is another penalty', async () => {
  const driver = await aPaying(fleet, 500_000);
  const same = { reason: 'Late return', amount: 100 };

  const clicks = await Promise.all(Array.from({ length: 6 }, () => givePenalty(driver, fleet.manager, same)));
  const bySomebodyElse = await givePenalty(driver, fleet.fleetAdmin, same);
  const keyed = await givePenalty(driver, { ...fleet.manager, key: randomUUID() }, same);

  expect(clicks.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const click of clicks.filter(({ status }) => status !== 201)) expectRefused(click, 409, 'DUPLICATE_PENALTY');
  expect([bySomebodyElse.status, keyed.status]).toEqual([201, 201]);
  expect(await penaltiesOf(driver.id)).toHaveLength(3);
  expect(await balancesOf(driver.id)).toEqual({ [of(2010, driver.id)]: 470_000 });
});

test('the same key is one penalty, whether it comes again or at the same time', async () => {
  const driver = await aPaying(fleet, 500_000);
  const sent = { ...fleet.manager, key: randomUUID() };
  const same = { reason: 'Late return', amount: 100 };

  const answers = await Promise.all(Array.from({ length: 5 }, () => givePenalty(driver, sent, same)));
  const later = await givePenalty(driver, sent, same);

  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  expect(new Set([...answers, later].map(({ body }) => body.data.id)).size).toBe(1);
  expect(await balancesOf(driver.id)).toEqual({ [of(2010, driver.id)]: 490_000 });
});

test('ten penalties at once take from one deposit what it holds, and not a paisa more', async () => {
  const driver = await aPaying(fleet, 100_000);

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => givePenalty(driver, fleet.manager, { amount: 150 })),
  );

  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
  const rows = await penaltiesOf(driver.id);
  const total = (part: 'depositPaise' | 'outstandingPaise') => rows.reduce((sum, row) => sum + Number(row[part]), 0);
  expect([total('depositPaise'), total('outstandingPaise')]).toEqual([100_000, 50_000]);
  expect(await balancesOf(driver.id)).toEqual({ [of(1070, driver.id)]: 50_000 });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('staff gives and reads penalties of the drivers in their scope', async () => {
  const other = await aFleet();
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.operations);

  for (const outsider of [other.manager, other.operations, other.fleetAdmin]) {
    expectRefused(await givePenalty(driver, outsider), 403, 'SCOPE_FORBIDDEN');
    expectRefused(await get(`/payments/admin/penalty/${id}`, outsider), 403, 'SCOPE_FORBIDDEN');
    expect((await get(`/payments/admin/penalties?type=MONETARY`, outsider)).body.data).toEqual([]);
  }
  expectRefused(await get('/payments/admin/penalties', driver), 403, 'FORBIDDEN');
  const listed = await get(`/payments/admin/penalties?driverId=${driver.id}`, fleet.operations);
  expect(listed.body.data.map((row: { id: string }) => row.id)).toEqual([id]);
  expectRefused(await givePenalty({ id: randomUUID() }, fleet.manager), 404, 'NOT_FOUND');
});

test('the list knows its filters, newest first', async () => {
  const driver = await aPaying(fleet, 10_000);
  const warning = await aPenalty(driver, fleet.manager, { type: 'WARNING' });
  const settled = await aPenalty(driver, fleet.manager, { amount: 100 });
  const open = await aPenalty(driver, fleet.manager, { amount: 100 });
  const ids = async (query: string, by = fleet.manager) =>
    (await get(`/payments/admin/penalties?driverId=${driver.id}${query}`, by)).body.data.map(
      (row: { id: string }) => row.id,
    );

  expect(await ids('')).toEqual([open, settled, warning]);
  expect(await ids('&type=MONETARY&isPaid=true')).toEqual([settled]);
  expect(await ids('&isPaid=false')).toEqual([open]);
  expect(await ids('&isWaived=true')).toEqual([]);
  expect(await ids('&isActive=false')).toEqual([]);
  expect(await ids(`&hubId=${fleet.hubId}`)).toHaveLength(3);
  expect(await ids('&to=2020-01-01')).toEqual([]);
  const { body } = await get('/payments/penalties?isPaid=false', driver);
  expect(body.data).toMatchObject([{ id: open, paymentUrl: expect.stringContaining('/pay/') }]);
});

test('a penalty that says something else than its due is found by the checks', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager);
  await db.penalty.update({ where: { id }, data: { linkPaidPaise: 5_000n, outstandingPaise: 60_000n } });

  expect(await faultsInBooks(driver.id)).toMatchObject([{ check: 'Q7', owner: driver.id, found: { penalty: id } }]);
  await db.penalty.update({ where: { id }, data: { linkPaidPaise: 0n, outstandingPaise: 65_000n } });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a review is kept beside the penalty and changes nothing else', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager);
  const before = await penaltyRow(id);

  const { status, body } = await post(
    `/payments/admin/penalty/${id}/review`,
    { reviewNotes: 'Photos seen' },
    fleet.fleetAdmin,
  );

  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    reviewNotes: 'Photos seen',
    reviewedBy: fleet.fleetAdmin.id,
    status: 'OUTSTANDING',
  });
  expect(await penaltyRow(id)).toMatchObject({
    outstandingPaise: before.outstandingPaise,
    version: before.version + 1,
  });
  expectInvalid(await post(`/payments/admin/penalty/${id}/review`, {}, fleet.manager), 'reviewNotes');
});

test('only a suspension can be lifted', async () => {
  const id = await aPenalty(await aPaying(fleet), fleet.manager);

  expectRefused(
    await post(`/payments/admin/penalty/${id}/lift`, { reason: 'Heard' }, fleet.manager),
    409,
    'PENALTY_NOT_LIFTABLE',
  );
  expect((await penaltyRow(id)).status).toBe('OUTSTANDING');
});
