import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { ledgerActivities } from '../../activities/money/ledger.ts';
import { connect } from '../../prisma/client.ts';
import { migrate } from '../../prisma/migrate.ts';
import { post } from '../../prisma/post.ts';
import { depositPaid } from '../../workflows/domain/money/journals/deposits.ts';
import { paise } from '../../workflows/domain/money.ts';
import { compareRates } from './figures.ts';
import type { Measured } from './figures.ts';
import type { System } from './system.ts';

const burstMs = 3_000;
const lanes = 8;
const rounds = 5;

type Pool = ReturnType<typeof connect>['pool'];

const perSecond = async (work: () => Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  let done = 0;
  const lane = async () => {
    while (performance.now() < startedMs + burstMs) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done / ((performance.now() - startedMs) / 1000);
};

/** The statements of a posting to two accounts that exist, one of them guarded, as plain `pg` sends them: nothing is checked. */
const bareJournal = async (pool: Pool, platformAccount: string, driverAccount: string): Promise<void> => {
  const client = await pool.connect();
  const send = (name: string, text: string, values: unknown[] = []) => client.query({ name, text, values });
  try {
    await client.query('BEGIN');
    await send('lock', 'SELECT 1 FROM ledger_balance WHERE account_id = $1 FOR UPDATE', [driverAccount]);
    const journal = await send(
      'journal',
      `INSERT INTO ledger_journal (event_type, event_key, business_date) VALUES ('deposit_paid', $1, current_date) RETURNING id`,
      [randomUUID()],
    );
    const { id } = journal.rows[0] as { id: string };
    await send(
      'entries',
      `INSERT INTO ledger_entry (journal_id, account_id, side, amount_paise, business_date)
       VALUES ($1, $2, 'D', 5, current_date), ($1, $3, 'C', 5, current_date)`,
      [id, platformAccount, driverAccount],
    );
    await send(
      'balance',
      'UPDATE ledger_balance SET credit_paise = credit_paise + 5, version = version + 1 WHERE account_id = $1',
      [driverAccount],
    );
    await client.query('COMMIT');
  } finally {
    client.release();
  }
};

/** A migrated database with nothing in it, beside that of the system. */
const emptyDatabase = async (system: System): Promise<string> => {
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  await client.query('CREATE DATABASE books');
  await client.end();
  const databaseUrl = Object.assign(new URL(system.databaseUrl), { pathname: '/books' }).href;
  await migrate(databaseUrl);
  return databaseUrl;
};

/**
 * Journals per second through `post` against bare `pg`, and with one platform account that all of them share against accounts that
 * few of them share.
 */
export const measurePostings = async (system: System): Promise<{ bare: Measured; hot: Measured }> => {
  const databaseUrl = await emptyDatabase(system);
  const { db, pool, close } = connect(databaseUrl, lanes);
  const drivers = Array.from({ length: 200 }, () => randomUUID());
  const fleetId = randomUUID();
  const someone = () => drivers[Math.floor(Math.random() * drivers.length)]!;
  const deposit = (platformOwner?: string) => {
    const journal = depositPaid({
      ...{ driverId: someone(), fleetId, occurredAt: new Date().toISOString() },
      ...{ txnid: randomUUID(), amount: paise(5) },
    });
    if (!platformOwner) return journal;
    // Income of a fleet is as unguarded as the platform's money, and every fleet has its own.
    const entries = journal.entries.map((entry) =>
      entry.code === 1020 ? { ...entry, code: 4030 as const, ownerId: platformOwner } : entry,
    );
    return { ...journal, entries };
  };
  const ours = () => perSecond(() => db.$transaction((tx) => post(tx, deposit())));
  const spread = () => perSecond(() => db.$transaction((tx) => post(tx, deposit(someone()))));
  try {
    for (const driverId of drivers) await db.$transaction((tx) => post(tx, deposit(driverId)));
    await ours();
    await ledgerActivities({ db }).totalDays();
    const accounts = await db.ledgerAccount.findMany({ where: { code: { in: [1020, 2010] } } });
    const idsOf = (code: number) => accounts.filter((account) => account.code === code).map(({ id }) => String(id));
    const [[hot], driverAccounts] = [idsOf(1020), idsOf(2010)];
    const theirs = () =>
      perSecond(() => bareJournal(pool, hot!, driverAccounts[Math.floor(Math.random() * driverAccounts.length)]!));
    for (const warm of [ours, theirs, spread]) await warm();
    return { bare: await compareRates(rounds, ours, theirs), hot: await compareRates(rounds, ours, spread) };
  } finally {
    await close();
  }
};
