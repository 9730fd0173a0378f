import { paise, sum } from '../../money.ts';
import type { Paise } from '../../money.ts';
import type { DuePart } from '../journals/deposits.ts';
import type { DueKind } from '../journals/journal.ts';

export type ShortageMode = 'RECOVER' | 'WRITE_OFF';

/** How much a collection may be below what was expected before the driver owes the difference. */
export const usualTolerancePaise = paise(1000);

/**
 * What is missing of the expected revenue, or too much of it. Without an expectation there is no variance; 0 is one. A shortage
 * counts only beyond the tolerance. Source: collections.md, rules 8 and 10.
 */
export const varianceOf = (
  total: Paise,
  expected: Paise | null,
  tolerance: Paise,
): { variance: Paise | null; shortage: Paise; excess: Paise } => {
  if (expected === null) return { variance: null, shortage: paise(0), excess: paise(0) };
  const variance = paise(total - expected);
  return {
    variance,
    shortage: paise(variance + tolerance < 0 ? 0 - variance : 0),
    excess: paise(Math.max(variance, 0)),
  };
};

/** A share in per cent with at most two decimals, in hundredths of a per cent. */
export const basisPoints = (percent: number): number => Math.round(percent * 100);

/** One rounding, so that both parts always add up to the base. Source: collections.md, rule 13. */
export const sharedOut = (base: Paise, bps: number): { share: Paise; platform: Paise } => {
  const share = paise(Number((BigInt(base) * BigInt(bps) + 5000n) / 10_000n));
  return { share, platform: paise(base - share) };
};

/** A due of a driver, as far as netting cares. */
export interface OpenDue {
  kind: DueKind;
  source: string;
  open: Paise;
}

/** What is open of an incentive that is settled with the collection. */
export interface OpenIncentive {
  incentiveId: string;
  open: Paise;
}

/** Of a day whose cash was counted: the collection itself, and its shifts with a shortage of cash. */
export interface DueOrder {
  collectionId: string;
  attendanceIds: readonly string[];
}

const shortages: readonly DueKind[] = ['CASH_SHORTAGE', 'REVENUE_SHORTAGE'];

/** Older shortages, that of this day's revenue, that of its cash, chargebacks and overpayments, then penalties. */
const rankOf = ({ kind, source }: OpenDue, { collectionId, attendanceIds }: DueOrder): number => {
  if (kind === 'PENALTY') return 4;
  if (!shortages.includes(kind)) return 3;
  if (kind === 'REVENUE_SHORTAGE') return source === collectionId ? 1 : 0;
  return attendanceIds.includes(source) ? 2 : 0;
};

/** The order in which dues are taken; those that come here are oldest first, and stay so within their kind. Rule 14. */
export const inOrderOfTaking = (dues: readonly OpenDue[], order: DueOrder): OpenDue[] =>
  dues.toSorted((a, b) => rankOf(a, order) - rankOf(b, order));

export interface Netted {
  /** Advances that the share covered. */
  advance: Paise;
  /** What each due got. */
  dues: DuePart[];
  fromShare: Paise;
  /** What of each attached incentive went into dues. */
  fromIncentives: { incentiveId: string; amount: Paise }[];
  shortageTaken: Paise;
  penaltyTaken: Paise;
  net: Paise;
}

/**
 * What dues take from the share of a collection, and then from the incentives that are settled with it, in their order. Advances
 * come first of all. Nothing falls below zero: what could not be taken stays open. Source: collections.md, rules 14 and 15.
 */
export const netted = (
  share: Paise,
  advances: Paise,
  incentives: readonly OpenIncentive[],
  dues: readonly OpenDue[],
): Netted => {
  const advance = paise(Math.min(share, advances));
  const sources = [paise(share - advance), ...incentives.map(({ open }) => open)];
  const available = sum(...sources);
  let left: number = available;
  const taken = dues.map((due) => {
    const amount = paise(Math.min(due.open, left));
    left -= amount;
    return { ...due, amount };
  });
  const used = sum(...taken.map(({ amount }) => amount));
  let toDraw: number = used;
  const drawn = sources.map((source) => {
    const amount = paise(Math.min(source, toDraw));
    toDraw -= amount;
    return amount;
  });
  const takenOf = (isPenalty: boolean) =>
    sum(...taken.filter(({ kind }) => (kind === 'PENALTY') === isPenalty).map(({ amount }) => amount));
  return {
    advance,
    dues: taken.flatMap(({ kind, source, amount }) => (amount > 0 ? [{ kind, source, amount }] : [])),
    fromShare: drawn[0]!,
    fromIncentives: incentives.flatMap(({ incentiveId }, n) =>
      drawn[n + 1]! > 0 ? [{ incentiveId, amount: drawn[n + 1]! }] : [],
    ),
    shortageTaken: takenOf(false),
    penaltyTaken: takenOf(true),
    net: paise(available - used),
  };
};

/** Cash of one shift, as the driver declared it and as it was counted. */
export interface DeclaredCash {
  attendanceId: string;
  declared: Paise;
  counted: Paise | null;
}

/**
 * What each shift's count becomes when somebody says what a whole day brought: as counted before, else as declared, and the
 * difference with the last shift that was not counted, then with the one before it, and with counted ones at the end. Null: no
 * difference.
 */
export const countsOf = (cash: readonly DeclaredCash[], countedOfDay: Paise | null): Map<string, Paise> => {
  const counts = new Map(cash.map(({ attendanceId, declared, counted }) => [attendanceId, counted ?? declared]));
  let difference = countedOfDay === null ? 0 : countedOfDay - sum(...counts.values());
  const uncounted = cash.filter(({ counted }) => counted === null);
  const inTurn = [...cash.filter(({ counted }) => counted !== null), ...uncounted].toReversed();
  for (const { attendanceId } of inTurn) {
    const before = counts.get(attendanceId)!;
    const count = paise(Math.max(0, before + difference));
    counts.set(attendanceId, count);
    difference -= count - before;
  }
  return counts;
};
