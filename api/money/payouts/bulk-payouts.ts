import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BulkPayout } from '../../../prisma/generated/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { batchFacts } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import type { ReadRow } from '../../../workflows/domain/money/payouts/bulk-rows.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { bulkPayoutProcess } from '../../../workflows/processes.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { uniqueViolation } from '../../http/errors.ts';
import { createOnce } from '../../http/once.ts';
import type { Caller } from '../../http/scope.ts';
import { ById, NumericText, Text } from '../../http/shapes.ts';
import { batchColumns, fileOf, judged, readRows, storeBatch } from './bulk-upload.ts';
import type { Wanted } from './bulk-upload.ts';
import { rowView, UploadView, uploadView, verdictView, withPayout } from './bulk-views.ts';

const bytesMax = 5 * 1024 * 1024;
const rowsMax = 2_000;
const waitMaxS = 25;
const waitUsualS = 20;
const lookEveryMs = 200;

const Flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((word) => word === 'true' || word === '1'),
]);

/** A form has them as fields, an address as its query. */
const options = {
  dryRun: Flag.optional(),
  wait: NumericText.pipe(z.number().min(0).max(waitMaxS)).optional(),
  allowDuplicateFile: Flag.optional(),
  cycle: Text(60).optional(),
};

type Context = Base & { caller: Caller; actor: Actor };

const processOf = (batch: BulkPayout) => bulkPayoutProcess(batchFacts(batch));

/** How a batch stands, with all its rows. */
const standing = async ({ db }: Base, id: string) => {
  const batch = await db.bulkPayout.findUniqueOrThrow({ where: { id } });
  const rows = await db.bulkPayoutRow.findMany({
    where: { batchId: id },
    ...{ orderBy: { rowNumber: 'asc' }, take: rowsMax, include: withPayout },
  });
  return uploadView(id, batch, rows.map(rowView));
};

/** Waits until a batch is not being sent any more, or the time is up. */
const untilSent = async ({ db }: Base, id: string, waitS: number): Promise<void> => {
  const untilMs = Date.now() + waitS * 1_000;
  while (Date.now() < untilMs) {
    const { status } = await db.bulkPayout.findUniqueOrThrow({ where: { id }, select: { status: true } });
    if (status !== 'PROCESSING') return;
    await sleep(lookEveryMs);
  }
};

/** What another batch may have taken since the rows of this one were judged: a cycle, or the same file. */
const takenMeanwhile = ['bulk_payout_rows_cycle_key', 'bulk_payouts_file_key'];

/** Stores a batch once. When another one was faster its rows are judged again. */
const stored = async (context: Context, wantedNow: () => Promise<Wanted>): Promise<void> => {
  const store = async () => {
    const wanted = await wantedNow();
    await createOnce(() => context.db.$transaction((tx) => storeBatch(tx, context, wanted)));
  };
  try {
    await store();
  } catch (error) {
    if (!takenMeanwhile.includes(uniqueViolation(error) ?? '')) throw error;
    await store();
  }
};

/** Stores a batch, begins it, and waits for its end for so long. */
const taken = async (context: Context, id: string, wantedNow: () => Promise<Wanted>, waitS: number) => {
  await stored(context, wantedNow);
  const batch = await context.db.bulkPayout.findUniqueOrThrow({ where: { id } });
  if (batch.begunAt === null) context.begin(processOf(batch));
  await untilSent(context, id, waitS);
  return standing(context, id);
};

/** Rows that failed for a reason that may have gone. */
const retryableCodes = [
  ...['PAYOUT_FAILED', 'PAYOUT_REVERSED', 'PAYOUT_CANCELLED', 'ROW_DRIVER_BLOCKED', 'ROW_BANK_DETAILS_MISSING'],
  ...['ROW_ADVANCE_BLOCKED', 'ROW_FAULT'],
];

const failedRows = async ({ db }: Base, batchId: string): Promise<ReadRow[]> => {
  const rows = await db.bulkPayoutRow.findMany({
    where: { batchId, status: 'FAILED', errorCode: { in: retryableCodes }, driverId: { not: null } },
    ...{ orderBy: { rowNumber: 'asc' }, take: rowsMax },
  });
  return rows.map((row) => ({
    ...{ row: row.rowNumber, driverId: row.driverId, phone: null, accountNumber: null },
    ...{ amount: paise(Number(row.amountPaise)), penalty: paise(Number(row.penaltyPaise)) },
    ...{ incentive: paise(Number(row.incentivePaise)), payoutCycle: row.payoutCycle, hasOwnCycle: true },
  }));
};

