import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { easebuzz } from '../../../activities/partners/easebuzz/client.ts';
import type { PaymentWanted } from '../../../activities/partners/easebuzz/client.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { startGateway } from '../../world/money/gateway.ts';

const pair = { key: 'KEYOFATEST', salt: 'SALTOFATEST' };
export const pace = { timeoutMs: 5_000, waitsMs: [1, 1, 1], quietMs: 300, openMs: 300 };

/** A gateway for the tests of the file that imports this; what is told to it counts for one test. */
export let gateway: Awaited<ReturnType<typeof startGateway>>;
/** What the clients wrote to their log. */
export const lines: string[] = [];
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });

beforeAll(async () => {
  gateway = await startGateway(pair);
});
afterEach(() => fetch(`${gateway.url}/_fake/scenario`, { method: 'DELETE' }));
afterAll(() => gateway.stop());

export const clientOf = (config: Partial<Parameters<typeof easebuzz>[0]> = {}) =>
  easebuzz(
    {
      ...pair,
      ...{ payBaseUrl: gateway.url, dashboardBaseUrl: gateway.url, pace },
      successUrl: `${gateway.url}/nowhere/success`,
      failureUrl: `${gateway.url}/nowhere/failure`,
      ...config,
    },
    log,
  );

export const wanted = (more: Partial<PaymentWanted> = {}): PaymentWanted => ({
  txnid: txnid('DEPOSIT', randomBytes(20)),
  ...{ amountPaise: 125_050, productinfo: 'Security Deposit', firstname: 'Meera', udf2: 'DEPOSIT' },
  ...{ email: 'meera@bluefleet.example', phone: '9812345678' },
  ...more,
});

export const live = async (payment = wanted()) => {
  const begun = await clientOf().initiate(payment);
  if (begun.kind !== 'live') throw new Error(JSON.stringify(begun));
  return { ...begun, txnid: payment.txnid };
};

export const asked = async (text: string) => (await gateway.entries('asked', text)).length;
