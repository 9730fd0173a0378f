import { createHash } from 'node:crypto';
import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { BulkPayout } from '../../../prisma/generated/client.ts';
import { lockUser } from '../../../prisma/locks.ts';
import { lastFour } from '../../../prisma/sealed.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { needsApproval } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import { readRow } from '../../../workflows/domain/money/payouts/bulk-rows.ts';
import type { ReadRow, RowFault, SentRow } from '../../../workflows/domain/money/payouts/bulk-rows.ts';
import { canonicalRows, cycleKey, judgeRows } from '../../../workflows/domain/money/payouts/bulk-verdicts.ts';
import type { Payee, Verdict } from '../../../workflows/domain/money/payouts/bulk-verdicts.ts';
import { requireBankDetails } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { dayMs, istDay, istDayStartMs } from '../../../workflows/domain/time.ts';
import type { Base, Upload } from '../../http/endpoint.ts';
import { matches } from '../../http/matches.ts';
import type { Caller } from '../../http/scope.ts';
import { sentRows, sentRowsOfJson } from './bulk-file.ts';

/** What was uploaded. */
export interface BulkFile {
  name: string;
  size: number;
  sha256: string;
  format: 'CSV' | 'JSON';
  rows: SentRow[];
}

const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

/** The rows of a file, or of a body in JSON. Throws FILE_REQUIRED, and what `sentRows` throws. */
export const fileOf = (upload: Upload | null, payouts: unknown[] | undefined): BulkFile => {
  if (upload) {
    const { name, content } = upload;
    return { name, size: content.length, sha256: sha256(content), format: 'CSV', rows: sentRows(upload) };
  }
  if (!payouts) throw refusal('FILE_REQUIRED', { field: 'file' });
  const content = JSON.stringify(payouts);
  const rows = sentRowsOfJson(payouts);
  return { name: 'payouts.json', size: Buffer.byteLength(content), sha256: sha256(content), format: 'JSON', rows };
};

type Context = Base & { caller: Caller; actor: Actor };

const distinct = (texts: readonly (string | null)[]): string[] => [...new Set(texts.filter((text) => text !== null))];

/** What of the money that a driver is owed nobody has reserved, by driver. */
const owedOf = async ({ db }: Base, driverIds: readonly string[]): Promise<Map<string, number>> => {
  const sums = await db.payableItem.groupBy({
    by: ['driverId'],
    where: { driverId: { in: [...driverIds] } },
    _sum: { openPaise: true, reservedPaise: true },
  });
  return new Map(
    sums.map(({ driverId, _sum }) => [driverId, Number((_sum.openPaise ?? 0n) - (_sum.reservedPaise ?? 0n))]),
  );
};

const isBankReady = (details: Parameters<typeof requireBankDetails>[0]): boolean => {
  try {
    return requireBankDetails(details) !== null;
  } catch {
    return false;
  }
};

/** The drivers whom rows name, and which of their cycles are taken. */
const knownTo = async (context: Context, rows: readonly (ReadRow | RowFault)[]) => {
  const { db, visible, services } = context;
  const { hash, open } = services.sealer;
  const hashOf = (accountNumber: string) => hash('bank-number', accountNumber);
  const accounts = distinct(rows.map(({ accountNumber }) => accountNumber));
  const drivers = await db.driver.findMany({
    where: {
      OR: [
        { id: { in: distinct(rows.map(({ driverId }) => driverId)) } },
        { mobile: { in: distinct(rows.map(({ phone }) => phone)) } },
        { bankNumberHash: { in: accounts.map(hashOf) } },
      ],
    },
    select: {
      ...{ id: true, fleetId: true, hubId: true, mobile: true, status: true, payoutHold: true, bankAccountName: true },
      ...{ bankIfscCode: true, sealedBankAccountNumber: true, fleet: { select: { allowAdvance: true } } },
    },
  });
  const owed = await owedOf(
    context,
    drivers.map(({ id }) => id),
  );
  const payees = drivers.map((driver) => {
    const { id: driverId, fleetId, sealedBankAccountNumber: sealed, bankIfscCode: ifscCode } = driver;
    const accountNumber = sealed && open('bank-number', sealed, driverId);
    const payee: Payee = {
      ...{ driverId, fleetId, allowAdvance: driver.fleet.allowAdvance, owed: paise(owed.get(driverId) ?? 0) },
      ...{ isBlacklisted: driver.status === 'BLACKLISTED', payoutHold: driver.payoutHold !== null },
      isVisible: matches(visible.driver, driver),
      isBankReady: isBankReady({ accountNumber, ifscCode, accountName: driver.bankAccountName }),
    };
    return { payee, mobile: driver.mobile, accountNumber };
  });
  const byPhone = new Map(payees.map(({ mobile, payee }) => [mobile, [payee]]));
  const withAccount = payees.filter(({ accountNumber }) => accountNumber !== null);
  const byAccount = new Map(
    [...Map.groupBy(withAccount, ({ accountNumber }) => accountNumber!)].map(([number, of]) => [
      number,
      of.map(({ payee }) => payee),
    ]),
  );
  const byId = new Map(payees.map(({ payee }) => [payee.driverId, payee]));
  const keys = rows.flatMap(({ driverId, phone, accountNumber, payoutCycle }) =>
    [byId.get(driverId ?? ''), ...(byPhone.get(phone ?? '') ?? []), ...(byAccount.get(accountNumber ?? '') ?? [])].map(
      (payee) => (payee ? cycleKey(payee.driverId, payoutCycle) : null),
    ),
  );
  const taken = await db.bulkPayoutRow.findMany({
    where: { cycleKey: { in: distinct(keys) }, status: { in: ['VALID', 'PROCESSING', 'PENDING', 'SUCCESS'] } },
    select: { cycleKey: true },
  });
  return { byPhone, byAccount, byId, takenCycles: new Set(taken.map((row) => row.cycleKey!)) };
};

