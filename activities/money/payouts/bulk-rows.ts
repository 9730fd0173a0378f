import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Db, Tx } from '../../../prisma/client.ts';
import type { BulkPayout, BulkPayoutRow, Payout } from '../../../prisma/generated/client.ts';
import { judgeAttempts } from '../../../prisma/payouts/attempt-columns.ts';
import type { Columns, Wanted } from '../../../prisma/payouts/attempt-columns.ts';
import { moveRows } from '../../../prisma/payouts/bulk-payouts.ts';
import type { RowChange } from '../../../prisma/payouts/bulk-payouts.ts';
import { setAside } from '../../../prisma/payouts/payout-attempts.ts';
import type { Sealer } from '../../../prisma/sealed.ts';
import { nextShortIds } from '../../../prisma/short-id.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { payoutFacts, requestNumber } from '../../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutFacts, PayoutLimits } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal, refusalIn } from '../../../workflows/domain/refusals.ts';
import { bookBeside } from './bulk-bookings.ts';

/** So many rows are begun in one transaction. */
const windowMax = 5;

/** What a refusal is called in the report of a file. Source: payouts.md, Row validation. */
const codeOf: Record<string, string> = {
  DRIVER_PAYOUT_BLOCKED: 'ROW_DRIVER_BLOCKED',
  ...{ BANK_DETAILS_MISSING: 'ROW_BANK_DETAILS_MISSING', BANK_DETAILS_INVALID: 'ROW_BANK_DETAILS_MISSING' },
  BOOKS_NOT_IN_ORDER: 'ROW_FAULT',
  ...{ PAYOUT_BELOW_MINIMUM: 'ROW_AMOUNT_OUT_OF_RANGE', PAYOUT_ABOVE_LIMIT: 'ROW_AMOUNT_OUT_OF_RANGE' },
};

/** Why a row fails that passed when its file was read. */
interface Fault {
  errorCode: string;
  message: string;
}

const faultOf = (refused: Error): Fault => {
  const errorCode = codeOf[refusalIn(refused)?.key ?? ''];
  if (!errorCode) throw refused;
  return { errorCode, message: refused.message };
};

/** Short ids that are drawn before the transactions that use them. */
const shortIds = (db: Db, prefix: 'PAY' | 'TXN') => {
  const drawn: string[] = [];
  return {
    /** Draws as many as a window may need. */
    async fill(): Promise<void> {
      if (drawn.length < windowMax) drawn.push(...(await nextShortIds(db, prefix, windowMax * 2)));
    },
    next: (): string => drawn.shift()!,
  };
};

interface Ids {
  payouts: ReturnType<typeof shortIds>;
  transactions: ReturnType<typeof shortIds>;
}

/** Claims the next rows of a batch that is being sent, each of another driver. Empty: there is none, or the batch was stopped. */
const claimRows = async (tx: Tx, batchId: string, count: number): Promise<BulkPayoutRow[]> => {
  const claimed = await tx.$queryRaw<{ id: string }[]>`
    SELECT r."id" FROM "bulk_payout_rows" r JOIN "bulk_payouts" b ON b."id" = r."batchId"
    WHERE b."id" = ${batchId}::uuid AND b."status" = 'PROCESSING' AND r."status" = 'VALID'
    ORDER BY r."rowNumber" LIMIT ${count} FOR UPDATE OF r SKIP LOCKED`;
  if (claimed.length === 0) return [];
  const where = { id: { in: claimed.map(({ id }) => id) } };
  const rows = await tx.bulkPayoutRow.findMany({ where, orderBy: { rowNumber: 'asc' } });
  return rows.filter(({ driverId }, n) => rows.findIndex((row) => row.driverId === driverId) === n);
};

/** What drivers are owed and nobody has reserved. */
const owedTo = async (tx: Tx, driverIds: string[]): Promise<Map<string, number>> => {
  const sums = await tx.payableItem.groupBy({
    ...{ by: ['driverId'], where: { driverId: { in: driverIds } } },
    _sum: { openPaise: true, reservedPaise: true },
  });
  return new Map(
    sums.map(({ driverId, _sum }) => [driverId, Number((_sum.openPaise ?? 0n) - (_sum.reservedPaise ?? 0n))]),
  );
};

