import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { untilWaiting } from '../../world/locks.ts';
import { patch } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { linksOf } from '../http/losses.ts';
import { aStartedTrip } from '../trips/rides.ts';

type Driver = Awaited<ReturnType<typeof aDriver>>;

const setStatus = (driver: Driver, body: { status: string; reason?: string }, by: { token: string }) =>
  patch(`/drivers/${driver.id}/status`, body, by);
const driverOf = ({ id }: Driver) => db.driver.findUniqueOrThrow({ where: { id } });

test.each(['SUSPENDED', 'BLACKLISTED'] as const)('saving a %s driver as INACTIVE does not lift it', async (status) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { status, isAvailable: false } });

  const saved = await setStatus(driver, { status: 'INACTIVE' }, fleet.manager);
  const lifted = await setStatus(driver, { status: 'ACTIVE' }, fleet.manager);
  const withoutReason = await setStatus(driver, { status: 'ACTIVE' }, fleet.superAdmin);

  expect(saved).toMatchObject({ status: 200, body: { data: { status } } });
  expectRefused(lifted, 409, 'DRIVER_UNDER_PENALTY');
  expectRefused(withoutReason, 409, 'DRIVER_UNDER_PENALTY');
  expect(await driverOf(driver)).toMatchObject({ status, isAvailable: false });
});

test('a SUPER_ADMIN lifts a sanction with a reason, and only they impose one', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  expectRefused(await setStatus(driver, { status: 'SUSPENDED' }, fleet.fleetAdmin), 403, 'FIELD_FORBIDDEN');
  await setStatus(driver, { status: 'SUSPENDED' }, fleet.superAdmin);
  const suspended = await driverOf(driver);
  await setStatus(driver, { status: 'ACTIVE', reason: 'Heard' }, fleet.superAdmin);

  expect(suspended).toMatchObject({ status: 'SUSPENDED', isAvailable: false });
  expect(await driverOf(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: true, statusReason: 'Heard' });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED' }]);
});

test.each([
  ['without a trip', false],
  ['who still has one', true],
])('a driver %s who becomes active again is available accordingly', async (_, hasTrip) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  if (hasTrip) await aStartedTrip(fleet, driver);
  await setStatus(driver, { status: 'INACTIVE' }, fleet.manager);

  const answer = await setStatus(driver, { status: 'ACTIVE' }, fleet.manager);

  expect(answer.body.data).toMatchObject({ status: 'ACTIVE', isAvailable: !hasTrip });
  expect(await db.auditEntry.count({ where: { subjectId: driver.id, action: 'driver.statusChanged' } })).toBe(2);
});

test('a driver on a ride is not made available by hand', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await aStartedTrip(fleet, driver);

  const answer = await patch(`/drivers/${driver.id}/availability`, { isAvailable: true }, fleet.manager);

  expectRefused(answer, 409, 'TRIP_IN_PROGRESS');
  expect(await driverOf(driver)).toMatchObject({ isAvailable: false });
});

test('a driver whose user is gone is not made available by hand', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await patch(`/users/${driver.userId}/deactivate`, {}, fleet.superAdmin);

  const answer = await patch(`/drivers/${driver.id}/availability`, { isAvailable: true }, fleet.manager);

  expectRefused(answer, 409, 'DRIVER_NOT_ACTIVE');
  expect(await driverOf(driver)).toMatchObject({ isAvailable: false });
});

test('a change of status or availability changes nothing else', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const more = { kycStatus: 'REJECTED', fleetId: randomUUID(), hubId: null, firstName: 'X', depositBalance: 9000 };
  const before = await db.driver.findUniqueOrThrow({ where: { id: driver.id } });

  await patch(`/drivers/${driver.id}/availability`, { ...more, isAvailable: false }, fleet.operations);
  await patch(`/drivers/${driver.id}/status`, { ...more, status: 'INACTIVE' }, fleet.operations);

  const after = await db.driver.findUniqueOrThrow({ where: { id: driver.id } });
  const { updatedAt } = after;
  expect(after).toEqual({ ...before, isAvailable: false, status: 'INACTIVE', updatedAt });
  for (const isAvailable of ['true', 1, null])
    expectInvalid(await patch(`/drivers/${driver.id}/availability`, { isAvailable }, fleet.manager), 'isAvailable');
  const back = await patch(`/drivers/${driver.id}/availability`, { isAvailable: true }, fleet.manager);
  expectRefused(back, 409, 'DRIVER_NOT_ACTIVE');
  const audits = await db.auditEntry.findMany({ where: { subjectId: driver.id }, orderBy: { id: 'asc' } });
  expect(audits).toMatchObject([
    { action: 'driver.availabilityChanged', actorId: fleet.operations.id, after: { isAvailable: false } },
    { action: 'driver.statusChanged', before: { status: 'ACTIVE' }, after: { status: 'INACTIVE' } },
  ]);
});

test.each([
  ['user was dismissed', { isActive: false }, {}, 'INVALID_STATE_TRANSITION'],
  ['fleet was closed', {}, { status: 'INACTIVE' as const }, 'FLEET_INACTIVE'],
])('a driver whose %s does not become active', async (_, user, ofFleet, code) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await patch(`/drivers/${driver.id}/status`, { status: 'INACTIVE' }, fleet.manager);
  await db.user.update({ where: { id: driver.userId }, data: user });
  await db.fleet.update({ where: { id: fleet.id }, data: ofFleet });

  expectRefused(await patch(`/drivers/${driver.id}/status`, { status: 'ACTIVE' }, fleet.superAdmin), 409, code);

  expect(await db.driver.findUnique({ where: { id: driver.id } })).toMatchObject({ status: 'INACTIVE' });
});

test('a suspension that comes while a panel saves the driver is not lifted by the panel', async () => {
  const fleet = await aFleet();
  const { id } = await aDriver(fleet);

  const saving = await db.$transaction(async (tx) => {
    await tx.driver.update({ where: { id }, data: { status: 'SUSPENDED' } });
    const held = [patch(`/drivers/${id}/status`, { status: 'INACTIVE' }, fleet.manager)];
    await untilWaiting(1);
    return held;
  });
  const [answer] = await Promise.all(saving);

  expect(answer).toMatchObject({ status: 200, body: { data: { status: 'SUSPENDED' } } });
});
