import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aPhone, aTrip, aUser } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { logIn } from './logins.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const change = ({ id }: { id: string }, body: object, by: Sent) => patch(`/users/${id}`, body, by);

const userOf = ({ id }: { id: string }) => db.user.findUniqueOrThrow({ where: { id }, include: { hubs: true } });

const aFreshUser = async (role: 'MANAGER' | 'OPERATIONS' | 'SUPER_ADMIN', fleet: { id: string; hubId: string }) =>
  aUser(role, role === 'SUPER_ADMIN' ? null : fleet.id, role === 'OPERATIONS' ? [fleet.hubId] : []);

test('a user moves to another hub: their old token is stale at once, a fresh one sees the new hub', async () => {
  const fleet = await aFleet();
  const { id: hubId } = await aHub(fleet.id);
  const [person, { phone }] = [fleet.operations, fleet.operations];
  const session = (await logIn(phone)).body.data as { accessToken: string; refreshToken: string };

  const answer = await change(person, { name: 'Asha Rao', hubIds: [hubId] }, fleet.manager);

  expect(answer).toMatchObject({
    status: 200,
    body: { data: { name: 'Asha Rao', role: 'OPERATIONS', hubIds: [hubId] } },
  });
  const stale = await get('/users', { token: session.accessToken });
  expectRefused(stale, 401, 'UNAUTHORIZED');
  expect(stale.body.error.details).toEqual({ reason: 'STALE_CLAIMS' });
  const refreshed = await post('/auth/refresh', { refreshToken: session.refreshToken });
  const hubs = await get(`/fleets/${fleet.id}/hubs`, { token: refreshed.body.data.accessToken as string });
  expect((hubs.body.data as { id: string }[]).map(({ id }) => id)).toEqual([hubId]);
  expect(await db.auditEntry.findMany({ where: { subjectId: person.id, action: 'user.updated' } })).toMatchObject([
    {
      actorId: fleet.manager.id,
      before: { name: expect.stringContaining('OPERATIONS'), hubIds: [fleet.hubId] },
      after: { name: 'Asha Rao', hubIds: [hubId] },
    },
  ]);
});

test('what the panel sends back unchanged ends nobody’s session', async () => {
  const fleet = await aFleet();
  const { id: fleetId, operations, hubId, manager } = fleet;
  const form = { name: 'OPERATIONS', role: 'OPERATIONS', isActive: true, fleetId, hubIds: [hubId] };

  expect((await change(operations, form, manager)).status).toBe(200);

  expect(await userOf(operations)).toMatchObject({ name: 'OPERATIONS', tokenVersion: 0 });
  expect((await get('/users', operations)).status).toBe(200);
});

test('the ladder holds for the old role and for the new one', async () => {
  const fleet = await aFleet();
  const { superAdmin, fleetAdmin, manager, operations, hubId } = fleet;
  const peer = await aFreshUser('MANAGER', fleet);

  for (const [target, body, by] of [
    [peer, { name: 'Mine' }, manager],
    [peer, { role: 'DRIVER' }, manager],
    [manager, { role: 'FLEET_ADMIN' }, manager],
    [manager, { name: 'Myself' }, manager],
    [operations, { role: 'MANAGER' }, manager],
    [operations, { role: 'SUPER_ADMIN' }, fleetAdmin],
    [superAdmin, { isActive: false }, fleetAdmin],
  ] as const) {
    const before = await userOf(target);
    const answer = await change(target, body, by);
    expect([403, answer.body.errorCode]).toEqual([
      answer.status,
      target === superAdmin ? 'SCOPE_FORBIDDEN' : 'ROLE_NOT_ASSIGNABLE',
    ]);
    expect(await userOf(target)).toEqual(before);
  }
  expect((await change(peer, { role: 'OPERATIONS', hubIds: [hubId] }, fleetAdmin)).body.data.role).toBe('OPERATIONS');
  expect((await change(peer, { role: 'FLEET_ADMIN' }, superAdmin)).body.data).toMatchObject({
    ...{ role: 'FLEET_ADMIN', fleetId: fleet.id, hubIds: [] },
  });
});

test('nobody is pulled into a foreign fleet, or left without the scope that their role needs', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const { operations, manager, superAdmin } = fleet;
  const before = await userOf(operations);

  expectRefused(await change(operations, { fleetId: other.id }, manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await change(other.operations, { fleetId: fleet.id }, manager), 403, 'SCOPE_FORBIDDEN');
  expectInvalid(await change(operations, { fleetId: null }, superAdmin), 'fleetId');
  expectInvalid(await change(operations, { fleetId: other.id }, superAdmin), 'hubIds');
  expectInvalid(await change(operations, { hubIds: [other.hubId] }, manager), 'hubIds');
  expectInvalid(await change(operations, { hubIds: [] }, manager), 'hubIds');
  expect(await userOf(operations)).toEqual(before);

  const moved = await change(operations, { fleetId: other.id, hubIds: [other.hubId] }, superAdmin);
  expect(moved.body.data).toMatchObject({ fleetId: other.id, hubIds: [other.hubId] });
  const raised = await change(manager, { role: 'SUPER_ADMIN', fleetId: fleet.id }, superAdmin);
  expect(raised.body.data).toMatchObject({ role: 'SUPER_ADMIN', fleetId: null, hubIds: [] });
});

