import { connect } from './client.ts';
import type { Db } from './client.ts';
import { chart } from '../workflows/domain/money/accounts.ts';
import type { AccountCode } from '../workflows/domain/money/accounts.ts';
import { paise, rupeeText } from '../workflows/domain/money.ts';
import { istText } from '../workflows/domain/time.ts';

/** Lines of a statement; older ones are summed in its first line. */
const linesMax = 200;

const usage = 'Usage: DATABASE_URL=… npm run ledger -- <driver|account|journal> <id or short id>';

const money = (amount: bigint | number): string => rupeeText(paise(Number(amount))).padStart(14);

const named = (code: number, ownerId: string): string =>
  `${code} ${chart[code as AccountCode].name}${ownerId === '-' ? '' : ` of ${ownerId}`}`;

interface Line {
  occurred_at: Date;
  journal_id: bigint;
  event: string;
  change: bigint;
  balance: bigint;
}

/** The entries of an account, oldest first, with its balance after each. */
const accountStatement = async (db: Db, accountId: bigint): Promise<string[]> => {
  const { code, ownerId } = await db.ledgerAccount.findUniqueOrThrow({ where: { id: accountId } });
  const lines = await db.$queryRaw<Line[]>`
    SELECT * FROM (
      SELECT e.business_date, e.id, j.occurred_at, j.id AS journal_id, j.event_type || ' ' || j.event_key AS event, e.change,
        sum(e.change) OVER (ORDER BY e.business_date, e.id)::bigint AS balance
      FROM (
        SELECT e.*, CASE WHEN e.side = a.normal THEN e.amount_paise ELSE -e.amount_paise END AS change
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE a.id = ${accountId}
      ) e JOIN ledger_journal j ON j.id = e.journal_id
      ORDER BY e.business_date DESC, e.id DESC LIMIT ${linesMax}
    ) latest ORDER BY business_date, id`;
  const [first] = lines;
  const before = first ? first.balance - first.change : 0n;
  return [
    `${named(code, ownerId)} (account ${accountId})`,
    ...(before === 0n ? [] : [`  ${'before'.padEnd(16)}${' '.repeat(14)}${money(before)}`]),
    ...lines.map(
      ({ occurred_at: at, change, balance, journal_id: id, event }) =>
        `  ${istText(at.toISOString()).padEnd(16)}${money(change)}${money(balance)}  journal ${id}: ${event}`,
    ),
  ];
};

const journalStatement = async (db: Db, id: bigint): Promise<string[]> => {
  const journal = await db.ledgerJournal.findUniqueOrThrow({
    where: { id },
    include: { entries: { include: { account: true }, orderBy: { id: 'asc' } }, reversal: true },
  });
  const { eventType, eventKey, actor, memo, reversesId, reversal } = journal;
  return [
    `Journal ${id}: ${eventType} ${eventKey}, ${istText(journal.occurredAt.toISOString())} IST, by ${actor}`,
    ...(memo ? [`  ${memo}`] : []),
    ...(reversesId === null ? [] : [`  takes journal ${reversesId} back`]),
    ...(reversal ? [`  taken back by journal ${reversal.id}`] : []),
    ...journal.entries.map(
      ({ side, amountPaise, account: { code, ownerId } }) => `  ${side}${money(amountPaise)}  ${named(code, ownerId)}`,
    ),
  ];
};

/** The accounts of a driver, and what the balances consist of. */
const driverStatement = async (db: Db, id: string): Promise<string[]> => {
  const where = id.startsWith('DRV') ? { shortId: id } : { id };
  const { id: driverId, shortId } = await db.driver.findUniqueOrThrow({ where });
  const accounts = await db.ledgerAccount.findMany({ where: { ownerId: driverId }, orderBy: { code: 'asc' } });
  const dues = await db.driverDue.findMany({
    where: { driverId, outstandingPaise: { gt: 0 } },
    orderBy: { id: 'asc' },
    take: linesMax,
  });
  const items = await db.payableItem.findMany({
    where: { driverId, openPaise: { not: 0 } },
    orderBy: { id: 'asc' },
    take: linesMax,
  });
  const statements = [];
  for (const account of accounts) statements.push(...(await accountStatement(db, account.id)), '');
  return [
    `Driver ${shortId} (${driverId})`,
    '',
    ...statements,
    'Open dues',
    ...dues.map(({ kind, source, outstandingPaise }) => `  ${money(outstandingPaise)}  ${kind} ${source}`),
    'Open payable items',
    ...items.map(
      ({ kind, source, openPaise, reservedBy }) =>
        `  ${money(openPaise)}  ${kind} ${source}${reservedBy ? `, reserved by payout ${reservedBy}` : ''}`,
    ),
  ];
};

const statements: Record<string, (db: Db, id: string) => Promise<string[]>> = {
  driver: driverStatement,
  account: (db, id) => accountStatement(db, BigInt(id)),
  journal: (db, id) => journalStatement(db, BigInt(id)),
};

if (import.meta.main) {
  const [what = '', id] = process.argv.slice(2);
  const databaseUrl = process.env['DATABASE_URL'];
  const statement = statements[what];
  if (!statement || !id || !databaseUrl) throw new Error(usage);
  const { db, close } = connect(databaseUrl, 1);
  console.log((await statement(db, id)).join('\n'));
  await close();
}
