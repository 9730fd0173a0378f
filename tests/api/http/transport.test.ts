import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attributes } from '../../../workflows/shared/search-attributes.ts';
import { anAddress, get, post, send } from '../../world/api.ts';
import type { Answer } from '../../world/api.ts';
import { db, seals } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, hubPoint } from '../../world/factories.ts';
import { storedKey } from '../../world/stored-answers.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { sendRaw } from './raw.ts';
import { expectRefused } from './refused.ts';
import { withSettings } from './settings.ts';

test.each([
  '/nowhere',
  '/users/a/b/c',
  '/USERS',
  '/Auth/send-otp',
  '//users',
  '/users//',
  '/.env',
  '/users/%2e%2e/fleets',
])('the path %s leads nowhere', async (path) => {
  const { manager } = await aFleet();

  expectRefused(await sendRaw('GET', path, '', { authorization: `Bearer ${manager.token}` }), 404, 'NOT_FOUND');
});

test.each(['PUT', 'DELETE', 'PATCH'])('nothing answers to %s /users', async (method) => {
  const answer = await send(method, '/users', {});

  expectRefused(answer, 405, 'METHOD_NOT_ALLOWED');
  expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
});

test('a path that cannot be decoded leads nowhere', async () => {
  const { manager } = await aFleet();

  for (const path of ['/users/%E0%A4%A', '/users/%', '/users/%ED%A0%80', '/%C0'])
    expectRefused(await sendRaw('GET', path, '', { authorization: `Bearer ${manager.token}` }), 404, 'NOT_FOUND');
});

test('a slash at the end changes nothing', async () => {
  const { manager } = await aFleet();

  expect((await get(`/users/${manager.id}/`, manager)).body.data).toMatchObject({ id: manager.id });
  expect((await get('/health/')).status).toBe(200);
});

test('a literal path wins over a parameter', async () => {
  const driver = await aDriver(await aFleet());

  expect(await get('/drivers/me', driver)).toMatchObject({ status: 200, body: { data: { id: driver.id } } });
  expect(await get('/attendance/history', driver)).toMatchObject({ status: 200, body: { data: { data: [] } } });
});

test.each(['/health', '/health/ready', '/drivers/health', '/trips/health', '/auth/health', '/partners/health'])(
  'a monitor reads %s without a token',
  async (path) => {
    const read = await until(async () => {
      const answer = await get(path);
      return answer.status === 200 && answer; // A machine that is busy is not ready for a moment.
    }, 'it to be well');

    expect(read.body).toMatchObject({ status: 'ok', service: expect.any(String) });
  },
);

test('HEAD answers what GET answers, without the body', async () => {
  const { manager } = await aFleet();

  expect(await send('HEAD', '/health')).toMatchObject({ status: 200, body: '' });
  expect(await send('HEAD', '/users', undefined, manager)).toMatchObject({ status: 200, body: '' });
  expect(await send('HEAD', '/users')).toMatchObject({ status: 401, body: '' });
});

