import type { Logger } from 'pino';
import { easebuzz } from '../activities/partners/easebuzz/client.ts';
import type { Easebuzz } from '../activities/partners/easebuzz/client.ts';
import { isLocal } from './env.ts';
import type { WorkerEnv } from './env.ts';

/** Source: easebuzz.md, Products and hosts. */
const hosts = {
  test: { pay: 'https://testpay.easebuzz.in', dashboard: 'https://testdashboard.easebuzz.in' },
  production: { pay: 'https://pay.easebuzz.in', dashboard: 'https://dashboard.easebuzz.in' },
};

const payBaseUrlOf = (env: WorkerEnv): string =>
  env.EASEBUZZ_PAY_BASE_URL ?? hosts[env.EASEBUZZ_ENV ?? (isLocal(env) ? 'test' : 'production')].pay;

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
  const { dashboard } = hosts[env.EASEBUZZ_ENV ?? (isLocal(env) ? 'test' : 'production')];
  const payBaseUrl = payBaseUrlOf(env);
  const dashboardBaseUrl = env.EASEBUZZ_DASHBOARD_BASE_URL ?? dashboard;
  return easebuzz({ key, salt, payBaseUrl, dashboardBaseUrl, successUrl, failureUrl }, log);
};
