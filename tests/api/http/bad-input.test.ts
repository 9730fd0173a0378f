import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, hubPoint } from '../../world/factories.ts';
import { sendRaw } from './raw.ts';
import { expectInvalid, expectRefused } from './refused.ts';

const login = '/auth/send-otp';

test.each([
  ['malformed', '{"phone": nonsense}'],
  ['truncated', '{"phone": "98'],
  ['a text', '"9876543210"'],
  ['null', 'null'],
  ['followed by more', '{"phone":"9876543210"} {}'],
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
])('a body that is %s is refused as such', async (_, body) => {
  expectInvalid(await sendRaw('POST', login, body), 'body');
});

test('a body that is a list is refused as such', async () => {
  expectInvalid(await post(login, [{ phone: aPhone() }]), 'body');
});

test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/json; charset=klingon'])(
  'a body of type %s is not understood',
  async (type) => {
    expectRefused(
      await sendRaw('POST', login, '{"phone":"9876543210"}', { 'content-type': type }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
  },
);

test('a body in an unknown encoding is not understood, and one in a broken encoding is refused', async () => {
  const unknown = await sendRaw('POST', login, '{}', { 'content-encoding': 'klingon' });
  const broken = await sendRaw('POST', login, '{}', { 'content-encoding': 'gzip' });

  expectRefused(unknown, 415, 'UNSUPPORTED_MEDIA_TYPE');
  expectInvalid(broken, 'body');
});

test('a form is understood like JSON', async () => {
  const answer = await sendRaw('POST', login, `phone=${aPhone()}`, {
    'content-type': 'application/x-www-form-urlencoded',
  });

  expectRefused(answer, 404, 'USER_NOT_REGISTERED');
});

test.each([
  ['JSON', 'application/json', `{"phone":"${'9'.repeat(2_000_000)}"}`],
  ['a form', 'application/x-www-form-urlencoded', `phone=${'9'.repeat(2_000_000)}`],
])('a body of 2 MB as %s is too large', async (_, type, body) => {
  expectRefused(await sendRaw('POST', login, body, { 'content-type': type }), 413, 'PAYLOAD_TOO_LARGE');
});

test('a POST without any body is a POST of nothing', async () => {
  const { manager } = await aFleet();

  expectInvalid(await sendRaw('POST', login, '', { 'content-type': 'text/plain' }), 'phone');
  expectInvalid(
    await sendRaw('POST', '/assignments', '', { authorization: `Bearer ${manager.token}` }),
    'driverId',
    'vehicleId',
  );
});

test('a driver moves their trip without a body', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet);
  await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);

  const answer = await sendRaw('POST', `/trips/${id}/start`, '', { authorization: `Bearer ${driver.token}` });

  expect(answer).toMatchObject({ status: 200, body: { data: { phase: 'EN_ROUTE' } } });
});

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test.each([20, 1_000, 200_000])('a field that is nested %d levels deep is refused', async (depth) => {
  const answer = await sendRaw('POST', login, `{"phone": ${nested(depth)}}`);

  expectRefused(answer, 400, 'VALIDATION_ERROR');
  expect(answer.body.error.details[0].field).toMatch(/^phone/);
});

test('a field that nobody knows may be nested as deep as it likes, also in a request that can be repeated', async () => {
  const { manager } = await aFleet();
  const phone = aPhone();
  const body = `{"name":"Asha","phone":"${phone}","role":"DRIVER","junk":${nested(200_000)}}`;

  const headers = { authorization: `Bearer ${manager.token}`, 'idempotency-key': randomUUID() };
  const answer = await sendRaw('POST', '/users', body, headers);

  expect([201, 400]).toContain(answer.status);
});

test('of a key that is sent twice the last one counts', async () => {
  expectRefused(await sendRaw('POST', login, `{"phone":"bad","phone":"${aPhone()}"}`), 404, 'USER_NOT_REGISTERED');
  expectInvalid(await sendRaw('POST', login, `{"phone":"${aPhone()}","phone":"bad"}`), 'phone');
});

const unstorable = ['\\u0000', 'a\\u0000b', '\\ud800', '\\udc00\\ud800'];

test.each(unstorable)('a text with %s is refused, and nothing is stored', async (text) => {
  const fleet = await aFleet();
  const phone = aPhone();
  const body = `{"name":"x${text}","phone":"${phone}","role":"DRIVER"}`;

  expectInvalid(await sendRaw('POST', '/users', body, { authorization: `Bearer ${fleet.manager.token}` }), 'name');

  expect(await db.user.count({ where: { phone } })).toBe(0);
});

test('a null byte in a query is refused, in a path it names nothing', async () => {
  const { manager } = await aFleet();

  expectInvalid(await get('/users?q=%00', manager), 'q');
  expectRefused(await get('/users/%00', manager), 404, 'NOT_FOUND');
});

test('keys that mean something to JavaScript mean nothing here', async () => {
  const fleet = await aFleet();
  const phone = aPhone();
  const body = `{"name":"Asha","phone":"${phone}","role":"DRIVER","__proto__":{"isActive":false,"email":"a@b.in"},
    "constructor":{"prototype":{"isActive":false}},"toString":"x","hasOwnProperty":1}`;

  const answer = await sendRaw('POST', '/users', body, { authorization: `Bearer ${fleet.manager.token}` });

  expect(answer).toMatchObject({ status: 201, body: { data: { isActive: true, role: 'DRIVER' } } });
  expect(await db.user.findUnique({ where: { phone } })).toMatchObject({
    isActive: true,
    email: null,
    tokenVersion: 0,
  });
  expect((await get('/users?__proto__=x&constructor=y&toString=z', fleet.manager)).status).toBe(200);
});

test.each(['1e309', '-1e309', '"1e309"', `"${'9'.repeat(400)}"`, '"NaN"', 'true', '""', '[]'])(
  'a latitude of %s is refused, and no shift begins',
  async (lat) => {
    const fleet = await aFleet();
    const driver = await aDriver(fleet);
    const body = `{"lat":${lat},"lng":${hubPoint.lng}}`;

    expectInvalid(
      await sendRaw('POST', '/attendance/check-in', body, { authorization: `Bearer ${driver.token}` }),
      'lat',
    );

    expect(await db.attendance.count({ where: { driverId: driver.id } })).toBe(0);
  },
);

test('empty texts and blanks are fields that were not sent', async () => {
  const { manager } = await aFleet();

  expectInvalid(await post('/users', { name: '   ', phone: '', role: '\t' }, manager), 'name', 'phone', 'role');
  expect((await get('/users?role=&q=%20&fleetId=', manager)).status).toBe(200);
});