/** Locks the drivers of rows. Returns what is wrong with each row by now, though it was right when the file was read. */
const lockDriversOf = async (tx: Tx, rows: readonly BulkPayoutRow[]): Promise<(Fault | null)[]> => {
  const found = await tx.$queryRaw<{ id: string; fleetId: string; allowAdvance: boolean }[]>`
    SELECT d."id", d."fleetId", f."allowAdvance" FROM "drivers" d JOIN "fleets" f ON f."id" = d."fleetId"
    WHERE d."id" = ANY(${rows.map(({ driverId }) => driverId!)}::uuid[]) ORDER BY d."id" FOR NO KEY UPDATE OF d`;
  const drivers = new Map(found.map((driver) => [driver.id, driver]));
  const limited = found.filter(({ allowAdvance }) => !allowAdvance).map(({ id }) => id);
  const owed = limited.length > 0 ? await owedTo(tx, limited) : new Map<string, number>();
  return rows.map((row) => {
    const { fleetId, allowAdvance } = drivers.get(row.driverId!)!;
    if (fleetId !== row.fleetId) return { errorCode: 'ROW_OUT_OF_SCOPE', message: 'The driver has left the fleet' };
    const covered = (owed.get(row.driverId!) ?? 0) + Number(row.incentivePaise - row.penaltyPaise);
    const isAdvance = !allowAdvance && row.amountPaise > 0n && Number(row.amountPaise) > covered;
    return isAdvance ? { errorCode: 'ROW_ADVANCE_BLOCKED', message: 'The driver is owed less by now' } : null;
  });
};

/** A row that was begun: one without a transfer, or that may not be paid, has no payout. */
export interface Begun {
  payout: PayoutFacts | null;
  isOurFault: boolean;
}

/** The rows of which batch are begun, and of whom the books are not in order; null: of nobody they are. */
interface Beginning {
  batch: BulkPayout;
  inDisorder: ReadonlySet<string | null>;
  /** Whether a row that has an unexpected fault fails with it. */
  isLastTry: boolean;
}

interface Deps {
  db: Db;
  log: Logger;
  sealer: Sealer;
  limits: PayoutLimits;
}

const sourcesOf = ({ batchId, rowNumber }: BulkPayoutRow) => [`${batchId}:${rowNumber}`];

const wantedBy = (row: BulkPayoutRow): Wanted => ({
  source: { kind: 'BULK_ROW', sourceId: row.id, driverId: row.driverId! },
  owed: {
    ...{ fleetId: row.fleetId!, amount: paise(Number(row.amountPaise)), sources: sourcesOf(row) },
    description: Array.from(row.payoutCycle).slice(0, 50).join(''),
  },
});

/** A row that may not be paid, or the columns of its payout; null: nothing is transferred. */
type Verdict = { fault: Fault } | { columns: Columns | null };

