import type { Actor } from '../../workflows/domain/commands.ts';
import type { Allocation } from '../../workflows/domain/money/journals/payouts.ts';
import { paise, rupeeText, sum } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import {
  holdsOf,
  kindOf,
  modeOf,
  requestNumber,
  requireBankDetails,
  requirePayable,
} from '../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutKind, PayoutLimits } from '../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { istDay, istDayStartMs } from '../../workflows/domain/time.ts';
import { audit } from '../audit.ts';
import type { Author } from '../audit.ts';
import type { Tx } from '../client.ts';
import type { Driver, Payout } from '../generated/client.ts';
import { booksOf } from './payout-books.ts';
import { allocate, reserve, restate } from './payouts.ts';
import { lastFour } from '../sealed.ts';
import type { Sealer } from '../sealed.ts';
import { isStopped } from './stops.ts';

// How an attempt of a payout begins, whoever begins it, in the caller's transaction.

export interface Source {
  kind: PayoutKind;
  sourceId: string | null;
}

/** To whom an attempt goes, with the number or the handle sealed for its driver or its order. */
export interface Payee {
  account: Pick<Payout, 'accountName' | 'ifscCode' | 'sealedAccountNumber' | 'maskedAccountNumber'>;
  /** Null: nobody knows since when it stands. */
  bankChangedAt: Date | null;
  preferRtgs: boolean;
}

/** What a payout is for: its fleet, how much is paid, which items first if it pays items, and what the bank shows. */
export interface Owed {
  fleetId: string | null;
  amount: Paise;
  sources: readonly string[];
  description: string;
  /** Where it does not go to its driver. */
  payee?: Payee;
}

export interface Asked {
  by: Pick<Actor, 'userId'>;
  limits: PayoutLimits;
  sealer: Sealer;
}

/** The account that a driver is paid to by now, with its number sealed for them. */
const accountOf = (driver: Driver, sealer: Sealer) => {
  const { id: rowId, sealedBankAccountNumber: sealed, bankIfscCode: ifscCode } = driver;
  const number = sealed && sealer.open('bank-number', sealed, rowId);
  const { accountNumber, ...details } = requireBankDetails({
    ...{ accountNumber: number, ifscCode, accountName: driver.bankAccountName },
  });
  return { ...details, sealedAccountNumber: sealed!, maskedAccountNumber: lastFour(accountNumber) };
};

/**
 * What was paid out on this Indian day: singly by whoever asks, to the driver, and of incentives that whoever asks gave, also with the
 * days that they were settled with. Rows of bulk files count for the driver; for whoever asks, their batches are compared with a limit
 * of their own. An attempt counts on the day on which it was asked for.
 */
const paidToday = async (tx: Tx, driverId: string | null, requestedBy: string) => {
  const since = new Date(istDayStartMs(istDay(Date.now())));
  const [sums] = await tx.$queryRaw<{ requested: bigint; driver: bigint; own: bigint }[]>`
    SELECT
      coalesce(sum(p."amountPaise") FILTER (WHERE p."requestedBy" = ${requestedBy}::uuid AND p."kind" <> 'BULK_ROW'), 0)::bigint AS "requested",
      coalesce(sum(p."amountPaise") FILTER (WHERE p."driverId" = ${driverId}::uuid), 0)::bigint AS "driver",
      coalesce(sum(given."amount") FILTER (WHERE p."requestedBy" = ${requestedBy}::uuid AND p."kind" <> 'BULK_ROW'), 0)::bigint AS "own"
    FROM "payouts" p, LATERAL (
      SELECT sum(a."amountPaise") AS "amount" FROM "payout_allocations" a
      JOIN "incentives" i ON i."id" = CASE WHEN a."itemSource" ~ '^[0-9a-f-]{36}$' THEN a."itemSource"::uuid END
      WHERE a."payoutId" = p."id" AND a."itemKind" = 'INCENTIVE' AND a."undoneAt" IS NULL AND i."createdBy" = ${requestedBy}
    ) given
    WHERE (p."requestedBy" = ${requestedBy}::uuid AND p."kind" <> 'BULK_ROW' OR p."driverId" = ${driverId}::uuid) AND p."requestedAt" >= ${since}
      AND p."status" NOT IN ('FAILED', 'CANCELLED', 'REVERSED')`;
  const { requested, driver, own } = sums!;
  return { requestedToday: paise(Number(requested)), driverToday: paise(Number(driver)), ownToday: paise(Number(own)) };
};

