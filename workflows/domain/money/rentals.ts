import type { Actor, Decision, Rule } from '../commands.ts';
import { refusal } from '../refusals.ts';
import { dayMs, hourMs, ms } from '../time.ts';
import type { Deadline } from '../records.ts';
import { cancelled, expired, extended, paused, pausedDaysMax, resumed, runningOf } from './rental-periods.ts';
import type { Period } from './rental-periods.ts';

/** A driver who rents, with the periods that are not over; nothing that people wrote. */
export interface SubscriptionFacts {
  /** The driver. */
  subscriptionId: string;
  shortId: string;
  fleetId: string;
  hubId: string | null;
  /** Oldest first: one that runs or is paused, one that is scheduled, and those that a commit has just ended. */
  periods: Period[];
  /** A sanction keeps the driver from driving. */
  isKeptOff: boolean;
  /** Somebody else changed the periods since the process looked. */
  isUnheard: boolean;
  createdAt: string;
  version: number;
}

interface ByStaff {
  by: Actor;
  /** The text that holds their reason. */
  textId: string;
  rentalId: string;
}
export type PauseRental = ByStaff;
export type ResumeRental = ByStaff;
export type ExtendRental = ByStaff & { hours: number };
export type CancelRental = ByStaff & { refunds: boolean };

type Decided = Decision<SubscriptionFacts> | null;

const changed = (move: string, periods: Period[] | null): Decided => (periods ? { move, set: { periods } } : null);

/** A state that the command does not fit. */
const requireRunning = ({ periods }: SubscriptionFacts, rentalId: string, status: 'ACTIVE' | 'PAUSED'): void => {
  const period = periods.find((each) => each.rentalId === rentalId);
  if (period?.status !== status) throw refusal('RENTAL_STATE', { status: period?.status ?? 'over', wanted: status });
};

/** Looks at what others changed: payments, grants, sanctions. */
export const look: Rule<SubscriptionFacts, object> = ({ isUnheard }) =>
  isUnheard ? { move: 'look', set: { isUnheard: false } } : null;

/** The period that runs is over. Rule 9. */
export const expire: Rule<SubscriptionFacts, object> = ({ periods }, _, nowMs) =>
  changed('expire', expired(periods, nowMs));

/** A pause may not last for ever: the rent goes back pro rata. */
export const endPause: Rule<SubscriptionFacts, object> = ({ periods, isKeptOff }, _, nowMs) => {
  const running = runningOf(periods);
  if (running?.status !== 'PAUSED' || pauseEndsMs(running) > nowMs) return null;
  return changed('endPause', cancelled(periods, running.rentalId, { nowMs, refunds: true, isKeptOff }));
};

/** Throws RENTAL_STATE. */
export const pause: Rule<SubscriptionFacts, PauseRental> = (facts, { rentalId }, nowMs) => {
  requireRunning(facts, rentalId, 'ACTIVE');
  return changed('pause', paused(facts.periods, 'STAFF', nowMs));
};

/** Throws RENTAL_STATE, or DRIVER_UNDER_PENALTY for a pause that ends with its sanction. */
export const resume: Rule<SubscriptionFacts, ResumeRental> = (facts, { rentalId }, nowMs) => {
  requireRunning(facts, rentalId, 'PAUSED');
  if (facts.isKeptOff) throw refusal('DRIVER_UNDER_PENALTY');
  const by = runningOf(facts.periods)!.pausedBy!;
  return changed('resume', resumed(facts.periods, by, nowMs));
};

/** Throws RENTAL_NOT_ACTIVE. */
export const extend: Rule<SubscriptionFacts, ExtendRental> = ({ periods }, { rentalId, hours }) =>
  changed('extend', extended(periods, rentalId, hours * hourMs));

/** Throws RENTAL_NOT_ACTIVE. */
export const cancel: Rule<SubscriptionFacts, CancelRental> = ({ periods, isKeptOff }, { rentalId, refunds }, nowMs) =>
  changed('cancel', cancelled(periods, rentalId, { nowMs, refunds, isKeptOff }));

const pauseEndsMs = ({ pausedAt }: Period): number => ms(pausedAt!) + pausedDaysMax * dayMs;

/** Before the end of a period its driver is reminded: rule 10. */
const remindersMs = { remind48h: 48 * hourMs, remind24h: 24 * hourMs };
export type Reminder = keyof typeof remindersMs;

/** What will happen by itself: rules 9 and 10. */
export const rentalDeadlines = ({ periods }: SubscriptionFacts): Deadline[] => {
  const running = runningOf(periods);
  if (!running) return [];
  if (running.status === 'PAUSED') return [{ name: 'endPause', dueMs: pauseEndsMs(running) }];
  const endMs = ms(running.expiresAt);
  const reminders = Object.entries(remindersMs)
    .map(([name, beforeMs]) => ({ name, dueMs: endMs - beforeMs }))
    .filter(({ dueMs }) => dueMs > ms(running.startsAt));
  return [...reminders, { name: 'expire', dueMs: endMs }];
};

export const isOverSubscription = ({ periods }: SubscriptionFacts): boolean =>
  !runningOf(periods) && !periods.some(({ status }) => status === 'SCHEDULED');
