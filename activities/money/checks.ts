import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { findingsMax } from '../../prisma/payouts/stops.ts';

/** What a check reads and may be narrowed to the owners whose books changed, with the column that names the owner. */
const owned = {
  ledger_account: 'owner_id',
  driver_deposit_view: 'id',
  driver_due: 'driver_id',
  payable_item: 'driver_id',
  payout: 'driver_id',
  daily_collection: 'id',
  payment_order: 'id',
  driver_rental: 'id',
} as const;

type Relation = keyof typeof owned | 'ledger_account_sum' | 'ledger_journal' | 'whole';

interface Check {
  name: string;
  /** The column that says whom a row found is about; without one it is about the whole ledger, and all payouts stop. */
  owner?: 'driver' | 'id' | 'owner_id' | 'source_id';
  /** What is narrowed when only some owners are looked at; `whole` is looked at only when everything is. */
  narrows: Relation[];
  sql: string;
}

/** Source: ledger.md, Invariants. Each query finds what must not be; the texts are the contract's. */
export const checks: Check[] = [
  {
    name: 'Q1',
    narrows: ['ledger_journal'],
    sql: `SELECT j.id, j.event_type, j.event_key, COALESCE(SUM(CASE e.side WHEN 'D' THEN e.amount_paise ELSE -e.amount_paise END),0) AS diff
FROM ledger_journal j LEFT JOIN ledger_entry e ON e.journal_id = j.id GROUP BY j.id, j.event_type, j.event_key
HAVING COUNT(e.id) < 2 OR SUM(CASE e.side WHEN 'D' THEN e.amount_paise ELSE -e.amount_paise END) <> 0`,
  },
  {
    name: 'Q2',
    narrows: ['whole'],
    sql: `SELECT SUM(debit) AS debit, SUM(credit) AS credit FROM ledger_account_sum HAVING SUM(debit) <> SUM(credit)`,
  },
  {
    name: 'Q3',
    narrows: ['ledger_account_sum'],
    sql: `SELECT s.id, s.code, s.owner_id FROM ledger_account_sum s LEFT JOIN ledger_balance b ON b.account_id = s.id
WHERE s.guarded AND (s.debit <> COALESCE(b.debit_paise,0) OR s.credit <> COALESCE(b.credit_paise,0))`,
  },
  {
    // The other projection: totals of closed days.
    name: 'Q3',
    narrows: ['whole'],
    sql: `SELECT account_id, business_date FROM ledger_day_total t FULL JOIN
 (SELECT account_id, business_date, COALESCE(SUM(amount_paise) FILTER (WHERE side = 'D'),0) AS debit, COALESCE(SUM(amount_paise) FILTER (WHERE side = 'C'),0) AS credit, COUNT(*) AS entries
  FROM ledger_entry WHERE business_date <= (SELECT MAX(business_date) FROM ledger_closed_day) GROUP BY account_id, business_date) e USING (account_id, business_date)
WHERE (t.debit_paise, t.credit_paise, t.entries) IS DISTINCT FROM (e.debit, e.credit, e.entries)`,
  },
  {
    name: 'Q4',
    owner: 'owner_id',
    narrows: ['ledger_account_sum'],
    sql: `SELECT code, owner_type, owner_id, balance FROM ledger_account_sum WHERE guarded AND balance < 0`,
  },
  {
    name: 'Q5',
    owner: 'driver',
    narrows: ['ledger_account_sum', 'driver_deposit_view'],
    sql: `SELECT COALESCE(d.id, s.owner_id) AS driver, d.deposit_paise, s.balance FROM driver_deposit_view d
 FULL JOIN (SELECT owner_id, balance FROM ledger_account_sum WHERE code = 2010) s ON s.owner_id = d.id
WHERE COALESCE(d.deposit_paise,0) <> COALESCE(s.balance,0)`,
  },
  {
    name: 'Q6',
    owner: 'id',
    narrows: ['ledger_account_sum', 'daily_collection'],
    sql: `SELECT c.id, c.total_paise, s.credit, s.balance FROM daily_collection c LEFT JOIN ledger_account_sum s ON s.code = 2030 AND s.owner_id = c.id
WHERE (NOT c.is_reconciled AND c.total_paise <> COALESCE(s.balance,0)) OR (c.is_reconciled AND COALESCE(s.balance,0) <> 0)`,
  },
  {
    name: 'Q7',
    owner: 'driver',
    narrows: ['ledger_account_sum', 'driver_due'],
    sql: `SELECT COALESCE(x.driver_id, s.owner_id) AS driver, x.open_paise, s.balance AS receivable FROM
 (SELECT driver_id, SUM(outstanding_paise) AS open_paise FROM driver_due WHERE NOT cancelled GROUP BY driver_id) x
 FULL JOIN (SELECT owner_id, balance FROM ledger_account_sum WHERE code = 1070) s ON s.owner_id = x.driver_id
WHERE COALESCE(x.open_paise,0) <> COALESCE(s.balance,0)`,
  },
  {
    // A penalty says of itself what is open of its due.
    name: 'Q7',
    owner: 'driver',
    narrows: ['driver_due'],
    sql: `SELECT d.driver_id AS driver, p.id AS penalty, p."outstandingPaise" AS open_paise, d.outstanding_paise AS due FROM driver_due d
 JOIN penalties p ON p.id = CASE WHEN d.source ~ '^[0-9a-f-]{36}$' THEN d.source::uuid END
WHERE d.kind = 'PENALTY' AND p."outstandingPaise" <> d.outstanding_paise`,
  },
  {
    name: 'Q8',
    owner: 'id',
    narrows: ['ledger_account', 'payment_order'],
    sql: `SELECT o.id FROM payment_order o
 LEFT JOIN (SELECT a.owner_id, SUM(CASE WHEN j.event_type='order_paid' AND e.side='C' THEN e.amount_paise ELSE 0 END) AS paid
            FROM ledger_entry e JOIN ledger_account a ON a.id=e.account_id AND a.code IN (2050,2060) JOIN ledger_journal j ON j.id=e.journal_id GROUP BY a.owner_id) p ON p.owner_id = o.id
WHERE o.collected_paise <> COALESCE(p.paid,0)`,
  },
  {
    name: 'Q9',
    owner: 'driver',
    narrows: ['ledger_account_sum', 'payout'],
    sql: `SELECT COALESCE(s.owner_id, p.driver_id) AS driver, s.balance, p.flight FROM (SELECT owner_id, balance FROM ledger_account_sum WHERE code = 2080) s
 FULL JOIN (SELECT driver_id, SUM(amount_paise) AS flight FROM payout WHERE status IN ('CREATED','HELD','SUBMITTING','ACCEPTED','UNKNOWN') AND kind <> 'CUSTOMER_REFUND' GROUP BY driver_id) p ON p.driver_id = s.owner_id
WHERE COALESCE(s.balance,0) <> COALESCE(p.flight,0)`,
  },
  {
    name: 'Q10',
    owner: 'source_id',
    narrows: ['payout'],
    sql: `SELECT kind, source_id, COUNT(*) FROM payout WHERE source_id IS NOT NULL AND status NOT IN ('FAILED','CANCELLED','REVERSED') GROUP BY kind, source_id HAVING COUNT(*) > 1`,
  },
  {
    name: 'Q10',
    owner: 'id',
    narrows: ['payout'],
    sql: `SELECT p.id FROM payout p LEFT JOIN payout_allocation a ON a.payout_id = p.id WHERE p.status='SUCCESS' AND p.kind NOT IN ('DEPOSIT_REFUND','CUSTOMER_REFUND') GROUP BY p.id, p.amount_paise HAVING COALESCE(SUM(a.amount_paise),0) <> p.amount_paise`,
  },
  {
    name: 'Q11',
    owner: 'id',
    narrows: ['ledger_account_sum', 'driver_rental'],
    sql: `SELECT r.id FROM driver_rental r LEFT JOIN ledger_account_sum s ON s.code = 2070 AND s.owner_id = r.id
WHERE (r.status = 'EXPIRED' AND COALESCE(s.balance,0) <> 0) OR (r.status IN ('ACTIVE','SCHEDULED','PAUSED') AND r.price_paise - r.recognized_paise <> COALESCE(s.balance,0))`,
  },
  {
    name: 'Q12',
    owner: 'id',
    narrows: [],
    sql: `SELECT g.id FROM gateway_event g LEFT JOIN ledger_journal j ON j.event_key = g.journal_key AND j.event_type = g.journal_type
WHERE g.state = 'PROCESSED' AND g.moves_money GROUP BY g.id HAVING COUNT(j.id) <> 1`,
  },
  {
    name: 'Q13',
    owner: 'driver',
    narrows: ['ledger_account_sum', 'payable_item', 'payout'],
    sql: `SELECT COALESCE(i.driver_id, b.driver_id) AS driver, i.open_paise, b.owed FROM (SELECT driver_id, SUM(open_paise) AS open_paise FROM payable_item GROUP BY driver_id) i
 FULL JOIN (SELECT s.owner_id AS driver_id, SUM(s.balance) - COALESCE((SELECT SUM(p.amount_paise) FROM payout p WHERE p.driver_id = s.owner_id AND p.kind = 'DEPOSIT_REFUND' AND p.status IN ('CREATED','HELD','SUBMITTING','ACCEPTED','UNKNOWN')),0) AS owed
            FROM ledger_account_sum s WHERE s.code IN (2020,2080) GROUP BY s.owner_id) b ON b.driver_id = i.driver_id
WHERE COALESCE(i.open_paise,0) <> COALESCE(b.owed,0)`,
  },
];

