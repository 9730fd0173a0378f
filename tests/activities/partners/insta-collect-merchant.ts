import { afterAll, beforeAll } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { instaCollect } from '../../../activities/partners/easebuzz/insta-collect.ts';
import { readGatewayEvent } from '../../../api/partners/gateway-events.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import { startGateway } from '../../world/money/gateway.ts';
import { until } from '../../world/until.ts';

export const payIn = { key: 'KEYOFATEST', salt: 'SALTOFATEST' };
export const wire = { key: 'WIREKEYOFATEST', salt: 'WIRESALTOFATEST', apiKey: 'APIKEYOFATEST' };
export const log = pino({ level: 'silent' });

/** A gateway for the tests of the file that imports this. */
export let gateway: Awaited<ReturnType<typeof startGateway>>;

const started: { stop(): Promise<void> }[] = [];

/** A gateway for one test, stopped with the others. */
export const ownGateway = async () => {
  const own = await startGateway(payIn, wire);
  started.push(own);
  return own;
};

/** A merchant that keeps what it is sent, and answers as often with 503 as it is told. */
export const received: { path: string; type: string; bytes: Buffer }[] = [];
let refusals = 0;
export const refuse = (times: number) => {
  refusals = times;
};
const merchant = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const type = request.headers['content-type'] ?? '';
    received.push({ path: request.url ?? '', type, bytes: Buffer.concat(chunks) });
    response.writeHead(refusals > 0 ? 503 : 200).end();
    refusals = Math.max(0, refusals - 1);
  });
});
export let merchantPort: number;

beforeAll(async () => {
  gateway = await ownGateway();
  await new Promise<void>((resolve) => merchant.listen(0, '127.0.0.1', resolve));
  merchantPort = (merchant.address() as AddressInfo).port;
});
afterAll(async () => {
  merchant.close();
  await Promise.all(started.map((each) => each.stop()));
});

export const client = (wireBaseUrl = `${gateway.url}/merchants/${merchantPort}`) =>
  instaCollect({ ...wire, wireBaseUrl }, log);

let accounts = 0;
export const account = async (label = 'DKVEH DL01TX4488', wireBaseUrl?: string) => {
  const made = await client(wireBaseUrl).createAccount({ number: `N${++accounts}`, label });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  return made.account;
};

export const eventsOf = (id: string) =>
  received
    .filter(({ path, bytes }) => path === '/webhooks/easebuzz/virtual-account' && bytes.includes(id))
    .map(({ bytes, type }) => readGatewayEvent(bytes, type, { payIn, wire, acceptsFlat: true }));

export const hear = (id: string, count: number) =>
  until(() => Promise.resolve(eventsOf(id).length >= count && eventsOf(id)), `${count} events of ${id}`);

export const credits = async (day = istDay(Date.now())) => {
  const read = await client().creditsOn(day);
  if (read.kind !== 'listed') throw new Error(JSON.stringify(read));
  return read.rows;
};
