import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { minuteMs } from '../../workflows/domain/time.ts';
import { get } from '../http/endpoint.ts';
import { inPages } from '../http/in-pages.ts';
import type { After } from '../http/in-pages.ts';
import { Before, From } from '../http/filters.ts';
import { idOf, isShortId, isUuid, pageOf, Paging, Search, skipTake, Text, Word } from '../http/shapes.ts';
import { enquire } from './gateway/enquiries.ts';
import { ownDriverId } from './balances.ts';
import { transactionStatuses, transactionTypes, TransactionView, transactionView } from './transaction-views.ts';

const Filter = {
  type: Word(transactionTypes).optional(),
  status: Word(transactionStatuses).optional(),
  startDate: From.optional(),
  endDate: Before.optional(),
};

const Searched = z.object({
  ...Filter,
  driverId: idOf('driver').optional(),
  utr: Text(40).optional(),
  txnid: Text(40).optional(),
  ...Paging,
});

const newestFirst = [{ createdAt: 'desc' }, { id: 'desc' }] satisfies Prisma.TransactionOrderByWithRelationInput[];

const filtered = ({ type, status, startDate, endDate }: z.output<z.ZodObject<typeof Filter>>) => ({
  ...(type ? { type } : {}),
  ...(status ? { status } : {}),
  createdAt: { ...(startDate ? { gte: startDate } : {}), ...(endDate ? { lt: endDate } : {}) },
});

const foundMax = 1_000;

/** The newest transactions of a driver with this text in their id, which the ORM compares only as a whole. */
const idsWith = async (db: Db, driverId: string, keyword: string): Promise<string[]> => {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "transactions" WHERE "driverId" = ${driverId}::uuid AND "id"::text ILIKE ${`%${keyword}%`}
    ORDER BY "createdAt" DESC LIMIT ${foundMax}`;
  return rows.map(({ id }) => id);
};

/** The bank's reference of a payment stands in its metadata, that of a transfer or a credit in its column. */
const idsOfUtr = async (db: Db, utr: string): Promise<string[]> => {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "transactions" WHERE "metadata" ->> 'utr' = ${utr} OR "easebuzzPaymentId" = ${utr} LIMIT ${foundMax}`;
  return rows.map(({ id }) => id);
};

const searched = async (
  db: Db,
  visible: Prisma.TransactionWhereInput,
  { driverId, utr, txnid, ...filter }: z.output<typeof Searched>,
): Promise<Prisma.TransactionWhereInput> => ({
  AND: [
    visible,
    filtered(filter),
    driverId ? { driverId } : {},
    utr ? { id: { in: await idsOfUtr(db, utr) } } : {},
    txnid ? { OR: [{ easebuzzTxnId: txnid }, { earlierTxnIds: { has: txnid } }] } : {},
  ],
});

/** Under which of its names a transaction is asked for. */
const namedBy = (id: string): Prisma.TransactionWhereInput => {
  if (isUuid(id)) return { id };
  return isShortId(id) ? { OR: [{ shortId: id }, { easebuzzTxnId: id }] } : { easebuzzTxnId: id };
};

/** Movements of money as drivers and finance see them. Source: payments.md, Driver endpoints; Later. */
export const transactions = [
  get('/payments/transactions', {
    allow: 'payments:own',
    summary: "List the driver's own transactions, newest first",
    query: z.object({ ...Filter, keyword: Search.optional(), ...Paging }),
    returns: z.object({
      transactions: z.array(TransactionView),
      pagination: z.object({ page: z.number(), limit: z.number(), total: z.number(), totalPages: z.number() }),
      current_page: z.number(),
      total_pages: z.number(),
    }),
    async handle({ query, caller, db, visible }) {
      const driverId = ownDriverId(caller);
      const { keyword } = query;
      const byKeyword = keyword
        ? {
            OR: [
              { id: { in: await idsWith(db, driverId, keyword) } },
              { shortId: { contains: keyword.toUpperCase() } },
            ],
          }
        : {};
      const where = { AND: [visible.transaction, filtered(query), byKeyword] };
      const page = pageOf(query, 20);
      const [total, rows] = await Promise.all([
        db.transaction.count({ where }),
        db.transaction.findMany({ where, orderBy: newestFirst, ...skipTake(page) }),
      ]);
      const totalPages = Math.ceil(total / page.limit);
      return {
        transactions: rows.map(transactionView),
        pagination: { ...page, total, totalPages },
        current_page: page.page,
        total_pages: totalPages,
      };
    },
  }),

  get('/payments/transactions/:id', {
    allow: 'payments:own',
    summary: "Read a transaction of the driver's own by id, short id or number at the gateway",
    params: z.object({ id: z.string() }),
    returns: TransactionView,
    async handle(context) {
      const { params, db, visible } = context;
      const row = await db.transaction.findFirst({ where: { AND: [visible.transaction, namedBy(params.id)] } });
      if (!row) throw refusal('NOT_FOUND', { resource: 'transaction' });
      if (Date.now() - row.createdAt.getTime() > minuteMs) await enquire(context, row);
      return transactionView(row);
    },
  }),

  get('/payments/admin/transactions', {
    allow: 'payments:read',
    summary: 'Search transactions by driver, type, status, UTR, number at the gateway or time, newest first',
    query: Searched,
    list: true,
    returns: TransactionView,
    async handle({ query, db, visible }) {
      const where = await searched(db, visible.transaction, query);
      const page = pageOf(query, 200);
      const [total, rows] = await Promise.all([
        db.transaction.count({ where }),
        db.transaction.findMany({ where, orderBy: newestFirst, ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(transactionView) };
    },
    async csv({ query, db, visible }) {
      const where = await searched(db, visible.transaction, query);
      const read = (page: After<string>) => db.transaction.findMany({ where, orderBy: newestFirst, ...page });
      return { name: 'transactions.csv', rows: inPages(read, transactionView) };
    },
  }),
];
