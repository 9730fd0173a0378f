import { beforeAll, expect, test } from '@jest/globals';
import { paise, rupees } from '../../../../workflows/domain/money.ts';
import { get, post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../../world/factories.ts';
import { faultsInBooks } from '../../../world/money/books.ts';
import { anUnsentPayout, aPayoutRow } from '../../../world/money/payouts.ts';
import { messagesTo, smsWith } from '../../../world/sms.ts';
import { until } from '../../../world/until.ts';
import { expectRefused } from '../../http/refused.ts';

type Person = Awaited<ReturnType<typeof aUser>>;

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const anApprover = () => aUser('MANAGER', fleet.id);

/** A payout that is held, and that is released with a code. */
const aLargePayout = async (amount = rupees(100_001)) => {
  const driver = await aDriver(fleet);
  return anUnsentPayout({ driverId: driver.id, fleetId: fleet.id }, paise(0), amount);
};

const act = (id: string, verb: string, by: Person, body: object = {}) =>
  post(`/payments/admin/payout/${id}/${verb}`, body, by);
const ask = (id: string, by: Person) => act(id, 'approval-code', by);
const approve = (id: string, by: Person, code?: string) => act(id, 'approve', by, code === undefined ? {} : { code });
const codeOf = async (id: string, by: Person): Promise<string> => {
  const sent = await ask(id, by);
  expect(sent).toMatchObject({ status: 200, body: { data: { expiresInSeconds: 300, triesLeft: 3 } } });
  return smsWith(by.phone, /^(\d{6}) approves/);
};
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const challengeOf = async (subjectId: string) =>
  (await db.approvalCode.findFirstOrThrow({ where: { subjectId }, include: { challenge: true } })).challenge;
const statusOf = async (id: string) => (await db.payout.findUniqueOrThrow({ where: { id } })).status;

const expectInvalidCode = (answer: Awaited<ReturnType<typeof approve>>, reason: string, triesLeft: number) => {
  expectRefused(answer, 400, 'APPROVAL_CODE_INVALID');
  expect(answer.body.error.details).toEqual({ reason, triesLeft });
};

test('so much money is released with the code that its approver got, however often they click', async () => {
  const [{ id, driverId }, second] = [await aLargePayout(), await anApprover()];

  expectInvalidCode(await approve(id, second), 'MISSING', 0);
  const code = await codeOf(id, second);
  expectInvalidCode(await approve(id, second), 'MISSING', 3);
  const answers = await Promise.all(Array.from({ length: 10 }, () => approve(id, second, code)));

  for (const { status } of answers) expect(status).toBe(200);
  const row = await until(async () => {
    const now = await db.payout.findUniqueOrThrow({ where: { id } });
    return now.status === 'SUCCESS' && now;
  }, 'the payout to be paid');
  expect(row.approvedBy).toBe(second.id);
  const challenge = await challengeOf(id);
  expect(challenge).toMatchObject({ attempts: 0, sealedCode: null, consumedAt: expect.any(Date) });
  expect(JSON.stringify(challenge)).not.toContain(`"${code}"`);
  expect(await messagesTo(second.phone)).toHaveLength(1);
  expect(await faultsInBooks(driverId)).toEqual([]);
});

test('a payout up to the threshold needs no code', async () => {
  const { id } = await aLargePayout(rupees(100_000));

  expect((await approve(id, await anApprover())).status).toBe(200);
});

test('three wrong codes end a code, though each approval is rolled back', async () => {
  const [{ id }, second] = [await aLargePayout(), await anApprover()];
  const code = await codeOf(id, second);

  for (const left of [2, 1, 0]) expectInvalidCode(await approve(id, second, wrong(code)), 'WRONG', left);
  expectInvalidCode(await approve(id, second, code), 'NOT_LIVE', 0);

  expect(await statusOf(id)).toBe('HELD');
  expect(await db.auditEntry.count({ where: { subjectId: id, action: 'approval.wrongCode' } })).toBe(3);
  const again = await ask(id, second);
  expect(again.status).toBe(200);
});

test('guesses at once are three', async () => {
  const [{ id }, second] = [await aLargePayout(), await anApprover()];
  const code = await codeOf(id, second);

  const answers = await Promise.all(Array.from({ length: 10 }, () => approve(id, second, wrong(code))));

  const reasons = answers.map(({ body }) => (body.error.details as { reason: string }).reason);
  expect(reasons.filter((reason) => reason === 'WRONG')).toHaveLength(3);
  expect((await challengeOf(id)).attempts).toBe(3);
});

test('a code is of one person and one payout, and dies after five minutes or with the next one', async () => {
  const [one, two] = [await aLargePayout(), await aLargePayout()];
  const [second, third] = [await anApprover(), await anApprover()];
  const code = await codeOf(one.id, second);

  expectInvalidCode(await approve(one.id, third, code), 'NOT_LIVE', 0);
  expectInvalidCode(await approve(two.id, second, code), 'NOT_LIVE', 0);
  await db.otpChallenge.update({ where: { id: (await challengeOf(one.id)).id }, data: { expiresAt: new Date() } });
  expectInvalidCode(await approve(one.id, second, code), 'NOT_LIVE', 0);

  await ask(one.id, second);
  await ask(two.id, second);
  const [last = '', before = ''] = (await messagesTo(second.phone)).map((text) => text.slice(0, 6));
  expectInvalidCode(await approve(one.id, second, before), 'NOT_LIVE', 0);
  expect((await approve(two.id, second, last)).status).toBe(200);
});

test('a code approves what its approver has seen, and nothing else', async () => {
  const [{ id }, second] = [await aLargePayout(), await anApprover()];
  const code = await codeOf(id, second);

  await db.payout.update({ where: { id }, data: { ifscCode: 'ICIC0000001' } });

  expectRefused(await approve(id, second, code), 409, 'APPROVAL_CODE_STALE');
  expect(await statusOf(id)).toBe('HELD');
});

test('a code is sent to whoever may release the payout, ten times in a quarter of an hour', async () => {
  const { id, driverId } = await aLargePayout();
  const [asker, second] = [await anApprover(), await anApprover()];
  await db.payout.update({ where: { id }, data: { requestedBy: asker.id } });
  const over = await aPayoutRow({ driverId, fleetId: fleet.id });
  const other = await aFleet();

  expectRefused(await ask(id, asker), 409, 'APPROVER_IS_CREATOR');
  expectRefused(await ask(over.id, second), 409, 'PAYOUT_NOT_HELD');
  expectRefused(await act(id, 'approval-code', other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await act(id, 'approval-code', fleet.operations), 403, 'FORBIDDEN');
  expect(await db.approvalCode.count({ where: { subjectId: id } })).toBe(0);
  for (let n = 0; n < 10; n += 1) expect((await ask(id, second)).status).toBe(200);
  expectRefused(await ask(id, second), 429, 'OTP_RESEND_TOO_SOON');
});

test('who lost the right meanwhile releases nothing, with or without a code', async () => {
  const [{ id }, dismissed] = [await aLargePayout(), await anApprover()];
  const code = await codeOf(id, dismissed);
  await get(`/payments/admin/payout/${id}`, dismissed);
  // Behind the API, which still takes them for a manager of the fleet.
  const make = (data: object) => db.user.update({ where: { id: dismissed.id }, data });

  await make({ isActive: false });
  expectRefused(await approve(id, dismissed, code), 401, 'UNAUTHORIZED');
  await make({ isActive: true, role: 'OPERATIONS' });
  expectRefused(await approve(id, dismissed, code), 403, 'FORBIDDEN');
  await make({ role: 'MANAGER', fleetId: (await aFleet()).id });
  expectRefused(await approve(id, dismissed, code), 403, 'SCOPE_FORBIDDEN');

  expect(await statusOf(id)).toBe('HELD');
});
