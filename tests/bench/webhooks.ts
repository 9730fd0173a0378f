import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { Pool } from 'undici';
import { keyPairOf } from '../../local/partners/easebuzz/key-pair.ts';
import { hashOf } from '../../local/partners/easebuzz/hashes.ts';
import { connect } from '../../prisma/client.ts';
import { until } from '../world/until.ts';
import { compareRates } from './figures.ts';
import type { Measured } from './figures.ts';
import type { System } from './system.ts';

const payments = 15_000;
const lanes = 16;
const burstMs = 2_000;
const rounds = 3;

const pair = keyPairOf({});

/** A word of the gateway about a payment, and how that stands. */
type Said = { word: 'failure'; status: 'SUCCESS' } | { word: 'success'; status: 'PENDING' };

/** Changes nothing, and is heard. */
const tooLate: Said = { word: 'failure', status: 'SUCCESS' };
export const paid: Said = { word: 'success', status: 'PENDING' };

const eventOf = (txnid: string, { word }: Said): string => {
  const fields = { key: pair.key, txnid, amount: '150.00', status: word, productinfo: 'Security Deposit' };
  const signed = { ...fields, firstname: 'Dinesh', email: 'accounts@bluefleet.example' };
  const hash = hashOf('reverse', signed, pair);
  return new URLSearchParams({ ...signed, hash, easepayid: 'E1', mode: 'UPI' }).toString();
};

/** How often work is done in a burst, per second. */
const rateOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  let done = 0;
  const lane = async () => {
    for (; performance.now() < startedMs + burstMs; done += 1) await work();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done / ((performance.now() - startedMs) / 1_000);
};

/** Signed events of so many payments, of many drivers, each the first of its kind. */
const eventsOf = async (system: System, count: number, said: Said): Promise<string[]> => {
  const { db, close } = connect(system.databaseUrl, 1);
  const drivers = await db.driver.findMany({ take: 200, orderBy: { createdAt: 'desc' } });
  const txnids = Array.from({ length: count }, () => `BENCH${randomUUID().replaceAll('-', '')}`);
  const of = {
    type: 'DEPOSIT',
    direction: 'CREDIT',
    status: said.status,
    paymentUrl: 'https://pay.example/bench',
    amountPaise: 15_000n,
  } as const;
  await db.transaction.createMany({
    data: txnids.map((easebuzzTxnId, n) => {
      const { id: driverId, fleetId } = drivers[n % drivers.length]!;
      return { ...of, driverId, fleetId, id: randomUUID(), easebuzzTxnId, begunAt: new Date() };
    }),
  });
  await close();
  return txnids.map((txnid) => eventOf(txnid, said));
};

/** Sends the next of so many events, each so many times; throws when it is not accepted. */
export const senderOf = async (
  system: System,
  count: number,
  { copies = 1, said = tooLate }: { copies?: number; said?: Said } = {},
) => {
  const events = (await eventsOf(system, count, said)).flatMap((event) => Array.from({ length: copies }, () => event));
  const gateway = new Pool(system.api, { connections: lanes });
  const send = async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', path: '/webhooks/easebuzz/payment', headers, body: events.pop() ?? '' } as const;
    const { statusCode, body } = await gateway.request(request);
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`The webhook answers ${statusCode}: ${text}`);
  };
  return { send, close: () => gateway.close() };
};

/**
 * Events of payments against the bare insert of such a row on as many connections, each with the machine for itself: what was accepted
 * is acted on before the other side's turn.
 */
export const measureWebhooks = async (system: System): Promise<Measured> => {
  const { send: accept, close } = await senderOf(system, payments);
  const pool = new pg.Pool({ connectionString: system.databaseUrl, max: lanes });
  const sealed = createHash('sha512').update('body').digest('hex').repeat(4);
  const fields = { txnid: 'BARE', status: 'pending', easepayid: 'E1', mode: 'UPI', bank_ref_num: '', amount: '150.00' };

  const insert = () =>
    pool.query({
      name: 'bare',
      text: `INSERT INTO "gateway_event" ("id", "source", "dedupe_key", "fields", "amount_paise", "sealed_body", "headers", "state")
        VALUES ($1, 'PG', $2, $3, 15000, $4, '{}', 'IGNORED') ON CONFLICT DO NOTHING`,
      values: [randomUUID(), randomUUID(), fields, sealed],
    });

  const acted = () =>
    until(
      async () => {
        const { rows } = await pool.query(`SELECT FROM "gateway_event" WHERE "state" = 'RECEIVED' LIMIT 1`);
        return rows.length === 0;
      },
      'what was accepted to be acted on',
      180_000,
    );

  try {
    return await compareRates(
      rounds,
      async () => {
        const rate = await rateOf(accept);
        await acted();
        return rate;
      },
      () => rateOf(insert),
    );
  } finally {
    await Promise.all([pool.end(), close()]);
  }
};
