import type { Tx } from '../client.ts';

/** So many rows of one check a run keeps; more than these are no different. */
export const findingsMax = 100;

/** A payment that is to go out, by whom it is for. */
export interface Payment {
  /** A driver, and the orders, rentals or collections that are paid. */
  owners: readonly string[];
  /** A driver of whom the oldest open days are paid, whichever these are. */
  openDaysOf?: string | null;
}

/**
 * Which of these payments must not go out: a check has found something about one of their owners, or about the whole ledger, in the
 * last full run or after it. A check that found as many rows as a run keeps may have found others too, so it stops everybody. Every
 * payout asks this in the transaction of its initiation. Source: ledger.md, Invariants.
 */
export const areStopped = async (tx: Tx, payments: readonly Payment[]): Promise<boolean[]> => {
  const rows = await tx.$queryRaw<{ stopped: boolean }[]>`
    WITH standing AS (
      SELECT "run_id", "check", "owner" FROM ledger_check_finding
      WHERE "run_id" >= coalesce((SELECT max("id") FROM ledger_check_run WHERE "scope" = 'FULL'), 0)
    )
    SELECT EXISTS (SELECT FROM standing WHERE "owner" IS NULL OR paid."owners" ? "owner")
      OR EXISTS (SELECT FROM standing JOIN payable_item i ON i."source" = "owner" WHERE i."driver_id" = paid."openDaysOf" AND i."open_paise" > 0)
      OR EXISTS (SELECT FROM standing GROUP BY "run_id", "check" HAVING count(*) >= ${findingsMax}) AS "stopped"
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(payments)}::jsonb) AS ("owners" jsonb, "openDaysOf" text))
      WITH ORDINALITY AS paid("owners", "openDaysOf", "n") ORDER BY "n"`;
  return rows.map((row) => row.stopped);
};
