import { z } from 'zod';
import { Prisma } from '../../../prisma/generated/client.ts';
import type { Db } from '../../../prisma/client.ts';
import { accountCodes, chart } from '../../../workflows/domain/money/accounts.ts';
import type { AccountCode } from '../../../workflows/domain/money/accounts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { get } from '../../http/endpoint.ts';
import { inPages } from '../../http/in-pages.ts';
import type { After } from '../../http/in-pages.ts';
import type { Caller } from '../../http/scope.ts';
import { DayIn, Instant, pageOf, Paging, Rupees, skipTake, Text } from '../../http/shapes.ts';

const byId = z.object({ id: z.string() });

/** Rows of the ledger are numbered; whatever is no number names nothing. Throws NOT_FOUND. */
export const numberOf = (id: string, resource: string): bigint => {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw refusal('NOT_FOUND', { resource });
  return BigInt(id);
};

const Side = z.enum(['D', 'C']);
const Day = z.string().meta({ format: 'date' });

const AccountView = z.object({
  id: z.string(),
  code: z.number(),
  name: z.string(),
  ownerType: z.string(),
  ownerId: z.string(),
  normal: Side,
  debit: Rupees,
  credit: Rupees,
  balance: Rupees,
});
z.globalRegistry.add(AccountView, { id: 'LedgerAccount' });

const EntryView = z.object({
  id: z.string(),
  journalId: z.string(),
  eventType: z.string(),
  eventKey: z.string(),
  businessDate: Day,
  occurredAt: Instant,
  side: Side,
  amount: Rupees,
  memo: z.string().nullable(),
});
z.globalRegistry.add(EntryView, { id: 'LedgerEntry' });

const JournalView = z.object({
  id: z.string(),
  eventType: z.string(),
  eventKey: z.string(),
  businessDate: Day,
  occurredAt: Instant,
  postedAt: Instant,
  actor: z.string(),
  driverId: z.string().nullable(),
  fleetId: z.string().nullable(),
  memo: z.string().nullable(),
  reverses: z.string().nullable(),
  reversedBy: z.string().nullable(),
  entries: z.array(
    z.object({
      ...{ code: z.number(), name: z.string(), ownerType: z.string(), ownerId: z.string() },
      ...{ side: Side, amount: Rupees },
    }),
  ),
});
z.globalRegistry.add(JournalView, { id: 'LedgerJournal' });

const nameOf = (code: number): string => chart[code as AccountCode].name;

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

const { sql } = Prisma;

/** The accounts of the caller's fleet, of its hubs, collections, orders and rentals, and of the drivers that it has now. */
const visibleAccounts = ({ role, fleetId }: Caller): Prisma.Sql =>
  role === 'SUPER_ADMIN'
    ? sql`true`
    : sql`id IN (
        SELECT id FROM ledger_account WHERE fleet_id = ${fleetId} AND owner_type <> 'DRIVER'
        UNION ALL
        SELECT a.id FROM drivers d JOIN ledger_account a ON a.owner_id = d.id::text AND a.owner_type = 'DRIVER'
        WHERE d."fleetId" = ${fleetId}::uuid)`;

interface AccountRow {
  id: bigint;
  code: number;
  owner_type: string;
  owner_id: string;
  normal: 'D' | 'C';
  debit_paise: bigint;
  credit_paise: bigint;
  entries: bigint;
}

const accountView = ({ id, code, owner_type, owner_id, normal, debit_paise, credit_paise }: AccountRow) => {
  const [debit, credit] = [Number(debit_paise), Number(credit_paise)];
  return {
    ...{ id: String(id), code, name: nameOf(code), ownerType: owner_type, ownerId: owner_id, normal },
    ...{ debit, credit, balance: normal === 'D' ? debit - credit : credit - debit },
  };
};

/** An account that the caller may see. Throws NOT_FOUND or SCOPE_FORBIDDEN. */
const accountOf = async (db: Db, id: string, caller: Caller): Promise<{ id: bigint }> => {
  const rows = await db.$queryRaw<{ id: bigint; visible: boolean }[]>`
    SELECT id, ${visibleAccounts(caller)} AS visible FROM ledger_account WHERE id = ${numberOf(id, 'ledgerAccount')}`;
  const [row] = rows;
  if (!row) throw refusal('NOT_FOUND', { resource: 'ledgerAccount' });
  if (!row.visible) throw refusal('SCOPE_FORBIDDEN', { resource: 'ledgerAccount' });
  return row;
};

const newestFirst = [{ businessDate: 'desc' }, { id: 'desc' }] satisfies Prisma.LedgerEntryOrderByWithRelationInput[];

const postedIn = (
  accountId: bigint,
  { startDate, endDate }: { startDate?: string | undefined; endDate?: string | undefined },
): Prisma.LedgerEntryWhereInput => ({
  accountId,
  businessDate: {
    ...(startDate ? { gte: new Date(startDate) } : {}),
    ...(endDate ? { lte: new Date(endDate) } : {}),
  },
});