/** The books of these owners, and journals posted since then; null is everything. */
export type Narrowed = { owners: string[]; since: Date | null } | null;

/** A row that a check found. */
export interface Finding {
  check: string;
  owner: string | null;
  found: Prisma.InputJsonObject;
}

const { raw, sql } = Prisma;

const narrowed = (relation: Exclude<Relation, 'whole'>, { owners, since }: NonNullable<Narrowed>): Prisma.Sql => {
  if (relation === 'ledger_journal')
    return sql`SELECT * FROM ledger_journal WHERE posted_at >= coalesce(${since}::timestamptz, 'infinity') OR driver_id = ANY(${owners})`;
  // Platform accounts without a guard have no row to compare, and long sums.
  if (relation === 'ledger_account_sum')
    return sql`SELECT * FROM ledger_account_sum WHERE owner_id = ANY(${owners}) AND (guarded OR owner_id <> '-')`;
  return sql`SELECT * FROM ${raw(relation)} WHERE ${raw(owned[relation])} = ANY(${owners})`;
};

/** A check reads tables by their names: an expression of the same name before it narrows a table. */
const statement = ({ sql: text, narrows }: Check, scope: Narrowed): Prisma.Sql => {
  const narrow = narrows.flatMap((relation) =>
    scope === null || relation === 'whole' ? [] : [sql`${raw(relation)} AS (${narrowed(relation, scope)})`],
  );
  const names = narrow.length > 0 ? sql`WITH ${Prisma.join(narrow)}` : Prisma.empty;
  return sql`${names} SELECT to_jsonb(found) AS "found" FROM (${raw(text)}) found LIMIT ${findingsMax}`;
};

