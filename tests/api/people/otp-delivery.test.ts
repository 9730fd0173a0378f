import { afterEach, expect, test } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../local/ports.ts';
import { anAddress, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet, aPhone } from '../../world/factories.ts';
import { messagesTo, smsWith } from '../../world/sms.ts';
import { world } from '../../world/world.ts';
import { emptyBucket, logIn } from './logins.ts';
import { expectRefused } from '../http/refused.ts';

const sendCode = (phone: string, ip?: string) => post('/auth/send-otp', { phone }, ip ? { ip } : {});
const challengesOf = (phone: string) => db.otpChallenge.findMany({ where: { phone } });

const broken: string[] = [];

/** Breaks the SMS partner for one phone, until the test is over. */
const breakSmsTo = async (phone: string, mode: string, delayMs?: number) => {
  broken.push(phone);
  const body = JSON.stringify({ mode, match: phone, delayMs });
  await fetch(`${world.sms}/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};

const healSmsTo = (phone: string) => fetch(`${world.sms}/faults?match=${phone}`, { method: 'DELETE' });

afterEach(() => Promise.all(broken.splice(0).map(healSmsTo)));

const somebody = async () => (await aFleet()).manager.phone;

test('a code that the partner refuses to send is void', async () => {
  const phone = await somebody();
  await breakSmsTo(phone, 'refuse');

  const refused = await sendCode(phone);

  expectRefused(refused, 503, 'OTP_DELIVERY_FAILED');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await challengesOf(phone)).toMatchObject([{ supersededAt: expect.any(Date), consumedAt: null }]);
  expectRefused(await post('/auth/verify-otp', { phone, otp: '123456' }), 400, 'OTP_EXPIRED');
});

test('a partner that is slow makes nobody wait for more than five seconds, and the code comes', async () => {
  const phone = await somebody();
  await breakSmsTo(phone, 'slow', 9_000);
  const askedAt = Date.now();

  expect((await sendCode(phone)).status).toBe(200);

  expect(Date.now() - askedAt).toBeLessThan(8_500);
  const code = await smsWith(phone, /\b(\d{6})\b/);
  expect((await post('/auth/verify-otp', { phone, otp: code })).status).toBe(200);
});

test.each(['down', 'garbage', 'error'])(
  'a partner that is %s for a moment is said to be so, and the code still comes',
  async (mode) => {
    const phone = await somebody();
    await breakSmsTo(phone, mode);

    expect((await sendCode(phone)).status).toBe(503);
    expect(await messagesTo(phone)).toEqual([]);
    await healSmsTo(phone);

    const code = await smsWith(phone, /\b(\d{6})\b/);
    expect((await post('/auth/verify-otp', { phone, otp: code })).status).toBe(200);
  },
);

test('a second code within thirty seconds is too soon, and the first one stays good', async () => {
  const phone = await somebody();
  await sendCode(phone);

  const refused = await sendCode(phone);

  expectRefused(refused, 429, 'OTP_RESEND_TOO_SOON');
  const { retryAfterSeconds } = refused.body.error.details as { retryAfterSeconds: number };
  expect(retryAfterSeconds).toBeGreaterThan(20);
  expect(retryAfterSeconds).toBeLessThanOrEqual(30);
  expect(refused.headers.get('retry-after')).toBe(String(retryAfterSeconds));
  const code = await smsWith(phone, /\b(\d{6})\b/);
  expect(await messagesTo(phone)).toHaveLength(1);
  expect((await post('/auth/verify-otp', { phone, otp: code })).status).toBe(200);
});

test('twenty requests for a code at once send one', async () => {
  const phone = await somebody();

  const answers = await Promise.all(Array.from({ length: 20 }, () => sendCode(phone)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.errorCode === 'OTP_RESEND_TOO_SOON')).toHaveLength(19);
  expect(await challengesOf(phone)).toHaveLength(1);
});

test('the sixth code within an hour is refused', async () => {
  const phone = await somebody();
  for (let sent = 0; sent < 5; sent += 1) {
    expect((await sendCode(phone)).status).toBe(200);
    await emptyBucket('otp-interval', phone);
  }

  const refused = await sendCode(phone);

  expectRefused(refused, 429, 'OTP_RESEND_TOO_SOON');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
});

test('one address that asks for many strangers is stopped, and told for how long', async () => {
  const ip = anAddress();
  const { manager } = await aFleet();
  await db.user.update({ where: { id: manager.id }, data: { isActive: false } });
  for (let asked = 0; asked < 19; asked += 1) expectRefused(await sendCode(aPhone(), ip), 404, 'USER_NOT_REGISTERED');
  expectRefused(await sendCode(manager.phone, ip), 403, 'USER_INACTIVE');

  const refused = await sendCode(aPhone(), ip);

  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

const verifyWith = (phone: string, verifiedKey: unknown) =>
  post('/auth/verify-otp', { phone, otp: '000000', verifiedKey });

test('the bypass key logs in who exists and is active, nobody else', async () => {
  const { manager } = await aFleet();
  expect((await logIn(manager.phone)).status).toBe(200);

  expectRefused(await logIn(aPhone()), 404, 'USER_NOT_REGISTERED');
  for (const key of ['', 'bypass-for-test', 'bypass-for-tests2', 17, null, {}, undefined])
    expectRefused(await verifyWith(manager.phone, key), 400, 'OTP_EXPIRED');
  await db.user.update({ where: { id: manager.id }, data: { isActive: false } });
  expectRefused(await logIn(manager.phone), 403, 'USER_INACTIVE');
});

test.each([
  ['staging', { NODE_ENV: 'staging', ALLOWED_ORIGINS: 'https://panel.example' }],
  ['production', { NODE_ENV: 'production', ALLOWED_ORIGINS: 'https://panel.example' }],
  ['test without a key', { NODE_ENV: 'test', OTP_BYPASS_KEY: '' }],
])('there is no bypass in %s', async (_, environment) => {
  const phone = await somebody();
  const port = await freePort(0);
  const main = fileURLToPath(new URL('../../../api/main.ts', import.meta.url));
  const env = { ...world.apiEnvironment, ...environment, PORT: String(port) };
  const api = fork(main, { env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [ready] = await Promise.race([once(api, 'message'), once(api, 'exit')]);
  expect(ready).toBe('ready');

  const answers = [];
  for (const verifiedKey of [world.apiEnvironment['OTP_BYPASS_KEY'], '']) {
    const body = JSON.stringify({ phone, otp: '000000', verifiedKey });
    const headers = { 'content-type': 'application/json' };
    answers.push(
      await (await fetch(`http://127.0.0.1:${port}/auth/verify-otp`, { method: 'POST', headers, body })).json(),
    );
  }
  api.disconnect();
  await once(api, 'exit');

  expect(answers).toMatchObject([{ errorCode: 'OTP_EXPIRED' }, { errorCode: 'OTP_EXPIRED' }]);
});
