import { beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { get, post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../../world/factories.ts';
import { faultsInBooks } from '../../../world/money/books.ts';
import { gateway } from '../../../world/money/collections.ts';
import { aPayoutRow } from '../../../world/money/payouts.ts';
import { until } from '../../../world/until.ts';
import { expectInvalid, expectRefused } from '../../http/refused.ts';

const root = '/payments/admin/payouts/wallet';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let second: Sent;
beforeAll(async () => {
  fleet = await aFleet();
  second = await aUser('SUPER_ADMIN', null);
});

const aReference = () => randomBytes(8).toString('hex').toUpperCase();
const walletOf = async (by: Sent = fleet.superAdmin) => (await get(root, by)).body.data;
const topUp = (bankReference: string, by: Sent = fleet.superAdmin, amount: unknown = '1000.00') =>
  post(`${root}/topup`, { amount, bankReference }, by);
const approve = (id: string, by: Sent = second) => post(`${root}/topup/${id}/approve`, {}, by);
const journalsOf = (eventKey: string) => db.ledgerJournal.count({ where: { eventType: 'wire_topup', eventKey } });

test('the wallet is read at the gateway and in the books; a fleet sees the sums of its own payouts', async () => {
  const of = { driverId: (await aDriver(fleet)).id, fleetId: fleet.id };
  const queued = await aPayoutRow(of, 'HELD');
  await aPayoutRow(of, 'HELD');
  await aPayoutRow(of, 'SUCCESS');
  await db.payout.update({ where: { id: queued.id }, data: { status: 'ACCEPTED', queuedOnLowBalance: true } });
  await gateway.scenario({ call: 'wallet', times: 1, amount: '45000.67' });

  const before = Date.now();
  const { asOf, ...seen } = await walletOf(fleet.manager);

  expect(Date.parse(asOf as string)).toBeGreaterThanOrEqual(before);
  expect(seen).toEqual({
    ...{ balance: 45_000.67, threshold: 50_000, isLow: true, inFlightAmount: 1_000, queuedAmount: 500 },
    ...{ ledgerBalance: null, topups: [] },
  });
  expect(await walletOf()).toMatchObject({ isLow: false, ledgerBalance: expect.any(Number) });
  expect((await walletOf()).inFlightAmount).toBeGreaterThanOrEqual(1_000);
  expect(await walletOf((await aFleet()).manager)).toMatchObject({ inFlightAmount: 0, queuedAmount: 0 });
  expectRefused(await get(root, fleet.operations), 403, 'FORBIDDEN');
});

test.each([
  ['says nothing of use', { answer: 'error' }],
  ['says it too late', { delayMs: 12_000 }],
] as const)('a balance is null, and no error, when the gateway %s', async (_, how) => {
  // Whoever else asks for the balance may get this answer.
  const { status, body } = await until(async () => {
    await gateway.scenario({ call: 'wallet', times: 1, ...how });
    const read = await get(root, fleet.superAdmin);
    return read.body.data?.balance === null && read;
  }, 'no balance');

  expect(status).toBe(200);
  expect(body.data).toMatchObject({ balance: null, asOf: null, isLow: null, threshold: 50_000 });
  expect(await walletOf()).toMatchObject({ balance: expect.any(Number), asOf: expect.any(String) });
});

test('a top-up is booked once, when a second person approves it', async () => {
  const reference = aReference();
  const written = await topUp(reference.toLowerCase());
  expect(written).toMatchObject({ status: 201, body: { data: { amount: 1_000, bankReference: reference } } });
  const { id } = written.body.data as { id: string };
  const { ledgerBalance, topups } = await walletOf();
  expect(topups).toContainEqual(expect.objectContaining({ id, approvedBy: null, journalId: null }));
  expect(await journalsOf(reference)).toBe(0);

  expectRefused(await approve(id, fleet.superAdmin), 409, 'APPROVER_IS_CREATOR');
  const answers = await Promise.all(Array.from({ length: 10 }, () => approve(id)));

  const [first] = answers;
  expect(first).toMatchObject({ status: 200, body: { data: { id, journalId: expect.stringMatching(/^\d+$/) } } });
  for (const answer of answers) expect(answer.body.data).toEqual(first!.body.data);
  expect(await journalsOf(reference)).toBe(1);
  const after = await walletOf();
  // Other payouts change it meanwhile.
  expect([typeof ledgerBalance, typeof after.ledgerBalance]).toEqual(['number', 'number']);
  expect(after.topups).not.toContainEqual(expect.objectContaining({ id }));
  expect(await db.auditEntry.findMany({ where: { subjectId: id }, orderBy: { id: 'asc' } })).toMatchObject([
    { action: 'wallet.topupWritten', after: { bankReference: reference, amount: '1000.00' } },
    { action: 'wallet.topupApproved', after: { bankReference: reference, amount: '1000.00' } },
  ]);
  expect(await faultsInBooks('-')).toEqual([]);
});

test('a reference is written down once, whoever clicks how often', async () => {
  const reference = aReference();

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => topUp(reference, n % 2 ? second : fleet.superAdmin)),
  );

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201))
    expectRefused(answer, 409, 'BANK_REFERENCE_USED');
  const keyed = { ...fleet.superAdmin, key: aReference() };
  const again = aReference();
  const [one, two] = [await topUp(again, keyed), await topUp(again, keyed)];
  expect(two.body.data).toEqual(one.body.data);
});

test('top-ups are for SUPER_ADMIN alone, as the database knows them when they approve', async () => {
  const { id } = (await topUp(aReference())).body.data as { id: string };
  const dismissed = await aUser('SUPER_ADMIN', null);
  expect((await get(root, dismissed)).status).toBe(200);
  // Behind the API, which still takes them for a SUPER_ADMIN.
  await db.user.update({ where: { id: dismissed.id }, data: { isActive: false } });
  expectRefused(await approve(id, dismissed), 401, 'UNAUTHORIZED');
  await db.user.update({ where: { id: dismissed.id }, data: { isActive: true, role: 'MANAGER', fleetId: fleet.id } });
  expectRefused(await approve(id, dismissed), 403, 'FORBIDDEN');

  expectRefused(await topUp(aReference(), fleet.fleetAdmin), 403, 'FORBIDDEN');
  expectRefused(await approve(id, fleet.fleetAdmin), 403, 'FORBIDDEN');
  expectInvalid(await topUp('ab c', fleet.superAdmin, 0), 'amount', 'bankReference');
  expect(await db.walletTopup.findUniqueOrThrow({ where: { id } })).toMatchObject({ approvedBy: null });
});