/** What the checks find in all books, or in those of some owners. Empty when the books are in order. */
export const findFaults = async (tx: Tx, scope: Narrowed): Promise<Finding[]> => {
  const findings: Finding[] = [];
  for (const check of checks.filter(({ narrows }) => scope === null || !narrows.includes('whole'))) {
    const rows = await tx.$queryRaw<{ found: Record<string, unknown> }[]>(statement(check, scope));
    for (const { found } of rows) {
      const owner = check.owner ? String(found[check.owner]) : null;
      findings.push({ check: check.name, owner, found: found as Prisma.InputJsonObject });
    }
  }
  return findings;
};

/** Everybody whose books, dues or items changed since then. */
export const changedOwners = async (tx: Tx, since: Date): Promise<string[]> => {
  const rows = await tx.$queryRaw<{ owner: string }[]>`
    SELECT a.owner_id AS "owner" FROM ledger_journal j JOIN ledger_entry e ON e.journal_id = j.id JOIN ledger_account a ON a.id = e.account_id
    WHERE j.posted_at >= ${since}
    UNION SELECT driver_id FROM driver_due WHERE updated_at >= ${since}
    UNION SELECT driver_id FROM payable_item WHERE updated_at >= ${since}`;
  return rows.map(({ owner }) => owner);
};
