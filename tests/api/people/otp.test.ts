import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilWaiting } from '../../world/locks.ts';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone } from '../../world/factories.ts';
import { messagesTo, smsWith } from '../../world/sms.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { emptyBucket } from './logins.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

const sendCode = (phone: string, ip?: string) => post('/auth/send-otp', { phone }, ip ? { ip } : {});
const verify = (phone: string, otp: unknown) => post('/auth/verify-otp', { phone, otp });
const challengesOf = (phone: string) => db.otpChallenge.findMany({ where: { phone }, orderBy: { createdAt: 'asc' } });
const wrongFor = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Somebody with a live code, and the code. */
const withCode = async () => {
  const { phone, id } = (await aFleet()).manager;
  expect((await sendCode(phone)).status).toBe(200);
  return { phone, id, code: await smsWith(phone, /\b(\d{6})\b/) };
};

test('a driver logs in with the code of the SMS', async () => {
  const driver = await aDriver(await aFleet());

  const sent = await sendCode(driver.phone);
  const code = await smsWith(driver.phone, /\b(\d{6})\b/);
  const login = await verify(driver.phone, code);

  expect(sent.body.data).toEqual({ message: expect.any(String), expiresInSeconds: 300, resendAfterSeconds: 30 });
  expect(login).toMatchObject({ status: 200, body: { data: { user: { role: 'DRIVER', driver: { id: driver.id } } } } });
  expect((await get('/drivers/me', { token: login.body.data.accessToken })).status).toBe(200);
  expect(await db.user.findUnique({ where: { phone: driver.phone } })).toMatchObject({ lastLoginAt: expect.any(Date) });
});

test('a code works once', async () => {
  const { phone, code } = await withCode();

  expect((await verify(phone, code)).status).toBe(200);

  expectRefused(await verify(phone, code), 400, 'OTP_EXPIRED');
});

test('a code with leading zeros may be typed as a number', async () => {
  const { phone, code } = await withCode();

  expect((await verify(phone, Number(code))).status).toBe(200);
});

test('half a code is a wrong one, and none is no guess', async () => {
  const { phone, code } = await withCode();

  expectRefused(await verify(phone, code.slice(1)), 400, 'INVALID_CREDENTIALS');
  expectInvalid(await verify(phone, ' '), 'otp');

  expect(await challengesOf(phone)).toMatchObject([{ attempts: 1 }]);
});

test('a wrong code is counted, and the third one closes the code even for who knows it', async () => {
  const { phone, code } = await withCode();

  const answers = [];
  for (let guess = 0; guess < 3; guess += 1) answers.push(await verify(phone, wrongFor(code)));

  for (const [index, answer] of answers.slice(0, 2).entries()) {
    expectRefused(answer, 400, 'INVALID_CREDENTIALS');
    expect(answer.body.error.details).toEqual({ attemptsLeft: 2 - index });
  }
  expectRefused(answers[2]!, 429, 'OTP_ATTEMPT_EXCEEDED');
  expectRefused(await verify(phone, code), 429, 'OTP_ATTEMPT_EXCEEDED');
  expect(await challengesOf(phone)).toMatchObject([{ attempts: 3, consumedAt: null }]);
  const { id: subjectId } = await db.user.findUniqueOrThrow({ where: { phone } });
  expect(await db.auditEntry.count({ where: { subjectId, action: 'login.wrongCode', actorId: null } })).toBe(3);
  expect(await db.session.count({ where: { user: { phone }, NOT: { ip: '127.0.0.1' } } })).toBe(0);
});

test('of twenty guesses at once at most three are compared', async () => {
  const { phone, code } = await withCode();

  const answers = await Promise.all(Array.from({ length: 20 }, () => verify(phone, wrongFor(code))));

  const left = answers
    .filter(({ status }) => status === 400)
    .map(({ body }) => body.error.details.attemptsLeft as number);
  expect(left.sort()).toEqual([1, 2]);
  expect(answers.filter(({ body }) => body.errorCode === 'OTP_ATTEMPT_EXCEEDED')).toHaveLength(18);
  expect(await challengesOf(phone)).toMatchObject([{ attempts: 3, consumedAt: null }]);
});