test('a panel of any origin may ask with our headers, and read our limits', async () => {
  const asked = { origin: 'https://panel.example', 'access-control-request-method': 'PATCH' };
  const preflight = await send('OPTIONS', '/assignments/x/end', undefined, { headers: asked });
  const answer = await get('/users', { headers: { origin: 'https://panel.example' } });

  const listed = (name: string) => preflight.headers.get(name)?.toLowerCase().split(/,\s*/);
  expect([200, 204]).toContain(preflight.status);
  expect(listed('access-control-allow-methods')).toEqual(['get', 'post', 'put', 'patch', 'delete', 'options']);
  expect(listed('access-control-allow-headers')?.sort()).toEqual(
    ['authorization', 'content-type', 'idempotency-key', 'x-client-type', 'x-request-id'].sort(),
  );
  for (const { headers } of [preflight, answer]) {
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  }
  expect(answer.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('retry-after');
  expect(answer.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('x-request-id');
});

test("a client's request id comes back, in the header, in the refusal and in the log", async () => {
  const id = `app-${'7'.repeat(60)}`;

  const answer = await get('/users', { headers: { 'x-request-id': id } });

  expectRefused(answer, 401, 'UNAUTHORIZED');
  expect(answer.body.requestId).toBe(id);
  const logged = () =>
    Promise.resolve(readFileSync(join(world.folder, 'api.log'), 'utf8').includes(`"requestId":"${id}"`));
  await until(logged, 'the log line of the request');
});

test('operations find what a request began by the id of the request', async () => {
  const driver = await aDriver(await aFleet());

  const answer = await post('/attendance/check-in', hubPoint, driver);

  const shift = temporal.workflow.getHandle(`shift:${answer.body.data.id}`);
  const begun = await until(() => shift.describe().catch(() => null), 'the process of the shift');
  expect(begun.typedSearchAttributes.get(attributes.RequestId)).toBe(answer.headers.get('x-request-id'));
});

/** The lines that a request left in the log. */
const logOf = async ({ headers }: Answer): Promise<string> => {
  const id = headers.get('x-request-id')!;
  const lines = () =>
    readFileSync(join(world.folder, 'api.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes(id))
      .join('\n');
  return until(() => Promise.resolve(lines().includes('"status":') && lines()), 'the log of the request');
};

test('a phone reaches the log neither by a path nor by a fault that quotes it', async () => {
  const { manager } = await aFleet();
  const [phone, key] = [aPhone(), randomUUID()];
  const again = () => post('/users', { name: 'Asha', phone, role: 'DRIVER' }, { ...manager, key });
  await again();
  const stored = storedKey(manager.id, 'POST /users', key);
  await db.idempotencyKey.update({
    where: { key: stored },
    data: { answer: seals.seal('answer', `x${phone}`, stored) },
  });

  const [byPath, byFault] = [await get(`/users/${phone}`, manager), await again()];

  expectRefused(byPath, 404, 'NOT_FOUND');
  expectRefused(byFault, 500, 'INTERNAL_SERVER_ERROR');
  for (const log of [await logOf(byPath), await logOf(byFault)]) {
    expect(log).not.toContain(phone);
    expect(log).toContain(`******${phone.slice(-4)}`);
  }
});

test.each(['', 'a b', 'x'.repeat(65), '<script>', 'id;x', 'é'])('a request id of "%s" is replaced', async (id) => {
  const answer = await sendRaw('GET', '/users', '', { 'x-request-id': id });

  expectRefused(answer, 401, 'UNAUTHORIZED');
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
});

test('every answer forbids guessing and framing, and does not say what made it', async () => {
  for (const { headers } of [
    await get('/health'),
    await get('/users'),
    await get('/nowhere'),
    await post('/auth/send-otp'),
  ]) {
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  }
});

test('no cache keeps what is personal, and nothing there has an ETag', async () => {
  const { manager } = await aFleet();

  for (const { headers } of [
    await get(`/users/${manager.id}`, manager),
    await get('/users', manager),
    await get('/users'),
    await post('/auth/send-otp'),
    await post('/auth/verify-otp'),
    await get('/nowhere'),
  ]) {
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('etag')).toBeNull();
  }
});

test('who has the document already is told so, and who asks too often is refused', async () => {
  const ip = anAddress();
  const first = await get('/openapi.json', { ip });
  const etag = first.headers.get('etag')!;

  const again = await sendRaw('GET', '/openapi.json', '', { 'x-forwarded-for': ip, 'if-none-match': etag });
  expect([again.status, again.body]).toEqual([304, '']);
  await withSettings({ RATE_LIMIT_IP_MAX: '2' }, async () => {
    const answers = [];
    for (const path of ['/openapi.json', '/docs/', '/openapi.json', '/docs/']) answers.push(await get(path, { ip }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
  });
});

test.each(['/docs/nowhere', '/docs/a/b.js', '/docs/%2e%2e/package.json'])('%s leads nowhere', async (path) => {
  expectRefused(await sendRaw('GET', path), 404, 'NOT_FOUND');
});
