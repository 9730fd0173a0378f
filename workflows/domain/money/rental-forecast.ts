import { dayMs, instant, ms } from '../time.ts';
import type { Instant } from '../time.ts';
import type { Paise } from '../money.ts';
import { paise } from '../money.ts';
import { proRataRefund, runningOf, scheduledOf } from './rental-periods.ts';
import type { Period } from './rental-periods.ts';
import type { RentalFault } from './rental-standing.ts';

export interface Forecast {
  /** When the next period has to be paid for, at the price of the last one; null for a driver who rents nothing. */
  nextPayment: { at: Instant; amount: Paise } | null;
  /** The next twelve periods, if the driver goes on like this. */
  periods: { startsAt: Instant; expiresAt: Instant }[];
  refundToday: Paise;
  /** Why the driver may not drive, in one sentence, and what ends it; null: they may. */
  blocked: string | null;
}

const count = 12;

interface Standing {
  isKeptOff: boolean;
  fault: RentalFault | null;
  /** What the gateway has sent back of a period already, in paise. */
  sentBack?: Readonly<Record<string, number>>;
}

/** What comes, if nothing changes. While a period is paused, its end is counted from now. */
export const forecast = (
  periods: readonly Period[],
  { isKeptOff, fault, sentBack = {} }: Standing,
  nowMs: number,
): Forecast => {
  const running = runningOf(periods);
  const scheduled = scheduledOf(periods);
  const last = scheduled ?? running;
  const pausedMs = running?.pausedAt ? nowMs - ms(running.pausedAt) : 0;
  const lastEndMs = last ? ms(last.expiresAt) + pausedMs : nowMs;
  const lengthMs = (last?.validityDays ?? 0) * dayMs;
  const coming = Array.from({ length: last ? count : 0 }, (_, n) => ({
    startsAt: instant(lastEndMs + n * lengthMs),
    expiresAt: instant(lastEndMs + (n + 1) * lengthMs),
  }));
  const refunds = [running, scheduled]
    .filter((period) => period !== undefined)
    .map((period) => Math.min(proRataRefund(period, nowMs), period.pricePaise - (sentBack[period.rentalId] ?? 0)));
  return {
    nextPayment: last ? { at: instant(lastEndMs), amount: last.pricePaise } : null,
    periods: coming,
    refundToday: paise(refunds.reduce((total, refund) => total + refund, 0)),
    blocked: blockedBy(running, isKeptOff, fault),
  };
};

const blockedBy = (running: Period | undefined, isKeptOff: boolean, fault: RentalFault | null): string | null => {
  if (isKeptOff) return 'A sanction is in force; its end or its waiver ends that.';
  if (!fault) return null;
  return running?.status === 'PAUSED'
    ? 'The rental is paused by staff; resuming it ends that.'
    : 'No paid rental runs, which the fleet asks for; paying for a plan ends that.';
};