test('a closed fleet takes nobody in', async () => {
  const [fleet, closed] = [await aFleet(), await aFleet()];
  await db.fleet.update({ where: { id: closed.id }, data: { status: 'INACTIVE' } });

  const answer = await change(fleet.manager, { fleetId: closed.id }, fleet.superAdmin);

  expectRefused(answer, 409, 'FLEET_INACTIVE');
  expect(await userOf(fleet.manager)).toMatchObject({ fleetId: fleet.id });
});

test('a driver with a profile stays a driver of its fleet', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const user = { id: (await aDriver(fleet)).userId };

  expectRefused(await change(user, { role: 'MANAGER' }, fleet.superAdmin), 409, 'INVALID_STATE_TRANSITION');
  const moved = await change(user, { fleetId: other.id, hubIds: [other.hubId] }, fleet.superAdmin);

  expect(moved.body.data).toMatchObject({ role: 'DRIVER', fleetId: fleet.id, hubIds: [] });
  for (const fleetId of [other.id, randomUUID(), null]) {
    const renamed = await change(user, { name: `Dinesh ${fleetId}`, fleetId }, fleet.manager);
    expect(renamed.body.data).toMatchObject({ name: `Dinesh ${fleetId}`, fleetId: fleet.id });
  }
  const withoutProfile = await post('/users', { name: 'Dinesh', phone: aPhone(), role: 'DRIVER' }, fleet.manager);
  const promoted = await change(withoutProfile.body.data, { role: 'MANAGER' }, fleet.fleetAdmin);
  expect(promoted.body.data).toMatchObject({ role: 'MANAGER', fleetId: fleet.id });
  const profile = { userId: promoted.body.data.id as string, fleetId: fleet.id, firstName: 'D', mobile: aPhone() };
  expectRefused(await post('/drivers', profile, fleet.manager), 400, 'USER_ROLE_NOT_DRIVER');
});

test('an administrator neither dismisses themself nor steps down', async () => {
  const fleet = await aFleet();
  const one = await aFreshUser('SUPER_ADMIN', fleet);

  for (const body of [{ isActive: false }, { role: 'MANAGER', fleetId: fleet.id }])
    expectRefused(await change(one, body, one), 409, 'LAST_SUPER_ADMIN');
  expect((await change(one, { name: 'One' }, one)).body.data).toMatchObject({ name: 'One', role: 'SUPER_ADMIN' });
  expect(await userOf(one)).toMatchObject({ tokenVersion: 0 });
});

test('a driver who was dismissed with a passenger on board is let back in, and ends the ride', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const user = { id: driver.userId };
  const { id } = await aTrip(fleet);
  expect((await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager)).status).toBe(201);
  for (const step of ['start', 'onboard']) expect((await post(`/trips/${id}/${step}`, {}, driver)).status).toBe(200);

  const dismissed = await change(user, { isActive: false }, fleet.manager);

  expect(dismissed.body.data).toMatchObject({ isActive: false });
  expectRefused(await post(`/trips/${id}/complete`, {}, driver), 401, 'UNAUTHORIZED');
  expectRefused(await post('/auth/send-otp', { phone: driver.phone }), 403, 'USER_INACTIVE');
  expect(await db.assignment.findMany({ where: { driverId: driver.id } })).toMatchObject([
    { status: 'ENDED', endReason: 'USER_INACTIVE' },
  ]);
  const alerts = { userId: fleet.manager.id, event: 'trip:unassigned_alert' };
  await until(async () => (await db.notification.count({ where: alerts })) === 1, 'the alert of the desk');
  const { id: next } = await aTrip(fleet);
  const refused = await post('/admin/trips/assign', { tripId: next, driverId: driver.id }, fleet.manager);
  expectRefused(refused, 409, 'DRIVER_NOT_ACTIVE');
  expect(refused.body.message).toBe('The driver may not log in: their user is deactivated');

  const back = await change(user, { isActive: true }, fleet.manager);

  expect(back.body.data).toMatchObject({ isActive: true });
  expect(await userOf(user)).toMatchObject({ deactivatedAt: null, deactivatedBy: null });
  expectRefused(await post(`/trips/${id}/complete`, {}, driver), 401, 'UNAUTHORIZED');
  const token = (await logIn(driver.phone)).body.data.accessToken as string;
  expect(await db.driver.findUniqueOrThrow({ where: { id: driver.id } })).toMatchObject({ isAvailable: false });
  expect((await post(`/trips/${id}/complete`, {}, { token })).body.data.status).toBe('COMPLETED');
  expect(await db.driver.findUniqueOrThrow({ where: { id: driver.id } })).toMatchObject({ isAvailable: true });
});

test('a driver without a trip is available again when they come back, unless they are suspended', async () => {
  const fleet = await aFleet();
  const drivers = [await aDriver(fleet), await aDriver(fleet)];
  await db.driver.update({ where: { id: drivers[1]!.id }, data: { status: 'SUSPENDED' } });

  for (const isActive of [false, true])
    for (const { userId } of drivers)
      expect((await change({ id: userId }, { isActive }, fleet.manager)).status).toBe(200);

  const rows = await Promise.all(drivers.map(({ id }) => db.driver.findUniqueOrThrow({ where: { id } })));
  expect(rows.map(({ isAvailable }) => isAvailable)).toEqual([true, false]);
});
