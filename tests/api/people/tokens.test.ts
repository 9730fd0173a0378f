import { expect, test } from '@jest/globals';
import jsonwebtoken from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import { get, post, send } from '../../world/api.ts';
import type { Answer } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { claimsOf, logIn, sessionOf } from './logins.ts';
import { expectRefused } from '../http/refused.ts';

const accessSecret = world.apiEnvironment['JWT_ACCESS_SECRET']!;
const refreshSecret = world.apiEnvironment['JWT_REFRESH_SECRET']!;

const aManager = async () => {
  const { manager } = await aFleet();
  return { ...manager, pair: (await logIn(manager.phone)).body.data as { accessToken: string; refreshToken: string } };
};

const expectUnauthorized = (answer: Answer, reason: string) => {
  expectRefused(answer, 401, 'UNAUTHORIZED');
  expect(answer.body.error.details).toEqual({ reason });
};

const unsigned = (claims: object, alg: string) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg, typ: 'JWT' })}.${part(claims)}.`;
};

const forgeries: Record<string, (claims: object) => string> = {
  'signed with another key': (claims) => jsonwebtoken.sign(claims, 'another key of good length'),
  'signed with the key of refresh tokens': (claims) => jsonwebtoken.sign(claims, refreshSecret),
  'of another algorithm': (claims) => jsonwebtoken.sign(claims, accessSecret, { algorithm: 'HS512' }),
  'of algorithm none': (claims) => unsigned(claims, 'none'),
  'of algorithm NONE': (claims) => unsigned(claims, 'NONE'),
  'of algorithm HS256 without a signature': (claims) => unsigned(claims, 'HS256'),
  'of the kind refresh': (claims) => jsonwebtoken.sign({ ...claims, typ: 'refresh' }, accessSecret),
  'of no kind': (claims) => jsonwebtoken.sign({ ...claims, typ: undefined }, accessSecret),
  'without an end': ({ exp: _, ...claims }: { exp?: number }) => jsonwebtoken.sign(claims, accessSecret),
  'with an extension that is critical': (claims) =>
    jsonwebtoken.sign(claims, accessSecret, { header: { alg: 'HS256', crit: ['b64'], b64: true } as never }),
  'of a subject that is no id': (claims) => jsonwebtoken.sign({ ...claims, sub: 'admin' }, accessSecret),
  'of a session that is no id': (claims) => jsonwebtoken.sign({ ...claims, sid: "1' OR 1=1" }, accessSecret),
  'of a session that is no text': (claims) => jsonwebtoken.sign({ ...claims, sid: { in: [] } }, accessSecret),
  'without a version': (claims) => jsonwebtoken.sign({ ...claims, ver: undefined }, accessSecret),
  'no token at all': () => 'nonsense',
};

test.each(Object.entries(forgeries))('an access token that is %s opens nothing', async (_, forge) => {
  const { pair } = await aManager();
  const claims = { ...claimsOf(pair.accessToken), role: 'SUPER_ADMIN' };

  const token = forge(claims);

  expectUnauthorized(await get('/users', { token }), 'MALFORMED');
  expect(await post('/auth/logout', { refreshToken: token, allDevices: true }, { token })).toMatchObject({
    status: 200,
  });
  expect((await get('/users', { token: pair.accessToken })).status).toBe(200);
});

test('whatever a true token claims of role and fleet, the database decides', async () => {
  const { pair, id } = await aManager();
  const [other] = [await aFleet()];
  const claims = { ...claimsOf(pair.accessToken), role: 'SUPER_ADMIN', fleetId: other.id };

  const token = jsonwebtoken.sign(claims, accessSecret);

  expect((await get(`/users/${id}`, { token })).body.data.role).toBe('MANAGER');
  expectRefused(await get(`/fleets/${other.id}`, { token }), 403, 'SCOPE_FORBIDDEN');
});

test("a token of one person's session that names another person opens nothing", async () => {
  const [{ pair }, victim] = [await aManager(), await aManager()];
  const token = jsonwebtoken.sign({ ...claimsOf(pair.accessToken), sub: victim.id }, accessSecret);

  expectUnauthorized(await get('/users', { token }), 'REVOKED');
});

test('an access token that has expired says so', async () => {
  const { pair } = await aManager();
  const token = jsonwebtoken.sign(
    { ...claimsOf(pair.accessToken), exp: Math.floor(Date.now() / 1000) - 1 },
    accessSecret,
  );

  expectUnauthorized(await get('/users', { token }), 'EXPIRED');
});

test('a token that is known ends with its second all the same', async () => {
  const { pair } = await aManager();
  const exp = Math.floor(Date.now() / 1000) + 2;
  const token = jsonwebtoken.sign({ ...claimsOf(pair.accessToken), exp }, accessSecret);
  expect((await get('/users', { token })).status).toBe(200);

  const refused = await until(async () => {
    const answer = await get('/users', { token });
    return answer.status !== 200 && answer;
  });

  expectUnauthorized(refused, 'EXPIRED');
  expect(Date.now()).toBeLessThan((exp + 5) * 1000);
});

test('a refresh token is no access token', async () => {
  const { pair } = await aManager();

  expectUnauthorized(await get('/users', { token: pair.refreshToken }), 'MALFORMED');
});

test.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'Token x'])('the header "%s" is no token', async (authorization) => {
  expectUnauthorized(await get('/users', { headers: { authorization } }), 'MALFORMED');
});

test('the word bearer may be written as one likes', async () => {
  const { pair } = await aManager();

  for (const word of ['bearer', 'BEARER', 'Bearer '])
    expect((await get('/users', { headers: { authorization: `${word} ${pair.accessToken}` } })).status).toBe(200);
});

test('a token whose session is gone or was never there opens nothing', async () => {
  const { pair } = await aManager();
  await db.session.delete({ where: { id: (await sessionOf(pair.accessToken)).id } });
  const never = jsonwebtoken.sign({ ...claimsOf(pair.accessToken), sid: randomUUID() }, accessSecret);

  expectUnauthorized(await get('/users', { token: pair.accessToken }), 'REVOKED');
  expectUnauthorized(await get('/users', { token: never }), 'REVOKED');
});

const refusedSoon = async (token: string) =>
  until(async () => {
    const answer = await get('/users', { token });
    return answer.status === 401 && answer;
  }, 'the refusal of the token');

test('a token that is older than the rights of its owner is stale within seconds', async () => {
  const { id, pair } = await aManager();
  expect((await get('/users', { token: pair.accessToken })).status).toBe(200);

  await db.user.update({ where: { id }, data: { tokenVersion: { increment: 1 } } });

  expectUnauthorized(await refusedSoon(pair.accessToken), 'STALE_CLAIMS');
});

test('a panel whose rights changed is healed by one refresh, also when another process changed them', async () => {
  const { id, pair } = await aManager();
  expect((await get('/users', { token: pair.accessToken })).status).toBe(200);
  await db.user.update({ where: { id }, data: { tokenVersion: { increment: 1 } } });

  const refreshed = await send('POST', '/auth/refresh', { refreshToken: pair.refreshToken });

  expect((await get('/users', { token: refreshed.body.data.accessToken })).status).toBe(200);
});

test('a deactivated person is out within seconds, and cannot refresh', async () => {
  const { id, pair } = await aManager();
  expect((await get('/users', { token: pair.accessToken })).status).toBe(200);

  await db.user.update({ where: { id }, data: { isActive: false } });

  expectUnauthorized(await send('POST', '/auth/refresh', { refreshToken: pair.refreshToken }), 'INACTIVE');
  expectUnauthorized(await refusedSoon(pair.accessToken), 'INACTIVE');
  expectRefused(await logIn((await db.user.findUniqueOrThrow({ where: { id } })).phone), 403, 'USER_INACTIVE');
});
