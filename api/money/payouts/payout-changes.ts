import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import { dayOf } from '../../../prisma/collections.ts';
import type { Driver, Payout } from '../../../prisma/generated/client.ts';
import { lockDrivers, lockUser } from '../../../prisma/locks.ts';
import { allocate, bookingOf, oweAgain, ownItems, reserve } from '../../../prisma/payouts.ts';
import { post } from '../../../prisma/post.ts';
import type { Sealer } from '../../../prisma/sealed.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { payoutFailed, payoutInitiated } from '../../../workflows/domain/money/journals/payouts.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import {
  holdsOf,
  inFlightStatuses,
  modeOf,
  requestNumber,
  requireBankDetails,
  requirePayable,
} from '../../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutKind, PayoutLimits } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { istDay, istDayStartMs } from '../../../workflows/domain/time.ts';
import { shown } from '../../people/personal-numbers.ts';

// What people do with payouts, each in the caller's transaction.

/** Not failed, cancelled or reversed: its source is not paid again. */
const live = { status: { in: [...inFlightStatuses, 'SUCCESS' as const] } };

interface Source {
  kind: PayoutKind;
  sourceId: string;
}

/** What a payout is for: its fleet, what is open of it, and what the bank shows. */
interface Owed {
  fleetId: string;
  amount: Paise;
  description: string;
}

const requireNoOther = async (tx: Tx, { kind, sourceId }: Source): Promise<void> => {
  const other = await tx.payout.findFirst({ where: { kind, sourceId, ...live }, select: { id: true, status: true } });
  if (other) throw refusal('PAYOUT_IN_PROGRESS', { payoutId: other.id, status: other.status });
};

/** What is open of it; money that another payout has reserved is under way. */
const openOf = async (tx: Tx, source: Source): Promise<Paise> => {
  const items = await ownItems(tx, source);
  const taken = items.find(({ reservedBy }) => reservedBy !== null);
  if (taken) throw refusal('PAYOUT_IN_PROGRESS', { payoutId: taken.reservedBy, status: 'RESERVED' });
  return sum(...items.map(({ openPaise }) => paise(Number(openPaise))));
};

const owedForDay = async (tx: Tx, source: Source): Promise<Owed> => {
  const { status, fleetId, date } = await tx.dailyCollection.findUniqueOrThrow({ where: { id: source.sourceId } });
  if (status === 'PAID') throw refusal('COLLECTION_ALREADY_PAID');
  await requireNoOther(tx, source);
  if (status !== 'RECONCILED' && status !== 'PAYOUT_PENDING') throw refusal('COLLECTION_NOT_RECONCILED', { status });
  return { fleetId, amount: await openOf(tx, source), description: `Payout for ${dayOf(date)}` };
};

const owedForIncentive = async (tx: Tx, source: Source): Promise<Owed> => {
  const { status, fleetId, collectionId, reason } = await tx.incentive.findUniqueOrThrow({
    where: { id: source.sourceId },
  });
  if (status === 'PAID') throw refusal('INCENTIVE_ALREADY_PAID');
  await requireNoOther(tx, source);
  if (status === 'ATTACHED') throw refusal('INCENTIVE_ATTACHED', { collectionId });
  if (status === 'CANCELLED') throw refusal('INCENTIVE_CANCELLED');
  return { fleetId, amount: await openOf(tx, source), description: reason.slice(0, 50) };
};

/** The account that a driver is paid to by now, with its number sealed for them. */
const accountOf = (driver: Driver, sealer: Sealer) => {
  const { id: rowId, sealedBankAccountNumber: sealed, bankIfscCode: ifscCode } = driver;
  const accountNumber = sealed && sealer.open('bank-number', sealed, rowId);
  const details = requireBankDetails({ accountNumber, ifscCode, accountName: driver.bankAccountName });
  return {
    ...{ accountName: details.accountName, ifscCode: details.ifscCode, sealedAccountNumber: sealed! },
    maskedAccountNumber: shown(sealer, 'bank-number', { sealed: sealed!, rowId }, false),
  };
};