/** What of these items are incentives that somebody gave. A row of a file pays whatever is open. */
const givenBy = async (tx: Tx, { kind }: Source, sources: readonly string[], userId: string): Promise<Paise> => {
  if (kind === 'BULK_ROW' || sources.length === 0) return paise(0);
  const given = await tx.incentive.findMany({ where: { id: { in: [...sources] }, createdBy: userId } });
  return sum(...given.map(({ amountPaise }) => paise(Number(amountPaise))));
};

/** The driver as a payee. Throws BANK_DETAILS_MISSING, BANK_DETAILS_INVALID, DRIVER_PAYOUT_BLOCKED. */
const driverPayee = async (tx: Tx, { kind }: Source, driverId: string, sealer: Sealer): Promise<Payee> => {
  const driver = await tx.driver.findUniqueOrThrow({
    where: { id: driverId },
    include: { fleet: { select: { preferRtgs: true } } },
  });
  const account = accountOf(driver, sealer);
  if (driver.status === 'BLACKLISTED' && !kindOf({ kind }).isForBlacklisted)
    throw refusal('DRIVER_PAYOUT_BLOCKED', { reason: 'BLACKLISTED' });
  if (driver.payoutHold !== null) throw refusal('DRIVER_PAYOUT_BLOCKED', { reason: 'HOLD' });
  return { account, bankChangedAt: driver.bankChangedAt, preferRtgs: driver.fleet.preferRtgs };
};

/**
 * The columns of an attempt, once money may be set aside for it. Throws NOTHING_TO_PAY, BANK_DETAILS_MISSING, BANK_DETAILS_INVALID,
 * PAYOUT_BELOW_MINIMUM, PAYOUT_ABOVE_LIMIT, DRIVER_PAYOUT_BLOCKED, BOOKS_NOT_IN_ORDER. The driver or the order must be locked, and
 * whoever asks: the sums of their day are compared. Source: payouts.md, POST collection/:id/payout; payouts.md, rules 15 and 16.
 */
export const attemptColumns = async (
  tx: Tx,
  source: Source & { driverId: string | null; orderId?: string | null },
  { fleetId, amount, sources, description, payee: customer }: Owed,
  { limits, sealer, by }: Asked,
) => {
  if (amount <= 0) throw refusal('NOTHING_TO_PAY');
  const payee = customer ?? (await driverPayee(tx, source, source.driverId!, sealer));
  requirePayable(amount, limits);
  const owners = [source.driverId, source.orderId, ...sources].filter((owner) => typeof owner === 'string');
  // A row of a file names no days.
  const openDaysOf = source.kind === 'BULK_ROW' ? source.driverId : null;
  if (await isStopped(tx, { owners, openDaysOf })) throw refusal('BOOKS_NOT_IN_ORDER');
  const today = await paidToday(tx, source.driverId, by.userId);
  const heldFor = holdsOf(
    {
      ...{ kind: source.kind, amount, ...today, own: await givenBy(tx, source, sources, by.userId) },
      ...{ bankChangedAt: payee.bankChangedAt?.toISOString() ?? null, nowMs: Date.now() },
    },
    limits,
  );
  const mode = payee.account.ifscCode === null ? ('UPI' as const) : modeOf(amount, payee);
  const status = heldFor.length > 0 ? ('HELD' as const) : ('CREATED' as const);
  const { accountName, ifscCode, sealedAccountNumber, maskedAccountNumber } = payee.account;
  const account = { accountName, ifscCode, sealedAccountNumber, maskedAccountNumber };
  return { fleetId, amountPaise: BigInt(amount), description, ...account, mode, heldFor, status };
};

