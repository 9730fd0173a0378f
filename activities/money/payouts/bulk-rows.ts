import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { moveRow } from '../../../prisma/payouts/bulk-payouts.ts';
import type { Db, Tx } from '../../../prisma/client.ts';
import type { BulkPayout, BulkPayoutRow, Payout } from '../../../prisma/generated/client.ts';
import { attemptColumns, setAside } from '../../../prisma/payouts/payout-attempts.ts';
import { postAll } from '../../../prisma/post.ts';
import type { Sealer } from '../../../prisma/sealed.ts';
import { nextShortIds } from '../../../prisma/short-id.ts';
import { bulkIncentive, bulkPenalty } from '../../../workflows/domain/money/journals/payouts.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { payoutFacts, requestNumber } from '../../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutFacts, PayoutLimits } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal, refusalIn } from '../../../workflows/domain/refusals.ts';
import { instant } from '../../../workflows/domain/time.ts';

const maker = 'SYSTEM_BULK_UPLOAD';

/** What a refusal is called in the report of a file. Source: payouts.md, Row validation. */
const codeOf: Record<string, string> = {
  DRIVER_PAYOUT_BLOCKED: 'ROW_DRIVER_BLOCKED',
  ...{ BANK_DETAILS_MISSING: 'ROW_BANK_DETAILS_MISSING', BANK_DETAILS_INVALID: 'ROW_BANK_DETAILS_MISSING' },
  BOOKS_NOT_IN_ORDER: 'ROW_FAULT',
  ...{ PAYOUT_BELOW_MINIMUM: 'ROW_AMOUNT_OUT_OF_RANGE', PAYOUT_ABOVE_LIMIT: 'ROW_AMOUNT_OUT_OF_RANGE' },
};

/** Short ids that are drawn before the transactions that use them, ten at a time. */
const shortIds = (db: Db, prefix: 'PAY' | 'TXN') => {
  const drawn: string[] = [];
  return async (): Promise<string> => {
    if (drawn.length === 0) drawn.push(...(await nextShortIds(db, prefix, 10)));
    return drawn.shift()!;
  };
};

