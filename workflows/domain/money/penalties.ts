import type { Actor, Rule } from '../commands.ts';
import { paise } from '../money.ts';
import type { Paise } from '../money.ts';
import { refusal } from '../refusals.ts';
import { dayMs, istDay, istDayStartMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';

export const penaltyTypes = ['MONETARY', 'WARNING', 'SUSPENSION', 'BLACKLIST'] as const;
export type PenaltyType = (typeof penaltyTypes)[number];

type PenaltyStatus = 'OUTSTANDING' | 'PARTLY_DEDUCTED' | 'SETTLED' | 'SCHEDULED' | 'IN_FORCE' | 'ENDED' | 'WAIVED';

/** A penalty, as far as its rules care; nothing that people wrote. */
export interface PenaltyFacts {
  penaltyId: string;
  shortId: string;
  driverId: string;
  fleetId: string;
  type: PenaltyType;
  status: PenaltyStatus;
  /** Its parts, by where the money came from, and what is open of it. */
  depositPaise: Paise;
  nettedPaise: Paise;
  linkPaidPaise: Paise;
  outstandingPaise: Paise;
  /** A suspension has both, the last one included. */
  startsAt: Instant | null;
  endsAt: Instant | null;
  /** When a blacklisting had settled the deposit; until then the refusal that this waits for, once it was tried. */
  depositSettledAt: Instant | null;
  settlementWaitsFor: string | null;
  createdAt: Instant;
  version: number;
}

interface PenaltyRow {
  id: string;
  shortId: string;
  driverId: string;
  fleetId: string;
  type: PenaltyType;
  status: PenaltyStatus;
  depositPaise: bigint;
  nettedPaise: bigint;
  linkPaidPaise: bigint;
  outstandingPaise: bigint;
  suspensionStartDate: Date | null;
  suspensionEndDate: Date | null;
  depositSettledAt: Date | null;
  settlementWaitsFor: string | null;
  createdAt: Date;
  version: number;
}

export const penaltyFacts = (row: PenaltyRow): PenaltyFacts => ({
  penaltyId: row.id,
  shortId: row.shortId,
  driverId: row.driverId,
  fleetId: row.fleetId,
  type: row.type,
  status: row.status,
  depositPaise: paise(Number(row.depositPaise)),
  nettedPaise: paise(Number(row.nettedPaise)),
  linkPaidPaise: paise(Number(row.linkPaidPaise)),
  outstandingPaise: paise(Number(row.outstandingPaise)),
  startsAt: row.suspensionStartDate?.toISOString() ?? null,
  endsAt: row.suspensionEndDate?.toISOString() ?? null,
  depositSettledAt: row.depositSettledAt?.toISOString() ?? null,
  settlementWaitsFor: row.settlementWaitsFor,
  createdAt: row.createdAt.toISOString(),
  version: row.version,
});

/** Midnight in UTC is what a date field of the panel sends: it means that business day. Source: payments.md, Penalties. */
const asDay = (atMs: number) => (atMs % dayMs === 0 ? istDayStartMs(istDay(atMs)) : null);

/** From when until when a suspension is meant to be in force: whole business days where days were named. */
export const suspensionSpan = (start: Date, end: Date): { startsAt: Date; endsAt: Date } => {
  const [startMs, endMs] = [start.getTime(), end.getTime()];
  const lastDay = asDay(endMs);
  return {
    startsAt: new Date(asDay(startMs) ?? startMs),
    endsAt: new Date(lastDay === null ? endMs : lastDay + dayMs - 1),
  };
};

/** A sanction keeps its driver from driving. */
export const isSanction = ({ type }: Pick<PenaltyFacts, 'type'>): boolean =>
  type === 'SUSPENSION' || type === 'BLACKLIST';

/** Whether a driver is blacklisted and the deposit is not settled yet. */
const isUnsettled = ({ type, status, depositSettledAt }: PenaltyFacts): boolean =>
  type === 'BLACKLIST' && status === 'IN_FORCE' && !depositSettledAt;

/** Whether something is still to happen to it by itself. */
export const isOpenPenalty = (penalty: PenaltyFacts): boolean =>
  penalty.status === 'SCHEDULED' ||
  (penalty.status === 'IN_FORCE' && penalty.type === 'SUSPENSION') ||
  isUnsettled(penalty);

interface ByStaff {
  by: Actor;
  /** The text that holds what they wrote. */
  textId: string;
}
export type LiftPenalty = ByStaff;
export type WaivePenalty = ByStaff;
export type ReviewPenalty = ByStaff;

/** A scheduled sanction begins; one that is due only after its end never does. Rules 7 and 9. */
export const impose: Rule<PenaltyFacts, object> = ({ status, startsAt, endsAt, createdAt }, _, nowMs) => {
  if (status !== 'SCHEDULED' || ms(startsAt ?? createdAt) > nowMs) return null;
  const isPast = endsAt !== null && ms(endsAt) < nowMs;
  return { move: 'impose', set: { status: isPast ? 'ENDED' : 'IN_FORCE' } };
};

/** The deposit of a driver who is blacklisted is to be settled, once more if it could not be before. Rule 9. */
export const settle: Rule<PenaltyFacts, object> = (penalty) =>
  isUnsettled(penalty) ? { move: 'settle', set: {} } : null;

/** A suspension ends by itself: rule 8. */
export const end: Rule<PenaltyFacts, object> = ({ status, endsAt }, _, nowMs) =>
  status === 'IN_FORCE' && endsAt !== null && ms(endsAt) < nowMs ? { move: 'end', set: { status: 'ENDED' } } : null;

/** Throws PENALTY_NOT_LIFTABLE: only a suspension can end early without being waived. */
export const lift: Rule<PenaltyFacts, LiftPenalty> = ({ type, status }) => {
  if (type === 'SUSPENSION' && (status === 'SCHEDULED' || status === 'IN_FORCE'))
    return { move: 'lift', set: { status: 'ENDED' } };
  throw refusal('PENALTY_NOT_LIFTABLE', { type, status });
};

/** What was open is not expected any more; what was paid goes back to where it came from. Throws PENALTY_ALREADY_WAIVED. Rules 10 to 12. */
export const waive: Rule<PenaltyFacts, WaivePenalty> = ({ status }) => {
  if (status === 'WAIVED') throw refusal('PENALTY_ALREADY_WAIVED');
  return { move: 'waive', set: { status: 'WAIVED', outstandingPaise: paise(0) } };
};

export const review: Rule<PenaltyFacts, ReviewPenalty> = () => ({ move: 'review', set: {} });

/** What the penalties in force, and a sanction that a person gave, make of a driver: the gravest counts. Rules 8 and 11. */
export const statusUnder = (
  inForce: readonly Pick<PenaltyFacts, 'type'>[],
  byHand: string | null,
): 'ACTIVE' | 'SUSPENDED' | 'BLACKLISTED' => {
  const isUnder = (type: PenaltyType, status: string) =>
    byHand === status || inForce.some((each) => each.type === type);
  if (isUnder('BLACKLIST', 'BLACKLISTED')) return 'BLACKLISTED';
  return isUnder('SUSPENSION', 'SUSPENDED') ? 'SUSPENDED' : 'ACTIVE';
};

/** How much of a penalty the deposit of a driver pays, and what remains. Only who rents pays so. Rules 1 to 4. */
export const deduction = (
  amount: Paise,
  deposit: Paise,
  paymentModel: 'RENTAL' | 'PAYOUT' | null,
): { deducted: Paise; remaining: Paise } => {
  const deducted = paymentModel === 'RENTAL' ? Math.min(deposit, amount) : 0;
  return { deducted: paise(deducted), remaining: paise(amount - deducted) };
};

/** The status of a MONETARY penalty with these parts. */
export const monetaryStatus = (depositPaise: Paise, outstandingPaise: Paise): PenaltyStatus => {
  if (outstandingPaise === 0) return 'SETTLED';
  return depositPaise > 0 ? 'PARTLY_DEDUCTED' : 'OUTSTANDING';
};

/** When it will happen. */
export const penaltyDeadlines = ({ status, startsAt, endsAt, createdAt }: PenaltyFacts) => {
  if (status === 'SCHEDULED') return [{ name: 'impose', dueMs: ms(startsAt ?? createdAt) }];
  // After its last millisecond.
  return status === 'IN_FORCE' && endsAt !== null ? [{ name: 'end', dueMs: ms(endsAt) + 1 }] : [];
};
