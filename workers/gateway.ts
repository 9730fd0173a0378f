import type { Logger } from 'pino';
import { easebuzz } from '../activities/partners/easebuzz/client.ts';
import type { Easebuzz } from '../activities/partners/easebuzz/client.ts';
import { instaCollect } from '../activities/partners/easebuzz/insta-collect.ts';
import type { InstaCollect } from '../activities/partners/easebuzz/insta-collect.ts';
import { transfers } from '../activities/partners/easebuzz/transfers.ts';
import type { Transfers } from '../activities/partners/easebuzz/transfers.ts';
import { wireAsker } from '../activities/partners/easebuzz/wire.ts';
import type { WireConfig } from '../activities/partners/easebuzz/wire.ts';
import { isLocal } from './env.ts';
import type { WorkerEnv } from './env.ts';

/** Source: easebuzz.md, Products and hosts. */
const hosts = {
  test: { pay: 'https://testpay.easebuzz.in', dashboard: 'https://testdashboard.easebuzz.in' },
  production: { pay: 'https://pay.easebuzz.in', dashboard: 'https://dashboard.easebuzz.in' },
};

/** Of virtual accounts and transfers; there is none for tests. Source: easebuzz.md, Products and hosts. */
const wireHost = 'https://wire.easebuzz.in';

const modeOf = (env: WorkerEnv): keyof typeof hosts => env.EASEBUZZ_ENV ?? (isLocal(env) ? 'test' : 'production');

const payBaseUrlOf = (env: WorkerEnv): string => env.EASEBUZZ_PAY_BASE_URL ?? hosts[modeOf(env)].pay;

/** Nobody but production calls the real host by default. */
const wireBaseUrlOf = (env: WorkerEnv): string | undefined =>
  env.EASEBUZZ_WIRE_BASE_URL ?? (!isLocal(env) && modeOf(env) === 'production' ? wireHost : undefined);

/** Where a payer pays, by the access key of the payment. Source: easebuzz.md 1.1. */
export const checkoutPages =
  (env: WorkerEnv) =>
  (accessKey: string): string =>
    `${payBaseUrlOf(env)}/pay/${accessKey}`;

/** The payment gateway that the environment names; null where it names none, which production does not allow. */
export const gatewayPartner = (env: WorkerEnv, log: Logger): Easebuzz | null => {
  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt } = env;
  const { PAYMENT_SUCCESS_URL: successUrl, PAYMENT_FAILURE_URL: failureUrl } = env;
  if (!key || !salt || !successUrl || !failureUrl) return null;
  const { dashboard } = hosts[modeOf(env)];
  const payBaseUrl = payBaseUrlOf(env);
  const dashboardBaseUrl = env.EASEBUZZ_DASHBOARD_BASE_URL ?? dashboard;
  return easebuzz({ key, salt, payBaseUrl, dashboardBaseUrl, successUrl, failureUrl }, log);
};

/**
 * How Wire is called; null where the environment has no keys of it, or no address, which only production has by default. Key and
 * salt are those of payments unless Wire has its own. Source: easebuzz.md, Credentials.
 */
const wireConfigOf = (env: WorkerEnv): WireConfig | null => {
  const key = env.EASEBUZZ_WIRE_KEY ?? env.EASEBUZZ_MERCHANT_KEY;
  const salt = env.EASEBUZZ_WIRE_SALT ?? env.EASEBUZZ_SALT_KEY;
  const wireBaseUrl = wireBaseUrlOf(env);
  if (!key || !salt || !wireBaseUrl) return null;
  return { key, salt, apiKey: env.EASEBUZZ_WIRE_API_KEY ?? key, wireBaseUrl };
};

/** The virtual accounts of the gateway; null where Wire is not configured. A process gives all partners of Wire one `ask`. */
export const instaCollectPartner = (env: WorkerEnv, log: Logger, ask = wireAsker(log)): InstaCollect | null => {
  const config = wireConfigOf(env);
  return config && instaCollect(config, log, ask);
};

/** The transfers of the gateway; null where Wire is not configured. A process gives all partners of Wire one `ask`. */
export const transfersPartner = (env: WorkerEnv, log: Logger, ask = wireAsker(log)): Transfers | null => {
  const config = wireConfigOf(env);
  const { EASEBUZZ_WIRE_ACCOUNT: walletAccount } = env;
  return config && transfers({ ...config, ...(walletAccount && { walletAccount }) }, log, ask);
};