test('of two right answers at once one logs in', async () => {
  const { phone, code } = await withCode();

  // Both are held until each has come as far as to count its attempt.
  const calls = await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "otp_challenges" WHERE "phone" = ${phone} FOR UPDATE`;
    const sent = [verify(phone, code), verify(phone, code)];
    await untilWaiting(2);
    return sent;
  });
  const answers = await Promise.all(calls);

  expect(answers.map(({ body }) => body.errorCode ?? 'in').sort()).toEqual(['OTP_EXPIRED', 'in']);
});

test('an old code is over', async () => {
  const { phone, code } = await withCode();
  await db.otpChallenge.updateMany({ where: { phone }, data: { expiresAt: new Date(Date.now() - 1) } });

  expectRefused(await verify(phone, code), 400, 'OTP_EXPIRED');

  expect(await challengesOf(phone)).toMatchObject([{ attempts: 0, consumedAt: null }]);
});

test('a new code ends the one before', async () => {
  const { phone, code } = await withCode();
  await emptyBucket('otp-interval', phone);

  await sendCode(phone);
  const second = await until(async () => (await messagesTo(phone)).length === 2 && smsWith(phone, /\b(\d{6})\b/));

  if (second !== code) expectRefused(await verify(phone, code), 400, 'INVALID_CREDENTIALS');
  expect((await verify(phone, second)).status).toBe(200);
  expect(await challengesOf(phone)).toMatchObject([
    { supersededAt: expect.any(Date), consumedAt: null },
    { supersededAt: null },
  ]);
});

test('ten checks in a quarter of an hour are enough, whatever new codes are sent', async () => {
  const { phone } = (await aFleet()).manager;
  for (let check = 0; check < 10; check += 1) expectRefused(await verify(phone, '000000'), 400, 'OTP_EXPIRED');
  await sendCode(phone);
  const code = await smsWith(phone, /\b(\d{6})\b/);

  const refused = await verify(phone, code);

  expectRefused(refused, 429, 'OTP_ATTEMPT_EXCEEDED');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await challengesOf(phone)).toMatchObject([{ attempts: 0, consumedAt: null }]);
});

test('a code is nowhere in clear: not in the database once it is sent, not in any log', async () => {
  const { phone, code } = await withCode();
  const { accessToken, refreshToken } = (await verify(phone, code)).body.data;

  const challenge = await until(
    async () => (await challengesOf(phone)).find(({ sealedCode }) => !sealedCode),
    'the forgotten code',
  );
  expect(JSON.stringify(challenge)).not.toContain(code);
  for (const process of ['api', 'workers']) {
    const log = readFileSync(join(world.folder, `${process}.log`), 'utf8');
    expect(log).not.toMatch(new RegExp(`(?<![\\da-f-])${code}(?![\\da-f-])`, 'i'));
    for (const secret of [phone, accessToken, refreshToken]) expect(log).not.toContain(secret);
  }
});

test.each(['+91 ', '+91-', '91', '0', ' '])('a phone may be written with %j before it', async (prefix) => {
  const { phone } = (await aFleet()).manager;
  const spaced = `${prefix}${phone.slice(0, 5)} ${phone.slice(5, 7)}-(${phone.slice(7)}).`;

  expect((await sendCode(spaced)).status).toBe(200);

  expect((await verify(spaced, await smsWith(phone, /\b(\d{6})\b/))).body.data.user.phone).toBe(phone);
});

test.each(['12345', '5876543210', '+1 9876543210', '98765432101', 'nine', 9876543210, null])(
  '%j is no phone',
  async (phone) => {
    expectInvalid(await post('/auth/send-otp', { phone }), 'phone');
    expectInvalid(await post('/auth/verify-otp', { phone, otp: '123456' }), 'phone');
  },
);

test('a stranger gets no code', async () => {
  const phone = aPhone();

  expectRefused(await sendCode(phone), 404, 'USER_NOT_REGISTERED');

  expect(await challengesOf(phone)).toEqual([]);
  expect(await messagesTo(phone)).toEqual([]);
});
