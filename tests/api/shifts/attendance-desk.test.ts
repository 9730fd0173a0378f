import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aDay, anApprovedShift, aPendingShift, checkIn, shiftOf } from './shifts.ts';

type Verdict = 'approve' | 'reject';

const decide = (id: string, verdict: Verdict, by: Sent, body?: object) =>
  post(`/attendance/${id}/${verdict}`, body, by);

const verdicts = { approve: 'APPROVED', reject: 'REJECTED' } as const;
const opposite = { approve: 'reject', reject: 'approve' } as const;

/** What a driver was told of the verdicts on their shifts. */
const inboxOf = (userId: string) =>
  db.notification.findMany({ where: { userId, event: { in: ['attendance:approved', 'attendance:rejected'] } } });

test.each(['superAdmin', 'fleetAdmin', 'manager', 'operations'] as const)(
  'a shift is approved by who asks, whatever the body says of an approver (%s)',
  async (role) => {
    const { fleet, driver } = await aDay();
    const id = await aPendingShift(driver);
    const sent = { adminId: driver.userId, approvedBy: driver.userId, reason: 'Car is clean' };

    const answer = await decide(id, 'approve', fleet[role], sent);

    const { name } = await db.user.findUniqueOrThrow({ where: { id: fleet[role].id } });
    const decided = { status: 'APPROVED', approvalStatus: 'APPROVED', approvedBy: fleet[role].id };
    expect(answer).toMatchObject({
      status: 200,
      body: { data: { id, ...decided, approvedByName: name, adminRemarks: 'Car is clean', checkOutTime: null } },
    });
    expect(await shiftOf(id)).toMatchObject({ ...decided, approvedByName: name, approvedAt: expect.any(Date) });
    expect(await inboxOf(driver.userId)).toMatchObject([
      { event: 'attendance:approved', payload: { attendanceId: id, status: 'APPROVED', remarks: 'Car is clean' } },
    ]);
  },
);

test.each([
  [{}, 'Rejected'],
  [{ remarks: 'You are not in your uniform' }, 'You are not in your uniform'],
  [{ reason: 'You are not in your uniform', adminId: 'x' }, 'You are not in your uniform'],
])('a rejection with %j closes the shift and says "%s"', async (body, adminRemarks) => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);

  const answer = await decide(id, 'reject', fleet.manager, body);

  expect(answer).toMatchObject({
    status: 200,
    body: { data: { id, status: 'REJECTED', approvalStatus: 'REJECTED', adminRemarks, approvedBy: fleet.manager.id } },
  });
  expect(await shiftOf(id)).toMatchObject({ status: 'REJECTED', checkOutTime: expect.any(Date), cashStatus: 'NONE' });
  expect(await inboxOf(driver.userId)).toMatchObject([
    { event: 'attendance:rejected', payload: { remarks: adminRemarks } },
  ]);
});

test.each(['approve', 'reject'] as const)('to %s a shift again changes nothing', async (verdict) => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);
  await decide(id, verdict, fleet.manager, { remarks: 'First' });
  const before = await shiftOf(id);

  const again = await decide(id, verdict, fleet.operations, { remarks: 'Second' });

  expect(again).toMatchObject({ status: 200, body: { data: { approvedBy: fleet.manager.id, adminRemarks: 'First' } } });
  expect(await shiftOf(id)).toEqual(before);
  expect(await inboxOf(driver.userId)).toHaveLength(1);
});

test.each(['approve', 'reject'] as const)('what one manager does to %s, another does not overturn', async (verdict) => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);
  await decide(id, verdict, fleet.manager);
  const before = await shiftOf(id);

  const other = await decide(id, opposite[verdict], fleet.operations, { remarks: 'No' });

  expectRefused(other, 409, 'INVALID_STATE_TRANSITION');
  expect(other.body.error.details).toEqual({ from: verdicts[verdict], to: verdicts[opposite[verdict]] });
  expect(await shiftOf(id)).toEqual(before);
});

test.each(['approve', 'reject'] as const)(
  'a shift that was closed undecided: to %s it is possible once',
  async (word) => {
    const { fleet, driver } = await aDay();
    const id = await aPendingShift(driver);
    await post('/attendance/check-out', { odometer: 1040, cashDeposited: 5 }, driver);
    const { checkOutTime } = await shiftOf(id);

    const late = await decide(id, word, fleet.manager);
    const again = await decide(id, word, fleet.manager);
    const other = await decide(id, opposite[word], fleet.manager);

    const data = { id, status: 'CHECKED_OUT', approvalStatus: verdicts[word] };
    expect(late).toMatchObject({ status: 200, body: { data } });
    for (const answer of [again, other]) expectRefused(answer, 409, 'INVALID_STATE_TRANSITION');
    expect(await shiftOf(id)).toMatchObject({ ...data, checkOutTime, cashStatus: 'DECLARED' });
  },
);

