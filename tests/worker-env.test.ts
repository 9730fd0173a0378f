import { expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { workerEnv } from '../workers/env.ts';
import { gatewayPartner, instaCollectPartner } from '../workers/gateway.ts';

const usable = {
  ...{ DATABASE_URL: 'postgresql://here/klub', DATA_KEY: Buffer.alloc(32).toString('base64') },
  ...{ EASEBUZZ_MERCHANT_KEY: ' key ', EASEBUZZ_SALT_KEY: 'salt' },
  PAYMENT_SUCCESS_URL: 'https://api.example.com/webhooks/payment/success',
  PAYMENT_FAILURE_URL: 'https://api.example.com/webhooks/payment/failure',
};

test.each([
  ['no key of the gateway', { EASEBUZZ_MERCHANT_KEY: undefined }, 'EASEBUZZ_MERCHANT_KEY'],
  ['a salt of nothing', { EASEBUZZ_SALT_KEY: ' ' }, 'EASEBUZZ_SALT_KEY'],
  ['no page for who has paid', { PAYMENT_SUCCESS_URL: undefined }, 'PAYMENT_SUCCESS_URL'],
  ['a page without its host', { PAYMENT_FAILURE_URL: '/webhooks/payment/failure' }, 'PAYMENT_FAILURE_URL'],
  ['a page without TLS', { PAYMENT_FAILURE_URL: 'http://api.example.com/failure' }, 'PAYMENT_FAILURE_URL'],
  ['a page that is a script', { PAYMENT_FAILURE_URL: 'javascript:alert(1)' }, 'PAYMENT_FAILURE_URL'],
  ['an unknown environment of the gateway', { EASEBUZZ_ENV: 'sandbox' }, 'EASEBUZZ_ENV'],
  ['an address of Wire that is none', { EASEBUZZ_WIRE_BASE_URL: 'wire' }, 'EASEBUZZ_WIRE_BASE_URL'],
  ['an e-mail that is none', { PAYMENT_FALLBACK_EMAIL: 'desk' }, 'PAYMENT_FALLBACK_EMAIL'],
])('a worker in production with %s does not start, and says why', (_, change, name) => {
  expect(() => workerEnv({ ...usable, ...change })).toThrow(name);
});

test('outside production the gateway may be missing, and its pages be on this machine', () => {
  const { DATABASE_URL, DATA_KEY } = usable;
  const env = workerEnv({ DATABASE_URL, DATA_KEY, NODE_ENV: 'test', PAYMENT_SUCCESS_URL: 'http://127.0.0.1:3000/a' });

  expect(env).toMatchObject({ PAYMENT_SUCCESS_URL: 'http://127.0.0.1:3000/a' });
});

test('key and salt are trimmed, and have two names', () => {
  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt, ...rest } = usable;

  expect(workerEnv({ ...rest, EASEBUZZ_KEY: key, EASEBUZZ_SALT: salt })).toMatchObject({
    ...{ EASEBUZZ_MERCHANT_KEY: 'key', EASEBUZZ_SALT_KEY: 'salt' },
  });
});

test('there is a gateway wherever its keys and pages are', () => {
  const log = pino({ level: 'silent' });
  const { DATABASE_URL, DATA_KEY } = usable;

  expect(gatewayPartner(workerEnv(usable), log)).not.toBeNull();
  expect(gatewayPartner(workerEnv({ DATABASE_URL, DATA_KEY, NODE_ENV: 'test' }), log)).toBeNull();
});

test('the variables of Wire are trimmed, and a blank one is none', () => {
  const blank = {
    EASEBUZZ_WIRE_BASE_URL: '',
    EASEBUZZ_WIRE_KEY: '',
    EASEBUZZ_WIRE_SALT: ' ',
    EASEBUZZ_WIRE_API_KEY: '',
  };

  expect(
    Object.entries(workerEnv({ ...usable, ...blank })).filter(([name, value]) => /WIRE/.test(name) && value),
  ).toEqual([]);
  expect(
    workerEnv({ ...usable, EASEBUZZ_WIRE_KEY: ' W ', EASEBUZZ_WIRE_BASE_URL: ' https://a.example ' }),
  ).toMatchObject({
    ...{ EASEBUZZ_WIRE_KEY: 'W', EASEBUZZ_WIRE_BASE_URL: 'https://a.example' },
  });
});

/** What the partner of an environment sends with its first call, and where to. */
const sentBy = async (variables: NodeJS.ProcessEnv) => {
  const partner = instaCollectPartner(workerEnv(variables), pino({ level: 'silent' }));
  if (!partner) return null;
  const sent: { url: string; headers: unknown }[] = [];
  const calling = jest.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
    sent.push({ url: url as string, headers: init?.headers });
    return Promise.resolve(new Response('{"success":false,"message":"not found"}'));
  });
  await partner.readAccount('V');
  calling.mockRestore();
  return sent[0];
};

const signedBy = (key: string, salt: string) => createHash('sha512').update(`${key}|V|${salt}`).digest('hex');

test('in production virtual accounts are those of Wire, by the keys of payments unless it has its own', async () => {
  expect(await sentBy(usable)).toEqual({
    url: 'https://wire.easebuzz.in/api/v1/insta-collect/virtual_accounts/V?key=key',
    headers: { authorization: signedBy('key', 'salt'), 'wire-api-key': 'key' },
  });
  const blank = { EASEBUZZ_WIRE_KEY: ' ', EASEBUZZ_WIRE_SALT: '', EASEBUZZ_WIRE_BASE_URL: '' };
  expect(await sentBy({ ...usable, ...blank })).toEqual(await sentBy(usable));
  const own = { EASEBUZZ_WIRE_KEY: 'W', EASEBUZZ_WIRE_SALT: 'WS', EASEBUZZ_WIRE_BASE_URL: 'https://w.example' };
  expect(await sentBy({ ...usable, ...own, EASEBUZZ_WIRE_API_KEY: 'A' })).toEqual({
    url: 'https://w.example/api/v1/insta-collect/virtual_accounts/V?key=W',
    headers: { authorization: signedBy('W', 'WS'), 'wire-api-key': 'A' },
  });
  expect(await sentBy({ ...usable, ...own })).toMatchObject({ headers: { 'wire-api-key': 'W' } });
});

test('nobody but production calls Wire without being told an address', async () => {
  const elsewhere = { ...usable, NODE_ENV: 'test', EASEBUZZ_ENV: 'production' };

  expect(await sentBy(elsewhere)).toBeNull();
  expect(await sentBy({ ...usable, EASEBUZZ_ENV: 'test' })).toBeNull();
  expect(await sentBy({ ...elsewhere, EASEBUZZ_WIRE_BASE_URL: 'http://127.0.0.1:8083' })).toMatchObject({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:8083\/api/),
  });
  const { EASEBUZZ_SALT_KEY: _, ...unsigned } = elsewhere;
  expect(await sentBy({ ...unsigned, EASEBUZZ_WIRE_BASE_URL: 'http://127.0.0.1:8083' })).toBeNull();
});
