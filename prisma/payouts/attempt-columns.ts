import type { Actor } from '../../workflows/domain/commands.ts';
import { paise, sum } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import {
  holdsOf,
  kindOf,
  modeOf,
  requireBankDetails,
  requirePayable,
} from '../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutKind, PayoutLimits } from '../../workflows/domain/money/payouts/payouts.ts';
import { refusal, refusalIn } from '../../workflows/domain/refusals.ts';
import { istDay, istDayStartMs } from '../../workflows/domain/time.ts';
import type { Tx } from '../client.ts';
import type { Driver, Payout, Prisma } from '../generated/client.ts';
import { lastFour } from '../sealed.ts';
import type { Sealer } from '../sealed.ts';
import { areStopped } from './stops.ts';

// Whether an attempt of a payout may begin, and what stands in its row, whoever begins it, in the caller's transaction.

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

/** An attempt that is to begin. */
export interface Wanted {
  source: Source & { driverId: string | null; orderId?: string | null };
  owed: Owed;
}

/**
 * What was paid out on this Indian day: singly by whoever asks, to each of the drivers, and of incentives that whoever asks gave, also
 * with the days that they were settled with. Rows of bulk files count for the driver; for whoever asks, their batches are compared with
 * a limit of their own. An attempt counts on the day on which it was asked for.
 */
const paidToday = async (tx: Tx, wanted: readonly Wanted[], requestedBy: string) => {
  const since = new Date(istDayStartMs(istDay(Date.now())));
  const sums = await tx.$queryRaw<{ requested: bigint; driver: bigint; own: bigint }[]>`
    SELECT
      coalesce(sum(p."amountPaise") FILTER (WHERE p."requestedBy" = ${requestedBy}::uuid AND p."kind" <> 'BULK_ROW'), 0)::bigint AS "requested",
      coalesce(sum(p."amountPaise") FILTER (WHERE p."driverId" = wanted."driverId"), 0)::bigint AS "driver",
      coalesce(sum(given."amount") FILTER (WHERE p."requestedBy" = ${requestedBy}::uuid AND p."kind" <> 'BULK_ROW'), 0)::bigint AS "own"
    FROM unnest(${wanted.map(({ source }) => source.driverId)}::uuid[]) WITH ORDINALITY AS wanted("driverId", "n")
    LEFT JOIN "payouts" p ON (p."requestedBy" = ${requestedBy}::uuid AND p."kind" <> 'BULK_ROW' OR p."driverId" = wanted."driverId")
      AND p."requestedAt" >= ${since} AND p."status" NOT IN ('FAILED', 'CANCELLED', 'REVERSED')
    LEFT JOIN LATERAL (
      SELECT sum(a."amountPaise") AS "amount" FROM "payout_allocations" a
      JOIN "incentives" i ON i."id" = CASE WHEN a."itemSource" ~ '^[0-9a-f-]{36}$' THEN a."itemSource"::uuid END
      WHERE a."payoutId" = p."id" AND a."itemKind" = 'INCENTIVE' AND a."undoneAt" IS NULL AND i."createdBy" = ${requestedBy}
    ) given ON true
    GROUP BY "n" ORDER BY "n"`;
  return sums.map(({ requested, driver, own }) => ({
    ...{ requestedToday: paise(Number(requested)), driverToday: paise(Number(driver)), ownToday: paise(Number(own)) },
  }));
};

/** Incentives that somebody gave, of those that are paid by name: their amounts. A row of a file pays whatever is open. */
const givenBy = async (tx: Tx, wanted: readonly Wanted[], userId: string): Promise<Map<string, Paise>> => {
  const sources = wanted.flatMap(({ source, owed }) => (source.kind === 'BULK_ROW' ? [] : owed.sources));
  if (sources.length === 0) return new Map();
  const given = await tx.incentive.findMany({ where: { id: { in: sources }, createdBy: userId } });
  return new Map(given.map(({ id, amountPaise }) => [id, paise(Number(amountPaise))]));
};

const withFleet = { fleet: { select: { preferRtgs: true } } } satisfies Prisma.DriverInclude;
type DriverOfFleet = Prisma.DriverGetPayload<{ include: typeof withFleet }>;