test('a shift that was approved and ended is not decided any more', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);
  await post('/attendance/check-out', { odometer: 1040 }, driver);
  const before = await shiftOf(id);

  for (const verdict of ['approve', 'reject'] as const)
    expectRefused(await decide(id, verdict, fleet.manager), 409, 'INVALID_STATE_TRANSITION');

  expect(await shiftOf(id)).toEqual(before);
});

test('of two managers at once, one of whom approves and one rejects, the first one wins', async () => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);

  const answers = await Promise.all([
    decide(id, 'approve', fleet.manager),
    decide(id, 'reject', fleet.operations, { remarks: 'No' }),
  ]);

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const [winner, verdict] = answers[0].status === 200 ? [fleet.manager, 'APPROVED'] : [fleet.operations, 'REJECTED'];
  expect(await shiftOf(id)).toMatchObject({ status: verdict, approvedBy: winner.id });
  expect(await inboxOf(driver.userId)).toHaveLength(1);
});

test.each(['approve', 'reject'] as const)(
  'to %s a driver whom one has just checked in oneself, one must say why',
  async (verdict) => {
    const { fleet, driver } = await aDay();
    const { body } = await post('/attendance/check-in', { driverId: driver.id }, fleet.manager);
    const id = body.data.id as string;

    expectInvalid(await decide(id, verdict, fleet.manager), 'remarks');
    expect(await shiftOf(id)).toMatchObject({ status: 'PENDING' });
    const answer = await decide(id, verdict, fleet.manager, { remarks: 'I saw him' });

    expect(answer.body.data).toMatchObject({ status: verdicts[verdict], adminRemarks: 'I saw him' });
  },
);

test('a colleague decides without remarks what another has checked in', async () => {
  const { fleet, driver } = await aDay();
  const { body } = await post('/attendance/check-in', { driverId: driver.id }, fleet.manager);

  expect((await decide(body.data.id as string, 'approve', fleet.operations)).status).toBe(200);
});

test('remarks have an end', async () => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);

  expectInvalid(await decide(id, 'approve', fleet.manager, { remarks: 'x'.repeat(1001) }), 'remarks');
  expect((await decide(id, 'approve', fleet.manager, { remarks: 'x'.repeat(1000) })).status).toBe(200);
});

test('nobody decides or reads a shift of another fleet, nor a driver their own or a colleague’s', async () => {
  const { fleet, driver } = await aDay();
  const [colleague, strangers] = [await aDriver(fleet), await aFleet()];
  const id = await aPendingShift(driver);

  for (const verdict of ['approve', 'reject'] as const) {
    expectRefused(await decide(id, verdict, strangers.manager), 403, 'SCOPE_FORBIDDEN');
    expectRefused(await decide(id, verdict, driver), 403, 'FORBIDDEN');
  }
  for (const by of [strangers.manager, strangers.operations, colleague])
    expectRefused(await get(`/attendance/${id}`, by), 403, 'SCOPE_FORBIDDEN');

  expect(await shiftOf(id)).toMatchObject({ status: 'PENDING', approvedBy: null });
});

test('a shift shows of its driver what a desk needs, and nothing else', async () => {
  const { fleet, driver } = await aDay();
  await db.driver.update({
    where: { id: driver.id },
    data: { bankIfscCode: 'HDFC0001234', sealedBankAccountNumber: 'k1.x', aadharFront: 'https://x.example/a.jpg' },
  });
  const { body } = await checkIn(driver);

  const shown = (await get(`/attendance/${body.data.id}`, fleet.operations)).body.data;

  expect(shown.driver).toEqual({
    ...{ id: driver.id, shortId: expect.any(String), firstName: 'Dinesh', lastName: 'Kumar', mobile: driver.phone },
    ...{ profilePic: null, fleetId: fleet.id, hubId: fleet.hubId },
    fleet: { id: fleet.id, name: expect.stringMatching(/^Fleet/) },
    hub: { id: fleet.hubId, address: 'Connaught Place, New Delhi', hubType: 'OFFICE' },
    assignments: [{ id: expect.any(String), status: 'ACTIVE', vehicle: shown.vehicle }],
  });
  expect(shown.vehicle).toEqual({
    ...{ id: driver.vehicleId, vehicleNumber: expect.stringMatching(/^DL/) },
    ...{ vehicleName: 'Tata', vehicleModel: 'Tigor EV' },
  });
  expect(Object.keys(shown)).not.toContain('begunAt');
});