/** What was paid out on this Indian day: by whoever asks, to the driver, and of incentives that whoever asks gave. */
const paidToday = async (tx: Tx, driverId: string, requestedBy: string) => {
  const since = new Date(istDayStartMs(istDay(Date.now())));
  const [sums] = await tx.$queryRaw<{ requested: bigint; driver: bigint; own: bigint }[]>`
    SELECT coalesce(sum(p."amountPaise") FILTER (WHERE p."requestedBy" = ${requestedBy}::uuid), 0)::bigint AS "requested",
      coalesce(sum(p."amountPaise") FILTER (WHERE p."driverId" = ${driverId}::uuid), 0)::bigint AS "driver",
      coalesce(sum(p."amountPaise") FILTER (WHERE p."requestedBy" = ${requestedBy}::uuid AND i."createdBy" = ${requestedBy}), 0)::bigint AS "own"
    FROM "payouts" p LEFT JOIN "incentives" i ON p."kind" = 'INCENTIVE' AND i."id" = p."sourceId"
    WHERE (p."requestedBy" = ${requestedBy}::uuid OR p."driverId" = ${driverId}::uuid) AND p."createdAt" >= ${since}
      AND p."status" NOT IN ('FAILED', 'CANCELLED', 'REVERSED')`;
  const { requested, driver, own } = sums!;
  return {
    requestedToday: paise(Number(requested)),
    driverToday: paise(Number(driver)),
    own: paise(Number(own)),
  };
};

const isOwnIncentive = async (tx: Tx, { kind, sourceId }: Source, userId: string): Promise<boolean> =>
  kind === 'INCENTIVE' && (await tx.incentive.count({ where: { id: sourceId, createdBy: userId } })) > 0;

/**
 * What has to be so before money is set aside, and the columns of the attempt. Throws what payouts.md lists for a payout. The driver
 * must be locked, and whoever asks: the sums of their day are compared.
 */
const attemptColumns = async (
  tx: Tx,
  source: Source & { driverId: string },
  { limits, sealer, by }: { limits: PayoutLimits; sealer: Sealer; by: Actor },
) => {
  const { driverId, kind } = source;
  const { fleetId, amount, description } = await (kind === 'COLLECTION' ? owedForDay : owedForIncentive)(tx, source);
  if (amount <= 0) throw refusal('NOTHING_TO_PAY');
  const driver = await tx.driver.findUniqueOrThrow({ where: { id: driverId } });
  const account = accountOf(driver, sealer);
  requirePayable(amount, limits);
  if (driver.status === 'BLACKLISTED') throw refusal('DRIVER_PAYOUT_BLOCKED', { reason: 'BLACKLISTED' });
  if (driver.payoutHold !== null) throw refusal('DRIVER_PAYOUT_BLOCKED', { reason: 'HOLD' });
  const { own, ...today } = await paidToday(tx, driverId, by.userId);
  const heldFor = holdsOf(
    {
      ...{ amount, ...today, ownToday: (await isOwnIncentive(tx, source, by.userId)) ? own : null },
      ...{ bankChangedAt: driver.bankChangedAt?.toISOString() ?? null, nowMs: Date.now() },
    },
    limits,
  );
  const status = heldFor.length > 0 ? ('HELD' as const) : ('CREATED' as const);
  return { fleetId, amountPaise: BigInt(amount), description, ...account, mode: modeOf(amount), heldFor, status };
};

/** Sets the money of an attempt aside: its items are reserved, its journal is posted, and its source says so. Rule 8. */
const setAside = async (tx: Tx, row: Payout): Promise<void> => {
  const { id: payoutId, driverId, sourceId: source, attempt, shortId, fleetId, amountPaise, kind, description } = row;
  const sources = (await ownItems(tx, row)).map((item) => item.source);
  const allocations = await reserve(tx, { payoutId, driverId, amount: paise(Number(amountPaise)), sources });
  await allocate(tx, row, allocations);
  await post(tx, payoutInitiated({ ...bookingOf(row), by: row.requestedBy }));
  if (kind === 'COLLECTION')
    await tx.dailyCollection.update({
      where: { id: source },
      data: {
        status: 'PAYOUT_PENDING',
        payoutTransactionId: payoutId,
        unheardSince: new Date(),
        version: { increment: 1 },
      },
    });
  else
    await tx.incentive.update({ where: { id: source }, data: { status: 'PAYING', payoutId, transactionId: payoutId } });
  if (attempt > 1) {
    const data = { amountPaise, status: 'PENDING', statusReason: null, version: { increment: 1 } } as const;
    await tx.transaction.update({ where: { id: payoutId }, data });
    return;
  }
  const of = kind === 'COLLECTION' ? { collectionId: source } : { incentiveId: source };
  await tx.transaction.create({
    data: {
      ...{ id: payoutId, driverId, fleetId, amountPaise, payoutId, ...of },
      ...{ type: kind === 'COLLECTION' ? 'PAYOUT' : 'INCENTIVE', direction: 'CREDIT', paymentMethod: 'BANK_TRANSFER' },
      description: `${shortId}: ${description}`,
    },
  });
};

