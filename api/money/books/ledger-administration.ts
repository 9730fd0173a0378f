import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Db } from '../../../prisma/client.ts';
import type { LedgerManualJournal, Prisma } from '../../../prisma/generated/client.ts';
import { accountCodes, chart, platform } from '../../../workflows/domain/money/accounts.ts';
import type { AccountCode } from '../../../workflows/domain/money/accounts.ts';
import { credit, debit } from '../../../workflows/domain/money/journals/journal.ts';
import type { Entry } from '../../../workflows/domain/money/journals/journal.ts';
import { firstDay, isAccount, monthOf, requireManual, requireOver } from '../../../workflows/domain/money/ledger.ts';
import type { Month } from '../../../workflows/domain/money/ledger.ts';
import { invalidField, refusal } from '../../../workflows/domain/refusals.ts';
import { dayMs, istDay } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { approveManualJournal, closeMonth } from '../../../workflows/money/ledger.ts';
import { manualJournalProcess, monthCloseProcess } from '../../../workflows/processes.ts';
import { get, post } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import {
  Amount,
  DayIn,
  Instant,
  InstantIn,
  isUuid,
  pageOf,
  Paging,
  Rupees,
  skipTake,
  Text,
} from '../../http/shapes.ts';

const TrialBalanceView = z.object({
  date: z.string().meta({ format: 'date' }),
  isFrozen: z.boolean(),
  debit: Rupees,
  credit: Rupees,
  rows: z.array(z.object({ code: z.number(), name: z.string(), debit: Rupees, credit: Rupees, balance: Rupees })),
});
z.globalRegistry.add(TrialBalanceView, { id: 'TrialBalance' });

const CheckRunView = z.object({
  id: z.string(),
  scope: z.enum(['FULL', 'INCREMENTAL']),
  startedAt: Instant,
  finishedAt: Instant,
  findings: z.array(z.object({ check: z.string(), owner: z.string().nullable(), found: z.unknown() })),
});
z.globalRegistry.add(CheckRunView, { id: 'LedgerCheckRun' });

const ManualJournalView = z.object({
  id: z.string(),
  reason: z.string(),
  occurredAt: Instant,
  createdBy: z.string(),
  createdAt: Instant,
  approvedBy: z.string().nullable(),
  approvedAt: Instant.nullable(),
  journalId: z.string().nullable(),
  entries: z.array(
    z.object({ code: z.number(), name: z.string(), ownerId: z.string(), side: z.enum(['D', 'C']), amount: Rupees }),
  ),
});
z.globalRegistry.add(ManualJournalView, { id: 'ManualJournal' });

const EntryIn = z
  .object({
    code: z.literal(accountCodes, 'must be a code of the chart of accounts'),
    ownerId: Text(100).default(platform),
    side: z.enum(['D', 'C']),
    amount: Amount.refine((amount) => amount > 0, 'must be more than 0'),
  })
  .refine(({ code, ownerId }) => isAccount(code, ownerId), {
    path: ['ownerId'],
    error: 'must be the owner of such an account',
  })
  .transform(({ code, ownerId, side, amount }): Entry => (side === 'D' ? debit : credit)(code, amount, ownerId));

interface CodeRow {
  code: AccountCode;
  debit: bigint;
  credit: bigint;
}

const sumsOf = async (db: Db, date: string): Promise<CodeRow[]> => db.$queryRaw<CodeRow[]>`
  SELECT code, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit FROM (
    SELECT account_id, debit_paise AS debit, credit_paise AS credit FROM ledger_day_total WHERE business_date <= ${date}::date
    UNION ALL
    SELECT account_id, CASE side WHEN 'D' THEN amount_paise ELSE 0 END, CASE side WHEN 'C' THEN amount_paise ELSE 0 END
    FROM ledger_entry WHERE business_date <= ${date}::date
      AND business_date > coalesce((SELECT max(business_date) FROM ledger_closed_day), '-infinity')
  ) posted JOIN ledger_account ON id = account_id GROUP BY code ORDER BY code`;

const frozenSums = async (db: Db, date: string): Promise<CodeRow[]> => {
  const rows = await db.ledgerTrialBalance.findMany({
    where: { businessDate: new Date(date) },
    orderBy: { code: 'asc' },
  });
  return rows.map(({ code, debitPaise, creditPaise }) => ({
    code: code as AccountCode,
    debit: debitPaise,
    credit: creditPaise,
  }));
};

/** What was posted to the accounts of each code by the end of a day: as it was frozen, where its month is closed. */
const trialBalance = async (db: Db, date: string) => {
  const month = new Date(firstDay(monthOf(date as IstDay)));
  const isFrozen = (await db.ledgerMonth.count({ where: { month } })) > 0;
  return { isFrozen, rows: await (isFrozen ? frozenSums : sumsOf)(db, date) };
};

const manualView = ({ entries, journalId, ...row }: LedgerManualJournal) => ({
  ...row,
  journalId: journalId === null ? null : String(journalId),
  entries: (entries as unknown as Entry[]).map((entry) => ({ ...entry, name: chart[entry.code].name })),
});