const subjectOf = ({ kind, sourceId }: Payout) => {
  if (kind === 'COLLECTION') return { collectionId: sourceId };
  return kind === 'INCENTIVE' ? { incentiveId: sourceId } : {};
};

/** Reserves the items that a payout pays, `sources` first. What no item covers will be an advance. Rule 8. */
const reserveItems = async (tx: Tx, row: Payout, sources: readonly string[]): Promise<void> => {
  const { id: payoutId, driverId } = row;
  const amount = paise(Number(row.amountPaise));
  const items = await reserve(tx, { payoutId, driverId: driverId!, amount, sources });
  const advance = paise(amount - sum(...items.map((item) => item.amount)));
  const rest: Allocation[] = advance > 0 ? [{ kind: 'ADVANCE', source: payoutId, amount: advance }] : [];
  await allocate(tx, row, [...items, ...rest]);
};

/**
 * Sets the money of an attempt aside: its items are reserved, its journal is posted, and days and incentives say so. Whoever begins
 * many draws short ids before, and holds no serial meanwhile. Rule 1.
 */
export const setAside = async (
  tx: Tx,
  row: Payout,
  sources: readonly string[],
  transactionShortId?: string,
): Promise<void> => {
  const { id: payoutId, driverId, orderId, attempt, shortId, fleetId, amountPaise, description } = row;
  const { from, shownAs: type } = kindOf(row);
  if (from === 'PAYABLE') await reserveItems(tx, row, sources);
  await booksOf(row).initiate(tx, row);
  await restate(tx, row);
  if (attempt > 1) {
    const data = { amountPaise, status: 'PENDING', statusReason: null, version: { increment: 1 } } as const;
    await tx.transaction.update({ where: { id: payoutId }, data });
    return;
  }
  await tx.transaction.create({
    data: {
      ...(transactionShortId && { shortId: transactionShortId }),
      ...{ id: payoutId, driverId, fleetId, amountPaise, paymentOrderId: orderId, payoutId, ...subjectOf(row) },
      ...{ type, direction: orderId ? 'DEBIT' : 'CREDIT', paymentMethod: 'BANK_TRANSFER' },
      description: `${shortId}: ${description}`,
    },
  });
};

interface Beginning extends Source {
  id: string;
  /** Null: it goes to the payer of a credit to an order. */
  driverId: string | null;
  orderId?: string;
  creditId?: string;
  /** Why somebody asks for it, where its source does not say so. */
  reason?: string;
  releasableAt?: Date | null;
}

/** How a payout stands in the audit. */
export const auditOf = (row: Payout) => ({
  ...{ subject: 'payout', subjectId: row.id },
  after: {
    ...{ status: row.status, heldFor: row.heldFor, amount: rupeeText(paise(Number(row.amountPaise))) },
    ...(row.reason && { reason: row.reason }),
  },
});

/** Makes a payout with its first attempt. Throws as `attemptColumns` does; the same locks must be held. */
export const createPayout = async (
  tx: Tx,
  { reason, releasableAt, ...of }: Beginning,
  owed: Owed,
  asked: Asked & { by: Author & { userId: string } },
): Promise<Payout> => {
  const columns = await attemptColumns(tx, of, owed, asked);
  const more = { reason: reason ?? null, releasableAt: releasableAt ?? null, number: requestNumber(of.id, 1) };
  const row = await tx.payout.create({ data: { ...of, ...columns, ...more, requestedBy: asked.by.userId } });
  await setAside(tx, row, owed.sources);
  await audit(tx, asked.by, { action: 'payout.requested', ...auditOf(row) });
  return row;
};
