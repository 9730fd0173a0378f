import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { LedgerCheckScope } from '../../prisma/generated/enums.ts';
import { putIntoInbox, superAdmins } from '../../prisma/notifications.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import {
  approvedJournal,
  firstDay,
  firstToClose,
  lastDay,
  monthDue,
  monthsBetween,
  nextMonth,
  requireOver,
} from '../../workflows/domain/money/ledger.ts';
import type { Month } from '../../workflows/domain/money/ledger.ts';
import type { Entry } from '../../workflows/domain/money/journals/journal.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { IstDay } from '../../workflows/domain/time.ts';
import { dayMs, istDay, minuteMs } from '../../workflows/domain/time.ts';
import { changedOwners, findFaults } from './checks.ts';
import type { Finding, Narrowed } from './checks.ts';
import { post } from '../../prisma/post.ts';

/** A journal is dated when its transaction begins and seen when that ends, which takes seconds. */
const overlapMs = minuteMs;
/** For checks over everything, which one statement of a request would not get. */
const sweepMs = 10 * minuteMs;

/** Who closes a month: a person, or the schedule. */
export interface CloseMonth {
  month: Month;
  by: Actor | null;
}

export interface ApproveManualJournal {
  manualJournalId: string;
  by: Actor;
}

const utcMidnight = (day: IstDay) => new Date(`${day}T00:00:00.000Z`);

const monthIn = (date: Date | undefined): Month | null => (date ? (date.toISOString().slice(0, 7) as Month) : null);

const lastClosed = async (tx: Tx): Promise<Month | null> =>
  monthIn((await tx.ledgerMonth.findFirst({ orderBy: { month: 'desc' } }))?.month);

/** The first month with entries, among the days that are totalled. */
const firstPosted = async (tx: Tx): Promise<Month | null> =>
  monthIn((await tx.ledgerDayTotal.findFirst({ orderBy: { businessDate: 'asc' } }))?.businessDate);

const tellSuperAdmins = async (tx: Tx, findings: Finding[]): Promise<void> => {
  if (findings.length === 0) return;
  const to = await superAdmins(tx);
  const today = istDay(Date.now());
  const messages = findings.map(({ check, owner, found }) => ({
    ...{ to, event: 'ledger:check_failed', title: `The books are not in order: ${check}` },
    payload: { check, owner, difference: found },
    // Told once a day, however often it is found.
    cause: `${check}:${owner}:${today}`,
  }));
  await putIntoInbox(tx, ...messages);
};

/**
 * Which of these drivers have books that are not in order, their own or those of a day that is still to be paid; null stands for books
 * of nobody in particular. SUPER_ADMINs are told. Before money leaves. Source: ledger.md, Invariants.
 */
export const driversInDisorder = async (db: Db, drivers: string[]): Promise<Set<string | null>> => {
  const unpaid = await db.payableItem.findMany({
    where: { driverId: { in: drivers }, openPaise: { gt: 0 } },
    select: { source: true, driverId: true },
  });
  const driverOf = new Map<string | null, string>(unpaid.map(({ source, driverId }) => [source, driverId]));
  const findings = await findFaults(db, { owners: [...drivers, ...unpaid.map(({ source }) => source)], since: null });
  await tellSuperAdmins(db, findings);
  return new Set(findings.map(({ owner }) => driverOf.get(owner) ?? owner));
};

const countsOf = (findings: Finding[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(findings, ({ check }) => check)].map(([check, rows]) => [check, rows.length]));

/** Freezes what the accounts of each code had been posted by the end of each day of some months. */
const freezeTrialBalances = (tx: Tx, first: Month, last: Month) => tx.$executeRaw`
  WITH posted AS (
    SELECT a.code, t.business_date, sum(t.debit_paise) AS debit, sum(t.credit_paise) AS credit
    FROM ledger_day_total t JOIN ledger_account a ON a.id = t.account_id
    WHERE t.business_date <= ${lastDay(last)}::date GROUP BY 1, 2
  )
  INSERT INTO ledger_trial_balance (business_date, code, debit_paise, credit_paise)
  SELECT day::date, code, sum(debit), sum(credit)
  FROM generate_series(${firstDay(first)}::date, ${lastDay(last)}::date, INTERVAL '1 day') AS day
  JOIN posted ON business_date <= day
  GROUP BY 1, 2`;

