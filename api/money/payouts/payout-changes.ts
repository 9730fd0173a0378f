import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import { followPayout } from '../../../prisma/payouts/bulk-payouts.ts';
import { dayOf } from '../../../prisma/collections.ts';
import type { Payout } from '../../../prisma/generated/client.ts';
import { lockDrivers, lockUser } from '../../../prisma/locks.ts';
import { attemptColumns, setAside } from '../../../prisma/payouts/payout-attempts.ts';
import type { Asked as Attempting, Owed } from '../../../prisma/payouts/payout-attempts.ts';
import { bookingOf, ownItems, restate, undoAllocations } from '../../../prisma/payouts/payouts.ts';
import type { OneSource } from '../../../prisma/payouts/payouts.ts';
import { post } from '../../../prisma/post.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { payoutFailed } from '../../../workflows/domain/money/journals/payouts.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';
import { inFlightStatuses, requestNumber } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { requireStillMay } from '../../still-may.ts';
import { contentHashOf, requireApprovalCode } from './approval-codes.ts';
import type { TriedCode } from './approval-codes.ts';

// What people do with payouts, each in the caller's transaction.

/** Not failed, cancelled or reversed: its source is not paid again. */
const live = { status: { in: [...inFlightStatuses, 'SUCCESS' as const] } };

const requireNoOther = async (tx: Tx, { kind, sourceId }: OneSource): Promise<void> => {
  const other = await tx.payout.findFirst({ where: { kind, sourceId, ...live }, select: { id: true, status: true } });
  if (other) throw refusal('PAYOUT_IN_PROGRESS', { payoutId: other.id, status: other.status });
};

/** What is open of it, and of which items; money that another payout has reserved is under way. */
const openOf = async (tx: Tx, source: OneSource) => {
  const items = await ownItems(tx, source);
  const taken = items.find(({ reservedBy }) => reservedBy !== null);
  if (taken) throw refusal('PAYOUT_IN_PROGRESS', { payoutId: taken.reservedBy, status: 'RESERVED' });
  const amount = sum(...items.map(({ openPaise }) => paise(Number(openPaise))));
  return { amount, sources: items.map((item) => item.source) };
};

const owedForDay = async (tx: Tx, source: OneSource): Promise<Owed> => {
  const { status, fleetId, date } = await tx.dailyCollection.findUniqueOrThrow({ where: { id: source.sourceId } });
  if (status === 'PAID') throw refusal('COLLECTION_ALREADY_PAID');
  await requireNoOther(tx, source);
  if (status !== 'RECONCILED' && status !== 'PAYOUT_PENDING') throw refusal('COLLECTION_NOT_RECONCILED', { status });
  return { fleetId, ...(await openOf(tx, source)), description: `Payout for ${dayOf(date)}` };
};

const owedForIncentive = async (tx: Tx, source: OneSource): Promise<Owed> => {
  const { status, fleetId, collectionId, reason } = await tx.incentive.findUniqueOrThrow({
    where: { id: source.sourceId },
  });
  if (status === 'PAID') throw refusal('INCENTIVE_ALREADY_PAID');
  await requireNoOther(tx, source);
  if (status === 'ATTACHED') throw refusal('INCENTIVE_ATTACHED', { collectionId });
  if (status === 'CANCELLED') throw refusal('INCENTIVE_CANCELLED');
  return { fleetId, ...(await openOf(tx, source)), description: reason.slice(0, 50) };
};

const owedOf = (tx: Tx, source: OneSource): Promise<Owed> =>
  source.kind === 'COLLECTION' ? owedForDay(tx, source) : owedForIncentive(tx, source);

interface Asked extends Attempting {
  by: Actor;
}

const audited = (row: Payout) => ({
  ...{ subject: 'payout', subjectId: row.id },
  after: { status: row.status, heldFor: row.heldFor, amount: rupeeText(paise(Number(row.amountPaise))) },
});

/** Begins the payout of a collection or an incentive. Safe to repeat with the same id. Throws what payouts.md lists. */
export const beginPayout = async (
  tx: Tx,
  { id, driverId, ...source }: OneSource & { id: string; driverId: string },
  asked: Asked,
): Promise<Payout> => {
  await lockUser(tx, { id: asked.by.userId });
  await lockDrivers(tx, [driverId]);
  const known = await tx.payout.findUnique({ where: { id } });
  if (known) return known;
  const owed = await owedOf(tx, source);
  const columns = await attemptColumns(tx, { ...source, driverId }, owed, asked);
  const number = requestNumber(id, 1);
  const row = await tx.payout.create({
    data: { id, driverId, ...source, ...columns, number, requestedBy: asked.by.userId },
  });
  await setAside(tx, row, owed.sources);
  await audit(tx, asked.by, { action: 'payout.requested', ...audited(row) });
  return row;
};