/** Begins the rows of bulk files, a few at a time with their bookings and payouts in one transaction. */
export const bulkRows = ({ db, log, sealer, limits }: Deps) => {
  const judge = async (
    tx: Tx,
    rows: readonly BulkPayoutRow[],
    { batch, inDisorder }: Beginning,
  ): Promise<Verdict[]> => {
    const changed = await lockDriversOf(tx, rows);
    const disorder = faultOf(refusal('BOOKS_NOT_IN_ORDER'));
    const isInDisorder = ({ driverId }: BulkPayoutRow) => inDisorder.has(null) || inDisorder.has(driverId);
    const faults = rows.map((row, n) => changed[n] ?? (isInDisorder(row) ? disorder : null));
    const paid = rows.filter(({ amountPaise }, n) => !faults[n] && amountPaise > 0n);
    const judged = await judgeAttempts(tx, paid.map(wantedBy), { by: { userId: batch.createdBy }, limits, sealer });
    return rows.map((row, n) => {
      const fault = faults[n];
      if (fault) return { fault };
      const verdict = judged[paid.indexOf(row)] ?? { columns: null };
      return 'refused' in verdict ? { fault: faultOf(verdict.refused) } : verdict;
    });
  };

  /** Makes the payouts of rows, and sets their money aside. Returns them by row. */
  const beginPayouts = async (
    tx: Tx,
    { createdBy, approvedBy }: BulkPayout,
    of: readonly { row: BulkPayoutRow; columns: Columns }[],
    ids: Ids,
  ): Promise<Map<string, Payout>> => {
    if (of.length === 0) return new Map();
    const data = of.map(({ row, columns }) => {
      const id = randomUUID();
      // Whoever released the batch has seen its sum.
      const heldFor = approvedBy ? columns.heldFor.filter((hold) => hold !== 'LARGE') : columns.heldFor;
      const status = heldFor.length > 0 ? ('HELD' as const) : ('CREATED' as const);
      const more = { shortId: ids.payouts.next(), number: requestNumber(id, 1), requestedBy: createdBy };
      return { id, ...wantedBy(row).source, ...columns, heldFor, status, ...more };
    });
    const payouts = new Map((await tx.payout.createManyAndReturn({ data })).map((row) => [row.sourceId!, row]));
    const begun = of.map(({ row }) => ({
      ...{ row: payouts.get(row.id)!, sources: sourcesOf(row), transactionShortId: ids.transactions.next() },
    }));
    await setAside(tx, begun);
    return payouts;
  };

  const beginClaimed = async (
    tx: Tx,
    rows: readonly BulkPayoutRow[],
    beginning: Beginning,
    ids: Ids,
  ): Promise<Begun[]> => {
    const verdicts = await judge(tx, rows, beginning);
    const sound = rows.flatMap((row, n) => ('columns' in verdicts[n]! ? { row, columns: verdicts[n].columns } : []));
    const beside = await bookBeside(
      tx,
      sound.map(({ row }) => row),
      beginning.batch,
    );
    const paid = sound.flatMap(({ row, columns }) => (columns ? { row, columns } : []));
    const payouts = await beginPayouts(tx, beginning.batch, paid, ids);
    const changeOf = (row: BulkPayoutRow, verdict: Verdict): RowChange => {
      if ('fault' in verdict) return { status: 'FAILED', ...verdict.fault };
      const [payout, booked] = [payouts.get(row.id), beside.get(row.id)];
      if (!payout) return { status: 'SUCCESS', ...booked };
      return { status: payout.status === 'HELD' ? 'PENDING' : 'PROCESSING', payoutId: payout.id, ...booked };
    };
    await moveRows(
      tx,
      rows.map((row, n) => ({ row, to: changeOf(row, verdicts[n]!) })),
    );
    return rows.map((row, n) => {
      const [payout, verdict] = [payouts.get(row.id), verdicts[n]!];
      const isOurFault = 'fault' in verdict && verdict.fault.errorCode === 'ROW_FAULT';
      return { payout: payout ? payoutFacts(payout) : null, isOurFault };
    });
  };

  /** Whether rows are as they were before they were claimed. */
  const areWaiting = async (rows: readonly BulkPayoutRow[]): Promise<boolean> => {
    const where = { id: { in: rows.map(({ id }) => id) }, status: 'VALID' as const };
    return (await db.bulkPayoutRow.count({ where })) === rows.length;
  };

  /** Lets a row fail that cannot be begun, so that the rows after it are sent. */
  const giveUp = ({ id, batchId, rowNumber }: BulkPayoutRow, err: unknown): Promise<Begun> =>
    db.$transaction(async (tx) => {
      const [locked] = await tx.$queryRaw<{ id: string }[]>`
        SELECT "id" FROM "bulk_payout_rows" WHERE "id" = ${id}::uuid AND "status" = 'VALID' FOR UPDATE SKIP LOCKED`;
      if (!locked) return { payout: null, isOurFault: false };
      log.error({ err, batchId, rowNumber }, 'a row of a file of payouts cannot be begun');
      const message = 'It could not be begun, which is our fault: tell support, then retry it';
      const row = await tx.bulkPayoutRow.findUniqueOrThrow({ where: { id } });
      await moveRows(tx, [{ row, to: { status: 'FAILED', errorCode: 'ROW_FAULT', message } }]);
      return { payout: null, isOurFault: true };
    });

  /**
   * What begins the next rows of a batch, in the order of the file. Empty: no row waits, or the batch was stopped. What goes wrong
   * unexpectedly is thrown, so that the row is tried again, or is its failure when nothing is to be tried again.
   */
  return (beginning: Beginning) => {
    const ids: Ids = { payouts: shortIds(db, 'PAY'), transactions: shortIds(db, 'TXN') };
    const beginUpTo = async (count: number): Promise<Begun[]> => {
      await ids.payouts.fill();
      await ids.transactions.fill();
      let claimed: BulkPayoutRow[] = [];
      const begin = async (tx: Tx): Promise<Begun[]> => {
        claimed = await claimRows(tx, beginning.batch.id, count);
        return claimed.length === 0 ? [] : beginClaimed(tx, claimed, beginning, ids);
      };
      try {
        return await db.$transaction(begin);
      } catch (error) {
        const [row] = claimed;
        if (claimed.length > 1 && (await areWaiting(claimed))) {
          // The fault of one row is not that of the rows beside it.
          log.warn({ err: error, batchId: row!.batchId, rowNumber: row!.rowNumber }, 'rows are begun one by one');
          return beginUpTo(1);
        }
        if (claimed.length > 1) throw error; // They were begun, and the answer was lost: who tries again adopts them.
        if (!row || !beginning.isLastTry) throw error;
        return [await giveUp(row, error)];
      }
    };
    return () => beginUpTo(windowMax);
  };
};
