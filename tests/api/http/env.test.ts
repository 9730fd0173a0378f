import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { apiEnv } from '../../../api/env.ts';

const usable = {
  ...{ DATABASE_URL: 'postgresql://here/klub', DATA_KEY: randomBytes(32).toString('base64') },
  ...{ JWT_ACCESS_SECRET: 'access-secret-of-good-length', JWT_REFRESH_SECRET: 'refresh-secret-of-good-length' },
  ALLOWED_ORIGINS: 'https://panel.example, https://other.example',
  ...{ EASEBUZZ_MERCHANT_KEY: ' key ', EASEBUZZ_SALT_KEY: 'salt' },
};

test('without a word about where it is, an API is in production, with the limits of the contract', () => {
  expect(apiEnv(usable)).toMatchObject({
    ...{ NODE_ENV: 'production', TRIP_RULES_RELAXED: false, OTP_MAX_ATTEMPTS: 3, OTP_EXPIRY_MINUTES: 5 },
    ...{ JWT_ACCESS_EXPIRES_IN: 900, JWT_REFRESH_EXPIRES_IN: 86_400, RATE_LIMIT_MAX: 100 },
    ALLOWED_ORIGINS: ['https://panel.example', 'https://other.example'],
  });
});

test.each([
  ['production without its origins', { ALLOWED_ORIGINS: undefined }, 'ALLOWED_ORIGINS'],
  ['production without the key of the gateway', { EASEBUZZ_MERCHANT_KEY: undefined }, 'EASEBUZZ_MERCHANT_KEY'],
  ['production without the salt of the gateway', { EASEBUZZ_SALT_KEY: ' ' }, 'EASEBUZZ_SALT_KEY'],
  ['production with relaxed rules', { TRIP_RULES_RELAXED: 'true' }, 'TRIP_RULES_RELAXED'],
  ['one secret for both tokens', { JWT_REFRESH_SECRET: usable.JWT_ACCESS_SECRET }, 'JWT_REFRESH_SECRET'],
  ['a short secret', { JWT_ACCESS_SECRET: 'short' }, 'JWT_ACCESS_SECRET'],
  ['a short data key', { DATA_KEY: randomBytes(16).toString('base64') }, 'DATA_KEY'],
  ['a lifetime without a unit', { JWT_ACCESS_EXPIRES_IN: '900' }, 'JWT_ACCESS_EXPIRES_IN'],
  ['a flag that is neither true nor false', { KYC_REQUIRED_FOR_CHECKIN: 'yes' }, 'KYC_REQUIRED_FOR_CHECKIN'],
  [
    'an unknown name for where it is, but rules of a laptop',
    { NODE_ENV: 'staging', TRIP_RULES_RELAXED: 'true' },
    'TRIP_RULES_RELAXED',
  ],
  ['a lifetime of nothing', { JWT_ACCESS_EXPIRES_IN: '0s' }, 'JWT_ACCESS_EXPIRES_IN'],
  ['refresh tokens of no lifetime', { JWT_REFRESH_EXPIRES_IN: '00d' }, 'JWT_REFRESH_EXPIRES_IN'],
  ['every origin in production', { ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS'],
  ['every origin behind another', { ALLOWED_ORIGINS: 'https://a.example, *' }, 'ALLOWED_ORIGINS'],
  ['no origin', { ALLOWED_ORIGINS: ' , ' }, 'ALLOWED_ORIGINS'],
  ['an origin that is a page', { ALLOWED_ORIGINS: 'https://a.example/panel' }, 'ALLOWED_ORIGINS'],
  ['no city to start in', { ALLOWED_ORIGIN_CITIES: ' , ' }, 'ALLOWED_ORIGIN_CITIES'],
  ['a provider that is not there yet', { PROVIDER_ALLOCATION: 'MOJOBOXX' }, 'PROVIDER_ALLOCATION'],
  ['no database', { DATABASE_URL: undefined }, 'DATABASE_URL'],
])('an API with %s does not start, and says why', (_, change, name) => {
  expect(() => apiEnv({ ...usable, ...change })).toThrow(name);
});

test('key and salt of the gateway are trimmed, and have two names', () => {
  expect(apiEnv(usable)).toMatchObject({ EASEBUZZ_MERCHANT_KEY: 'key' });

  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt, ...rest } = usable;
  expect(apiEnv({ ...rest, EASEBUZZ_KEY: key, EASEBUZZ_SALT: salt })).toMatchObject({
    ...{ EASEBUZZ_MERCHANT_KEY: 'key', EASEBUZZ_SALT_KEY: 'salt' },
  });
});

test('cities may be written as people write them', () => {
  const env = apiEnv({ ...usable, ALLOWED_ORIGIN_CITIES: 'New Delhi, Gurugram,Pune' });

  expect(env.ALLOWED_ORIGIN_CITIES).toEqual(['DELHI', 'GURGAON', 'PUNE']);
});

test('outside production rules may be relaxed and origins left open', () => {
  const env = apiEnv({ ...usable, ALLOWED_ORIGINS: undefined, NODE_ENV: 'development', TRIP_RULES_RELAXED: 'true' });

  expect(env).toMatchObject({ TRIP_RULES_RELAXED: true, ALLOWED_ORIGINS: undefined });
});
