import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ledgerActivities } from '../../../activities/money/ledger.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { monthOf, previousMonth } from '../../../workflows/domain/money/ledger.ts';
import { penaltyFromDeposit, penaltyIssued } from '../../../workflows/domain/money/journals/penalties.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { get, post } from '../../world/api.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../world/factories.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const root = '/payments/admin/ledger';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
});

/** A driver with a deposit of 300.00 left of 500.00, after a penalty of 200.00. */
const aDriverWithBooks = async () => {
  const driver = await aDriver(fleet, { vehicle: false });
  const of = { driverId: driver.id, fleetId: fleet.id, occurredAt: new Date().toISOString() };
  const penalty = { ...of, penaltyId: randomUUID(), amount: rupees(200) };
  const { journalId } = await posted(
    depositPaid({ ...of, txnid: `txn-${driver.id}`, amount: rupees(500) }),
    penaltyIssued(penalty),
    penaltyFromDeposit({ ...penalty, seq: 1 }),
  );
  return { ...driver, journalId };
};

test('staff see the accounts of their fleet and its drivers, the platform sees all', async () => {
  const driver = await aDriverWithBooks();

  for (const by of [fleet.superAdmin, fleet.fleetAdmin, fleet.manager]) {
    const answer = await get(`${root}/accounts?owner=${driver.id}`, by);
    expect(answer.body.data).toMatchObject([
      { code: 1070, name: 'DRIVER_RECEIVABLE', ownerType: 'DRIVER', debit: 200, credit: 200, balance: 0 },
      { code: 2010, name: 'DRIVER_DEPOSIT', ownerType: 'DRIVER', debit: 200, credit: 500, balance: 300 },
    ]);
    expect(answer.body.pagination).toMatchObject({ total: 2 });
  }
  expect((await get(`${root}/accounts?owner=${driver.id}&code=2010`, fleet.manager)).body.data).toHaveLength(1);
  expect((await get(`${root}/accounts?owner=${driver.id}`, other.manager)).body.data).toEqual([]);
  const own = (await get(`${root}/accounts`, fleet.manager)).body.data as { ownerType: string; ownerId: string }[];
  expect(own.filter(({ ownerType }) => ownerType === 'FLEET').map(({ ownerId }) => ownerId)).toEqual([fleet.id]);
  expect(own.filter(({ ownerType }) => ownerType === 'PLATFORM')).toEqual([]);
  expectInvalid(await get(`${root}/accounts?code=9999`, fleet.manager), 'code');
});

