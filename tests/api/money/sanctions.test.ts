import { beforeAll, expect, test } from '@jest/globals';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet, aTrip } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { casesOf } from '../../world/money/cases.ts';
import { aPaying, aPenalty, givePenalty, payDeposit, penaltyRow, waivePenalty } from '../../world/money/penalties.ts';
import { until } from '../../world/until.ts';
import { backInDispatch, flagged, linksOf } from '../http/losses.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { anApprovedShift, checkIn } from '../shifts/shifts.ts';
import { anAssignedTrip, assign, assignmentsOf, aStartedTrip, tripOf } from '../trips/rides.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const fromNow = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** A suspension, from now for a day unless told otherwise. */
const suspension = (from = fromNow(-1), to = fromNow(86_400)) => ({
  ...{ type: 'SUSPENSION', suspensionStartDate: from, suspensionEndDate: to },
});
const blacklisting = { type: 'BLACKLIST' };

const driverRow = ({ id }: { id: string }) => db.driver.findUniqueOrThrow({ where: { id } });
const lift = (id: string, by: Sent = fleet.manager) =>
  post(`/payments/admin/penalty/${id}/lift`, { reason: 'Heard' }, by);

const untilPenalty = (id: string, status: string) =>
  until(async () => (await penaltyRow(id)).status === status, `penalty ${id} to be ${status}`);

test('a suspension takes the driver off roster, shift and assigned trips, and leaves a started one alone', async () => {
  const driver = await aPaying(fleet);
  const shiftId = await anApprovedShift(fleet, driver);
  const started = await aStartedTrip(fleet, driver);
  const assigned = await anAssignedTrip(fleet, driver, { pickupInMinutes: 600 });

  const { status, body } = await givePenalty(driver, fleet.operations, suspension());

  expect(status).toBe(201);
  expect(body.data).toMatchObject({ type: 'SUSPENSION', status: 'IN_FORCE', isActive: true, amount: 0 });
  expect(await driverRow(driver)).toMatchObject({ status: 'SUSPENDED', isAvailable: false });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED', endReason: 'DRIVER_STATUS' }]);
  await backInDispatch(assigned.id);
  await flagged(shiftId);
  expect(await tripOf(started.id)).toMatchObject({ status: 'STARTED' });
  const told = await db.notification.findMany({ where: { userId: driver.userId, event: 'suspension:started' } });
  expect(told).toHaveLength(1);
});

test('who is suspended can neither check in nor get a trip', async () => {
  const driver = await aPaying(fleet);
  await aPenalty(driver, fleet.manager, suspension());
  const trip = await aTrip(fleet);

  expectRefused(await checkIn(driver), 403, 'DRIVER_NOT_ACTIVE');
  expectRefused(await assign(trip.id, driver, fleet.manager), 409, 'DRIVER_NOT_ACTIVE');
});

test('a trip that somebody else has by now is not taken from them', async () => {
  const [driver, other] = [await aPaying(fleet), await aPaying(fleet)];
  const trip = await anAssignedTrip(fleet, driver, { pickupInMinutes: 900 });
  await post('/admin/trips/reassign', { tripId: trip.id, driverId: other.id }, fleet.manager);

  await aPenalty(driver, fleet.manager, suspension());

  expect(await tripOf(trip.id)).toMatchObject({ status: 'DRIVER_ASSIGNED' });
  expect((await assignmentsOf(trip.id)).at(-1)).toMatchObject({ driverId: other.id, unassignedAt: null });
});

test('a suspension begins and ends by itself', async () => {
  const driver = await aPaying(fleet);
  const { body } = await givePenalty(driver, fleet.manager, suspension(fromNow(3), fromNow(8)));
  expect(body.data.status).toBe('SCHEDULED');
  expect(await driverRow(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: true });

  await untilPenalty(body.data.id as string, 'IN_FORCE');
  expect(await driverRow(driver)).toMatchObject({ status: 'SUSPENDED', isAvailable: false });
  await untilPenalty(body.data.id as string, 'ENDED');

  expect(await driverRow(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: true });
  expect(await penaltyRow(body.data.id as string)).toMatchObject({ isActive: false, isWaived: false });
  const events = await db.penaltyEvent.findMany({ where: { penaltyId: body.data.id }, orderBy: { id: 'asc' } });
  expect(events.map(({ type, actorType }) => [type, actorType])).toEqual([
    ['impose', 'SYSTEM'],
    ['end', 'SYSTEM'],
  ]);
});

