import { z } from 'zod';
import type { BulkPayout, Prisma } from '../../../prisma/generated/client.ts';
import { batchStatuses, pauseReasons, rowStatuses } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import type { Verdict } from '../../../workflows/domain/money/payouts/bulk-verdicts.ts';
import { Instant, Rupees } from '../../http/shapes.ts';

const text = z.string().nullable();

export const BatchView = z.object({
  id: z.string(),
  shortId: z.string(),
  fleetId: text,
  fileName: z.string(),
  fileSize: z.number(),
  fileSha256: z.string(),
  format: z.enum(['CSV', 'JSON']),
  status: z.enum(batchStatuses),
  pausedFor: z.enum(pauseReasons).nullable(),
  sameRowsAs: text,
  retryOf: text,
  rowsTotal: z.number(),
  rowsValid: z.number(),
  rowsFailed: z.number(),
  rowsSkipped: z.number(),
  rowsSucceeded: z.number(),
  rowsPending: z.number(),
  amountTotal: Rupees,
  amountAccepted: Rupees,
  amountDisbursed: Rupees,
  createdBy: z.string(),
  approvedBy: text,
  createdAt: Instant,
  approvedAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
});
z.globalRegistry.add(BatchView, { id: 'BulkPayout' });

export const batchView = (row: BulkPayout): z.output<typeof BatchView> => ({
  ...row,
  amountTotal: Number(row.amountPaise),
  amountAccepted: Number(row.acceptedPaise),
  amountDisbursed: Number(row.disbursedPaise),
});

/** A row as the panel shows it: VALID waits to be sent, PENDING is on its way. */
const RowView = z.object({
  row: z.number(),
  phone: text,
  accountNumber: text,
  driverId: text,
  amount: Rupees,
  penalty: Rupees,
  incentive: Rupees,
  payoutCycle: z.string(),
  status: z.enum(rowStatuses),
  errorCode: text,
  error: text,
  message: text,
  warnings: z.array(z.string()),
  payoutId: text,
  utr: text,
});
z.globalRegistry.add(RowView, { id: 'BulkPayoutRow' });

export const withPayout = { payout: { select: { utr: true } } } satisfies Prisma.BulkPayoutRowInclude;
type RowWithPayout = Prisma.BulkPayoutRowGetPayload<{ include: typeof withPayout }>;

/** Panels read why a row failed as `error`, and why it was passed over as `message`. */
const why = (status: string, message: string | null) => ({
  error: status === 'FAILED' ? message : null,
  message: status === 'FAILED' ? null : message,
});

export const rowView = (row: RowWithPayout): z.output<typeof RowView> => ({
  ...row,
  ...why(row.status, row.message),
  row: row.rowNumber,
  accountNumber: row.maskedAccountNumber,
  amount: Number(row.amountPaise),
  penalty: Number(row.penaltyPaise),
  incentive: Number(row.incentivePaise),
  status: row.status === 'PROCESSING' ? 'PENDING' : row.status,
  utr: row.payout?.utr ?? null,
});

/** The same of a row that is not stored. */
export const verdictView = (verdict: Verdict): z.output<typeof RowView> => ({
  ...verdict,
  ...why(verdict.status, verdict.message),
  accountNumber: verdict.accountNumber && verdict.accountNumber.replace(/.(?=.{4})/g, '*'),
  payoutId: null,
  utr: null,
});

/** What became of an upload. The rows that are paid, failed, passed over, on their way and waiting add up to `total`. */
export const UploadView = z.object({
  batchId: text,
  status: z.enum(batchStatuses),
  total: z.number(),
  valid: z.number(),
  success: z.number(),
  failed: z.number(),
  skipped: z.number(),
  pending: z.number(),
  amountTotal: Rupees,
  amountAccepted: Rupees,
  amountDisbursed: Rupees,
  warnings: z.array(z.string()),
  sameRowsAs: text,
  details: z.array(RowView),
});
z.globalRegistry.add(UploadView, { id: 'BulkUpload' });

type Counted = Pick<
  BulkPayout,
  | 'status'
  | 'rowsTotal'
  | 'rowsValid'
  | 'rowsFailed'
  | 'rowsSkipped'
  | 'rowsSucceeded'
  | 'rowsPending'
  | 'amountPaise'
  | 'acceptedPaise'
  | 'disbursedPaise'
  | 'sameRowsAs'
>;

export const uploadView = (
  batchId: string | null,
  batch: Counted,
  details: z.output<typeof RowView>[],
): z.output<typeof UploadView> => ({
  ...{ batchId, status: batch.status, total: batch.rowsTotal, valid: batch.rowsValid },
  ...{ success: batch.rowsSucceeded, failed: batch.rowsFailed, skipped: batch.rowsSkipped, pending: batch.rowsPending },
  amountTotal: Number(batch.amountPaise),
  amountAccepted: Number(batch.acceptedPaise),
  amountDisbursed: Number(batch.disbursedPaise),
  warnings: batch.sameRowsAs ? ['SAME_ROWS_AS'] : [],
  sameRowsAs: batch.sameRowsAs,
  details,
});

export const BatchDetail = BatchView.extend({
  rows: z.array(RowView),
  page: z.number(),
  limit: z.number(),
  total: z.number(),
});
z.globalRegistry.add(BatchDetail, { id: 'BulkPayoutDetail' });

/** A line of the report. */
export const ReportRow = z.object({
  row: z.number(),
  phone: text,
  driverId: text,
  driverName: text,
  amount: Rupees,
  penalty: Rupees,
  incentive: Rupees,
  payoutCycle: z.string(),
  status: z.enum(rowStatuses),
  errorCode: text,
  message: text,
  payoutId: text,
  uniqueRequestNumber: text,
  utr: text,
  settledAt: Instant.nullable(),
});

export const forReport = {
  payout: { select: { utr: true, number: true, settledAt: true } },
  driver: { select: { firstName: true, lastName: true } },
} satisfies Prisma.BulkPayoutRowInclude;

export const reportRow = (
  row: Prisma.BulkPayoutRowGetPayload<{ include: typeof forReport }>,
): z.output<typeof ReportRow> => ({
  ...row,
  row: row.rowNumber,
  driverName: row.driver && [row.driver.firstName, row.driver.lastName].filter(Boolean).join(' '),
  amount: Number(row.amountPaise),
  penalty: Number(row.penaltyPaise),
  incentive: Number(row.incentivePaise),
  status: row.status === 'PROCESSING' ? 'PENDING' : row.status,
  uniqueRequestNumber: row.payout?.number ?? null,
  utr: row.payout?.utr ?? null,
  settledAt: row.payout?.settledAt ?? null,
});
