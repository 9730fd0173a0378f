import { paise } from '../money.ts';
import type { Paise } from '../money.ts';
import { refusal } from '../refusals.ts';
import { dayMs, instant, ms } from '../time.ts';
import type { Instant } from '../time.ts';

export type PeriodStatus = 'SCHEDULED' | 'ACTIVE' | 'PAUSED' | 'EXPIRED' | 'CANCELLED';
export type PausedBy = 'SANCTION' | 'STAFF';

/** A period for which a driver has paid, as far as its rules care. It is rented from its start to just before its expiry. */
export interface Period {
  rentalId: string;
  planName: string;
  fleetId: string;
  status: PeriodStatus;
  pricePaise: Paise;
  validityDays: number;
  startsAt: Instant;
  expiresAt: Instant;
  pausedAt: Instant | null;
  pausedBy: PausedBy | null;
  /** What was left when it was paused. */
  remainingMs: number | null;
  /** Time that was given for nothing; it comes after the paid time. */
  grantedMs: number;
  /** Income so far, by days from the beginning. */
  recognizedDays: number;
  recognizedPaise: Paise;
  refundPaise: Paise;
}

/** How long a period may be paused. Source: rentals.md, Lifecycle. */
export const pausedDaysMax = 90;

const isRunning = ({ status }: Period): boolean => status === 'ACTIVE' || status === 'PAUSED';

/** The period that runs or is paused, and the one that comes after it. */
export const runningOf = (periods: readonly Period[]): Period | undefined => periods.find(isRunning);
export const scheduledOf = (periods: readonly Period[]): Period | undefined =>
  periods.find(({ status }) => status === 'SCHEDULED');

const lengthMs = ({ validityDays, grantedMs }: Pick<Period, 'validityDays' | 'grantedMs'>): number =>
  validityDays * dayMs + grantedMs;

/** A period after another one. */
const after = (period: Period, startMs: number): Period => ({
  ...period,
  startsAt: instant(startMs),
  expiresAt: instant(startMs + lengthMs(period)),
});

/** The changed period in its place, and the scheduled one after it, which keeps its distance. */
const withRunning = (periods: readonly Period[], changed: Period): Period[] =>
  periods.map((period) => {
    if (period.rentalId === changed.rentalId) return changed;
    return period.status === 'SCHEDULED' ? after(period, ms(changed.expiresAt)) : period;
  });

/** What is left of the paid time. */
const paidLeftMs = (period: Period, nowMs: number): number => {
  if (period.status === 'SCHEDULED') return period.validityDays * dayMs;
  const left = period.remainingMs ?? ms(period.expiresAt) - nowMs;
  return Math.min(period.validityDays * dayMs, Math.max(0, left - period.grantedMs));
};

/** How much of the paid time has passed. */
export const earnedMs = (period: Period, nowMs: number): number =>
  period.validityDays * dayMs - paidLeftMs(period, nowMs);

/** How many of its days are earned: whole ones. */
export const earnedDays = (period: Period, nowMs: number): number => Math.floor(earnedMs(period, nowMs) / dayMs);

/** The income of the days before `day`; all days together are the price. Rule 14. */
export const incomeUntil = (
  { pricePaise, validityDays }: Pick<Period, 'pricePaise' | 'validityDays'>,
  day: number,
): Paise => paise(Number((BigInt(day) * BigInt(pricePaise)) / BigInt(validityDays)));

/** Pro rata by the whole days that were paid and not used, rounded half up, and never more than what is not income yet. Rule 13. */
export const proRataRefund = (period: Period, nowMs: number): Paise => {
  const unused = Math.floor(paidLeftMs(period, nowMs) / dayMs);
  const days = BigInt(period.validityDays);
  const refund = Number((BigInt(period.pricePaise) * BigInt(unused) * 2n + days) / (2n * days));
  return paise(Math.min(refund, period.pricePaise - period.recognizedPaise));
};

/** The periods as they are by now, also when nobody has written down yet that one is over. */
const caughtUp = (periods: readonly Period[], nowMs: number): readonly Period[] => {
  const later = expired(periods, nowMs);
  return later ? caughtUp(later, nowMs) : periods;
};

/** When a driver who buys now begins to rent: at once, or after what runs. Null: one period is bought ahead already. Rule 1. */
export const nextStartMs = (known: readonly Period[], nowMs: number): number | null => {
  const periods = caughtUp(known, nowMs);
  if (scheduledOf(periods)) return null;
  const running = runningOf(periods);
  return running ? ms(running.expiresAt) : nowMs;
};

/** What a payment bought, as a period; null where it can start none. Rules 1, 2 and 5. */
export const placed = (
  periods: readonly Period[],
  bought: Pick<Period, 'rentalId' | 'planName' | 'fleetId' | 'pricePaise' | 'validityDays'>,
  nowMs: number,
): Period | null => {
  const startMs = nextStartMs(periods, nowMs);
  if (startMs === null) return null;
  return after(
    {
      ...{
        ...bought,
        status: runningOf(caughtUp(periods, nowMs)) ? 'SCHEDULED' : 'ACTIVE',
        startsAt: '',
        expiresAt: '',
      },
      ...{ pausedAt: null, pausedBy: null, remainingMs: null, grantedMs: 0 },
      ...{ recognizedDays: 0, recognizedPaise: paise(0), refundPaise: paise(0) },
    },
    startMs,
  );
};

