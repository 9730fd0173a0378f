import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { BulkPayout, BulkPayoutStatus, Prisma } from '../../../prisma/generated/client.ts';
import { cancelBatch, lockBatch, lockWaitingRows } from '../../../prisma/payouts/bulk-payouts.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { requireStillMay } from '../../still-may.ts';
import { contentHashOf, requireApprovalCode } from './approval-codes.ts';
import type { ApprovalCode } from './payout-changes.ts';

// What people do with a file of payouts, each in the caller's transaction under the lock of the batch.

const require = ({ status }: BulkPayout, ...needed: BulkPayoutStatus[]): void => {
  if (!needed.includes(status)) throw refusal('BATCH_STATE_INVALID', { status, needed: needed.join(' or ') });
};

const change = async (
  tx: Tx,
  by: Actor,
  { id, status }: BulkPayout,
  action: string,
  data: Prisma.BulkPayoutUncheckedUpdateInput & { status: BulkPayoutStatus },
): Promise<BulkPayout> => {
  const audited = { subject: 'bulkPayout', subjectId: id, before: { status }, after: { status: data.status } };
  await audit(tx, by, { action: `bulkPayout.${action}`, ...audited });
  return tx.bulkPayout.update({
    where: { id },
    data: { ...data, unheardSince: new Date(), version: { increment: 1 } },
  });
};

/** What a code for the approval of a batch is bound to; its rows do not change. */
const contentOf = ({ id, version, status, rowsSha256, rowsValid, amountPaise }: BulkPayout): string =>
  contentHashOf(id, version, status, rowsSha256, rowsValid, amountPaise);

/** The content of a batch that somebody wants to release, for which they are sent a code. Throws BATCH_STATE_INVALID, APPROVER_IS_CREATOR. */
export const batchToApprove = (batch: BulkPayout, { userId }: Actor): string => {
  require(batch, 'AWAITING_APPROVAL');
  if (batch.createdBy === userId) throw refusal('APPROVER_IS_CREATOR');
  return contentOf(batch);
};

/**
 * Releases a batch. Safe to repeat. Throws BATCH_STATE_INVALID, APPROVER_IS_CREATOR, and what `requireStillMay` and
 * `requireApprovalCode` throw. Rule 15.
 */
export const approveBatch = async (
  tx: Tx,
  { id, fleetId }: BulkPayout,
  by: Actor,
  { threshold, tried }: ApprovalCode,
): Promise<BulkPayout> => {
  await requireStillMay(tx, by, 'payouts:manage', fleetId);
  const batch = await lockBatch(tx, id);
  if (batch.approvedBy === by.userId) return batch;
  const content = batchToApprove(batch, by);
  if (batch.amountPaise > threshold) await requireApprovalCode(tx, tried, content);
  const now = new Date();
  const released = { approvedBy: by.userId, approvedAt: now, startedAt: now };
  return change(tx, by, batch, 'approved', { status: 'PROCESSING', ...released });
};

/** Stops a batch after the rows that are being sent. Safe to repeat. Throws BATCH_STATE_INVALID. */
export const pauseBatch = async (tx: Tx, { id }: BulkPayout, by: Actor): Promise<BulkPayout> => {
  const batch = await lockBatch(tx, id);
  if (batch.status === 'PAUSED') return batch;
  require(batch, 'PROCESSING');
  return change(tx, by, batch, 'paused', { status: 'PAUSED', pausedFor: 'MANUAL' });
};

/** Goes on with a batch that was stopped. Safe to repeat. Throws BATCH_STATE_INVALID. */
export const resumeBatch = async (tx: Tx, { id }: BulkPayout, by: Actor): Promise<BulkPayout> => {
  const batch = await lockBatch(tx, id);
  if (batch.status === 'PROCESSING') return batch;
  require(batch, 'PAUSED');
  return change(tx, by, batch, 'resumed', { status: 'PROCESSING', pausedFor: null });
};

/** Passes over the rows that were not begun. Safe to repeat. Throws BATCH_STATE_INVALID. */
export const cancelRest = async (tx: Tx, { id }: BulkPayout, by: Actor): Promise<BulkPayout> => {
  await lockWaitingRows(tx, id);
  const batch = await lockBatch(tx, id);
  if (batch.status === 'CANCELLED') return batch;
  require(batch, 'AWAITING_APPROVAL', 'PROCESSING', 'PAUSED');
  const cancelled = await cancelBatch(tx, id, [batch.status]);
  const audited = { subject: 'bulkPayout', subjectId: id, before: { status: batch.status } };
  await audit(tx, by, { action: 'bulkPayout.cancelled', ...audited, after: { status: cancelled.status } });
  return cancelled;
};
