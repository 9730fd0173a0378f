import { randomUUID } from 'node:crypto';
import type { Happened, Journal } from '../workflows/domain/money/journals/journal.ts';
import { rentalCancelled, rentalRecognized } from '../workflows/domain/money/journals/rentals.ts';
import {
  earnedDays,
  earnedMs,
  expired,
  incomeUntil,
  paused,
  placed,
  runningOf,
} from '../workflows/domain/money/rental-periods.ts';
import type { Period } from '../workflows/domain/money/rental-periods.ts';
import type { SubscriptionFacts } from '../workflows/domain/money/rentals.ts';
import { paise } from '../workflows/domain/money.ts';
import type { Paise } from '../workflows/domain/money.ts';
import { dayMs, instant, ms } from '../workflows/domain/time.ts';
import type { Instant } from '../workflows/domain/time.ts';
import type { Db, Tx } from './client.ts';
import type { Prisma, Rental } from './generated/client.ts';
import { putIntoInbox } from './notifications.ts';
import { post, postAll } from './post.ts';

/** A period that is not over. */
export const liveRental = { status: { in: ['SCHEDULED', 'ACTIVE', 'PAUSED'] } } satisfies Prisma.RentalWhereInput;

export const withPeriods = {
  driver: {
    include: { rentals: { where: liveRental, orderBy: { startDate: 'asc' } } },
  },
} satisfies Prisma.RentalSubscriptionInclude;

type SubscriptionRow = Prisma.RentalSubscriptionGetPayload<{ include: typeof withPeriods }>;

export const periodOf = (row: Rental): Period => ({
  rentalId: row.id,
  planName: row.planName,
  fleetId: row.fleetId,
  status: row.status,
  pricePaise: paise(Number(row.pricePaise)),
  validityDays: row.validityDays,
  startsAt: row.startDate.toISOString(),
  expiresAt: row.expiryDate.toISOString(),
  pausedAt: row.pausedAt?.toISOString() ?? null,
  pausedBy: row.pausedBy,
  remainingMs: row.remainingMs === null ? null : Number(row.remainingMs),
  grantedMs: Number(row.grantedMs),
  recognizedDays: row.recognizedDays,
  recognizedPaise: paise(Number(row.recognizedPaise)),
  refundPaise: paise(Number(row.refundPaise)),
});

export const subscriptionFacts = ({ driver, ...row }: SubscriptionRow): SubscriptionFacts => ({
  subscriptionId: row.id,
  shortId: driver.shortId,
  fleetId: driver.fleetId,
  hubId: driver.hubId,
  periods: driver.rentals.map(periodOf),
  isKeptOff: driver.status === 'SUSPENDED' || driver.status === 'BLACKLISTED',
  isUnheard: row.unheardSince !== null,
  createdAt: row.createdAt.toISOString(),
  version: row.version,
});

/** The subscription of a driver; null for one who never rented. */
export const readSubscription = async (db: Db | Tx, driverId: string): Promise<SubscriptionFacts | null> => {
  const row = await db.rentalSubscription.findUnique({ where: { id: driverId }, include: withPeriods });
  return row && subscriptionFacts(row);
};

/**
 * Until when a driver has rented: the end of the last period that has begun, also of one whose predecessor nobody has ended yet. Null:
 * never, or the period is paused. One read.
 */
export const rentedUntil = async (db: Db | Tx, driverId: string): Promise<Date | null> => {
  const latest = await db.rental.findMany({
    where: { driverId, status: { not: 'CANCELLED' } },
    orderBy: { startDate: 'desc' },
    select: { status: true, startDate: true, expiryDate: true },
    take: 2,
  });
  if (latest.some(({ status }) => status === 'PAUSED')) return null;
  return latest.find(({ startDate }) => startDate.getTime() <= Date.now())?.expiryDate ?? null;
};

/** The plan as it was when a payment was begun. */
export interface PlanSnapshot {
  rentalPlanId: string;
  fleetId: string;
  planName: string;
  pricePaise: Paise;
  depositPaise: Paise;
  validityDays: number;
}

/** Each day of a period from the first that is no income yet up to `day`, dated by its own end. */
const incomeOf = (period: Period, day: number, nowMs: number): Journal[] => {
  const { rentalId, fleetId, recognizedDays } = period;
  const beganMs = nowMs - earnedMs(period, nowMs);
  return Array.from({ length: Math.max(0, day - recognizedDays) }, (_, n) => recognizedDays + n)
    .map((n) => ({ n, amount: paise(incomeUntil(period, n + 1) - incomeUntil(period, n)) }))
    .filter(({ amount }) => amount > 0)
    .map(({ n, amount }) =>
      rentalRecognized({ rentalId, fleetId, day: n, amount, occurredAt: instant(beganMs + (n + 1) * dayMs) }),
    );
};

