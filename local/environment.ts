import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { usualWallet } from './partners/easebuzz/wallet.ts';
import { partnerEnvironment } from './partners/partners.ts';
import type { PartnerUrls } from './partners/partners.ts';

/** Where the started parts can be reached. */
type Addresses = { databaseUrl: string; temporalAddress: string; partners: PartnerUrls };

type Secrets = { JWT_ACCESS_SECRET: string; JWT_REFRESH_SECRET: string; DATA_KEY: string };

/**
 * The environment of an API process that listens on `port`. Variables of the person win over ours, but for the addresses
 * of what was really started. It cannot send texts, since only the worker holds the EXOTEL_ variables.
 */
export const apiEnvironment = (folder: string, addresses: Addresses, port: number, person: NodeJS.ProcessEnv) =>
  without('EXOTEL_', { ...jwtSecrets(folder), ...limits, ...common(folder, addresses, person), PORT: String(port) });

/**
 * The environment of a worker process, which never holds the JWT secrets: it cannot make anybody's token. The gateway sends payers
 * back to the API on `apiPort`.
 */
export const workerEnvironment = (folder: string, addresses: Addresses, apiPort: number, person: NodeJS.ProcessEnv) =>
  without('JWT_', {
    ...resultPages(apiPort),
    ...wire(addresses.partners.gateway, apiPort),
    ...common(folder, addresses, person),
  });

const resultPages = (apiPort: number) => ({
  PAYMENT_SUCCESS_URL: `http://127.0.0.1:${apiPort}/webhooks/payment/success`,
  PAYMENT_FAILURE_URL: `http://127.0.0.1:${apiPort}/webhooks/payment/failure`,
});

/** The address tells the simulator which API the events of virtual accounts go to; those of a payment follow its result pages. */
const wire = (gateway: string, apiPort: number) => ({
  EASEBUZZ_WIRE_BASE_URL: `${gateway}/merchants/${apiPort}`,
  EASEBUZZ_WIRE_ACCOUNT: usualWallet,
});

/** On a laptop everything comes from one address, and one administrator logs in again and again. */
const limits = {
  RATE_LIMIT_IP_MAX: '100000',
  OTP_SEND_PER_IP_HOUR: '100000',
  OTP_VERIFY_PER_IP_15MIN: '100000',
  OTP_SEND_INTERVAL_SECONDS: '2',
  OTP_SEND_PER_PHONE_HOUR: '1000',
  OTP_VERIFY_PER_PHONE_15MIN: '1000',
};

/** As in the Dockerfile, which says why. */
const memory = { NODE_OPTIONS: '--max-semi-space-size=8 --v8-pool-size=1', MALLOC_ARENA_MAX: '2' };

/** What was compiled once is kept, so that a process is there a second sooner. */
const cache = { NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/node') };

const common = (folder: string, { databaseUrl, temporalAddress, partners }: Addresses, person: NodeJS.ProcessEnv) => ({
  ...memory,
  ...cache,
  NODE_ENV: 'development',
  LOG_LEVEL: 'info',
  DATA_KEY: secrets(folder).DATA_KEY,
  ...partnerEnvironment(partners, person),
  ...person,
  DATABASE_URL: databaseUrl,
  TEMPORAL_ADDRESS: temporalAddress,
});

const without = (prefix: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith(prefix)));

const jwtSecrets = (folder: string) => {
  const { JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } = secrets(folder);
  return { JWT_ACCESS_SECRET, JWT_REFRESH_SECRET };
};

/** Made once and kept, so that logins and sealed values survive a restart. */
const secrets = (folder: string): Secrets => {
  const file = join(folder, 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const made: Secrets = {
    JWT_ACCESS_SECRET: randomBytes(32).toString('base64url'),
    JWT_REFRESH_SECRET: randomBytes(32).toString('base64url'),
    DATA_KEY: randomBytes(32).toString('base64'),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(made, null, 2), { mode: 0o600 });
  return made;
};
