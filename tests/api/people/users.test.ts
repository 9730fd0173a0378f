import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, patch, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aPhone, aUser } from '../../world/factories.ts';
import { logIn } from './logins.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

const create = (body: object, by: Sent) => post('/users', { name: 'Asha', phone: aPhone(), ...body }, by);
const userOf = (phone: string) => db.user.findUnique({ where: { phone }, include: { hubs: true } });

test('a user is created in the fleet of who creates them, and can log in', async () => {
  const { id: fleetId, hubId, manager } = await aFleet();
  const phone = aPhone();

  const answer = await create({ phone: `+91 ${phone}`, role: 'OPERATIONS', hubIds: [hubId] }, manager);

  const { id } = answer.body.data as { id: string };
  expect(answer).toMatchObject({
    status: 201,
    body: { data: { name: 'Asha', phone, role: 'OPERATIONS', fleetId, hubIds: [hubId], isActive: true } },
  });
  expect(answer.body.data.shortId).toMatch(/^USR\d{11,}$/);
  expect(await db.auditEntry.findMany({ where: { subjectId: id } })).toMatchObject([
    { action: 'user.created', actorId: manager.id, actorRole: 'MANAGER', after: { role: 'OPERATIONS' } },
  ]);
  expect((await logIn(phone)).body.data.user).toMatchObject({ id, hubIds: [hubId] });
  const login = { subjectId: id, action: 'login' };
  expect(await db.auditEntry.findMany({ where: login })).toMatchObject([{ actorId: id, subject: 'user' }]);
});

const ladder = {
  superAdmin: ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS', 'DRIVER'],
  fleetAdmin: ['MANAGER', 'OPERATIONS', 'DRIVER'],
  manager: ['OPERATIONS', 'DRIVER'],
  operations: ['DRIVER'],
} as const;

test.each(Object.keys(ladder) as (keyof typeof ladder)[])('%s creates nobody above themself', async (creator) => {
  const fleet = await aFleet();

  for (const role of ladder.superAdmin) {
    const body = { role, fleetId: fleet.id, hubIds: [fleet.hubId], phone: aPhone() };
    const answer = await create(body, fleet[creator]);
    if ((ladder[creator] as readonly string[]).includes(role)) expect(answer.status).toBe(201);
    else expectRefused(answer, 403, 'ROLE_NOT_ASSIGNABLE');
    expect(Boolean(await userOf(body.phone))).toBe(answer.status === 201);
  }
});

test('what a client says of a user besides what they may say is not written', async () => {
  const { manager } = await aFleet();
  const phone = aPhone();
  const more = { id: randomUUID(), shortId: 'USR20200101001', tokenVersion: 7, createdBy: randomUUID() };

  const { body } = await create({ ...more, phone, role: 'DRIVER', isActive: false, createdAt: '2020-01-01' }, manager);

  expect(body.data).toMatchObject({ isActive: false });
  const user = await userOf(phone);
  expect(user).toMatchObject({ tokenVersion: 0, createdBy: manager.id, isActive: false });
  expect([user!.id === more.id, user!.shortId === more.shortId]).toEqual([false, false]);
  expect(user!.createdAt.getFullYear()).toBeGreaterThan(2020);
});

test('a phone belongs to one person, however it is written and whether or not they are still active', async () => {
  const { manager, operations, superAdmin } = await aFleet();
  await patch(`/users/${operations.id}/deactivate`, {}, superAdmin);

  for (const phone of [operations.phone, `+91${operations.phone}`, `0${operations.phone}`])
    expectRefused(await create({ phone, role: 'DRIVER' }, manager), 409, 'PHONE_TAKEN');
});

test('of ten users of one phone at once one is created', async () => {
  const { superAdmin, id: fleetId } = await aFleet();
  const phone = aPhone();

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => create({ phone, role: 'MANAGER', fleetId }, superAdmin)),
  );

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201)) expectRefused(answer, 409, 'PHONE_TAKEN');
});

test('an abandoned form of a driver may be sent again by who began it, while nothing came of it', async () => {
  const fleet = await aFleet();
  const phone = aPhone();
  const first = await create({ phone, role: 'DRIVER' }, fleet.manager);
  const again = () => create({ phone, role: 'DRIVER' }, fleet.manager);

  expect((await again()).body.data.id).toBe(first.body.data.id);
  expectRefused(await create({ phone, role: 'DRIVER' }, fleet.operations), 409, 'PHONE_TAKEN');
  for (const data of [{ isActive: false }, { isActive: true, createdAt: new Date(Date.now() - 86_400_001) }]) {
    await db.user.update({ where: { phone }, data });
    expectRefused(await again(), 409, 'PHONE_TAKEN');
  }
});

test('staff work for a fleet, operations for hubs of it', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const hub = { role: 'OPERATIONS', fleetId: fleet.id };

  expectInvalid(await create({ role: 'MANAGER' }, fleet.superAdmin), 'fleetId');
  expectInvalid(await create({ role: 'MANAGER', fleetId: randomUUID() }, fleet.superAdmin), 'fleetId');
  expectInvalid(await create({ role: 'OPERATIONS' }, fleet.manager), 'hubIds');
  expectInvalid(await create({ ...hub, hubIds: [other.hubId] }, fleet.superAdmin), 'hubIds');
  expectInvalid(await create({ role: 'ADMIN', name: '', phone: '123' }, fleet.manager), 'role', 'name', 'phone');
  expectRefused(await create({ role: 'DRIVER', fleetId: other.id }, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  const platform = await create({ role: 'SUPER_ADMIN', fleetId: fleet.id, hubIds: [fleet.hubId] }, fleet.superAdmin);
  expect(platform.body.data).toMatchObject({ fleetId: null, hubIds: [] });
});

test('a closed fleet gets no new people', async () => {
  const fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { status: 'INACTIVE' } });

  expectRefused(await create({ role: 'MANAGER', fleetId: fleet.id }, fleet.superAdmin), 409, 'FLEET_INACTIVE');
});

