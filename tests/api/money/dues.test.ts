import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeOffActivities } from '../../../activities/money/write-offs.ts';
import { reconciliationActivities } from '../../../activities/reconciliation.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { post as postJournal } from '../../../prisma/post.ts';
import { depositDuesCleared, depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { penaltyIssued } from '../../../workflows/domain/money/journals/penalties.ts';
import { paise, rupees } from '../../../workflows/domain/money.ts';
import { asStaff } from '../../world/actors.ts';
import { get, post } from '../../world/api.ts';
import type { Answer, Sent } from '../../world/api.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../world/factories.ts';
import { untilWaiting } from '../../world/locks.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aDue } from './payments.ts';

type Due = Awaited<ReturnType<typeof aDue>>;

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
});

const root = '/payments/admin/dues';
const reason = 'The driver has left the fleet';

const aDriverWithDue = async (amount?: number) => {
  const { id: driverId } = await aDriver(fleet, { vehicle: false });
  return aDue({ driverId, fleetId: fleet.id }, amount);
};
const ask = (due: Due, by: Sent = fleet.manager, body: object = { reason }) =>
  post(`${root}/${due.id}/write-off`, body, by);
const approve = (due: Due, by: Sent = fleet.fleetAdmin) => post(`${root}/${due.id}/write-off/approve`, {}, by);
const dueNow = ({ id }: Due) => db.driverDue.findUniqueOrThrow({ where: { id } });
const writeOffsOf = ({ id }: Due) => db.dueWriteOff.findMany({ where: { dueId: id }, orderBy: { createdAt: 'asc' } });
const happened = ({ driverId, fleetId }: Due) => ({ driverId, fleetId, occurredAt: new Date().toISOString() });

/** The driver pays a part of a due from their deposit. */
const pay = (due: Due, amount: number) => {
  const of = happened(due);
  const part = { kind: 'CHARGEBACK' as const, source: due.source, amount: paise(amount) };
  return posted(
    depositPaid({ ...of, txnid: randomUUID(), amount: paise(amount) }),
    depositDuesCleared({ ...of, settlementId: randomUUID(), dues: [part] }),
  );
};

test('a due is written off when a second person approves it, over what is open then', async () => {
  const due = await aDriverWithDue();
  const asked = await ask(due);
  await pay(due, 10_000);

  const approved = await approve(due);

  expect(asked).toMatchObject({
    status: 201,
    body: { data: { dueId: String(due.id), status: 'WAITING', reason, amount: null, createdBy: fleet.manager.id } },
  });
  const { id } = asked.body.data as { id: string };
  expect(approved).toMatchObject({
    status: 200,
    body: { data: { id, status: 'APPROVED', amount: 200, approvedBy: fleet.fleetAdmin.id } },
  });
  expect(await dueNow(due)).toMatchObject({ outstandingPaise: 0n, closedAs: 'WRITTEN_OFF', cancelled: true });
  expect(await db.ledgerJournal.findMany({ where: { eventType: 'bad_debt', driverId: due.driverId } })).toMatchObject([
    { eventKey: id, actor: fleet.fleetAdmin.id, fleetId: fleet.id },
  ]);
  expect(await balancesOf(due.driverId)).toEqual({});
  expect(await balancesOf(fleet.id)).toMatchObject({ [`5040[${fleet.id}]`]: 20_000 });
  expect(await faultsInBooks(due.driverId, fleet.id)).toEqual([]);
  expect(await db.auditEntry.findMany({ where: { subjectId: id }, orderBy: { id: 'asc' } })).toMatchObject([
    { action: 'due.writeOffAsked', actorId: fleet.manager.id, after: { dueId: String(due.id), reason } },
    { action: 'due.writtenOff', actorId: fleet.fleetAdmin.id, before: { open: '200.00' } },
  ]);
  await until(
    async () => (await temporal.workflow.getHandle(`due-write-off:${id}`).describe()).status.name === 'COMPLETED',
    'the end of the workflow',
  );
});

test('who asks does not approve, and MANAGER approves nothing', async () => {
  const due = await aDriverWithDue();
  await ask(due, fleet.fleetAdmin);

  expectRefused(await approve(due, fleet.fleetAdmin), 409, 'SECOND_PERSON_REQUIRED');
  expectRefused(await approve(due, fleet.manager), 403, 'FORBIDDEN');
  expect(await dueNow(due)).toMatchObject({ outstandingPaise: 30_000n });
  expect((await approve(due, fleet.superAdmin)).status).toBe(200);
});

