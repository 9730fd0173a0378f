import type { Actor, Rule } from '../../commands.ts';
import { rupeeText } from '../../money.ts';
import type { Paise } from '../../money.ts';
import { refusal } from '../../refusals.ts';
import { dayMs, hourMs, istDay, istDayStartMs, ms } from '../../time.ts';
import type { IstDay } from '../../time.ts';
import type { ShortageMode } from './sharing.ts';

export type CollectionStatus = 'OPEN' | 'CLOSED' | 'RECONCILED' | 'PAYOUT_PENDING' | 'PAID' | 'DISPUTED';

/** What a driver took in on a business day, as far as its rules care. */
export interface CollectionFacts {
  collectionId: string;
  shortId: string;
  driverId: string;
  fleetId: string;
  date: IstDay;
  status: CollectionStatus;
  totalPaise: Paise;
  netPaise: Paise | null;
  /** A shift of the driver that began on this day and is not ended. */
  hasOpenShift: boolean;
  /** Counts its reconciliations. */
  reconciliations: number;
  version: number;
}

/** The shares are in the books. */
export const isReconciled = ({ status }: Pick<CollectionFacts, 'status'>): boolean =>
  status === 'RECONCILED' || isLocked({ status });

/** A payout has begun or is made, or there was nothing to pay: nothing changes any more. */
export const isLocked = ({ status }: Pick<CollectionFacts, 'status'>): boolean =>
  status === 'PAYOUT_PENDING' || status === 'PAID';

/** Throws COLLECTION_LOCKED. */
const requireUnlocked = (collection: CollectionFacts): void => {
  if (isLocked(collection)) throw refusal('COLLECTION_LOCKED', { status: collection.status });
};

interface ByStaff {
  by: Actor;
  /** The text that holds what they wrote. */
  textId: string | null;
}

export interface Reconcile extends ByStaff {
  expectedPaise: Paise | null;
  /** What the cash of the whole day was counted as; null: as counted before, else as declared. */
  countedPaise: Paise | null;
  shortageMode: ShortageMode;
  force: boolean;
  /** The version that the reconciler saw, if they said it. */
  seenVersion: number | null;
}

/**
 * Shares a day between driver and platform; before a payout it may be done again, which is a correction. Throws SHIFT_STILL_OPEN,
 * COLLECTION_LOCKED, COLLECTION_DISPUTED, VERSION_CONFLICT. Source: collections.md, reconcile.
 */
export const reconcile: Rule<CollectionFacts, Reconcile> = (collection, { force, seenVersion }) => {
  requireUnlocked(collection);
  const { version, status, hasOpenShift, reconciliations } = collection;
  if (seenVersion !== null && seenVersion !== version)
    throw refusal('VERSION_CONFLICT', { version, seen: seenVersion });
  if (status === 'DISPUTED') throw refusal('COLLECTION_DISPUTED');
  if (hasOpenShift && !force) throw refusal('SHIFT_STILL_OPEN');
  return { move: 'reconcile', set: { status: 'RECONCILED', reconciliations: reconciliations + 1 } };
};

/** What a change of a reconciled day makes of it: it has to be reconciled anew. */
const changed = ({ status }: CollectionFacts): Partial<CollectionFacts> =>
  status === 'RECONCILED' ? { status: 'CLOSED', netPaise: null } : {};

export interface CountCash {
  by: Actor;
  attendanceId: string;
  countedPaise: Paise;
  reference: string | null;
}

/** The cash of one shift is counted at its hub. Who only counts does not change a day that is reconciled. Throws COLLECTION_LOCKED, COLLECTION_RECONCILED. */
export const countCash: Rule<CollectionFacts, CountCash> = (collection, { by }) => {
  requireUnlocked(collection);
  if (collection.status === 'RECONCILED' && by.role === 'OPERATIONS') throw refusal('COLLECTION_RECONCILED');
  return { move: 'countCash', set: changed(collection) };
};

export interface Adjust extends ByStaff {
  adjustmentId: string;
  amountPaise: Paise;
}

/** Adds to a day, or takes from it at most what it holds. Throws COLLECTION_LOCKED, ADJUSTMENT_EXCEEDS_TOTAL. */
export const adjust: Rule<CollectionFacts, Adjust> = (collection, { amountPaise }) => {
  requireUnlocked(collection);
  const { totalPaise } = collection;
  if (totalPaise + amountPaise < 0) throw refusal('ADJUSTMENT_EXCEEDS_TOTAL', { total: rupeeText(totalPaise) });
  return { move: 'adjust', set: changed(collection) };
};

/** Keeps a day from being paid. Throws COLLECTION_LOCKED, COLLECTION_NOT_CLOSED. */
export const dispute: Rule<CollectionFacts, ByStaff> = (collection) => {
  requireUnlocked(collection);
  if (collection.status === 'DISPUTED') return null;
  if (collection.status === 'OPEN') throw refusal('COLLECTION_NOT_CLOSED', { status: 'OPEN' });
  return { move: 'dispute', set: { status: 'DISPUTED', netPaise: null } };
};

/**
 * Ends a dispute, or takes a reconciliation back before its payout, also one that left nothing to pay. Throws COLLECTION_LOCKED,
 * COLLECTION_NOT_CLOSED.
 */
export const reopen: Rule<CollectionFacts, ByStaff> = (collection) => {
  const { status, netPaise } = collection;
  if (status !== 'PAID' || netPaise !== 0) requireUnlocked(collection);
  if (status === 'CLOSED') return null;
  if (status === 'OPEN') throw refusal('COLLECTION_NOT_CLOSED', { status });
  return { move: 'reopen', set: { status: 'CLOSED', netPaise: null } };
};

/** A day without a shift is over at midnight; one with a shift closes with that. Rule 7. */
export const closeDay: Rule<CollectionFacts, object> = ({ status, hasOpenShift }) =>
  status === 'OPEN' && !hasOpenShift ? { move: 'closeDay', set: { status: 'CLOSED' } } : null;

/** The row was changed beside its process: by a credit, a check-out, a waiver. */
export const look: Rule<CollectionFacts, object> = () => null;

const alertAtMs = 6 * hourMs;

/** When a day is closed, and when somebody is told that a shift of yesterday still keeps it open. Rule 7. */
export const collectionDeadlines = (collection: CollectionFacts) => {
  if (isReconciled(collection)) return [];
  const overMs = istDayStartMs(collection.date) + dayMs;
  const closing = collection.status === 'OPEN' ? [{ name: 'closeDay', dueMs: overMs }] : [];
  return [...closing, { name: 'shiftOpen', dueMs: overMs + alertAtMs }];
};

/** The day that is current at a moment for a driver whose open shift began then. */
export const currentDay = (atMs: number, checkInOfOpenShift: string | null): IstDay =>
  istDay(checkInOfOpenShift ? ms(checkInOfOpenShift) : atMs);

/** Whether a difference to what was expected was left unexplained. Throws NOTES_REQUIRED. */
export const requireNotes = (
  { variance, mode }: { variance: Paise | null; mode: ShortageMode },
  notes: string | null,
): void => {
  if (notes !== null) return;
  if (mode === 'WRITE_OFF') throw refusal('NOTES_REQUIRED', { variance: null, because: 'a shortage is written off' });
  if (variance)
    throw refusal('NOTES_REQUIRED', { variance: rupeeText(variance), because: 'the total is not what was expected' });
};
