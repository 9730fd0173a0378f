import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { Payout } from '../../../prisma/generated/client.ts';
import { lockUser } from '../../../prisma/locks.ts';
import { attemptColumns } from '../../../prisma/payouts/attempt-columns.ts';
import type { Asked as Attempting } from '../../../prisma/payouts/attempt-columns.ts';
import { auditOf, createPayout, setAside } from '../../../prisma/payouts/payout-attempts.ts';
import { takeBack } from '../../../prisma/payouts/payout-ends.ts';
import { lockOwner, lockUnsent } from '../../../prisma/payouts/payouts.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { requestNumber } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { owedAgain, owedForDays, owedForOne } from './owed.ts';
import type { OneSource } from './owed.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { requireStillMay } from '../../still-may.ts';
import { contentHashOf, requireApprovalCode } from './approval-codes.ts';
import type { TriedCode } from './approval-codes.ts';

// What people do with payouts, each in the caller's transaction.

/** Who asks, and within which limits. */
export interface Asked extends Attempting {
  by: Actor;
}

/** Locks whoever asks for a payout, and whose it is; returns the payout if the same request has made it before. */
export const lockedFor = async (
  tx: Tx,
  { id, ...owner }: Pick<Payout, 'id' | 'driverId' | 'orderId'>,
  { by }: Asked,
): Promise<Payout | null> => {
  await lockUser(tx, { id: by.userId });
  await lockOwner(tx, owner);
  return tx.payout.findUnique({ where: { id } });
};

/** Begins the payout of a collection or an incentive. Safe to repeat with the same id. Throws what payouts.md lists. */
export const beginPayout = async (
  tx: Tx,
  { id, driverId, ...source }: OneSource & { id: string; driverId: string },
  asked: Asked,
): Promise<Payout> =>
  (await lockedFor(tx, { id, driverId, orderId: null }, asked)) ??
  createPayout(tx, { id, driverId, ...source }, await owedForOne(tx, source), asked);

/** Begins one payout of several days of a driver, all or none. Safe to repeat with the same id. Throws what a single day throws. */
export const beginAggregate = async (
  tx: Tx,
  { id, driverId, collectionIds }: { id: string; driverId: string; collectionIds: string[] },
  asked: Asked,
): Promise<Payout> =>
  (await lockedFor(tx, { id, driverId, orderId: null }, asked)) ??
  createPayout(tx, { id, driverId, kind: 'AGGREGATE', sourceId: null }, await owedForDays(tx, collectionIds), asked);

/**
 * Begins the next attempt of a payout that surely failed or came back, to the account that the driver has by now. Throws
 * PAYOUT_NOT_RETRYABLE, and USE_BATCH_RETRY for a row of a bulk file. Rules 3 and 11.
 */
export const retryPayout = async (tx: Tx, { id, driverId, orderId }: Payout, asked: Asked): Promise<Payout> => {
  const row = (await lockedFor(tx, { id, driverId, orderId }, asked))!;
  const { kind, status } = row;
  if (kind === 'BULK_ROW') throw refusal('USE_BATCH_RETRY');
  if (status !== 'FAILED' && status !== 'REVERSED') throw refusal('PAYOUT_NOT_RETRYABLE', { status });
  const owed = await owedAgain(tx, kind, row);
  const columns = await attemptColumns(tx, { source: row, owed }, asked);
  const attempt = row.attempt + 1;
  const again = await tx.payout.update({
    where: { id },
    data: {
      ...{ ...columns, attempt, number: requestNumber(id, attempt), requestedBy: asked.by.userId },
      ...{ requestedAt: new Date(), approvedBy: null, approvedAt: null },
      ...{ submittedAt: null, calledAt: null, settledAt: null, utr: null },
      ...{ gatewayTransferId: null, gatewayStatus: null, failureReason: null, queuedOnLowBalance: false },
      ...{ feePaise: null, taxPaise: null, unheardSince: new Date(), version: { increment: 1 } },
    },
  });
  await setAside(tx, [{ row: again, sources: owed.sources }]);
  await audit(tx, asked.by, { action: 'payout.retried', ...auditOf(again) });
  return again;
};

