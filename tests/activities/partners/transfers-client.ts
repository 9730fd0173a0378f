import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { transfers } from '../../../activities/partners/easebuzz/transfers.ts';
import type { TransfersConfig, TransferWanted } from '../../../activities/partners/easebuzz/transfers.ts';
import { startGateway } from '../../world/money/gateway.ts';
import { until } from '../../world/until.ts';

const payIn = { key: 'KEYOFATEST', salt: 'SALTOFATEST' };
export const wire = { key: 'WIREKEYOFATEST', salt: 'WIRESALTOFATEST', apiKey: 'APIKEYOFATEST' };
export const pace = { timeoutMs: 5_000, waitsMs: [1, 1, 1], quietMs: 300, openMs: 300 };

/** A gateway for the tests of the file that imports this; what is told to it counts for one test. */
export let gateway: Awaited<ReturnType<typeof startGateway>>;
/** What the clients wrote to their log. */
export const lines: string[] = [];
export const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });

beforeAll(async () => {
  gateway = await startGateway(payIn, { ...wire, wallet: 'VAWALLET1' });
});
afterEach(() => fetch(`${gateway.url}/_fake/scenario`, { method: 'DELETE' }));
afterAll(() => gateway.stop());

/** Its events go nowhere: nobody listens on port 9. */
export const clientOf = (config: Partial<TransfersConfig> = {}) =>
  transfers(
    { ...wire, ...{ wireBaseUrl: `${gateway.url}/merchants/9`, walletAccount: 'VAWALLET1', pace }, ...config },
    log,
  );

export const number = () => randomBytes(16).toString('hex');

export const wanted = (more: Partial<TransferWanted> = {}): TransferWanted => ({
  ...{ number: number(), amountPaise: 231_075, mode: 'IMPS', narration: 'Payout of 29 November' },
  beneficiary: { name: 'Meera', account: { number: '007700112233', ifsc: 'TEST0001234' } },
  ...more,
});

export const toUpi = (more: Partial<TransferWanted> = {}) =>
  wanted({ mode: 'UPI', beneficiary: { name: 'Meera', upi: 'meera@testupi' }, ...more });

export const taken = async (transfer = wanted()) => {
  const sent = await clientOf().transfer(transfer);
  if (sent.kind !== 'taken') throw new Error(JSON.stringify(sent));
  return sent.transfer;
};

/** The transfer as the gateway tells it, once it has this word. */
export const turned = (of: string, word: string) =>
  until(async () => {
    const state = await clientOf().transferState(of);
    return state.kind === 'found' && state.transfer.word === word && state.transfer;
  }, `${word} of ${of}`);

/** The entries of the log that name a transfer: what was asked for it, or what the bank paid. */
export const counted = async (kind: 'asked' | 'paid', of: string) => (await gateway.entries(kind, of)).length;

export const listed = async (of: string) => (await gateway.transfers()).filter((row) => row.number === of);