/** Books what is earned of periods, whole days only, in two round trips. Their rows must be locked. Source: rentals.md rule 14. */
export const recognize = async (tx: Tx, periods: readonly Period[], nowMs: number): Promise<void> => {
  const earned = periods
    .map((period) => ({ period, day: earnedDays(period, nowMs) }))
    .filter(({ period, day }) => day > period.recognizedDays);
  if (earned.length === 0) return;
  const journals = earned.flatMap(({ period, day }) => incomeOf(period, day, nowMs));
  if (journals.length > 0) await postAll(tx, journals);
  const rows = earned.map(({ period, day }) => ({ id: period.rentalId, day, paise: incomeUntil(period, day) }));
  await tx.$executeRaw`
    UPDATE "rentals" r SET "recognizedDays" = e."day", "recognizedPaise" = e."paise", "updatedAt" = now()
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS e("id" uuid, "day" int, "paise" bigint) WHERE r."id" = e."id"`;
};

const events = {
  ACTIVE: 'rental:activated',
  EXPIRED: 'rental:expired',
  PAUSED: 'rental:paused',
  CANCELLED: 'rental:cancelled',
};

const eventOf = (before: Period | undefined, after: Period): string | null => {
  if (before?.status === after.status || after.status === 'SCHEDULED') return null;
  return before?.status === 'PAUSED' && after.status === 'ACTIVE' ? 'rental:resumed' : events[after.status];
};

/** Why periods change, and who changes them. */
export interface Changing {
  at: Instant;
  by: string | null;
  reason: string | null;
  /** The caller books what becomes of the rest of a cancelled period. */
  isBooked?: boolean;
}

const tell = async (tx: Tx, driverId: string, event: string, period: Period, at: Instant): Promise<void> => {
  const { userId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { userId: true } });
  const { rentalId, planName, expiresAt } = period;
  await putIntoInbox(tx, {
    to: [userId],
    event,
    title: `${planName}: ${event.replace('rental:', '')}`,
    payload: { rentalId, planName, until: expiresAt },
    cause: `${rentalId}:${at}`,
  });
};

/** What goes back of a cancelled period: not what is income, and not what the gateway has sent back already. */
const refundOf = async (
  tx: Tx,
  transactionId: string,
  { refundPaise, pricePaise, recognizedPaise }: Period,
): Promise<Paise> => {
  const sent = { transactionId, status: { not: 'FAILED' as const } };
  const { _sum } = await tx.refund.aggregate({ where: sent, _sum: { amountPaise: true } });
  const left = pricePaise - Number(_sum.amountPaise ?? 0n);
  return paise(Math.max(0, Math.min(refundPaise, pricePaise - recognizedPaise, left)));
};

/**
 * Writes changed periods down with what follows in the books: an expired one is income to its last paisa, of a cancelled one the rest
 * is given back or becomes income. The driver must be locked (`lockDrivers`), and the caller raises the version of the subscription.
 */
export const savePeriods = async (
  tx: Tx,
  driverId: string,
  before: readonly Period[],
  after: readonly Period[],
  { at, by, reason, isBooked = false }: Changing,
): Promise<void> => {
  const happened: Happened = { occurredAt: at, driverId, ...(by ? { by } : {}) };
  // The one that ends makes room for the one that begins: one period runs at a time.
  const rank = ({ status }: Period) => (status === 'EXPIRED' || status === 'CANCELLED' ? 0 : 1);
  for (const period of after.toSorted((a, b) => rank(a) - rank(b))) {
    const known = before.find(({ rentalId }) => rentalId === period.rentalId);
    if (JSON.stringify(known) === JSON.stringify(period)) continue;
    const { rentalId: id, fleetId } = period;
    // The nightly statement counts income beside us.
    const [row] = await tx.$queryRaw<Pick<Rental, 'transactionId' | 'recognizedDays' | 'recognizedPaise'>[]>`
      SELECT "transactionId", "recognizedDays", "recognizedPaise" FROM "rentals" WHERE "id" = ${id}::uuid FOR UPDATE`;
    const current = {
      ...period,
      recognizedDays: row!.recognizedDays,
      recognizedPaise: paise(Number(row!.recognizedPaise)),
    };
    const rest = paise(current.pricePaise - current.recognizedPaise);
    const isCancelled = period.status === 'CANCELLED' && known?.status !== 'CANCELLED';
    const refund = isCancelled ? await refundOf(tx, row!.transactionId, current) : period.refundPaise;
    await tx.rental.update({
      where: { id },
      data: {
        ...{
          status: period.status,
          startDate: period.startsAt,
          expiryDate: period.expiresAt,
          pausedAt: period.pausedAt,
        },
        ...{
          pausedBy: period.pausedBy,
          remainingMs: period.remainingMs,
          grantedMs: period.grantedMs,
          refundPaise: refund,
        },
        ...(isCancelled ? { cancelledAt: at, cancelledBy: by, cancelReason: reason } : {}),
      },
    });
    if (isCancelled && rest > 0 && !isBooked)
      await post(tx, rentalCancelled({ ...happened, driverId, fleetId, rentalId: id, rest, refund }));
    if (period.status === 'EXPIRED') await recognize(tx, [current], ms(period.expiresAt));
    const event = eventOf(known, period);
    if (event) await tell(tx, driverId, event, { ...period, refundPaise: refund }, at);
  }
};