test('a statement of an account is read by those who see the account, newest first, also by day', async () => {
  const driver = await aDriverWithBooks();
  const [{ id }] = (await get(`${root}/accounts?owner=${driver.id}&code=2010`, fleet.manager)).body.data as [
    { id: string },
  ];

  const answer = await get(`${root}/accounts/${id}/entries`, fleet.manager);

  expect(answer.body.data).toMatchObject([
    { eventType: 'penalty_from_deposit', side: 'D', amount: 200, businessDate: istDay(Date.now()) },
    { eventType: 'deposit_paid', eventKey: `txn-${driver.id}`, side: 'C', amount: 500 },
  ]);
  expect(answer.body.pagination).toMatchObject({ total: 2 });
  expect((await get(`${root}/accounts/${id}/entries?limit=1&page=2`, fleet.manager)).body.data).toMatchObject([
    { eventType: 'deposit_paid' },
  ]);
  expect((await get(`${root}/accounts/${id}/entries?endDate=2020-01-01`, fleet.manager)).body.data).toEqual([]);
  expectRefused(await get(`${root}/accounts/${id}/entries`, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await get(`${root}/accounts/999999999/entries`, fleet.manager), 404, 'NOT_FOUND');
  expectRefused(await get(`${root}/accounts/none/entries`, fleet.manager), 404, 'NOT_FOUND');
});

test('a journal shows its entries to the fleet that it concerns', async () => {
  const { id, journalId } = await aDriverWithBooks();

  expect((await get(`${root}/journals/${journalId}`, fleet.fleetAdmin)).body.data).toMatchObject({
    ...{ id: journalId, eventType: 'penalty_from_deposit', driverId: id, fleetId: fleet.id, reversedBy: null },
    entries: [
      { code: 2010, name: 'DRIVER_DEPOSIT', ownerId: id, side: 'D', amount: 200 },
      { code: 1070, name: 'DRIVER_RECEIVABLE', ownerId: id, side: 'C', amount: 200 },
    ],
  });
  expectRefused(await get(`${root}/journals/${journalId}`, other.fleetAdmin), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await get(`${root}/journals/999999999`, fleet.fleetAdmin), 404, 'NOT_FOUND');
});

test('both sides of the trial balance are equal', async () => {
  await aDriverWithBooks();

  const { data } = (await get(`${root}/trial-balance`, fleet.superAdmin)).body;

  expect(data).toMatchObject({ date: istDay(Date.now()), debit: data.credit });
  expect(data.rows).toEqual(expect.arrayContaining([expect.objectContaining({ code: 2010, name: 'DRIVER_DEPOSIT' })]));
  expect((await get(`${root}/trial-balance?date=2020-01-01`, fleet.superAdmin)).body.data.rows).toEqual([]);
});

const bankCharge = {
  reason: 'Bank charge of November',
  entries: [
    { code: 5020, side: 'D', amount: '12.50' },
    { code: 1010, side: 'C', amount: 12.5 },
  ],
};

test('a journal by hand is posted when a second person approves it, and once', async () => {
  const second = await aUser('SUPER_ADMIN', null);
  const written = await post(`${root}/journals`, bankCharge, fleet.superAdmin);
  const { id } = written.body.data as { id: string };

  expect(written).toMatchObject({ status: 201, body: { data: { journalId: null, approvedBy: null } } });
  expectRefused(await post(`${root}/journals/${id}/approve`, {}, fleet.superAdmin), 409, 'SECOND_PERSON_REQUIRED');
  const approvals = await Promise.all([1, 2].map(() => post(`${root}/journals/${id}/approve`, {}, second)));

  const [journalId] = approvals.map(({ body }) => body.data.journalId as string);
  expect(approvals.map(({ status, body }) => [status, body.data.journalId])).toEqual([
    [200, journalId],
    [200, journalId],
  ]);
  expect((await get(`${root}/journals/${journalId}`, second)).body.data).toMatchObject({
    ...{ eventType: 'manual', eventKey: id, memo: bankCharge.reason, actor: second.id },
    entries: [
      { code: 5020, side: 'D', amount: 12.5 },
      { code: 1010, side: 'C', amount: 12.5 },
    ],
  });
  const audits = await db.auditEntry.findMany({ where: { subjectId: id }, orderBy: { id: 'asc' } });
  expect(audits.map(({ action, actorId }) => [action, actorId])).toEqual([
    ['ledger.journalWritten', fleet.superAdmin.id],
    ['ledger.journalApproved', second.id],
  ]);
});

const hubId = randomUUID();

test.each([
  ['sides that differ', [bankCharge.entries[0], { code: 1010, side: 'C', amount: 12.49 }], 'JOURNAL_UNBALANCED'],
  [
    'a driver’s deposit',
    [
      { code: 2010, ownerId: hubId, side: 'D', amount: 1 },
      { code: 1010, side: 'C', amount: 1 },
    ],
    'ACCOUNT_NOT_MANUAL',
  ],
])('a journal by hand of %s is refused', async (_, entries, code) => {
  expectRefused(await post(`${root}/journals`, { reason: 'Test', entries }, fleet.superAdmin), 422, code);
});

test.each([
  [{ amount: '1e3' }, 'entries.0.amount'],
  [{ amount: 1.005 }, 'entries.0.amount'],
  [{ amount: -5 }, 'entries.0.amount'],
  [{ amount: 0 }, 'entries.0.amount'],
  [{ code: 9999 }, 'entries.0.code'],
  [{ code: 1060 }, 'entries.0.ownerId'],
  [{ ownerId: 'somebody' }, 'entries.0.ownerId'],
  [{ side: 'X' }, 'entries.0.side'],
])('a journal by hand with %j is refused by field', async (wrong, field) => {
  const [first, last] = bankCharge.entries;
  const entries = [{ ...first, ...wrong }, last];

  expectInvalid(await post(`${root}/journals`, { reason: 'Test', entries }, fleet.superAdmin), field);
});

test('a journal by hand that would take a guarded account below zero is refused at its approval and may come again', async () => {
  const second = await aUser('SUPER_ADMIN', null);
  const entries = [
    { code: 1010, side: 'D', amount: 5 },
    { code: 1060, ownerId: hubId, side: 'C', amount: 5 },
  ];
  const { id } = (await post(`${root}/journals`, { reason: 'Cash banked', entries }, fleet.superAdmin)).body.data;

  const refused = await post(`${root}/journals/${id}/approve`, {}, second);

  expectRefused(refused, 409, 'LEDGER_GUARD');
  expect(refused.body.error.details).toMatchObject({ code: 1060, account: 'CASH_AT_HUB', ownerId: hubId });
  expect(await balancesOf(hubId)).toEqual({});
  expectRefused(await post(`${root}/journals/${randomUUID()}/approve`, {}, second), 404, 'NOT_FOUND');
});

test('what a check found is kept, shown, and told to every SUPER_ADMIN', async () => {
  const driver = await aDriverWithBooks();
  const where = { driverId: driver.id };
  await db.driverDue.updateMany({ where, data: { outstandingPaise: 700n, closedAs: null } });

  const run = await ledgerActivities({ db }).runChecks('INCREMENTAL');

  // Of others it may have found what their tests left, and would stop their payouts.
  const ofOthers = { OR: [{ owner: null }, { owner: { not: driver.id } }] };
  await db.ledgerCheckFinding.deleteMany({ where: { runId: BigInt(run.runId), ...ofOthers } });
  await db.driverDue.updateMany({ where, data: { outstandingPaise: 0n, closedAs: 'SETTLED' } });
  expect(run.found).toMatchObject({ Q7: expect.any(Number) });
  const { data } = (await get(`${root}/checks`, fleet.superAdmin)).body;
  const shown = (data as { id: string; findings: object[] }[]).find(({ id }) => id === run.runId);
  expect(shown?.findings).toContainEqual({
    ...{ check: 'Q7', owner: driver.id },
    found: { driver: driver.id, open_paise: 700, receivable: 0 },
  });
  const told = await db.notification.findFirst({
    where: { event: 'ledger:check_failed', payload: { path: ['owner'], equals: driver.id } },
  });
  const { role } = await db.user.findUniqueOrThrow({ where: { id: told!.userId! } });
  expect({ role, payload: told!.payload }).toEqual({
    role: 'SUPER_ADMIN',
    payload: { check: 'Q7', owner: driver.id, difference: { driver: driver.id, open_paise: 700, receivable: 0 } },
  });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('the months that are due are closed by a schedule', async () => {
  const { action } = await temporal.schedule.getHandle('months-due').describe();

  expect(action).toMatchObject({ workflowType: 'monthsDueWorkflow' });
});

test('a month that is not over cannot be closed', async () => {
  const thisMonth = monthOf(istDay(Date.now()));

  expectRefused(await post(`${root}/months/${thisMonth}/close`, {}, fleet.superAdmin), 409, 'MONTH_NOT_OVER');
  expectRefused(await post(`${root}/months/2026-13/close`, {}, fleet.superAdmin), 404, 'NOT_FOUND');
});

test('a month that is over is closed once, and the months before it with it', async () => {
  // Not the last one: at the beginning of a month other tests post into its days.
  const month = previousMonth(previousMonth(monthOf(istDay(Date.now()))));

  const closings = await Promise.all([1, 2].map(() => post(`${root}/months/${month}/close`, {}, fleet.superAdmin)));

  expect(closings.map(({ status }) => status)).toEqual([200, 200]);
  expect(new Set(closings.map(({ body }) => body.data.closedAt)).size).toBe(1);
  const balance = await get(`${root}/trial-balance?date=${month}-15`, fleet.superAdmin);
  expect(balance.body.data).toMatchObject({ isFrozen: true, debit: balance.body.data.credit });
});

test('a month that is refused leaves no workflow behind that waits', async () => {
  const first = await db.ledgerMonth.findFirstOrThrow({ orderBy: { month: 'asc' } });
  const refused = previousMonth(monthOf(first.month.toISOString().slice(0, 10) as IstDay));

  for (const _ of [1, 2])
    expectRefused(await post(`${root}/months/${refused}/close`, {}, fleet.superAdmin), 409, 'MONTH_OUT_OF_ORDER');

  const statusOf = async () => (await temporal.workflow.getHandle(`month-close:${refused}`).describe()).status.name;
  await until(async () => (await statusOf()) === 'COMPLETED', 'the end of the workflow');
});