/** What becomes of the rows of a file. Source: payouts.md, Row validation. */
export const judged = async (context: Context, rows: readonly (ReadRow | RowFault)[]): Promise<Verdict[]> => {
  const { MIN_PAYOUT_AMOUNT: min, MAX_TRANSACTION_AMOUNT: max } = context.services.env;
  return judgeRows(rows, await knownTo(context, rows), { min, max });
};

/** The rows as they are read, with the cycle of those that have none. */
export const readRows = (rows: readonly SentRow[], cycle: string | undefined): (ReadRow | RowFault)[] =>
  rows.map((row) => readRow(row, cycle ?? `Bulk Payout ${istDay(Date.now())}`));

export interface Wanted {
  id: string;
  file: Omit<BulkFile, 'rows'>;
  verdicts: readonly Verdict[];
  /** The row as it was received, by its number. */
  raw: ReadonlyMap<number, unknown>;
  fleetId: string | null;
  retryOf?: string;
  mayRepeatFile: boolean;
}

const sameRowsDays = 7;

/** What whoever uploads has sent in files on this Indian day; of what was cancelled, the part that had gone. */
const sentToday = async (tx: Tx, userId: string): Promise<Paise> => {
  const since = new Date(istDayStartMs(istDay(Date.now())));
  const [row] = await tx.$queryRaw<{ sum: bigint }[]>`
    SELECT coalesce(sum(CASE WHEN "status" = 'CANCELLED' THEN "acceptedPaise" ELSE "amountPaise" END), 0)::bigint AS "sum"
    FROM "bulk_payouts" WHERE "createdBy" = ${userId}::uuid AND "createdAt" >= ${since}`;
  return paise(Number(row!.sum));
};

/**
 * The columns of a batch, before anything is stored: its sums, and whether a second person has to release it. Throws
 * BULK_FILE_DUPLICATE, BATCH_ABOVE_LIMIT. Whoever uploads must be locked where the batch is stored: the sums of their day are compared.
 */
