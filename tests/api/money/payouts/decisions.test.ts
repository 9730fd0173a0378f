import { beforeAll, expect, test } from '@jest/globals';
import { moneyNews } from '../../../../activities/money/news.ts';
import { payoutActivities } from '../../../../activities/money/payouts/payouts.ts';
import { hourMs } from '../../../../workflows/domain/time.ts';
import { get, post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { gateway } from '../../../world/money/collections.ts';
import { anUnsentPayout, aPayoutRow } from '../../../world/money/payouts.ts';
import { temporal } from '../../../world/temporal.ts';
import { until } from '../../../world/until.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Awaited<ReturnType<typeof aUser>>;
beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('MANAGER', fleet.id);
});

const payoutNow = (id: string) => db.payout.findUniqueOrThrow({ where: { id } });
const untilPayout = (id: string, status: string) =>
  until(async () => {
    const row = await payoutNow(id);
    return row.status === status && row;
  }, `the payout to be ${status}`);

/** A payout of 500.00 that the gateway has taken, whose answer was lost, and about which it was asked for the last time. */
const aLostPayout = async (hours = 73) => {
  const { id: driverId } = await aDriver(fleet);
  const match = driverId.slice(0, 8);
  await gateway.scenario({ call: 'transfer', answer: 'lose', times: 1, becomes: 'accepted', match });
  const { id } = await anUnsentPayout({ driverId, fleetId: fleet.id });
  await post(`/payments/admin/payout/${id}/refresh`, {}, fleet.manager);
  await untilPayout(id, 'UNKNOWN');
  const submittedAt = new Date(Date.now() - hours * hourMs);
  return { ...(await db.payout.update({ where: { id }, data: { submittedAt } })), driverId };
};

const evidence = 'Statement of the bank of 30 November, line 14';
const aUtr = () => `UTR${Date.now()}${Math.floor(Math.random() * 1e6)}`;
const decide = (id: string, body: object, by: Sent = fleet.manager) =>
  post(`/payments/admin/payout/${id}/decide`, { evidence, ...body }, by);
const approve = (id: string, by: Sent = second, body: object = {}) =>
  post(`/payments/admin/payout/${id}/decide/approve`, body, by);
const decisionsOf = async (id: string) =>
  (await get(`/payments/admin/payout/${id}`, fleet.manager)).body.data.decisions as { status: string }[];
const expectInOrder = async (driverId: string) => expect(await faultsInBooks(driverId)).toEqual([]);

test('what two people say is paid is paid, and owed again when the gateway says that it failed', async () => {
  const { id, driverId, number } = await aLostPayout();
  const utr = aUtr();

  const decided = await decide(id, { outcome: 'PAID', utr });
  expect(decided).toMatchObject({ status: 201, body: { data: { outcome: 'PAID', utr, evidence, status: 'WAITING' } } });
  expectRefused(await approve(id, fleet.manager), 409, 'APPROVER_IS_CREATOR');
  expect((await payoutNow(id)).status).toBe('UNKNOWN');
  const answers = await Promise.all(Array.from({ length: 10 }, () => approve(id)));

  for (const { status } of answers) expect(status).toBe(200);
  expect(await untilPayout(id, 'SUCCESS')).toMatchObject({ utr, attempt: 1 });
  expect(await decisionsOf(id)).toMatchObject([
    { status: 'APPLIED', createdBy: fleet.manager.id, approvedBy: second.id },
  ]);
  expect(await db.ledgerJournal.count({ where: { eventType: 'payout_settled', eventKey: `${id}:1` } })).toBe(1);
  expect(await balancesOf(driverId)).toEqual({});
  await expectInOrder(driverId);
  expect(await db.auditEntry.findMany({ where: { subjectId: id, action: { startsWith: 'payout.dec' } } })).toHaveLength(
    2,
  );

  await gateway.transfer({ number, word: 'failure' });
  await untilPayout(id, 'REVERSED');
  expect(await balancesOf(driverId)).toEqual({ [`2020[${driverId}]`]: 50_000 });
  await expectInOrder(driverId);
});

test('what two people say is not paid is owed again, and is paid when the gateway says so later', async () => {
  const { id, driverId, number } = await aLostPayout();

  await decide(id, { outcome: 'NOT_PAID' });
  await approve(id);

  await untilPayout(id, 'FAILED');
  expect(await balancesOf(driverId)).toEqual({ [`2020[${driverId}]`]: 50_000 });
  await expectInOrder(driverId);

  await gateway.transfer({ number, word: 'success', utr: aUtr() });
  await untilPayout(id, 'SUCCESS');
  expect(await balancesOf(driverId)).toEqual({});
  await expectInOrder(driverId);
});

test('nobody decides about a payout that the gateway is still asked about, or that is over', async () => {
  const { id, submittedAt } = await aLostPayout(71);
  const over = await aPayoutRow({ driverId: (await aDriver(fleet)).id, fleetId: fleet.id });

  const early = await decide(id, { outcome: 'NOT_PAID' });
  expectRefused(early, 409, 'PAYOUT_NOT_DECIDABLE');
  expect(early.body.error.details).toEqual({
    status: 'UNKNOWN',
    from: new Date(submittedAt!.getTime() + 72 * hourMs).toISOString(),
  });
  const late = await decide(over.id, { outcome: 'NOT_PAID' });
  expectRefused(late, 409, 'PAYOUT_NOT_DECIDABLE');
  expect(late.body.error.details).toEqual({ status: 'SUCCESS', from: null });
  const none = await approve(id);
  expectRefused(none, 409, 'DECISION_NOT_WAITING');
  expect(none.body.error.details).toEqual({ decisionId: null });
});