/** Changes the periods of a driver beside their process, which looks afterwards. The driver must be locked (`lockDrivers`). */
export const changePeriods = async (
  tx: Tx,
  driverId: string,
  change: (facts: SubscriptionFacts) => readonly Period[] | null,
  changing: Changing,
): Promise<void> => {
  await endOverdue(tx, driverId, ms(changing.at));
  const facts = await readSubscription(tx, driverId);
  if (!facts) return;
  const periods = change(facts);
  if (periods) await savePeriods(tx, driverId, facts.periods, periods, changing);
  // Also when no period changes: whether the driver may drive is a fact of the subscription.
  await raiseVersion(tx, driverId);
};

const raiseVersion = async (tx: Tx, id: string): Promise<void> => {
  const unheardSince = new Date();
  await tx.rentalSubscription.upsert({
    where: { id },
    create: { id, unheardSince },
    update: { version: { increment: 1 }, unheardSince },
  });
};

/** Ends what is over by now, one after the other, each in its own moment: their process may be late. Returns what is left. */
const endOverdue = async (tx: Tx, driverId: string, nowMs: number): Promise<readonly Period[]> => {
  const periods = (await readSubscription(tx, driverId))?.periods ?? [];
  const later = expired(periods, nowMs);
  if (!later) return periods;
  const at = runningOf(periods)!.expiresAt;
  await savePeriods(tx, driverId, periods, later, { at, by: null, reason: null });
  return endOverdue(tx, driverId, nowMs);
};

interface Bought {
  driver: { id: string; fleetId: string; status: string };
  transactionId: string;
  plan: PlanSnapshot;
  nowMs: number;
}

/**
 * Starts the period that a payment bought; a driver who is suspended finds it paused. Null where it can start none, and then nothing
 * is written. The caller posts the payment. The driver must be locked (`lockDrivers`). Source: rentals.md, rules 1 to 7.
 */
export const startPeriod = async (tx: Tx, { driver, transactionId, plan, nowMs }: Bought): Promise<Period | null> => {
  const { rentalPlanId, depositPaise, ...of } = plan;
  if (driver.status === 'BLACKLISTED' || driver.fleetId !== plan.fleetId) return null;
  const known = await endOverdue(tx, driver.id, nowMs);
  const period = placed(known, { ...of, rentalId: randomUUID() }, nowMs);
  if (!period) return null;
  const bought = driver.status === 'SUSPENDED' ? (paused([period], 'SANCTION', nowMs)?.[0] ?? period) : period;
  await tx.rental.create({
    data: {
      ...{ id: bought.rentalId, driverId: driver.id, fleetId: plan.fleetId, rentalPlanId, transactionId },
      ...{ planName: of.planName, pricePaise: of.pricePaise, depositPaise, validityDays: of.validityDays },
      ...{ status: bought.status, startDate: bought.startsAt, expiryDate: bought.expiresAt, pausedAt: bought.pausedAt },
      ...{ pausedBy: bought.pausedBy, remainingMs: bought.remainingMs },
    },
  });
  await tx.driver.update({ where: { id: driver.id }, data: { paymentModel: 'RENTAL' }, select: { id: true } });
  await tx.transaction.update({ where: { id: transactionId }, data: { rentalId: bought.rentalId } });
  await raiseVersion(tx, driver.id);
  const event = eventOf(undefined, bought);
  if (event) await tell(tx, driver.id, event, bought, bought.startsAt);
  return bought;
};