test.each([
  ['MANAGER', 'without a fleet', async () => aUser('MANAGER', null)],
  ['OPERATIONS', 'without a hub', async () => aUser('OPERATIONS', (await aFleet()).id)],
])('%s %s sees nothing and cannot log in', async (_role, _lacks, make) => {
  const person = await make();

  for (const path of ['/users', '/fleets', '/admin/trips', `/users/${person.id}`])
    expectRefused(await get(path, person), 403, 'SCOPE_NOT_SET');
  expectRefused(await logIn(person.phone), 403, 'SCOPE_NOT_SET');
});

/** A hub with its operations and a driver, beside the one that every fleet of the tests has. */
const aSecondHub = async (fleet: Fleet) => {
  const { id: hubId } = await aHub(fleet.id);
  return { operations: await aUser('OPERATIONS', fleet.id, [hubId]), driver: await aDriver({ id: fleet.id, hubId }) };
};

const idsOf = async (query: string, by: Sent): Promise<string[]> =>
  ((await get(`/users${query}`, by)).body.data as { id: string }[]).map(({ id }) => id);

test('people are listed as far as one looks after them, staff before drivers', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const driver = await aDriver(fleet);
  const second = await aSecondHub(fleet);
  const { fleetAdmin, manager, operations } = fleet;
  const staff = [second.operations, operations, manager, fleetAdmin].map(({ id }) => id);

  expect(await idsOf('', manager)).toEqual([...staff, second.driver.userId, driver.userId]);
  expect((await idsOf('', operations)).sort()).toEqual([operations.id, driver.userId].sort());
  expect(await idsOf(`?fleetId=${other.id}`, fleet.superAdmin)).toHaveLength(3);
  expect(await idsOf('?role=DRIVER', manager)).toEqual([second.driver.userId, driver.userId]);
  expect((await idsOf(`?hubId=${fleet.hubId}`, manager)).sort()).toEqual([operations.id, driver.userId].sort());
  expect(await idsOf(`?q=${driver.phone.slice(1)}`, manager)).toEqual([driver.userId]);
  expect(await idsOf('?q=flEEt aDmin', manager)).toEqual([fleetAdmin.id]);
  expect(await idsOf('?isActive=false', manager)).toEqual([]);
  const pages = [await idsOf('?page=2&limit=3', manager), await idsOf('?page=3&limit=3', manager)];
  expect(pages).toEqual([[fleetAdmin.id, second.driver.userId, driver.userId], []]);
});

test('everybody reads themself, their own people and nobody else', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const second = await aSecondHub(fleet);
  const driver = await aDriver(fleet);
  const read = async (id: string, by: Sent) => (await get(`/users/${id}`, by)).status;

  for (const person of [fleet.superAdmin, fleet.fleetAdmin, fleet.manager, fleet.operations])
    expect((await get(`/users/${person.id}`, person)).body.data).toMatchObject({ id: person.id, referralCode: null });
  expect(await read(driver.userId, fleet.operations)).toBe(200);
  for (const id of [second.operations.id, second.driver.userId, fleet.manager.id])
    expectRefused(await get(`/users/${id}`, fleet.operations), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await get(`/users/${other.manager.id}`, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await get(`/users/${driver.userId}`, driver), 403, 'FORBIDDEN');
});

test('a deactivated user is known to the platform alone, and is not deactivated twice', async () => {
  const { operations, manager, superAdmin } = await aFleet();
  const code = { id: randomUUID(), phone: operations.phone, purpose: 'LOGIN' as const, codeHash: 'hash' };
  await db.otpChallenge.create({ data: { ...code, expiresAt: new Date(Date.now() + 60_000) } });
  const first = await patch(`/users/${operations.id}/deactivate`, { reason: 'Left' }, superAdmin);
  const row = await userOf(operations.phone);
  const second = await patch(`/users/${operations.id}/deactivate`, {}, superAdmin);

  expect([first.body.data.isActive, second.status]).toEqual([false, 200]);
  expect(row).toMatchObject({ deactivatedBy: superAdmin.id, tokenVersion: 1 });
  expect((await db.otpChallenge.findUniqueOrThrow({ where: { id: code.id } })).supersededAt).not.toBeNull();
  expect(await userOf(operations.phone)).toEqual(row);
  expect(await db.auditEntry.count({ where: { subjectId: operations.id, action: 'user.deactivated' } })).toBe(1);
  expectRefused(await get(`/users/${operations.id}`, manager), 403, 'USER_INACTIVE');
  expect((await get(`/users/${operations.id}`, superAdmin)).body.data).toMatchObject({ isActive: false });
  expectRefused(await post('/auth/send-otp', { phone: operations.phone }), 403, 'USER_INACTIVE');
});

test('what a new user lacks is named with all else that is wrong', async () => {
  const { superAdmin, manager, hubId } = await aFleet();

  expectInvalid(await create({ role: 'MANAGER', phone: '12' }, superAdmin), 'phone', 'fleetId');
  expectInvalid(
    await create({ role: 'OPERATIONS', phone: '12', hubIds: [] }, superAdmin),
    'phone',
    'fleetId',
    'hubIds',
  );
  expectInvalid(await create({ role: 'OPERATIONS', phone: '12' }, manager), 'phone', 'hubIds');
  const { shortId } = await db.hub.findUniqueOrThrow({ where: { id: hubId } });
  const twice = await create({ role: 'OPERATIONS', hubIds: [hubId, shortId, hubId] }, manager);
  expect(twice.body.data).toMatchObject({ hubIds: [hubId] });
});