/** Who approves is an administrator in office, whatever the command says of them. That they are not the author, the rule says. */
const requireInOffice = async (tx: Tx, userId: string): Promise<void> => {
  const approver = await tx.user.findUnique({ where: { id: userId }, select: { isActive: true, role: true } });
  if (!approver?.isActive || approver.role !== 'SUPER_ADMIN') throw refusal('SECOND_PERSON_REQUIRED');
};

export const ledgerActivities = ({ db }: { db: Db }) => {
  const atLength = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = ${sweepMs}`);
        return work(tx);
      },
      { timeout: sweepMs },
    );

  /** Closes a month of business days, the first time with all before it. Safe to retry: a closed month stays as it is. */
  const closeMonth = ({ month, by }: CloseMonth): Promise<{ month: Month; closedAt: string }> =>
    atLength(async (tx) => {
      requireOver(month, Date.now());
      // Waits for postings under way, and holds new ones until the commit.
      await tx.$executeRaw`SELECT ledger_close_days(${lastDay(month)}::date)`;
      const key = { month: utcMidnight(firstDay(month)) };
      const known = await tx.ledgerMonth.findUnique({ where: key });
      if (known) return { month, closedAt: known.closedAt.toISOString() };
      const first = firstToClose(month, await lastClosed(tx), await firstPosted(tx));
      await freezeTrialBalances(tx, first, month);
      const [closedAt, closedBy] = [new Date(), by?.userId ?? 'system'];
      await tx.ledgerMonth.createMany({
        data: monthsBetween(first, month).map((each) => ({ month: utcMidnight(firstDay(each)), closedAt, closedBy })),
      });
      return { month, closedAt: closedAt.toISOString() };
    });

  return {
    closeMonth,

    /** Closes every month whose day has come. Safe to retry: what is closed is not closed again. */
    async closeMonthsDue(): Promise<Month[]> {
      const due = monthDue(Date.now());
      const closed: Month[] = [];
      for (;;) {
        const last = await lastClosed(db);
        const month = last ? nextMonth(last) : due;
        if (month > due) return closed;
        await closeMonth({ month, by: null });
        closed.push(month);
      }
    },

    /** Totals the days that are over, so that balances stay cheap. Safe to retry: a day is totalled once. */
    async totalDays(): Promise<void> {
      const yesterday = istDay(Date.now() - dayMs);
      await atLength((tx) => tx.$executeRaw`SELECT ledger_close_days(${yesterday}::date)`);
    },

    /** Runs the checks, keeps what they found and tells it. Safe to retry: another run finds the same. */
    async runChecks(scope: LedgerCheckScope): Promise<{ runId: string; found: Record<string, number> }> {
      const startedAt = new Date();
      const previous = await db.ledgerCheckRun.findFirst({ orderBy: { startedAt: 'desc' } });
      return atLength(async (tx) => {
        const since = previous && new Date(previous.startedAt.getTime() - overlapMs);
        const changed: Narrowed =
          scope === 'INCREMENTAL' && since ? { owners: await changedOwners(tx, since), since } : null;
        const findings = await findFaults(tx, changed);
        const { id } = await tx.ledgerCheckRun.create({
          data: { scope, startedAt, finishedAt: new Date(), findings: { create: findings } },
        });
        await tellSuperAdmins(tx, findings);
        return { runId: String(id), found: countsOf(findings) };
      });
    },

    /**
     * Posts a journal that somebody else wrote. Safe to retry: the journal carries the id of its draft, so it is posted once, and who
     * approves it again gets what the first one got.
     */
    async approveManualJournal({ manualJournalId, by }: ApproveManualJournal): Promise<{ journalId: string }> {
      return db.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT id FROM ledger_manual_journal WHERE id = ${manualJournalId}::uuid FOR UPDATE`;
        const row = await tx.ledgerManualJournal.findUnique({ where: { id: manualJournalId } });
        if (!row) throw refusal('NOT_FOUND', { resource: 'journal' });
        if (row.journalId !== null) return { journalId: String(row.journalId) };
        await requireInOffice(tx, by.userId);
        const entries = row.entries as unknown as Entry[];
        const manual = { ...row, entries, occurredAt: row.occurredAt.toISOString() };
        const { journalId } = await post(tx, approvedJournal(manual, by.userId));
        await tx.ledgerManualJournal.update({
          where: { id: row.id },
          data: { journalId: BigInt(journalId), approvedBy: by.userId, approvedAt: new Date() },
        });
        const approved = { action: 'ledger.journalApproved', subject: 'manualJournal', subjectId: row.id };
        await audit(tx, by, { ...approved, after: { journalId } });
        return { journalId };
      });
    },
  };
};

export type LedgerActivities = ReturnType<typeof ledgerActivities>;