test.each([
  ['a day, from its first to its last moment in India', '2099-03-01', '2099-03-02'],
  ['the midnight that a date field sends', '2099-03-01T00:00:00.000Z', '2099-03-02T00:00:00.000Z'],
])('%s', async (_, from, to) => {
  const id = await aPenalty(await aPaying(fleet), fleet.manager, suspension(from, to));

  expect(await penaltyRow(id)).toMatchObject({
    suspensionStartDate: new Date('2099-02-28T18:30:00.000Z'),
    suspensionEndDate: new Date('2099-03-02T18:29:59.999Z'),
  });
});

test.each([
  ['without dates', { type: 'SUSPENSION' }],
  ['without an end', { type: 'SUSPENSION', suspensionStartDate: '2099-03-01' }],
  ['that ends before it begins', suspension('2099-03-02', '2099-03-01')],
  ['that is over', suspension('2020-03-01', '2020-03-02')],
])('a suspension %s is refused and changes nothing', async (_, more) => {
  const driver = await aPaying(fleet);

  expectRefused(await givePenalty(driver, fleet.manager, more), 400, 'SUSPENSION_DATES_REQUIRED');
  expect(await db.penalty.count({ where: { driverId: driver.id } })).toBe(0);
  expect((await driverRow(driver)).status).toBe('ACTIVE');
});

test('a date that is none is refused by its name', async () => {
  expectInvalid(await givePenalty(await aPaying(fleet), fleet.manager, suspension('soon')), 'suspensionStartDate');
});

test('lifting ends it early, once; waiving it afterwards is still possible', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager, suspension());

  const answers = await Promise.all(Array.from({ length: 4 }, () => lift(id)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(await driverRow(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: true });
  expectRefused(await lift(id), 409, 'PENALTY_NOT_LIFTABLE');
  expect((await waivePenalty(id, fleet.manager)).body.data).toMatchObject({ status: 'WAIVED', isWaived: true });
});

test('lifting and waiving at the end of a suspension: the driver is free once, whoever is first', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager, suspension(fromNow(-1), fromNow(4)));
  await until(async () => Date.parse((await penaltyRow(id)).suspensionEndDate!.toISOString()) < Date.now() + 30);

  await Promise.all([lift(id), waivePenalty(id, fleet.fleetAdmin), waivePenalty(id, fleet.manager)]);

  expect(await penaltyRow(id)).toMatchObject({ status: 'WAIVED' });
  expect(await driverRow(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: true });
  expect(await db.notification.count({ where: { userId: driver.userId, event: 'suspension:ended' } })).toBe(1);
});

test('one that was scheduled and is waived never begins', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager, suspension(fromNow(6), fromNow(60)));
  await waivePenalty(id, fleet.manager);
  const after = await aPenalty(driver, fleet.manager, suspension(fromNow(7), fromNow(8)));

  await untilPenalty(after, 'ENDED');

  expect(await penaltyRow(id)).toMatchObject({ status: 'WAIVED' });
  expect(await db.penaltyEvent.count({ where: { penaltyId: id, type: 'impose' } })).toBe(0);
});

test('while another sanction is in force its end frees nobody', async () => {
  const driver = await aPaying(fleet);
  const first = await aPenalty(driver, fleet.manager, suspension());
  const second = await aPenalty(driver, fleet.manager, suspension());
  const third = await aPenalty(driver, fleet.manager, blacklisting);
  expect((await driverRow(driver)).status).toBe('BLACKLISTED');

  await lift(first);
  expect((await driverRow(driver)).status).toBe('BLACKLISTED');
  await waivePenalty(third, fleet.manager);
  expect(await driverRow(driver)).toMatchObject({ status: 'SUSPENDED', isAvailable: false });
  await lift(second);
  expect(await driverRow(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: true });
});

