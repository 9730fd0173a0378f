import { parse } from 'csv-parse/sync';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { connect } from '../../prisma/client.ts';
import type { Db } from '../../prisma/client.ts';
import { sealer } from '../../prisma/sealed.ts';
import { post } from '../world/api.ts';
import { csv, upload } from '../world/money/bulk-files.ts';
import { gatewayAt } from '../world/money/gateway.ts';
import { until } from '../world/until.ts';
import { compareRates } from './figures.ts';
import type { Measured } from './figures.ts';
import { aPhone, dataOf } from './people.ts';
import type { System } from './system.ts';

const rounds = 3;
const sent = 400;
const bankMs = 200;
/** `PAYOUT_RATE_PER_SECOND`, and what five at a time make of a bank that answers in 200 ms. */
const perSecondMax = 25;

/** Drivers of a fleet with bank accounts; their phones. */
export const payees = async (system: System, admin: { token: string }, count: number): Promise<string[]> => {
  const { db, close } = connect(system.databaseUrl, 1);
  const { DATA_KEY } = JSON.parse(readFileSync(join(system.folder, 'secrets.json'), 'utf8')) as { DATA_KEY: string };
  const about = { name: 'Bench Cabs', mobile: aPhone(), city: 'Delhi', fleetType: 'COMPANY', panNumber: 'ABCDE1234F' };
  const { id: fleetId } = dataOf(await post('/fleets', about, admin)) as { id: string };
  const { seal } = sealer(DATA_KEY);
  const people = Array.from({ length: count }, () => ({ id: randomUUID(), userId: randomUUID(), phone: aPhone() }));
  await db.user.createMany({
    data: people.map(({ userId, phone }) => ({ id: userId, name: 'Dinesh Kumar', phone, role: 'DRIVER', fleetId })),
  });
  await db.driver.createMany({
    data: people.map(({ id, userId, phone }) => ({
      ...{ id, userId, fleetId, mobile: phone, firstName: 'Dinesh', lastName: 'Kumar', paymentModel: 'PAYOUT' },
      ...{ sealedBankAccountNumber: seal('bank-number', '50100123456789', id), bankIfscCode: 'HDFC0001234' },
      ...{ bankAccountName: 'Dinesh Kumar', bankChangedAt: new Date(0) },
    })),
  });
  await close();
  return people.map(({ phone }) => phone);
};

export const fileOf = (phones: readonly string[], cycle: string): string =>
  csv(...phones.map((phone) => [phone, 100, '', '', cycle]));

/** Reads a file and inserts its rows as they are stored, and nothing else. */
const bare = (pool: pg.Pool, file: string) => async () => {
  const rows = parse<{ phone: string; amount: string; payoutCycle: string }>(file, { columns: true });
  const stored = rows.map((row, index) => ({
    ...{
      id: randomUUID(),
      batchId: randomUUID(),
      rowNumber: index + 1,
      sealedRaw: 'k1r.'.padEnd(120, 'x'),
      phone: row.phone,
    },
    ...{ amountPaise: Number(row.amount) * 100, penaltyPaise: 0, incentivePaise: 0, payoutCycle: row.payoutCycle },
    ...{ status: 'VALID', warnings: [], cycleKey: `${randomUUID()}:${row.payoutCycle}`, updatedAt: new Date() },
  }));
  await pool.query('INSERT INTO bench_rows SELECT * FROM jsonb_populate_recordset(NULL::bench_rows, $1::jsonb)', [
    JSON.stringify(stored),
  ]);
};

/** A file whose last row is over. */
export const untilPaid = (db: Db, batchId: string) =>
  until(
    async () => {
      await sleep(500); // Whoever looks all the time slows what they look at.
      const batch = await db.bulkPayout.findUniqueOrThrow({ where: { id: batchId } });
      return batch.finishedAt && batch;
    },
    'the file to be paid',
    120_000,
  );

/** Files of payouts: how fast one is looked through, against reading and inserting alone, and how fast it is sent. */
export const measurePayouts = async (system: System, superAdmin: string) => {
  const { db, close } = connect(system.databaseUrl, 2);
  const admin = { token: superAdmin };
  const phones = await payees(system, admin, 2_000);
  const pool = new pg.Pool({ connectionString: system.databaseUrl, max: 1 });
  await pool.query('CREATE TABLE bench_rows (LIKE "bulk_payout_rows" INCLUDING ALL)');
  const preview = (size: number): Promise<Measured> => {
    const file = fileOf(phones.slice(0, size), 'Preview');
    const perSecond = async (work: () => Promise<unknown>) => {
      const startedMs = performance.now();
      await work();
      return size / ((performance.now() - startedMs) / 1_000);
    };
    const ours = async () => dataOf(await upload(file, admin, { dryRun: 'true' }));
    return compareRates(
      rounds,
      () => perSecond(ours),
      () => perSecond(bare(pool, file)),
    );
  };
  const previews = { 1000: await preview(1_000), 2000: await preview(2_000) };

  await gatewayAt(system.gateway).scenario({ call: 'transfer', delayMs: bankMs });
  const { batchId } = dataOf(await upload(fileOf(phones.slice(0, sent), 'Sent'), admin, { wait: '0' })) as {
    batchId: string;
  };
  const { startedAt, finishedAt } = await untilPaid(db, batchId);
  const { _min: first, _max: last } = await db.payout.aggregate({
    where: { bulkRow: { batchId } },
    ...{ _min: { submittedAt: true }, _max: { submittedAt: true } },
  });
  const between = (from: Date | null, to: Date | null) => (to!.getTime() - from!.getTime()) / 1_000;
  const seconds = between(first.submittedAt, last.submittedAt);
  await pool.end();
  await close();
  const details = { rows: sent, seconds, untilPaid: between(startedAt, finishedAt) };
  const rate: Measured = { value: (sent - 1) / seconds / perSecondMax, details };
  return { previews, rate };
};
