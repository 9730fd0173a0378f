import { expect, test } from '@jest/globals';
import jsonwebtoken from 'jsonwebtoken';
import { createHash, randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { world } from '../../world/world.ts';
import { claimsOf, logIn, sessionOf } from './logins.ts';
import { expectRefused } from '../http/refused.ts';

interface Pair {
  accessToken: string;
  refreshToken: string;
}

const aPair = async (phone: string, sent: Sent = {}): Promise<Pair> => (await logIn(phone, sent)).body.data;
const someone = async () => (await aFleet()).manager;
const refresh = (refreshToken: unknown) => post('/auth/refresh', { refreshToken });
const works = async ({ accessToken }: Pair) => (await get('/users', { token: accessToken })).status === 200;

const minute = 60;
const day = 86_400;

test.each([
  ['app', 'app', 30 * day, 180 * day],
  ['web', 'web', day, 14 * day],
  ['an unknown one', 'toaster', day, 14 * day],
  ['none', '', day, 14 * day],
])(
  'a session of client type %s lives as long as the contract says, and keeps its type',
  async (_, header, life, cap) => {
    const { phone } = await someone();

    const first = await aPair(phone, { headers: header ? { 'x-client-type': header } : {} });
    const second = (await refresh(first.refreshToken)).body.data as Pair & Record<string, string>;

    for (const pair of [first, second]) {
      const [access, renewal] = [claimsOf(pair.accessToken), claimsOf(pair.refreshToken)];
      const clientType = header === 'app' ? 'app' : 'web';
      expect(access).toMatchObject({ typ: 'access', clientType, exp: access.iat + 15 * minute, hubIds: [], ver: 0 });
      expect(renewal).toMatchObject({ typ: 'refresh', clientType, sid: access.sid, exp: renewal.iat + life });
      expect(renewal).not.toHaveProperty('role');
    }
    expect(Date.parse(second['refreshTokenExpiresAt']!)).toBe(claimsOf(second.refreshToken).exp * 1000);
    const session = await sessionOf(first.accessToken);
    const opened = claimsOf(first.accessToken).iat as number;
    expect(session.absoluteExpiresAt.getTime()).toBe((opened + cap) * 1000);
  },
);

test('a session that nears its end is refreshed only up to it, and not after it', async () => {
  const pair = await aPair((await someone()).phone);
  const { id } = await sessionOf(pair.accessToken);
  const end = Math.floor(Date.now() / 1000) + 3600;
  await db.session.update({ where: { id }, data: { absoluteExpiresAt: new Date(end * 1000) } });

  const next = (await refresh(pair.refreshToken)).body.data as Pair;
  expect(claimsOf(next.refreshToken).exp).toBe(end);
  await db.session.update({ where: { id }, data: { absoluteExpiresAt: new Date(Date.now() - 1000) } });

  expectRefused(await refresh(next.refreshToken), 401, 'UNAUTHORIZED');
});

test('a refresh gives a new pair, and the database keeps hashes alone', async () => {
  const pair = await aPair((await someone()).phone);

  const next = (await refresh(pair.refreshToken)).body.data as Pair;

  expect(next.refreshToken).not.toBe(pair.refreshToken);
  expect(await works(next)).toBe(true);
  const session = await sessionOf(next.accessToken);
  const hash = (token: string) => createHash('sha256').update(token).digest('hex');
  expect(session.tokenHash).toBe(hash(next.refreshToken));
  expect(await db.spentRefreshToken.findMany({ where: { sessionId: session.id } })).toMatchObject([
    { tokenHash: hash(pair.refreshToken), successorId: session.tokenId },
  ]);
});

test('two logins within one second are two sessions', async () => {
  const { phone } = await someone();

  const pairs = await Promise.all(Array.from({ length: 5 }, () => aPair(phone)));

  expect(new Set(pairs.map(({ refreshToken }) => refreshToken)).size).toBe(5);
  expect(await Promise.all(pairs.map(works))).toEqual([true, true, true, true, true]);
});

test('twenty tabs that refresh at once all get the same pair', async () => {
  const pair = await aPair((await someone()).phone);

  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(pair.refreshToken)));

  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body.data))).size).toBe(1);
  expect(await works(answers[0]!.body.data)).toBe(true);
  expect((await sessionOf(pair.accessToken)).revokedAt).toBeNull();
});

test('a refresh token that comes back after the grace ends its session', async () => {
  const pair = await aPair((await someone()).phone);
  const next = (await refresh(pair.refreshToken)).body.data as Pair;
  const { id } = await sessionOf(pair.accessToken);
  const spentAt = new Date(Date.now() - 31_000);
  await db.spentRefreshToken.updateMany({ where: { sessionId: id }, data: { spentAt } });
  expect(await works(next)).toBe(true);

  const replayed = await refresh(pair.refreshToken);

  expectRefused(replayed, 401, 'TOKEN_REUSED');
  expect(await sessionOf(pair.accessToken)).toMatchObject({
    revokedAt: expect.any(Date),
    revokeReason: 'TOKEN_REUSED',
  });
  expectRefused(await get('/users', { token: next.accessToken }), 401, 'UNAUTHORIZED');
  expectRefused(await refresh(next.refreshToken), 401, 'UNAUTHORIZED');
  const { userId } = await sessionOf(pair.accessToken);
  expect(await db.auditEntry.findMany({ where: { subjectId: userId, action: 'session.tokenReused' } })).toMatchObject([
    { actorId: null, after: { sessionId: id }, requestId: replayed.headers.get('x-request-id') },
  ]);
});

test('a tab that is some refreshes late gets the pair that its token led to, and signs nobody out', async () => {
  const pair = await aPair((await someone()).phone);
  const next = (await refresh(pair.refreshToken)).body.data as Pair;
  const third = (await refresh(next.refreshToken)).body.data as Pair;
  const fourth = (await refresh(third.refreshToken)).body.data as Pair;

  expect((await refresh(pair.refreshToken)).body.data).toEqual(next);
  expect((await refresh(next.refreshToken)).body.data).toEqual(third);
  expect(await Promise.all([next, third, fourth].map(works))).toEqual([true, true, true]);
  expect((await refresh(fourth.refreshToken)).status).toBe(200);
});

test('what is no refresh token of ours is refused with 401, whatever it is', async () => {
  const pair = await aPair((await someone()).phone);
  const claims = claimsOf(pair.refreshToken);
  const expired = jsonwebtoken.sign({ ...claims, exp: claims.iat - 1 }, world.apiEnvironment['JWT_REFRESH_SECRET']!);
  const ofAnother = jsonwebtoken.sign({ ...claims, sub: randomUUID() }, world.apiEnvironment['JWT_REFRESH_SECRET']!);
  const forged = jsonwebtoken.sign(claims, 'another key of good length');
  const wrong = [
    pair.accessToken,
    expired,
    ofAnother,
    forged,
    'x',
    '',
    null,
    17,
    {},
    ['a'],
    undefined,
    'x'.repeat(5000),
    'a\0b',
  ];

  for (const token of wrong) expectRefused(await refresh(token), 401, 'UNAUTHORIZED');

  expect((await sessionOf(pair.accessToken)).revokedAt).toBeNull();
});

test('one session may be refreshed thirty times a minute, and is told when it may again', async () => {
  const pair = await aPair((await someone()).phone);
  await Promise.all(Array.from({ length: 30 }, () => refresh(pair.refreshToken)));

  const refused = await refresh(pair.refreshToken);

  expectRefused(refused, 429, 'RATE_LIMIT_EXCEEDED');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});