/** Throws APPROVER_IS_CREATOR for whoever asked for a payout, or gave the incentive that it pays. */
export const requireSecondPerson = async (
  tx: Tx,
  { kind, sourceId, requestedBy }: Payout,
  userId: string,
): Promise<void> => {
  if (requestedBy === userId) throw refusal('APPROVER_IS_CREATOR');
  if (kind !== 'INCENTIVE') return;
  if ((await tx.incentive.count({ where: { id: sourceId!, createdBy: userId } })) > 0)
    throw refusal('APPROVER_IS_CREATOR');
};

/** What a code for the approval of a payout is bound to. */
const contentOf = (row: Payout): string => {
  const { id, attempt, amountPaise, driverId, sealedAccountNumber, accountName, ifscCode, status } = row;
  return contentHashOf(id, attempt, amountPaise, driverId, sealedAccountNumber, accountName, ifscCode, status);
};

/**
 * The content of a held payout that somebody wants to release, for which they are sent a code. Throws PAYOUT_NOT_HELD,
 * APPROVER_IS_CREATOR and PAYOUT_NOT_RELEASABLE_YET.
 */
export const contentToApprove = async (tx: Tx, row: Payout, { userId }: Actor): Promise<string> => {
  if (row.status !== 'HELD') throw refusal('PAYOUT_NOT_HELD', { status: row.status });
  await requireSecondPerson(tx, row, userId);
  if (row.releasableAt && row.releasableAt > new Date())
    throw refusal('PAYOUT_NOT_RELEASABLE_YET', { releasableAt: row.releasableAt.toISOString() });
  return contentOf(row);
};

/** The code that came with an approval, if the amount needs one. */
export interface ApprovalCode {
  threshold: Paise;
  tried: TriedCode;
}

/**
 * Releases a payout that is held. Throws PAYOUT_NOT_HELD, APPROVER_IS_CREATOR, and what `requireStillMay` and `requireApprovalCode`
 * throw. Rule 15.
 */
export const approvePayout = async (
  tx: Tx,
  { id, fleetId, ...owner }: Payout,
  actor: Actor,
  { threshold, tried }: ApprovalCode,
): Promise<Payout> => {
  await requireStillMay(tx, actor, 'payouts:manage', fleetId);
  await lockOwner(tx, owner);
  const row = await tx.payout.findUniqueOrThrow({ where: { id } });
  if (row.approvedBy === actor.userId && row.status !== 'HELD') return row;
  const content = await contentToApprove(tx, row, actor);
  if (row.amountPaise > threshold) await requireApprovalCode(tx, tried, content);
  const audited = { action: 'payout.approved', subject: 'payout', subjectId: id };
  await audit(tx, actor, {
    ...audited,
    before: { status: row.status, heldFor: row.heldFor },
    after: { status: 'CREATED' },
  });
  const now = new Date();
  const approved = { approvedBy: actor.userId, approvedAt: now, unheardSince: now, version: { increment: 1 } };
  return tx.payout.update({ where: { id }, data: { ...approved, status: 'CREATED' } });
};

/** Takes a payout back that was not sent. Safe to repeat. Throws PAYOUT_NOT_CANCELLABLE. */
export const cancelPayout = async (tx: Tx, { id, ...owner }: Payout, by: Actor): Promise<Payout> => {
  await lockOwner(tx, owner);
  await lockUnsent(tx, id);
  const row = await tx.payout.findUniqueOrThrow({ where: { id } });
  const { status } = row;
  if (status === 'CANCELLED') return row;
  if (status !== 'CREATED' && status !== 'HELD') throw refusal('PAYOUT_NOT_CANCELLABLE', { status });
  return takeBack(tx, row, by);
};