test('a driver whom a SUPER_ADMIN let drive stays active when one of two suspensions ends', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager, suspension());
  await aPenalty(driver, fleet.manager, suspension());
  await patch(`/drivers/${driver.id}/status`, { status: 'ACTIVE', reason: 'Court order' }, fleet.superAdmin);

  await lift(id);

  expect((await driverRow(driver)).status).toBe('ACTIVE');
});

test('the end of a sanction makes nobody active whose user was deactivated meanwhile', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager, suspension());
  await db.user.update({ where: { id: driver.userId }, data: { isActive: false } });

  await lift(id);

  expect(await driverRow(driver)).toMatchObject({ status: 'INACTIVE', isAvailable: false });
});

test.each(casesOf('deposit_settlement'))(
  '$id: a blacklisting clears dues from the deposit',
  async ({ given, expected }) => {
    const driver = await aPaying(fleet, 0, null);
    const dues = Number(given['outstanding_dues_paise']);
    const half = Math.floor(dues / 200) * 100;
    const first = await aPenalty(driver, fleet.manager, { amount: half / 100 });
    await aPenalty(driver, fleet.manager, { amount: (dues - half) / 100 });
    await payDeposit(driver.id, fleet.id, Number(given['deposit_paise']));

    await aPenalty(driver, fleet.manager, blacklisting);

    expect(await driverRow(driver)).toMatchObject({ status: 'BLACKLISTED', isAvailable: false });
    // Without a bank account the rest waits in the deposit.
    const [refund, left] = [Number(expected['refund_paise']), Number(expected['dues_left_paise'])];
    expect(await balancesOf(driver.id)).toEqual({
      ...(refund ? { [`2010[${driver.id}]`]: refund } : {}),
      ...(left ? { [`1070[${driver.id}]`]: left } : {}),
    });
    if (expected['dues_cleared_paise'] !== '0')
      expect(await penaltyRow(first)).toMatchObject({ status: 'SETTLED', depositPaise: BigInt(half) });
    expect(await faultsInBooks(driver.id)).toEqual([]);
  },
);

test('ten blacklistings at once are one', async () => {
  const driver = await aPaying(fleet);

  const answers = await Promise.all(Array.from({ length: 10 }, () => givePenalty(driver, fleet.manager, blacklisting)));

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201))
    expectRefused(answer, 409, 'DRIVER_ALREADY_BLACKLISTED');
  expect(await db.penalty.count({ where: { driverId: driver.id } })).toBe(1);
});

test('who is blacklisted can log in, read their money, and pay what they owe', async () => {
  const driver = await aPaying(fleet, 0, null);
  const id = await aPenalty(driver, fleet.manager);
  await aPenalty(driver, fleet.manager, blacklisting);

  expect((await get('/payments/balance', driver)).body.data).toMatchObject({ pendingDues: 650 });
  expect((await post(`/payments/penalties/${id}/pay`, {}, driver)).status).toBe(200);
  expectRefused(await post('/payments/deposit', { amount: 500 }, driver), 403, 'DRIVER_NOT_ACTIVE');
});

const setStatus = (driver: { id: string }, body: object) =>
  patch(`/drivers/${driver.id}/status`, body, fleet.superAdmin);

test.each(['SUSPENDED', 'BLACKLISTED'])('no end of a penalty undoes that a person made a driver %s', async (status) => {
  const driver = await aPaying(fleet);
  const before = await aPenalty(driver, fleet.manager, suspension());
  const severer = await aPenalty(driver, fleet.manager, blacklisting);
  await waivePenalty(severer, fleet.manager);
  await setStatus(driver, { status: 'ACTIVE', reason: 'Drives today' });
  expect((await setStatus(driver, { status, reason: 'Police report' })).status).toBe(200);
  const after = await aPenalty(driver, fleet.operations, suspension());
  expect((await driverRow(driver)).status).toBe(status);

  await lift(after, fleet.operations);
  await lift(before, fleet.operations);

  expect(await driverRow(driver)).toMatchObject({ status, isAvailable: false });
  await setStatus(driver, { status: 'ACTIVE', reason: 'Heard' });
  const last = await aPenalty(driver, fleet.operations, suspension());
  await lift(last, fleet.operations);
  expect((await driverRow(driver)).status).toBe('ACTIVE');
});