/** The one that is over by now, and its successor from that very moment on. Null: nothing is over. Rule 9. */
export const expired = (periods: readonly Period[], nowMs: number): Period[] | null => {
  const running = runningOf(periods);
  if (running?.status !== 'ACTIVE' || ms(running.expiresAt) > nowMs) return null;
  return periods.map((period) => {
    if (period.rentalId === running.rentalId) return { ...period, status: 'EXPIRED' };
    return period.status === 'SCHEDULED' ? { ...period, status: 'ACTIVE' } : period;
  });
};

/** Keeps what is left. Null: nothing runs. Rule 12. */
export const paused = (periods: readonly Period[], pausedBy: PausedBy, nowMs: number): Period[] | null => {
  const running = runningOf(periods);
  if (running?.status !== 'ACTIVE') return null;
  const remainingMs = Math.max(0, ms(running.expiresAt) - nowMs);
  const changed = { ...running, status: 'PAUSED', pausedAt: instant(nowMs), pausedBy, remainingMs } as const;
  return periods.map((period) => (period.rentalId === running.rentalId ? changed : period));
};

/** Goes on with what was left; the scheduled one moves with it. Null: nothing is paused, or somebody else paused it. */
export const resumed = (periods: readonly Period[], pausedBy: PausedBy, nowMs: number): Period[] | null => {
  const running = runningOf(periods);
  if (running?.status !== 'PAUSED' || running.pausedBy !== pausedBy) return null;
  const expiresAt = instant(nowMs + running.remainingMs!);
  const free = { pausedAt: null, pausedBy: null, remainingMs: null };
  return withRunning(periods, { ...running, status: 'ACTIVE', expiresAt, ...free });
};

/** Gives time for nothing; the scheduled one moves with it. Throws RENTAL_NOT_ACTIVE. */
export const extended = (periods: readonly Period[], rentalId: string, grantMs: number): Period[] => {
  const period = requireLive(periods, rentalId);
  const longer = {
    ...period,
    grantedMs: period.grantedMs + grantMs,
    expiresAt: instant(ms(period.expiresAt) + grantMs),
    remainingMs: period.remainingMs === null ? null : period.remainingMs + grantMs,
  };
  if (isRunning(period)) return withRunning(periods, longer);
  return periods.map((each) => (each.rentalId === rentalId ? longer : each));
};

/**
 * Ends a period before its time. What comes after it begins now, or is paused while a sanction keeps the driver from driving.
 * Throws RENTAL_NOT_ACTIVE.
 */
export const cancelled = (
  periods: readonly Period[],
  rentalId: string,
  { nowMs, refunds, isKeptOff }: { nowMs: number; refunds: boolean; isKeptOff: boolean },
): Period[] => {
  const period = requireLive(periods, rentalId);
  const refundPaise = refunds ? proRataRefund(period, nowMs) : paise(0);
  const free = { pausedAt: null, pausedBy: null, remainingMs: null };
  const ended = { ...period, ...free, status: 'CANCELLED', refundPaise } as const;
  const next = isRunning(period) ? scheduledOf(periods) : undefined;
  return periods.map((each) => {
    if (each.rentalId === rentalId) return ended;
    if (each.rentalId !== next?.rentalId) return each;
    const begun = { ...after(next, nowMs), status: 'ACTIVE' } as const;
    if (!isKeptOff) return begun;
    const left = { remainingMs: lengthMs(next), pausedAt: instant(nowMs), pausedBy: 'SANCTION' } as const;
    return { ...begun, ...left, status: 'PAUSED' };
  });
};

/** Every period of a driver who is blacklisted ends, with its refund. */
export const allCancelled = (periods: readonly Period[], nowMs: number): Period[] | null => {
  if (periods.length === 0) return null;
  const free = { pausedAt: null, pausedBy: null, remainingMs: null };
  return periods.map((period) => ({
    ...{ ...period, ...free, status: 'CANCELLED' },
    refundPaise: proRataRefund(period, nowMs),
  }));
};

const requireLive = (periods: readonly Period[], rentalId: string): Period => {
  const period = periods.find((each) => each.rentalId === rentalId);
  if (!period || period.status === 'EXPIRED' || period.status === 'CANCELLED')
    throw refusal('RENTAL_NOT_ACTIVE', { status: period?.status ?? 'over' });
  return period;
};

/** Whole days that are left, the begun one too; 0 from the expiry on. Rule 3. */
export const daysRemaining = (period: Pick<Period, 'expiresAt' | 'remainingMs'>, nowMs: number): number =>
  Math.max(0, Math.ceil((period.remainingMs ?? ms(period.expiresAt) - nowMs) / dayMs));