interface Asked {
  by: Actor;
  limits: PayoutLimits;
  sealer: Sealer;
}

const audited = (row: Payout) => ({
  ...{ subject: 'payout', subjectId: row.id },
  after: { status: row.status, heldFor: row.heldFor, amount: rupeeText(paise(Number(row.amountPaise))) },
});

/** Begins the payout of a collection or an incentive. Safe to repeat with the same id. Throws what payouts.md lists. */
export const beginPayout = async (
  tx: Tx,
  { id, driverId, kind, sourceId }: Source & { id: string; driverId: string },
  asked: Asked,
): Promise<Payout> => {
  await lockUser(tx, { id: asked.by.userId });
  await lockDrivers(tx, [driverId]);
  const known = await tx.payout.findUnique({ where: { id } });
  if (known) return known;
  const columns = await attemptColumns(tx, { driverId, kind, sourceId }, asked);
  const number = requestNumber(id, 1);
  const row = await tx.payout.create({
    data: { id, driverId, kind, sourceId, ...columns, number, requestedBy: asked.by.userId },
  });
  await setAside(tx, row);
  await audit(tx, asked.by, { action: 'payout.requested', ...audited(row) });
  return row;
};

/** Begins the next attempt of a payout that surely failed or came back, to the account that the driver has by now. Rule 3. */
export const retryPayout = async (tx: Tx, { id, driverId }: Payout, asked: Asked): Promise<Payout> => {
  await lockUser(tx, { id: asked.by.userId });
  await lockDrivers(tx, [driverId]);
  const row = await tx.payout.findUniqueOrThrow({ where: { id } });
  const { kind, sourceId, status } = row;
  if (status !== 'FAILED' && status !== 'REVERSED') throw refusal('PAYOUT_NOT_RETRYABLE', { status });
  const columns = await attemptColumns(tx, { driverId, kind, sourceId }, asked);
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
  await setAside(tx, again);
  await audit(tx, asked.by, { action: 'payout.retried', ...audited(again) });
  return again;
};

/** Why somebody may not release a payout. */
const requireSecondPerson = async (tx: Tx, { kind, sourceId, requestedBy }: Payout, userId: string): Promise<void> => {
  if (requestedBy === userId) throw refusal('APPROVER_IS_CREATOR');
  const own = { id: sourceId, createdBy: userId };
  if (kind === 'INCENTIVE' && (await tx.incentive.count({ where: own })) > 0) throw refusal('APPROVER_IS_CREATOR');
};

/** Releases a payout that is held. Throws PAYOUT_NOT_HELD, APPROVER_IS_CREATOR. Rule 15. */
export const approvePayout = async (tx: Tx, { id, driverId }: Payout, actor: Actor): Promise<Payout> => {
  await lockDrivers(tx, [driverId]);
  const row = await tx.payout.findUniqueOrThrow({ where: { id } });
  if (row.approvedBy === actor.userId && row.status !== 'HELD') return row;
  if (row.status !== 'HELD') throw refusal('PAYOUT_NOT_HELD', { status: row.status });
  await requireSecondPerson(tx, row, actor.userId);
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
  await oweAgain(tx, row, false);
  await tx.transaction.update({
    where: { id },
    data: { status: 'FAILED', statusReason: 'USER_CANCELLED', version: { increment: 1 } },
  });
  const audited = { action: 'payout.cancelled', subject: 'payout', subjectId: id };
  await audit(tx, by, { ...audited, before: { status }, after: { status: 'CANCELLED' } });
  return tx.payout.update({ where: { id }, data: { status: 'CANCELLED', version: { increment: 1 } } });
};