export const batchColumns = async (tx: Tx, { env }: Base['services'], by: Actor, wanted: Wanted) => {
  const { file, verdicts, fleetId, retryOf = null, mayRepeatFile } = wanted;
  const twin = await tx.bulkPayout.findFirst({
    where: { fleetId, fileSha256: file.sha256, status: { not: 'CANCELLED' } },
    select: { id: true },
  });
  if (twin && !mayRepeatFile) throw refusal('BULK_FILE_DUPLICATE', { batchId: twin.id });
  const valid = verdicts.filter(({ status }) => status === 'VALID');
  const total = sum(...valid.map(({ amount }) => amount));
  const max = env.BULK_PAYOUT_MAX_TOTAL;
  if (total > max) throw refusal('BATCH_ABOVE_LIMIT', { total: rupeeText(total), max: rupeeText(max) });
  const rowsSha256 = sha256(canonicalRows(verdicts));
  const same = await tx.bulkPayout.findFirst({
    where: {
      ...{ fleetId, rowsSha256, OR: [{ status: { not: 'CANCELLED' } }, { acceptedPaise: { gt: 0 } }] },
      createdAt: { gte: new Date(Date.now() - sameRowsDays * dayMs) },
    },
    ...{ orderBy: { createdAt: 'desc' }, select: { id: true } },
  });
  const isRepeated = same !== null && retryOf === null;
  const today = await sentToday(tx, by.userId);
  const limits = { total: max, approval: env.BULK_APPROVAL_THRESHOLD };
  const sentStatus = needsApproval({ total, today, isRepeated }, limits) ? 'AWAITING_APPROVAL' : 'PROCESSING';
  const countOf = (status: Verdict['status']) => verdicts.filter((row) => row.status === status).length;
  const status = valid.length > 0 ? (sentStatus as BulkPayout['status']) : 'COMPLETED_WITH_ERRORS';
  const now = new Date();
  return {
    ...{ fleetId, retryOf, rowsSha256, status, sameRowsAs: isRepeated ? same.id : null, mayRepeatFile: twin !== null },
    ...{ fileName: file.name, fileSize: file.size, fileSha256: file.sha256, format: file.format },
    ...{ rowsTotal: verdicts.length, rowsValid: valid.length, amountPaise: BigInt(total) },
    ...{ rowsFailed: countOf('FAILED'), rowsSkipped: countOf('SKIPPED') },
    startedAt: status === 'PROCESSING' ? now : null,
    // Nothing happens to it any more, so it needs no process.
    ...(status === 'COMPLETED_WITH_ERRORS' ? { finishedAt: now, begunAt: now } : {}),
  };
};

/** Stores a file and its rows. Throws as `batchColumns` does; a unique index says when another one came first. */
export const storeBatch = async (tx: Tx, context: Context, wanted: Wanted): Promise<BulkPayout> => {
  const { services, actor, newId } = context;
  const { id, verdicts, raw } = wanted;
  await lockUser(tx, { id: actor.userId });
  const columns = await batchColumns(tx, services, actor, wanted);
  const batch = await tx.bulkPayout.create({ data: { id, ...columns, createdBy: actor.userId } });
  const rows = verdicts.map((row) => {
    const rowId = newId(`row ${row.row}`);
    const account = row.accountNumber === null ? null : lastFour(row.accountNumber);
    return {
      ...{ id: rowId, batchId: id, rowNumber: row.row, driverId: row.driverId, fleetId: row.fleetId },
      ...{ phone: row.phone, maskedAccountNumber: account, payoutCycle: row.payoutCycle },
      ...{ amountPaise: row.amount, penaltyPaise: row.penalty, incentivePaise: row.incentive },
      ...{ status: row.status, errorCode: row.errorCode, message: row.message, warnings: row.warnings },
      ...{
        cycleKey: row.cycleKey,
        sealedRaw: services.sealer.seal('bulk-row', JSON.stringify(raw.get(row.row)), rowId),
      },
    };
  });
  // By hand: Prisma would bind forty thousand parameters. In the order of their keys, so that two files with the same cycles never wait
  // for each other.
  await tx.$executeRaw`
    INSERT INTO "bulk_payout_rows" ("id", "batchId", "rowNumber", "driverId", "fleetId", "phone", "maskedAccountNumber", "payoutCycle",
      "amountPaise", "penaltyPaise", "incentivePaise", "status", "errorCode", "message", "warnings", "cycleKey", "sealedRaw")
    SELECT "id", "batchId", "rowNumber", "driverId", "fleetId", "phone", "maskedAccountNumber", "payoutCycle",
      "amountPaise", "penaltyPaise", "incentivePaise", "status"::"BulkRowStatus", "errorCode", "message", "warnings", "cycleKey", "sealedRaw"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS sent("id" uuid, "batchId" uuid, "rowNumber" int, "driverId" uuid,
      "fleetId" uuid, "phone" text, "maskedAccountNumber" text, "payoutCycle" text, "amountPaise" bigint, "penaltyPaise" bigint,
      "incentivePaise" bigint, "status" text, "errorCode" text, "message" text, "warnings" text[], "cycleKey" text, "sealedRaw" text)
    ORDER BY "cycleKey"`;
  const after = { status: batch.status, rows: batch.rowsTotal, amount: rupeeText(paise(Number(batch.amountPaise))) };
  await audit(tx, actor, { action: 'bulkPayout.uploaded', subject: 'bulkPayout', subjectId: id, after });
  return batch;
};