test('only somebody in office approves, whatever the command says of them', async () => {
  const due = await aDriverWithDue();
  const { id: writeOffId } = (await ask(due)).body.data as { id: string };
  const left = await aUser('FLEET_ADMIN', fleet.id);
  await db.user.update({ where: { id: left.id }, data: { isActive: false } });
  const { approveWriteOff } = writeOffActivities({ db });

  for (const { id } of [left, other.fleetAdmin, other.manager, fleet.manager, fleet.operations])
    await expect(approveWriteOff({ writeOffId, by: asStaff(id, 'SUPER_ADMIN') })).rejects.toMatchObject({
      type: 'SECOND_PERSON_REQUIRED',
    });

  expect(await dueNow(due)).toMatchObject({ outstandingPaise: 30_000n });
});

test('approvals at once and again post once, and all get the same', async () => {
  const due = await aDriverWithDue();
  await ask(due);

  const approvals = await Promise.all(
    [fleet.fleetAdmin, fleet.superAdmin, fleet.fleetAdmin].map((by) => approve(due, by)),
  );
  approvals.push(await approve(due));

  expect(approvals.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(new Set(approvals.map(({ body }) => body.data.journalId as string)).size).toBe(1);
  expect(await db.ledgerJournal.count({ where: { eventType: 'bad_debt', driverId: due.driverId } })).toBe(1);
  const writeOffId = (await writeOffsOf(due))[0]!.id;
  const { approveWriteOff, lapseWriteOff } = writeOffActivities({ db });
  expect(await approveWriteOff({ writeOffId, by: asStaff(fleet.superAdmin.id) })).toBe('APPROVED');
  expect(await lapseWriteOff(writeOffId)).toBe('APPROVED');
  expect(await faultsInBooks(due.driverId)).toEqual([]);
});

test('one write-off waits per due, also when several ask at once', async () => {
  const due = await aDriverWithDue();

  const answers = await Promise.all([fleet.manager, fleet.fleetAdmin, fleet.superAdmin].map((by) => ask(due, by)));

  const refused = answers.filter(({ status }) => status !== 201);
  const [waiting, ...others] = await writeOffsOf(due);
  expect([refused.length, others.length]).toEqual([2, 0]);
  for (const answer of refused) expectRefused(answer, 409, 'WRITE_OFF_WAITING');
  expect(refused[0]!.body.error.details).toEqual({ writeOffId: waiting!.id });
});

test('the same key asks once', async () => {
  const due = await aDriverWithDue();
  const key = randomUUID();

  const answers = await Promise.all([1, 2].map(() => ask(due, { ...fleet.manager, key })));

  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(await writeOffsOf(due)).toHaveLength(1);
});

test('a due that is paid before the approval leaves nothing to write off', async () => {
  const due = await aDriverWithDue();
  const { id } = (await ask(due)).body.data as { id: string };
  await pay(due, 30_000);

  const refused = await approve(due);

  expectRefused(refused, 409, 'DUE_NOT_OPEN');
  expect(refused.body.error.details).toEqual({ closedAs: 'SETTLED' });
  expectRefused(await approve(due), 409, 'DUE_NOT_OPEN');
  expectRefused(await ask(due), 409, 'DUE_NOT_OPEN');
  expect(await writeOffsOf(due)).toMatchObject([{ id, status: 'LAPSED', journalId: null }]);
  expect(await faultsInBooks(due.driverId)).toEqual([]);
});

test('an approval that waits for a payment finds what the payment left', async () => {
  const due = await aDriverWithDue();
  await ask(due);
  const of = happened(due);
  const part = { kind: 'CHARGEBACK' as const, source: due.source, amount: rupees(300) };
  let approval = Promise.resolve({} as Answer);

  await db.$transaction(
    async (tx) => {
      await lockDrivers(tx, [due.driverId]);
      approval = approve(due);
      await untilWaiting(1);
      await postJournal(tx, depositPaid({ ...of, txnid: randomUUID(), amount: part.amount }));
      await postJournal(tx, depositDuesCleared({ ...of, settlementId: randomUUID(), dues: [part] }));
    },
    { timeout: 20_000 },
  );

  expectRefused(await approval, 409, 'DUE_NOT_OPEN');
  expect(await dueNow(due)).toMatchObject({ outstandingPaise: 0n, closedAs: 'SETTLED' });
  expect(await balancesOf(due.driverId)).toEqual({});
  expect(await faultsInBooks(due.driverId)).toEqual([]);
});

test('a write-off whose due is closed otherwise lapses by itself', async () => {
  const due = await aDriverWithDue();
  const { id } = (await ask(due)).body.data as { id: string };
  await pay(due, 30_000);
  const { beginMissing } = reconciliationActivities({ db, client: temporal });

  await until(async () => {
    await beginMissing();
    return (await writeOffsOf(due))[0]!.status === 'LAPSED';
  }, 'the end of the write-off');

  await until(
    async () => (await temporal.workflow.getHandle(`due-write-off:${id}`).describe()).status.name === 'COMPLETED',
    'the end of the workflow',
  );
});

test('a penalty is waived and a shortage of revenue is reconciled anew instead', async () => {
  const due = await aDriverWithDue();
  const penaltyId = randomUUID();
  await posted(penaltyIssued({ ...happened(due), penaltyId, amount: rupees(100) }));
  const penalty = await db.driverDue.findFirstOrThrow({ where: { source: penaltyId } });
  await db.driverDue.update({ where: { id: due.id }, data: { kind: 'REVENUE_SHORTAGE' } });

  const refused = await ask(penalty);
  expectRefused(refused, 409, 'DUE_NOT_WRITABLE');
  expect(refused.body.error.details).toEqual({ kind: 'PENALTY', instead: 'A penalty is waived' });
  expectRefused(await ask(due), 409, 'DUE_NOT_WRITABLE');
  expect(await writeOffsOf(penalty)).toEqual([]);
});

test('a write-off needs a reason, a due, and a fleet that is the own one', async () => {
  const due = await aDriverWithDue();

  expectInvalid(await ask(due, fleet.manager, {}), 'reason');
  expectInvalid(await ask(due, fleet.manager, { reason: 'x'.repeat(501) }), 'reason');
  for (const by of [other.manager, other.fleetAdmin]) expectRefused(await ask(due, by), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await ask(due, fleet.operations), 403, 'FORBIDDEN');
  expectRefused(await approve(due), 404, 'NOT_FOUND');
  await ask(due);
  expectRefused(await approve(due, other.fleetAdmin), 403, 'SCOPE_FORBIDDEN');
  for (const id of ['999999999', '0', 'x', randomUUID()])
    expectRefused(await post(`${root}/${id}/write-off`, { reason }, fleet.manager), 404, 'NOT_FOUND');
});

test('open dues are listed oldest first, by driver, kind, fleet and age, within the own fleet', async () => {
  const due = await aDriverWithDue();
  const second = await aDue({ driverId: due.driverId, fleetId: fleet.id }, 5_000);
  const paid = await aDue({ driverId: due.driverId, fleetId: fleet.id }, 7_000);
  await pay(paid, 7_000);
  await pay(due, 10_000);
  await db.driverDue.update({ where: { id: second.id }, data: { createdAt: new Date(Date.now() - 49 * 3_600_000) } });
  const writeOff = (await ask(due)).body.data as object;
  const found = async (filter: string, by: Sent = fleet.manager) =>
    ((await get(`${root}?driverId=${due.driverId}&${filter}`, by)).body.data as { id: string }[]).map(({ id }) => id);

  expect((await get(`${root}?driverId=${due.driverId}`, fleet.manager)).body).toMatchObject({
    data: [
      {
        id: String(due.id),
        driverId: due.driverId,
        kind: 'CHARGEBACK',
        amount: 300,
        openAmount: 200,
        ageDays: 0,
        writeOff,
      },
      { id: String(second.id), amount: 50, openAmount: 50, ageDays: 2, writeOff: null },
    ],
    pagination: { total: 2 },
  });
  expect(await found('minAgeDays=2')).toEqual([String(second.id)]);
  expect(await found('minAgeDays=3')).toEqual([]);
  expect(await found('kind=penalty')).toEqual([]);
  expect(await found('kind=CHARGEBACK&limit=1&page=2')).toEqual([String(second.id)]);
  expect(await found(`fleetId=${fleet.id}`, fleet.superAdmin)).toHaveLength(2);
  expect(await found(`fleetId=${other.id}`, fleet.superAdmin)).toEqual([]);
  const foreign = (await get(`${root}?limit=200`, other.manager)).body.data as { fleetId: string }[];
  expect(foreign.filter(({ fleetId }) => fleetId !== other.id)).toEqual([]);
  expectRefused(await get(`${root}?fleetId=${fleet.id}`, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await get(root, fleet.operations), 403, 'FORBIDDEN');
  expectInvalid(await get(`${root}?kind=GIFT&minAgeDays=-1`, fleet.manager), 'kind', 'minAgeDays');
});