/** Claims the next row of a batch that is being sent; null: there is none, or the batch was stopped. */
const nextRow = async (tx: Tx, batchId: string): Promise<BulkPayoutRow | null> => {
  const [claimed] = await tx.$queryRaw<{ id: string }[]>`
    SELECT r."id" FROM "bulk_payout_rows" r JOIN "bulk_payouts" b ON b."id" = r."batchId"
    WHERE b."id" = ${batchId}::uuid AND b."status" = 'PROCESSING' AND r."status" = 'VALID'
    ORDER BY r."rowNumber" LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;
  return claimed ? tx.bulkPayoutRow.findUnique({ where: { id: claimed.id } }) : null;
};

/** What a driver is owed and nobody has reserved. */
const owedTo = async (tx: Tx, driverId: string): Promise<number> => {
  const { _sum } = await tx.payableItem.aggregate({
    where: { driverId },
    _sum: { openPaise: true, reservedPaise: true },
  });
  return Number((_sum.openPaise ?? 0n) - (_sum.reservedPaise ?? 0n));
};

/** Locks the driver of a row. Returns what is wrong by now, though it was right when the file was read. */
const lockDriverOf = async (tx: Tx, row: BulkPayoutRow) => {
  const [driver] = await tx.$queryRaw<{ fleetId: string; allowAdvance: boolean }[]>`
    SELECT d."fleetId", f."allowAdvance" FROM "drivers" d JOIN "fleets" f ON f."id" = d."fleetId"
    WHERE d."id" = ${row.driverId}::uuid FOR NO KEY UPDATE OF d`;
  const { fleetId, allowAdvance } = driver!;
  if (fleetId !== row.fleetId) return { errorCode: 'ROW_OUT_OF_SCOPE', message: 'The driver has left the fleet' };
  if (allowAdvance || row.amountPaise === 0n) return null;
  const owed = (await owedTo(tx, row.driverId!)) + Number(row.incentivePaise - row.penaltyPaise);
  const isAdvance = Number(row.amountPaise) > owed;
  return isAdvance ? { errorCode: 'ROW_ADVANCE_BLOCKED', message: 'The driver is owed less by now' } : null;
};

/** Books the penalty and the incentive of a row; both count as paid. Rules 10 and 11. */
const bookBeside = async (tx: Tx, row: BulkPayoutRow, { shortId, createdBy }: BulkPayout) => {
  const { batchId, rowNumber, penaltyPaise, incentivePaise } = row;
  const now = new Date();
  const of = { driverId: row.driverId!, fleetId: row.fleetId! };
  const booked = { ...of, batchId, row: rowNumber, occurredAt: instant(now.getTime()), by: createdBy };
  const made = { ...of, reason: `${shortId} row ${rowNumber}: ${row.payoutCycle}`, createdBy: maker, paidAt: now };
  const journals = [];
  const ids = {
    penaltyId: penaltyPaise > 0n ? randomUUID() : null,
    incentiveId: incentivePaise > 0n ? randomUUID() : null,
  };
  if (ids.penaltyId) {
    const amounts = { amountPaise: penaltyPaise, nettedPaise: penaltyPaise };
    const data = { id: ids.penaltyId, ...made, ...amounts, type: 'MONETARY', status: 'SETTLED', begunAt: now } as const;
    await tx.penalty.create({ data });
    journals.push(bulkPenalty({ ...booked, amount: paise(Number(penaltyPaise)) }));
  }
  if (ids.incentiveId) {
    await tx.incentive.create({ data: { id: ids.incentiveId, ...made, amountPaise: incentivePaise, status: 'PAID' } });
    journals.push(bulkIncentive({ ...booked, amount: paise(Number(incentivePaise)) }));
  }
  if (journals.length > 0) await postAll(tx, journals);
  return ids;
};

interface ShortIds {
  payout: string;
  transaction: string;
}

/** A row that was begun: one without a transfer, or that may not be paid, has no payout. */
interface Begun {
  payout: PayoutFacts | null;
  isOurFault: boolean;
}

const withoutPayout: Begun = { payout: null, isOurFault: false };

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

/** Begins the rows of bulk files, each with its bookings and its payout in one transaction. */
export const bulkRows = ({ db, log, sealer, limits }: Deps) => {
  const beginRow = async (tx: Tx, row: BulkPayoutRow, batch: BulkPayout, ids: ShortIds): Promise<Payout | null> => {
    const { id: sourceId, batchId, rowNumber, driverId, fleetId, payoutCycle } = row;
    const amount = paise(Number(row.amountPaise));
    const source = { kind: 'BULK_ROW', sourceId, driverId: driverId! } as const;
    const sources = [`${batchId}:${rowNumber}`];
    const owed = { fleetId: fleetId!, amount, sources, description: Array.from(payoutCycle).slice(0, 50).join('') };
    if (amount === 0) {
      await moveRow(tx, row, { status: 'SUCCESS', ...(await bookBeside(tx, row, batch)) });
      return null;
    }
    const columns = await attemptColumns(tx, source, owed, { by: { userId: batch.createdBy }, limits, sealer });
    // Whoever released the batch has seen its sum.
    const heldFor = batch.approvedBy ? columns.heldFor.filter((hold) => hold !== 'LARGE') : columns.heldFor;
    const booked = await bookBeside(tx, row, batch);
    const id = randomUUID();
    const status = heldFor.length > 0 ? ('HELD' as const) : ('CREATED' as const);
    const more = { shortId: ids.payout, number: requestNumber(id, 1), requestedBy: batch.createdBy };
    const payout = await tx.payout.create({ data: { id, ...source, ...columns, heldFor, status, ...more } });
    await setAside(tx, payout, sources, ids.transaction);
    const moved = status === 'HELD' ? ('PENDING' as const) : ('PROCESSING' as const);
    await moveRow(tx, row, { status: moved, payoutId: id, ...booked });
    return payout;
  };

  const beginClaimed = async (
    tx: Tx,
    row: BulkPayoutRow,
    { batch, inDisorder }: Beginning,
    ids: ShortIds,
  ): Promise<Begun> => {
    const fault = await lockDriverOf(tx, row);
    if (fault) {
      await moveRow(tx, row, { status: 'FAILED', ...fault });
      return withoutPayout;
    }
    try {
      if (inDisorder.has(null) || inDisorder.has(row.driverId)) throw refusal('BOOKS_NOT_IN_ORDER');
      const payout = await beginRow(tx, row, batch, ids);
      return { payout: payout && payoutFacts(payout), isOurFault: false };
    } catch (error) {
      const errorCode = codeOf[refusalIn(error)?.key ?? ''];
      if (!errorCode) throw error;
      await moveRow(tx, row, { status: 'FAILED', errorCode, message: (error as Error).message });
      return { payout: null, isOurFault: errorCode === 'ROW_FAULT' };
    }
  };

  /** Lets a row fail that cannot be begun, so that the rows after it are sent. */
  const giveUp = ({ id, batchId, rowNumber }: BulkPayoutRow, err: unknown): Promise<Begun> =>
    db.$transaction(async (tx) => {
      const [row] = await tx.$queryRaw<{ id: string }[]>`
        SELECT "id" FROM "bulk_payout_rows" WHERE "id" = ${id}::uuid AND "status" = 'VALID' FOR UPDATE SKIP LOCKED`;
      if (!row) return withoutPayout;
      log.error({ err, batchId, rowNumber }, 'a row of a file of payouts cannot be begun');
      const message = 'It could not be begun, which is our fault: tell support, then retry it';
      await moveRow(tx, await tx.bulkPayoutRow.findUniqueOrThrow({ where: { id } }), {
        ...{ status: 'FAILED', errorCode: 'ROW_FAULT', message },
      });
      return { payout: null, isOurFault: true };
    });

  /**
   * What begins the next row of a batch. Null: no row waits, or the batch was stopped. What goes wrong unexpectedly is thrown, so that
   * the row is tried again, or is its failure when nothing is to be tried again.
   */
  return (beginning: Beginning) => {
    const [payoutIds, transactionIds] = [shortIds(db, 'PAY'), shortIds(db, 'TXN')];
    return async (): Promise<Begun | null> => {
      const ids = { payout: await payoutIds(), transaction: await transactionIds() };
      const seen: BulkPayoutRow[] = [];
      const begin = async (tx: Tx): Promise<Begun | null> => {
        const claimed = await nextRow(tx, beginning.batch.id);
        if (!claimed) return null;
        seen.push(claimed);
        return beginClaimed(tx, claimed, beginning, ids);
      };
      return db.$transaction(begin).catch((error: unknown) => {
        const [row] = seen;
        if (!row || !beginning.isLastTry) throw error;
        return giveUp(row, error);
      });
    };
  };
};