/** A driver as a payee. Throws BANK_DETAILS_MISSING, BANK_DETAILS_INVALID, DRIVER_PAYOUT_BLOCKED. */
const payeeOf = (driver: DriverOfFleet, { kind }: Source, sealer: Sealer): Payee => {
  const account = accountOf(driver, sealer);
  if (driver.status === 'BLACKLISTED' && !kindOf({ kind }).isForBlacklisted)
    throw refusal('DRIVER_PAYOUT_BLOCKED', { reason: 'BLACKLISTED' });
  if (driver.payoutHold !== null) throw refusal('DRIVER_PAYOUT_BLOCKED', { reason: 'HOLD' });
  return { account, bankChangedAt: driver.bankChangedAt, preferRtgs: driver.fleet.preferRtgs };
};

const payees = async (tx: Tx, wanted: readonly Wanted[]): Promise<Map<string | null, DriverOfFleet>> => {
  const ids = wanted.flatMap(({ source, owed }) => (owed.payee ? [] : source.driverId!));
  const drivers = ids.length > 0 ? await tx.driver.findMany({ where: { id: { in: ids } }, include: withFleet }) : [];
  return new Map(drivers.map((driver) => [driver.id, driver]));
};

/** What stands in the row of an attempt. */
export type Columns = ReturnType<typeof columnsOf>;

interface Known {
  payee: () => Payee;
  isStopped: boolean;
  today: Awaited<ReturnType<typeof paidToday>>[number];
  own: Paise;
}

const columnsOf = (
  { source, owed }: Wanted,
  { payee: payeeNow, isStopped, today, own }: Known,
  limits: PayoutLimits,
) => {
  const { fleetId, amount, description } = owed;
  if (amount <= 0) throw refusal('NOTHING_TO_PAY');
  const payee = owed.payee ?? payeeNow();
  requirePayable(amount, limits);
  if (isStopped) throw refusal('BOOKS_NOT_IN_ORDER');
  const bankChangedAt = payee.bankChangedAt?.toISOString() ?? null;
  const heldFor = holdsOf({ kind: source.kind, amount, ...today, own, bankChangedAt, nowMs: Date.now() }, limits);
  const mode = payee.account.ifscCode === null ? ('UPI' as const) : modeOf(amount, payee);
  const status = heldFor.length > 0 ? ('HELD' as const) : ('CREATED' as const);
  const { accountName, ifscCode, sealedAccountNumber, maskedAccountNumber } = payee.account;
  const account = { accountName, ifscCode, sealedAccountNumber, maskedAccountNumber };
  return { fleetId, amountPaise: BigInt(amount), description, ...account, mode, heldFor, status };
};

/** What became of the wish for an attempt: its columns, or why it may not begin. */
export type Judged = { columns: Columns } | { refused: Error };

/**
 * The columns of attempts, once money may be set aside for them, each of another driver or order. Refused are NOTHING_TO_PAY,
 * BANK_DETAILS_MISSING, BANK_DETAILS_INVALID, PAYOUT_BELOW_MINIMUM, PAYOUT_ABOVE_LIMIT, DRIVER_PAYOUT_BLOCKED, BOOKS_NOT_IN_ORDER. The
 * drivers or orders must be locked, and whoever asks: the sums of their day are compared. Source: payouts.md, POST
 * collection/:id/payout; payouts.md, rules 15 and 16.
 */
export const judgeAttempts = async (
  tx: Tx,
  wanted: readonly Wanted[],
  { limits, sealer, by }: Asked,
): Promise<Judged[]> => {
  if (wanted.length === 0) return [];
  const drivers = await payees(tx, wanted);
  const stops = await areStopped(
    tx,
    wanted.map(({ source, owed }) => ({
      owners: [source.driverId, source.orderId, ...owed.sources].filter((owner) => typeof owner === 'string'),
      // A row of a file names no days.
      openDaysOf: source.kind === 'BULK_ROW' ? source.driverId : null,
    })),
  );
  const today = await paidToday(tx, wanted, by.userId);
  const given = await givenBy(tx, wanted, by.userId);
  return wanted.map((attempt, n) => {
    const { source, owed } = attempt;
    const own = sum(...owed.sources.map((id) => given.get(id) ?? paise(0)));
    const payee = () => payeeOf(drivers.get(source.driverId)!, source, sealer);
    try {
      return { columns: columnsOf(attempt, { payee, isStopped: stops[n]!, today: today[n]!, own }, limits) };
    } catch (error) {
      if (!refusalIn(error)) throw error;
      return { refused: error as Error };
    }
  });
};

/** The columns of one attempt. Throws what `judgeAttempts` refuses; the same locks must be held. */
export const attemptColumns = async (tx: Tx, wanted: Wanted, asked: Asked): Promise<Columns> => {
  const [judged] = await judgeAttempts(tx, [wanted], asked);
  if ('refused' in judged!) throw judged.refused;
  return judged!.columns;
};