const manualJournal = async (db: Db, id: string): Promise<LedgerManualJournal> => {
  const row = isUuid(id) ? await db.ledgerManualJournal.findUnique({ where: { id } }) : null;
  if (!row) throw refusal('NOT_FOUND', { resource: 'journal' });
  return row;
};

/** Keeping the books: SUPER_ADMIN alone. Source: ledger.md rules 5 and 8, Invariants. */
export const ledgerAdministration = [
  get('/payments/admin/ledger/trial-balance', {
    allow: 'ledger:administer',
    summary: 'The trial balance at the end of a business day, today unless told otherwise',
    query: z.object({ date: DayIn.optional() }),
    returns: TrialBalanceView,
    async handle({ query, db }) {
      const date = query.date ?? istDay(Date.now());
      const { isFrozen, rows } = await trialBalance(db, date);
      const lines = rows.map(({ code, ...sums }) => {
        const [debits, credits] = [Number(sums.debit), Number(sums.credit)];
        const { name, normal } = chart[code];
        return {
          code,
          name,
          debit: debits,
          credit: credits,
          balance: normal === 'D' ? debits - credits : credits - debits,
        };
      });
      const total = (side: 'debit' | 'credit') => lines.reduce((all, line) => all + line[side], 0);
      return { date, isFrozen, debit: total('debit'), credit: total('credit'), rows: lines };
    },
  }),

  get('/payments/admin/ledger/checks', {
    allow: 'ledger:administer',
    summary: 'The runs of the checks Q1 to Q13 of the last 30 days and what they found, newest first',
    query: z.object(Paging),
    list: true,
    returns: CheckRunView,
    async handle({ query, db }) {
      const page = pageOf(query, 100);
      const where = { startedAt: { gte: new Date(Date.now() - 30 * dayMs) } };
      const [total, rows] = await Promise.all([
        db.ledgerCheckRun.count({ where }),
        db.ledgerCheckRun.findMany({
          where,
          include: { findings: { take: 100 } },
          orderBy: { id: 'desc' },
          ...skipTake(page),
        }),
      ]);
      return { ...page, total, rows: rows.map((run) => ({ ...run, id: String(run.id) })) };
    },
  }),

  post('/payments/admin/ledger/journals', {
    allow: 'ledger:administer',
    summary: 'Write a journal by hand; another SUPER_ADMIN has to approve it',
    says: 'Journal waits for a second person',
    status: 201,
    body: z.object({
      reason: Text(500),
      occurredAt: InstantIn.optional(),
      entries: z.array(EntryIn).min(2).max(50),
    }),
    returns: ManualJournalView,
    refuses: ['ACCOUNT_NOT_MANUAL', 'JOURNAL_UNBALANCED'],
    async handle({ body, actor, db, newId, begin }) {
      requireManual(body.entries);
      if (body.occurredAt && body.occurredAt.getTime() > Date.now())
        throw invalidField('occurredAt', 'in_future', 'occurredAt must not be later than now');
      const id = newId();
      const { reason, occurredAt = new Date() } = body;
      const entries = body.entries as unknown as Prisma.InputJsonArray;
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await tx.ledgerManualJournal.create({ data: { id, reason, occurredAt, entries, createdBy: actor.userId } });
          await audit(tx, actor, { action: 'ledger.journalWritten', subject: 'manualJournal', subjectId: id });
        }),
      );
      begin(manualJournalProcess(id));
      return manualView(await manualJournal(db, id));
    },
  }),

  post('/payments/admin/ledger/journals/:id/approve', {
    allow: 'ledger:administer',
    summary: 'Approve a journal that somebody else wrote by hand, which posts it',
    says: 'Journal posted',
    params: z.object({ id: z.string() }),
    body: z.object({}),
    returns: ManualJournalView,
    refuses: ['SECOND_PERSON_REQUIRED', 'LEDGER_GUARD'],
    async handle({ params, actor, db, ask }) {
      const row = await manualJournal(db, params.id);
      if (row.createdBy === actor.userId) throw refusal('SECOND_PERSON_REQUIRED');
      if (row.journalId !== null) return manualView(row);
      const process = manualJournalProcess(row.id);
      await ask(process, approveManualJournal, { manualJournalId: row.id, by: actor });
      return manualView(await manualJournal(db, row.id));
    },
  }),

  post('/payments/admin/ledger/months/:month/close', {
    allow: 'ledger:administer',
    summary: 'Close a month of business days; what happened in it and is posted later gets the first open day',
    says: 'Month closed',
    params: z.object({ month: z.string().regex(/^2\d{3}-(?:0[1-9]|1[0-2])$/) }),
    body: z.object({}),
    returns: z.object({ month: z.string(), closedAt: Instant, closedBy: z.string() }),
    refuses: ['MONTH_NOT_OVER', 'MONTH_OUT_OF_ORDER'],
    async handle({ params, actor, db, ask }) {
      const month = params.month as Month;
      const read = () => db.ledgerMonth.findUnique({ where: { month: new Date(firstDay(month)) } });
      requireOver(month, Date.now());
      if (!(await read())) await ask(monthCloseProcess(month), closeMonth, { month, by: actor });
      const { closedAt, closedBy } = (await read())!;
      return { month, closedAt, closedBy };
    },
  }),
];
