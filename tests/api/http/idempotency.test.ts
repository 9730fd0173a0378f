import { expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { repetition } from '../../../api/http/once.ts';
import { post } from '../../world/api.ts';
import type { Answer } from '../../world/api.ts';
import { db, seals } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, hubPoint } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { expectInvalid, expectRefused } from './refused.ts';

const bypass = world.apiEnvironment['OTP_BYPASS_KEY'];

const aUserBody = () => ({ name: 'Asha', phone: aPhone(), role: 'DRIVER' });

const aTripBody = () => ({
  pickupLocation: 'Connaught Place, New Delhi',
  dropLocation: 'Cyber Hub, Gurugram',
  tripType: 'INTER_CITY',
  pickupTime: new Date(Date.now() + 3_600_000).toISOString(),
  boardingCode: true,
});

/** What was kept of the requests with this body. */
const keptOf = (body: object) => {
  const bodyHash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return db.idempotencyKey.findMany({ where: { bodyHash } });
};

const isReplay = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true';

test('a repeated request gets the first answer and has no second effect', async () => {
  const { manager } = await aFleet();
  const [key, body] = [randomUUID(), aUserBody()];

  const first = await post('/users', body, { ...manager, key });
  const second = await post('/users', body, { ...manager, key });

  expect([first.status, isReplay(first)]).toEqual([201, false]);
  expect([second.status, isReplay(second)]).toEqual([201, true]);
  expect(second.body).toEqual(first.body);
  expect(await db.user.count({ where: { phone: body.phone } })).toBe(1);
  expect(await db.auditEntry.count({ where: { subjectId: first.body.data.id, action: 'user.created' } })).toBe(1);
});

test('a key that was used for something else is refused', async () => {
  const { manager } = await aFleet();
  const [key, other] = [randomUUID(), aUserBody()];
  await post('/users', aUserBody(), { ...manager, key });

  expectRefused(await post('/users', other, { ...manager, key }), 409, 'IDEMPOTENCY_KEY_REUSED');

  expect(await db.user.count({ where: { phone: other.phone } })).toBe(0);
});

test('two different requests with one key at the same moment: at most one is granted', async () => {
  const { manager } = await aFleet();
  const key = randomUUID();
  const bodies = Array.from({ length: 10 }, aUserBody);

  const answers = await Promise.all(bodies.map((body) => post('/users', body, { ...manager, key })));

  expect(await db.user.count({ where: { phone: { in: bodies.map(({ phone }) => phone) } } })).toBe(1);
  const granted = answers.filter(({ status }) => status === 201);
  expect(granted).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201))
    expectRefused(answer, 409, 'IDEMPOTENCY_KEY_REUSED');
  const winner = bodies[answers.indexOf(granted[0]!)]!;
  expect((await post('/users', winner, { ...manager, key })).body.data).toEqual(granted[0]!.body.data);
});

const twins = async (make: () => Promise<Answer>) => {
  const answers = await Promise.all(Array.from({ length: 20 }, make));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
  const ids = new Set(answers.map(({ body }) => body.data.id as string));
  expect(ids.size).toBe(1);
  return [...ids][0]!;
};

test('twenty twins book one trip', async () => {
  const fleet = await aFleet();
  const [key, body] = [randomUUID(), aTripBody()];

  const id = await twins(() => post('/trips', body, { ...fleet.operations, key }));

  expect(await db.trip.findMany({ where: { fleetId: fleet.id }, include: { events: true } })).toMatchObject([
    { id, events: [{ type: 'create' }] },
  ]);
});

test('twenty twins create one user', async () => {
  const { manager } = await aFleet();
  const [key, body] = [randomUUID(), aUserBody()];

  const id = await twins(() => post('/users', body, { ...manager, key }));

  expect(await db.user.findMany({ where: { phone: body.phone } })).toMatchObject([{ id }]);
  expect(await db.auditEntry.count({ where: { subjectId: id } })).toBe(1);
});

test('twenty twins open one shift', async () => {
  const driver = await aDriver(await aFleet());
  const key = randomUUID();

  const id = await twins(() => post('/attendance/check-in', hubPoint, { ...driver, key }));

  expect(await db.attendance.findMany({ where: { driverId: driver.id }, include: { events: true } })).toMatchObject([
    { id, events: [{ type: 'checkIn' }] },
  ]);
});

test('a driver who checks out twice with one key has checked out once, and is told the same', async () => {
  const driver = await aDriver(await aFleet());
  const shift = await post('/attendance/check-in', { ...hubPoint, odometer: 10 }, driver);
  const [key, body] = [randomUUID(), { odometer: 50, cashDeposited: 12.5 }];

  const answers = await Promise.all(
    Array.from({ length: 5 }, () => post('/attendance/check-out', body, { ...driver, key })),
  );

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const later = await post('/attendance/check-out', body, { ...driver, key });
  expect([later.status, isReplay(later), later.body.data.id]).toEqual([200, true, shift.body.data.id]);
  expect(await db.attendanceEvent.count({ where: { attendanceId: shift.body.data.id, type: 'checkOut' } })).toBe(1);
});

test('a request with a fault may be corrected under the same key', async () => {
  const { manager } = await aFleet();
  const [key, body] = [randomUUID(), aUserBody()];

  expectInvalid(await post('/users', { ...body, name: '' }, { ...manager, key }), 'name');
  const again = await post('/users', { ...body, name: '' }, { ...manager, key });
  const corrected = await post('/users', body, { ...manager, key });

  expect(isReplay(again)).toBe(false);
  expect([corrected.status, isReplay(corrected)]).toEqual([201, false]);
});