/**
 * Begins the next attempt of a payout that surely failed or came back, to the account that the driver has by now. Throws
 * PAYOUT_NOT_RETRYABLE, and USE_BATCH_RETRY for a row of a bulk file. Rules 3 and 11.
 */
export const retryPayout = async (tx: Tx, { id, driverId }: Payout, asked: Asked): Promise<Payout> => {
  await lockUser(tx, { id: asked.by.userId });
  await lockDrivers(tx, [driverId]);
  const row = await tx.payout.findUniqueOrThrow({ where: { id } });
  const { kind, sourceId, status } = row;
  if (kind === 'BULK_ROW') throw refusal('USE_BATCH_RETRY');
  if (status !== 'FAILED' && status !== 'REVERSED') throw refusal('PAYOUT_NOT_RETRYABLE', { status });
  const owed = await owedOf(tx, { kind, sourceId });
  const columns = await attemptColumns(tx, row, owed, asked);
  const attempt = row.attempt + 1;
  const again = await tx.payout.update({
    where: { id },
    data: {
      ...{ ...columns, attempt, number: requestNumber(id, attempt), requestedBy: asked.by.userId },
      ...{ approvedBy: null, approvedAt: null, submittedAt: null, calledAt: null, settledAt: null, utr: null },
      ...{ gatewayTransferId: null, gatewayStatus: null, failureReason: null, queuedOnLowBalance: false },
      ...{ feePaise: null, taxPaise: null, version: { increment: 1 } },
    },
  });
  await setAside(tx, again, owed.sources);
  await audit(tx, asked.by, { action: 'payout.retried', ...audited(again) });
  return again;
};

/** Throws APPROVER_IS_CREATOR for whoever asked for a payout, or gave the incentive that it pays. */
export const requireSecondPerson = async (
  tx: Tx,
  { kind, sourceId, requestedBy }: Payout,
  userId: string,
): Promise<void> => {
  if (requestedBy === userId) throw refusal('APPROVER_IS_CREATOR');
  const own = { id: sourceId, createdBy: userId };
  if (kind === 'INCENTIVE' && (await tx.incentive.count({ where: own })) > 0) throw refusal('APPROVER_IS_CREATOR');
};

/** What a code for the approval of a payout is bound to. */
const contentOf = (row: Payout): string => {
  const { id, attempt, amountPaise, driverId, sealedAccountNumber, accountName, ifscCode, status } = row;
  return contentHashOf(id, attempt, amountPaise, driverId, sealedAccountNumber, accountName, ifscCode, status);
};

/**
 * The content of a held payout that somebody wants to release, for which they are sent a code. Throws PAYOUT_NOT_HELD and
 * APPROVER_IS_CREATOR.
 */
export const contentToApprove = async (tx: Tx, row: Payout, { userId }: Actor): Promise<string> => {
  if (row.status !== 'HELD') throw refusal('PAYOUT_NOT_HELD', { status: row.status });
  await requireSecondPerson(tx, row, userId);
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
  { id, driverId, fleetId }: Payout,
  actor: Actor,
  { threshold, tried }: ApprovalCode,
): Promise<Payout> => {
  await requireStillMay(tx, actor, 'payouts:manage', fleetId);
  await lockDrivers(tx, [driverId]);
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
  const approved = { approvedBy: actor.userId, approvedAt: new Date(), version: { increment: 1 } };
  return tx.payout.update({ where: { id }, data: { ...approved, status: 'CREATED' } });
};

/** Takes a payout back that was not sent. Safe to repeat. Throws PAYOUT_NOT_CANCELLABLE. */
export const cancelPayout = async (tx: Tx, { id, driverId }: Payout, by: Actor): Promise<Payout> => {
  await lockDrivers(tx, [driverId]);
  const row = await tx.payout.findUniqueOrThrow({ where: { id } });
  const { status } = row;
  if (status === 'CANCELLED') return row;
  if (status !== 'CREATED' && status !== 'HELD') throw refusal('PAYOUT_NOT_CANCELLABLE', { status });
  await post(tx, payoutFailed({ ...bookingOf(row), by: by.userId }));
  await undoAllocations(tx, row);
  await tx.transaction.update({
    where: { id },
    data: { status: 'FAILED', statusReason: 'USER_CANCELLED', version: { increment: 1 } },
  });
  const audited = { action: 'payout.cancelled', subject: 'payout', subjectId: id };
  await audit(tx, by, { ...audited, before: { status }, after: { status: 'CANCELLED' } });
  const cancelled = await tx.payout.update({
    where: { id },
    data: { status: 'CANCELLED', version: { increment: 1 } },
  });
  await restate(tx, row);
  await followPayout(tx, cancelled);
  return cancelled;
};