const entryView = ({ journal, ...entry }: Prisma.LedgerEntryGetPayload<{ include: { journal: true } }>) => ({
  ...{ id: String(entry.id), journalId: String(journal.id), side: entry.side as 'D' | 'C' },
  ...{ eventType: journal.eventType, eventKey: journal.eventKey, memo: journal.memo },
  ...{ businessDate: dayOf(entry.businessDate), occurredAt: journal.occurredAt },
  amount: Number(entry.amountPaise),
});

/** Reading the books: staff those of their fleet and its drivers, SUPER_ADMIN all. Source: ledger.md, routes/payments.csv. */
export const ledger = [
  get('/payments/admin/ledger/accounts', {
    allow: 'ledger:read',
    summary: 'List accounts by code, with what was posted to them',
    query: z.object({
      code: z
        .string()
        .transform(Number)
        .pipe(z.literal(accountCodes, 'must be a code of the chart of accounts'))
        .optional()
        .meta({ enum: accountCodes }),
      owner: Text(100).optional().meta({ description: 'Id of the driver, fleet, hub, collection, order or rental' }),
      ...Paging,
    }),
    list: true,
    returns: AccountView,
    async handle({ query, db, caller }) {
      const page = pageOf(query);
      const { skip, take } = skipTake(page);
      const where = Prisma.join(
        [
          visibleAccounts(caller),
          query.code ? sql`code = ${query.code}` : sql`true`,
          query.owner ? sql`owner_id = ${query.owner}` : sql`true`,
        ],
        ' AND ',
      );
      const [counts, rows] = await Promise.all([
        db.$queryRaw<{ total: bigint }[]>`SELECT count(*) AS total FROM ledger_account WHERE ${where}`,
        db.$queryRaw<AccountRow[]>`
          SELECT a.*, t.* FROM (
            SELECT id, code, owner_type, owner_id, normal FROM ledger_account WHERE ${where}
            ORDER BY code, owner_type, owner_id LIMIT ${take} OFFSET ${skip}
          ) a, ledger_total(a.id) t ORDER BY code, owner_type, owner_id`,
      ]);
      return { ...page, total: Number(counts[0]!.total), rows: rows.map(accountView) };
    },
  }),

  get('/payments/admin/ledger/accounts/:id/entries', {
    allow: 'ledger:read',
    summary: 'The statement of an account, newest business day first',
    params: byId,
    query: z.object({ startDate: DayIn.optional(), endDate: DayIn.optional(), ...Paging }),
    list: true,
    returns: EntryView,
    async handle({ params, query, db, caller }) {
      const { id } = await accountOf(db, params.id, caller);
      const page = pageOf(query);
      const where = postedIn(id, query);
      const [total, rows] = await Promise.all([
        (query.startDate ?? query.endDate) ? db.ledgerEntry.count({ where }) : entriesOf(db, id),
        db.ledgerEntry.findMany({ where, include: { journal: true }, orderBy: newestFirst, ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(entryView) };
    },
    async csv({ params, query, db, caller }) {
      const { id } = await accountOf(db, params.id, caller);
      const where = postedIn(id, query);
      const read = (page: After<bigint>) =>
        db.ledgerEntry.findMany({ where, include: { journal: true }, orderBy: newestFirst, ...page });
      return { name: `account-${id}.csv`, rows: inPages(read, entryView) };
    },
  }),

  get('/payments/admin/ledger/journals/:id', {
    allow: 'ledger:read',
    summary: 'Read a journal: its event, its entries, what it reverses and what reversed it',
    params: byId,
    returns: JournalView,
    async handle({ params, db, caller }) {
      const row = await db.ledgerJournal.findUnique({
        where: { id: numberOf(params.id, 'journal') },
        include: { entries: { include: { account: true }, orderBy: { id: 'asc' } }, reversal: true },
      });
      if (!row) throw refusal('NOT_FOUND', { resource: 'journal' });
      const isVisible = caller.role === 'SUPER_ADMIN' || (row.fleetId !== null && row.fleetId === caller.fleetId);
      if (!isVisible) throw refusal('SCOPE_FORBIDDEN', { resource: 'journal' });
      const { eventType, eventKey, occurredAt, postedAt, actor, driverId, fleetId, memo } = row;
      return {
        ...{ id: String(row.id), eventType, eventKey, occurredAt, postedAt, actor, driverId, fleetId, memo },
        businessDate: dayOf(row.businessDate),
        reverses: row.reversesId === null ? null : String(row.reversesId),
        reversedBy: row.reversal ? String(row.reversal.id) : null,
        entries: row.entries.map(({ account: { code, ownerType, ownerId }, side, amountPaise }) => ({
          ...{ code, name: nameOf(code), ownerType, ownerId, side: side as 'D' | 'C' },
          amount: Number(amountPaise),
        })),
      };
    },
  }),
];

/** How many entries an account has, without counting those of totalled days. */
const entriesOf = async (db: Db, accountId: bigint): Promise<number> => {
  const rows = await db.$queryRaw<{ entries: bigint }[]>`SELECT entries FROM ledger_total(${accountId})`;
  return Number(rows[0]!.entries);
};