test('a fault that only a second look finds may be corrected under the same key too', async () => {
  const fleet = await aFleet();
  const [key, { dropLocation, ...body }] = [randomUUID(), aTripBody()];

  expectInvalid(await post('/trips', body, { ...fleet.manager, key }), 'dropLocation');
  const corrected = await post('/trips', { ...body, dropLocation }, { ...fleet.manager, key });

  expect(corrected.status).toBe(201);
});

test('a verdict that lacked its remarks may be corrected under the same key', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const shift = await post('/attendance/check-in', { driverId: driver.id }, fleet.manager);
  const [key, path] = [randomUUID(), `/attendance/${shift.body.data.id}/approve`];

  expectInvalid(await post(path, {}, { ...fleet.manager, key }), 'remarks');
  const corrected = await post(path, { remarks: 'His phone is broken' }, { ...fleet.manager, key });

  expect(corrected).toMatchObject({ status: 200, body: { data: { status: 'APPROVED' } } });
});

test('a business refusal is an answer too', async () => {
  const { manager } = await aFleet();
  const [key, body] = [randomUUID(), { ...aUserBody(), phone: manager.phone }];

  const first = await post('/users', body, { ...manager, key });
  await db.user.update({ where: { id: manager.id }, data: { phone: aPhone() } });
  const second = await post('/users', body, { ...manager, key });

  expectRefused(first, 409, 'PHONE_TAKEN');
  expect([second.status, isReplay(second), second.body.errorCode]).toEqual([409, true, 'PHONE_TAKEN']);
  expect(await db.user.count({ where: { phone: body.phone } })).toBe(0);
});

test('the same key of somebody else, or for something else, is another request', async () => {
  const { manager, fleetAdmin, id } = await aFleet();
  const key = randomUUID();
  const made = await post('/users', aUserBody(), { ...manager, key });

  const others = await Promise.all([
    post('/users', aUserBody(), { ...fleetAdmin, key }),
    post(`/fleets/${id}/hubs`, { address: 'Saket', lat: 28.5, lng: 77.2 }, { ...manager, key }),
  ]);

  expect(others.map(({ status }) => status)).toEqual([201, 201]);
  expect(new Set([made, ...others].map(({ body }) => body.data.id)).size).toBe(3);
});

test('after a day a key is new', async () => {
  const { manager } = await aFleet();
  const [key, body] = [randomUUID(), { ...aUserBody(), phone: manager.phone }];
  await post('/users', body, { ...manager, key });
  const [kept] = await keptOf(body);
  await db.idempotencyKey.update({
    where: { key: kept!.key },
    data: { createdAt: new Date(Date.now() - 25 * 3_600_000) },
  });

  expect(isReplay(await post('/users', body, { ...manager, key }))).toBe(false);
});

test.each(['a b', 'x'.repeat(65), 'ä'])('"%s" is no key', async (key) => {
  const { manager } = await aFleet();
  const body = aUserBody();

  expectInvalid(await post('/users', body, { ...manager, key }), 'Idempotency-Key');

  expect(await db.user.count({ where: { phone: body.phone } })).toBe(0);
});

test('a refusal for who asks is not kept: once they have the right, the same request is granted', async () => {
  const { manager, id } = await aFleet();
  const [key, body] = [randomUUID(), { ...aUserBody(), role: 'MANAGER', fleetId: id }];
  expectRefused(await post('/users', body, { ...manager, key }), 403, 'ROLE_NOT_ASSIGNABLE');

  await db.user.update({ where: { id: manager.id }, data: { role: 'FLEET_ADMIN' } });

  const granted = async () => (await post('/users', body, { ...manager, key })).status === 201;
  expect(await until(granted, 'the new role to be known')).toBe(true);
});

test('a login that may be repeated leaves no token in clear', async () => {
  const { phone } = (await aFleet()).manager;
  const body = { phone, otp: '0', verifiedKey: bypass };

  const login = await post('/auth/verify-otp', body, { key: randomUUID() });

  expect(login.status).toBe(200);
  const kept = JSON.stringify(await keptOf(body));
  for (const token of ['accessToken', 'refreshToken']) expect(kept.includes(login.body.data[token])).toBe(false);
});

test('a booking that may be repeated leaves no boarding code in clear', async () => {
  const { manager } = await aFleet();
  const body = { ...aTripBody(), passengerName: 'Priya', passengerPhone: aPhone() };

  const { providerMeta } = (await post('/trips', body, { ...manager, key: randomUUID() })).body.data;

  expect(providerMeta.otp).toMatch(/^\d{4}$/);
  expect(JSON.stringify(await keptOf(body))).not.toMatch(new RegExp(`"otp\\W+${providerMeta.otp}`));
});

test('a twin that is refused leaves the key to the request that is still at work', async () => {
  const request = { key: randomUUID(), callerId: randomUUID(), route: 'POST /users', body: { name: 'Asha' } };
  const services = { db, sealer: seals };
  const [first, twin, later] = [1, 2, 3].map(() => repetition(services, request));
  await first!.recall();
  await twin!.recall();

  await twin!.release();
  await first!.store({ statusCode: 201, body: 'made' });
  await twin!.store({ statusCode: 409, body: 'taken' });

  expect(await later!.recall()).toEqual({ statusCode: 201, body: 'made' });
});
