import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { instaCollect } from '../../../activities/partners/easebuzz/insta-collect.ts';
import type { AccountWanted, OrderWanted } from '../../../activities/partners/easebuzz/insta-collect.ts';
import type { WireConfig } from '../../../activities/partners/easebuzz/wire.ts';
import { startGateway } from '../../world/money/gateway.ts';

const payIn = { key: 'KEYOFATEST', salt: 'SALTOFATEST' };
export const wire = { key: 'WIREKEYOFATEST', salt: 'WIRESALTOFATEST', apiKey: 'APIKEYOFATEST' };
export const pace = { timeoutMs: 5_000, waitsMs: [1, 1, 1], quietMs: 300, openMs: 300 };

/** A gateway for the tests of the file that imports this; what is told to it counts for one test. */
export let gateway: Awaited<ReturnType<typeof startGateway>>;
/** What the clients wrote to their log. */
export const lines: string[] = [];
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });

beforeAll(async () => {
  gateway = await startGateway(payIn, wire);
});
afterEach(() => fetch(`${gateway.url}/_fake/scenario`, { method: 'DELETE' }));
afterAll(() => gateway.stop());

/** Its events go nowhere: nobody listens on port 9. */
export const clientOf = (config: Partial<WireConfig> = {}) =>
  instaCollect({ ...wire, wireBaseUrl: `${gateway.url}/merchants/9`, pace, ...config }, log);

export const number = () => `DKN${randomBytes(8).toString('hex')}`;

export const accountWanted = (more: Partial<AccountWanted> = {}): AccountWanted => ({
  ...{ number: number(), label: 'DKVEH DL01TX4488', description: 'Tigor' },
  ...more,
});

export const orderWanted = (more: Partial<OrderWanted> = {}): OrderWanted => ({
  ...{ number: number(), amountPaise: 231_075, allowPartial: false, udf1: 'ord-9b' },
  ...{ customerName: 'Meera', customerPhone: '+91 98123-45678', customerEmail: 'meera@bluefleet.example' },
  expiresAt: '2027-01-02T18:30:00.000Z',
  ...more,
});

export const account = async (wanted = accountWanted()) => {
  const made = await clientOf().createAccount(wanted);
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  return made.account;
};

export const order = async (wanted = orderWanted()) => {
  const made = await clientOf().createOrder(wanted);
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  return made.order;
};

export const asked = async (text: string) => (await gateway.entries('asked', text)).length;
