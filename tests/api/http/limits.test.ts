import { expect, test } from '@jest/globals';
import { anAddress, get, post } from '../../world/api.ts';
import type { Answer, Sent } from '../../world/api.ts';
import { aFleet } from '../../world/factories.ts';
import { expectRefused } from './refused.ts';

const times = <T>(count: number, ask: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, ask));

const limitOf = ({ headers }: Answer) => Number(headers.get('x-ratelimit-limit'));
const remainingOf = ({ headers }: Answer) => Number(headers.get('x-ratelimit-remaining'));

const expectTooMany = (answer: Answer, limit: number) => {
  expectRefused(answer, 429, 'RATE_LIMIT_EXCEEDED');
  const [retryAfter, reset] = ['retry-after', 'x-ratelimit-reset'].map((name) => Number(answer.headers.get(name)));
  expect([limitOf(answer), remainingOf(answer)]).toEqual([limit, 0]);
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(60);
  expect(Math.abs(reset! - Date.now() / 1000 - retryAfter!)).toBeLessThanOrEqual(10);
};

const statuses = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))];

test('a person may ask a hundred times a minute, and is told how often they still may', async () => {
  const { manager } = await aFleet();
  const from: Sent = { ...manager, ip: anAddress() };

  const first = await get(`/users/${manager.id}`, from);
  const others = await times(99, () => get(`/users/${manager.id}`, from));

  expect([limitOf(first), remainingOf(first)]).toEqual([100, 99]);
  expect(statuses(others)).toEqual([200]);
  expect(others.map(remainingOf).sort((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, index) => index));
  expectTooMany(await get(`/users/${manager.id}`, from), 100);
});

test("colleagues behind one address do not spend what is another's, nor what strangers spend", async () => {
  const { manager, operations } = await aFleet();
  const ip = anAddress();
  await times(100, () => get('/users', { ...manager, ip }));
  await times(100, () => get('/users', { ip }));

  expectTooMany(await get('/users', { ...manager, ip }), 100);
  expectTooMany(await get('/users', { ip }), 100);
  expect((await get('/users', { ...operations, ip })).status).toBe(200);
  expect((await get('/users', { ...manager, ip: anAddress() })).status).toBe(200);
});

test('a forged token counts as nobody', async () => {
  const ip = anAddress();
  await times(100, () => get('/users', { token: `forged.${Math.random()}`, ip }));

  expectTooMany(await get('/users', { ip }), 100);
});

test('prices may be asked for sixty times a minute from one address, whoever asks', async () => {
  const { manager, operations } = await aFleet();
  const ip = anAddress();
  const preview = (sent: Sent) => post('/pricing/preview', { tripType: 'INTER_CITY', distanceKm: 20 }, { ...sent, ip });
  const answers = [...(await times(30, () => preview(manager))), ...(await times(30, () => preview(operations)))];

  expect(statuses(answers)).toEqual([200]);
  expectTooMany(await preview({}), 60);
  expect((await get('/users', { ...manager, ip })).status).toBe(200);
});

test('what has a fault counts too', async () => {
  const ip = anAddress();
  await times(60, () => post('/pricing/preview', { tripType: 'nonsense' }, { ip }));

  expectTooMany(await post('/pricing/preview', { tripType: 'INTER_CITY', distanceKm: 20 }, { ip }), 60);
});

test('a monitor may ask as often as it likes', async () => {
  const ip = anAddress();

  const answers = await times(150, () => get('/health', { ip }));

  expect(statuses(answers)).not.toContain(429);
  expect(answers.every(({ headers }) => !headers.has('x-ratelimit-limit'))).toBe(true);
});

test('all people behind one address together may ask 1200 times a minute', async () => {
  const ip = anAddress();
  const people = (await times(3, aFleet)).flatMap(({ superAdmin, fleetAdmin, manager, operations }) => [
    ...[superAdmin, fleetAdmin, manager, operations],
  ]);
  for (const person of people) await times(100, () => get('/drivers/me', { ...person, ip }));

  const { manager } = await aFleet();
  expectTooMany(await get('/users', { ...manager, ip }), 1200);
});

test('who puts addresses before their own into X-Forwarded-For is counted under their own', async () => {
  const ip = anAddress();
  await times(100, () => get('/users', { ip: `${anAddress()}, ${ip}` }));

  expectTooMany(await get('/users', { ip: `${anAddress()}, ${ip}` }), 100);
});

test.each([
  ['a port', (n: number) => `203.0.113.7:${50_000 + n}`, '203.0.113.7'],
  ['the other notation of IPv4', (n: number) => (n % 2 ? '::ffff:203.0.113.8' : '203.0.113.8'), '::ffff:203.0.113.8'],
  ['an address of its own network', (n: number) => `2001:db8:1:2::${n.toString(16)}`, '2001:db8:1:2:ffff::1'],
])('a client does not get a new limit by %s', async (_, ip, same) => {
  await Promise.all(Array.from({ length: 100 }, (_, n) => get('/users', { ip: ip(n) })));

  expectTooMany(await get('/users', { ip: same }), 100);
});