test('a decision is complete, is of the fleet, and names a UTR that no other payout has', async () => {
  const { id } = await aLostPayout();
  const other = await aFleet();
  const { utr } = await aPayoutRow({ driverId: (await aDriver(fleet)).id, fleetId: fleet.id });

  expectInvalid(await decide(id, { outcome: 'PAID' }), 'utr');
  expectInvalid(await decide(id, { outcome: 'NOT_PAID', utr: 'UTR000000001' }), 'utr');
  expectInvalid(await decide(id, { outcome: 'PERHAPS', evidence: '' }), 'outcome', 'evidence');
  expectRefused(await decide(id, { outcome: 'PAID', utr }), 409, 'UTR_USED');
  expectRefused(await decide(id, { outcome: 'NOT_PAID' }, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await decide(id, { outcome: 'NOT_PAID' }, fleet.operations), 403, 'FORBIDDEN');
  await decide(id, { outcome: 'NOT_PAID' });
  expectRefused(await approve(id, other.manager), 403, 'SCOPE_FORBIDDEN');
  expect(await decisionsOf(id)).toMatchObject([{ status: 'WAITING' }]);
});

test('a decision that was made by mistake is replaced, and its approval does not approve the other one', async () => {
  const { id } = await aLostPayout();
  const twice = await Promise.all([decide(id, { outcome: 'NOT_PAID' }), decide(id, { outcome: 'NOT_PAID' })]);
  const { id: wrong } = twice[0].body.data as { id: string };
  expect(twice[1].body.data.id).toBe(wrong);

  const right = (await decide(id, { outcome: 'PAID', utr: aUtr() })).body.data as { id: string };

  const stale = await approve(id, second, { decisionId: wrong });
  expectRefused(stale, 409, 'DECISION_NOT_WAITING');
  expect(stale.body.error.details).toEqual({ decisionId: right.id });
  const both = await Promise.all([approve(id, second, { decisionId: right.id }), approve(id, fleet.fleetAdmin)]);
  const refused = both.filter(({ status }) => status !== 200);
  expect(refused).toHaveLength(1);
  expectRefused(refused[0]!, 409, 'DECISION_APPROVED');
  await untilPayout(id, 'SUCCESS');
  expectRefused(await decide(id, { outcome: 'NOT_PAID' }), 409, 'DECISION_APPROVED');
  expect(await decisionsOf(id)).toMatchObject([{ status: 'REPLACED' }, { status: 'APPLIED' }]);
});

test('who asked for the payout, or lost the right meanwhile, approves nothing', async () => {
  const { id } = await aLostPayout();
  await decide(id, { outcome: 'NOT_PAID' });
  const [asker, dismissed] = [await aUser('MANAGER', fleet.id), await aUser('MANAGER', fleet.id)];
  await db.payout.update({ where: { id }, data: { requestedBy: asker.id } });
  expectRefused(await approve(id, asker), 409, 'APPROVER_IS_CREATOR');

  await get(`/payments/admin/payout/${id}`, dismissed);
  // Behind the API, which still takes them for a manager of the fleet.
  const make = (data: object) => db.user.update({ where: { id: dismissed.id }, data });
  await make({ isActive: false });
  expectRefused(await approve(id, dismissed), 401, 'UNAUTHORIZED');
  await make({ isActive: true, role: 'OPERATIONS' });
  expectRefused(await approve(id, dismissed), 403, 'FORBIDDEN');
  await make({ role: 'MANAGER', fleetId: (await aFleet()).id });
  expectRefused(await approve(id, dismissed), 403, 'SCOPE_FORBIDDEN');
  expect(await decisionsOf(id)).toMatchObject([{ status: 'WAITING' }]);
});

test('a decision that nobody told the payout is told by the schedule; one that comes after the gateway lapses', async () => {
  const [untold, told] = [await aLostPayout(), await aLostPayout()];
  const approved = { status: 'APPROVED', approvedBy: second.id, approvedAt: new Date() } as const;
  for (const { id } of [untold, told]) await decide(id, { outcome: 'NOT_PAID' });
  await gateway.transfer({ number: told.number, word: 'success', utr: aUtr() });
  await untilPayout(told.id, 'SUCCESS');

  expectRefused(await approve(told.id), 409, 'PAYOUT_NOT_DECIDABLE');
  for (const { id: payoutId } of [untold, told])
    await db.payoutDecision.updateMany({ where: { payoutId }, data: approved });
  await payoutActivities({ db }).hear(told.id);
  await moneyNews({ db, client: temporal }).wakeUnheard(new Date(Date.now() + 1_000));

  await untilPayout(untold.id, 'FAILED');
  expect(await decisionsOf(told.id)).toMatchObject([{ status: 'LAPSED' }]);
  expect((await payoutNow(told.id)).status).toBe('SUCCESS');
  for (const { driverId } of [untold, told]) await expectInOrder(driverId);
});