const template = [
  'phone,accountNumber,amount,penalty,incentive,payoutCycle',
  '# 9876543210,,1500.00,,200.00,Week 48: one row per driver; delete this line',
  '',
].join('\r\n');

const refusesFile = [
  ...(['FILE_REQUIRED', 'FILE_TOO_LARGE', 'FILE_IS_NOT_CSV', 'CSV_INVALID', 'CSV_HEADER_INVALID'] as const),
  ...(['EMPTY_FILE', 'TOO_MANY_ROWS', 'BULK_FILE_DUPLICATE', 'BULK_IN_PROGRESS', 'BATCH_ABOVE_LIMIT'] as const),
];

/** Files of payouts as they are uploaded. Source: payouts.md. */
export const bulkPayouts = [
  post('/payments/admin/bulk-payout', {
    allow: 'payouts:manage',
    summary: 'Pay the rows of a CSV file, or of a body in JSON; with `dryRun` only say what would become of them',
    says: 'File taken',
    input: { upload: { field: 'file', bytesMax } },
    query: z.object(options),
    body: z.object({ ...options, payouts: z.array(z.unknown()).optional() }),
    returns: UploadView,
    refuses: [...refusesFile],
    async handle(context) {
      const { query, body, upload, db, services, actor, caller } = context;
      const { dryRun, wait = waitUsualS, allowDuplicateFile, cycle } = { ...body, ...query };
      const { rows, ...file } = fileOf(upload, body.payouts);
      const read = readRows(rows, cycle);
      const id = context.newId();
      const mayRepeatFile = allowDuplicateFile === true && actor.role === 'SUPER_ADMIN';
      const raw = new Map(rows.map((row) => [row.row, row.raw]));
      const wantedNow = async (): Promise<Wanted> => ({
        ...{ id, file, raw, fleetId: caller.fleetId, mayRepeatFile },
        verdicts: await judged(context, read),
      });
      if (!dryRun) return taken(context, id, wantedNow, wait);
      const wanted = await wantedNow();
      const columns = await db.$transaction((tx) => batchColumns(tx, services, actor, wanted));
      const none = { rowsSucceeded: 0, rowsPending: 0, acceptedPaise: 0n, disbursedPaise: 0n };
      return uploadView(null, { ...columns, ...none }, wanted.verdicts.map(verdictView));
    },
  }),

  get('/payments/admin/bulk-payout/template', {
    allow: 'payouts:manage',
    summary: 'Download an empty file of payouts with one example',
    returns: z.string(),
    output: 'file',
    handle: () =>
      Promise.resolve({ name: 'payouts.csv', type: 'text/csv; charset=utf-8', content: Buffer.from(template) }),
  }),

  post('/payments/admin/bulk-payout/:id/retry-failed', {
    allow: 'payouts:manage',
    summary: 'Send the rows of a file of payouts again that failed for a reason that may have gone, as a new file',
    says: 'File taken',
    params: ById('bulkPayout'),
    returns: UploadView,
    refuses: ['NOTHING_TO_RETRY', 'BULK_FILE_DUPLICATE', 'BULK_IN_PROGRESS', 'BATCH_ABOVE_LIMIT'],
    async handle(context) {
      const { bulkPayout } = context;
      const rows = await failedRows(context, bulkPayout.id);
      if (rows.length === 0) throw refusal('NOTHING_TO_RETRY');
      const id = context.newId();
      const numbers = rows.map(({ row }) => row).join();
      const wantedNow = async (): Promise<Wanted> => ({
        ...{ id, fleetId: bulkPayout.fleetId, retryOf: bulkPayout.id, mayRepeatFile: false },
        file: {
          ...{ name: `${bulkPayout.shortId} again`, size: 0, format: bulkPayout.format },
          sha256: `${bulkPayout.id}:${numbers}`,
        },
        raw: new Map(rows.map((row) => [row.row, { retryOf: bulkPayout.id, row: row.row }])),
        verdicts: await judged(context, rows),
      });
      return taken(context, id, wantedNow, waitUsualS);
    },
  }),
];
