import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { workerEnv } from '../workers/env.ts';
import { gatewayPartner } from '../workers/gateway.ts';

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
