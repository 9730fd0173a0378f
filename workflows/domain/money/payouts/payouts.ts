import { paise, rupeeText, sum } from '../../money.ts';
import type { Paise } from '../../money.ts';
import type { Labels } from '../../records.ts';
import { refusal } from '../../refusals.ts';
import { dayMs, hourMs, instant, istDay, minuteMs, ms } from '../../time.ts';
import type { Instant } from '../../time.ts';

interface KindOfPayout {
  /** What is paid: what the driver is owed (2020), their deposit (2010), or the money of an order (2060, 2050, 4040). */
  from: 'PAYABLE' | 'DEPOSIT' | 'ORDER';
  /** As what the driver sees it, or staff in the order. */
  shownAs: 'PAYOUT' | 'INCENTIVE' | 'REFUND';
  /** Why a second person always has to release it. */
  heldFor?: 'DEPOSIT_REFUND';
  /** Whether it goes to drivers who are blacklisted, to whom nothing else is paid. */
  isForBlacklisted?: true;
}

/** Source: payouts.md, Model and rule 15. */
const kindTable = {
  COLLECTION: { from: 'PAYABLE', shownAs: 'PAYOUT' },
  INCENTIVE: { from: 'PAYABLE', shownAs: 'INCENTIVE' },
  BULK_ROW: { from: 'PAYABLE', shownAs: 'PAYOUT' },
  AGGREGATE: { from: 'PAYABLE', shownAs: 'PAYOUT' },
  DEPOSIT_REFUND: { from: 'DEPOSIT', shownAs: 'PAYOUT', heldFor: 'DEPOSIT_REFUND', isForBlacklisted: true },
  CUSTOMER_REFUND: { from: 'ORDER', shownAs: 'REFUND' },
} as const satisfies Record<string, KindOfPayout>;
export type PayoutKind = keyof typeof kindTable;
export const payoutKinds = Object.keys(kindTable) as [PayoutKind, ...PayoutKind[]];

export const kindOf = ({ kind }: { kind: PayoutKind }): KindOfPayout => kindTable[kind];

/** Those whose money is on its way, or waits to be sent. */
export const inFlightStatuses = ['CREATED', 'HELD', 'SUBMITTING', 'ACCEPTED', 'UNKNOWN'] as const;
export const payoutStatuses = [...inFlightStatuses, 'SUCCESS', 'FAILED', 'REVERSED', 'CANCELLED'] as const;
export type PayoutStatus = (typeof payoutStatuses)[number];

export const payoutHolds = ['LARGE', 'OWN_INCENTIVE', 'NEW_BANK_DETAILS', 'DEPOSIT_REFUND'] as const;
export type PayoutHold = (typeof payoutHolds)[number];

/** A payout, as far as its process cares; nothing of the driver but their id. */
export interface PayoutFacts {
  payoutId: string;
  shortId: string;
  kind: PayoutKind;
  /** Of a customer refund there is an order instead, which may be of no fleet. */
  driverId: string | null;
  fleetId: string | null;
  orderId: string | null;
  amountPaise: Paise;
  status: PayoutStatus;
  heldFor: PayoutHold[];
  /** Before it, nobody releases it. */
  releasableAt: Instant | null;
  attempt: number;
  queuedOnLowBalance: boolean;
  submittedAt: Instant | null;
  calledAt: Instant | null;
  createdAt: Instant;
}

interface PayoutRow {
  id: string;
  shortId: string;
  kind: PayoutKind;
  driverId: string | null;
  fleetId: string | null;
  orderId: string | null;
  amountPaise: bigint;
  status: PayoutStatus;
  heldFor: PayoutHold[];
  releasableAt: Date | null;
  attempt: number;
  queuedOnLowBalance: boolean;
  submittedAt: Date | null;
  calledAt: Date | null;
  createdAt: Date;
}

export const payoutFacts = (row: PayoutRow): PayoutFacts => ({
  payoutId: row.id,
  shortId: row.shortId,
  kind: row.kind,
  driverId: row.driverId,
  fleetId: row.fleetId,
  orderId: row.orderId,
  amountPaise: paise(Number(row.amountPaise)),
  status: row.status,
  heldFor: row.heldFor,
  releasableAt: row.releasableAt?.toISOString() ?? null,
  attempt: row.attempt,
  queuedOnLowBalance: row.queuedOnLowBalance,
  submittedAt: row.submittedAt?.toISOString() ?? null,
  calledAt: row.calledAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});

export const payoutLabels = ({ shortId, fleetId, driverId, status, createdAt }: PayoutFacts): Labels => ({
  ...{ shortId, fleetId, driverId, hubId: null, state: status },
  businessDay: istDay(ms(createdAt)),
});

export const isInFlight = ({ status }: { status: PayoutStatus }): boolean =>
  inFlightStatuses.some((open) => open === status);

/** What clients see of a status. Source: payouts.md, Model. */
export const wireStatus = (payout: { status: PayoutStatus }): 'PENDING' | 'SUCCESS' | 'FAILED' => {
  if (isInFlight(payout)) return 'PENDING';
  return payout.status === 'SUCCESS' ? 'SUCCESS' : 'FAILED';
};

/** The number of an attempt at the gateway. Rule 2. */
export const requestNumber = (payoutId: string, attempt: number): string =>
  `${payoutId.replaceAll('-', '')}${attempt > 1 ? `R${attempt}` : ''}`;

/** The payout and the attempt that a number names; null: it is none of ours. */
export const attemptOf = (number: string): { payoutId: string; attempt: number } | null => {
  const [, a, b, c, d, e, attempt] =
    /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(?:R([1-9]\d{0,5}))?$/.exec(number) ?? [];
  return e ? { payoutId: [a, b, c, d, e].join('-'), attempt: Number(attempt ?? 1) } : null;
};

/** What the gateway says of a transfer, and what we know when it says nothing. */
export type TransferAnswer =
  | {
      kind: 'told';
      word: string;
      amountPaise: number;
      utr: string;
      gatewayTransferId: string;
      feePaise: number;
      taxPaise: number;
      isQueued: boolean;
      reason: string;
    }
  | { kind: 'refused' | 'notAllowed'; reason: string }
  | { kind: 'notFound' | 'notSent' | 'unknown' };

/** Every time that a payout keeps. Source: payouts.md, rules 3 and 5. */
export interface PayoutClock {
  /** After the attempt was sent: when the gateway is asked what became of it. After the last one a person has to look. */
  enquiriesMs: readonly number[];
  /** How long after a call the gateway may not know its number yet. Then the same number is sent again. */
  resubmitMs: number;
}

export const payoutClock: PayoutClock = {
  enquiriesMs: [0.5 * minuteMs, ...[1, 2, 5, 10, 30].map((minutes) => minutes * minuteMs)].concat(
    Array.from({ length: 72 }, (_, n) => (n + 1) * hourMs),
  ),
  resubmitMs: 15 * minuteMs,
};

/** What people say became of a payout, and how far what they said is. Rule 16b. */
export const decidedOutcomes = ['PAID', 'NOT_PAID'] as const;
export const decisionStatuses = ['WAITING', 'REPLACED', 'APPROVED', 'APPLIED', 'LAPSED'] as const;

/**
 * People decide what became of an attempt only after the gateway was asked about it for the last time. Throws PAYOUT_NOT_DECIDABLE
 * with that moment. Source: payouts.md, rule 16b.
 */
export const requireDecidable = (
  { status, submittedAt }: Pick<PayoutFacts, 'status' | 'submittedAt'>,
  nowMs: number,
  { enquiriesMs }: PayoutClock = payoutClock,
): void => {
  const isOpen = status === 'UNKNOWN' || status === 'ACCEPTED';
  const fromMs = isOpen && submittedAt !== null ? ms(submittedAt) + enquiriesMs.at(-1)! : null;
  if (fromMs === null || nowMs < fromMs)
    throw refusal('PAYOUT_NOT_DECIDABLE', { status, from: fromMs === null ? null : instant(fromMs) });
};

interface BankDetails {
  accountNumber: string | null;
  ifscCode: string | null;
  accountName: string | null;
}

/** Throws BANK_DETAILS_MISSING or BANK_DETAILS_INVALID. Source: payouts.md, POST collection/:id/payout. */
export const requireBankDetails = ({ accountNumber, ifscCode, accountName }: BankDetails) => {
  if (!accountNumber || !ifscCode || !accountName) throw refusal('BANK_DETAILS_MISSING');
  if (!/^[A-Z]{4}0[A-Z0-9]{6}$/.test(ifscCode)) throw refusal('BANK_DETAILS_INVALID', { field: 'bankIfscCode' });
  if (!/^[0-9A-Za-z]{6,18}$/.test(accountNumber)) throw refusal('BANK_DETAILS_INVALID', { field: 'bankAccountNumber' });
  return { accountNumber, ifscCode, accountName };
};

/** What the environment says of payouts. */
export interface PayoutLimits {
  min: Paise;
  max: Paise;
  /** Above it, on one Indian day, by one person or for one driver, a second person releases. */
  approval: Paise;
  /** Above it, on one Indian day, nobody releases the incentives alone that they gave. */
  ownIncentives: Paise;
}

/** Throws NOTHING_TO_PAY, PAYOUT_BELOW_MINIMUM or PAYOUT_ABOVE_LIMIT. */
export const requirePayable = (amount: Paise, { min, max }: PayoutLimits): void => {
  if (amount <= 0) throw refusal('NOTHING_TO_PAY');
  if (amount < min) throw refusal('PAYOUT_BELOW_MINIMUM', { amount: rupeeText(amount), min: rupeeText(min) });
  if (amount > max) throw refusal('PAYOUT_ABOVE_LIMIT', { amount: rupeeText(amount), max: rupeeText(max) });
};

/** Above the first banks take no immediate payment; from the second on they settle singly. */
const immediateMax = paise(500_000_00);
const singlyMin = paise(200_000_00);

export const transferModes = ['IMPS', 'NEFT', 'RTGS', 'UPI'] as const;

/** How a bank account is to be reached; a UPI handle is reached by UPI. Rule 4. */
export const modeOf = (amount: Paise, { preferRtgs }: { preferRtgs: boolean }): (typeof transferModes)[number] => {
  if (preferRtgs && amount >= singlyMin) return 'RTGS';
  return amount > immediateMax ? 'NEFT' : 'IMPS';
};

interface Wanted {
  kind: PayoutKind;
  amount: Paise;
  /** Payouts of this Indian day that whoever asks has begun, and that the driver got. */
  requestedToday: Paise;
  driverToday: Paise;
  /** What of those, and of this one, are incentives that they gave. */
  ownToday: Paise;
  own: Paise;
  bankChangedAt: Instant | null;
  nowMs: number;
}

/** Why a second person has to release a payout; empty: nobody has to. Source: payouts.md, rules 15 and 16. */
export const holdsOf = (wanted: Wanted, { approval, ownIncentives }: PayoutLimits): PayoutHold[] => {
  const { kind, amount, requestedToday, driverToday, ownToday, own, bankChangedAt, nowMs } = wanted;
  const isAbove = (today: Paise, limit: Paise) => sum(today, amount) > limit;
  const { heldFor } = kindOf({ kind });
  const holds: PayoutHold[] = heldFor ? [heldFor] : [];
  // What whoever asks has sent in files is compared with the limit of files.
  const isMuch = kind !== 'BULK_ROW' && isAbove(requestedToday, approval);
  if (isMuch || isAbove(driverToday, approval)) holds.push('LARGE');
  if (own > 0 && sum(ownToday, own) > ownIncentives) holds.push('OWN_INCENTIVE');
  // Details of which nobody knows since when they stand count as new.
  if (bankChangedAt === null || nowMs - ms(bankChangedAt) < dayMs) holds.push('NEW_BANK_DETAILS');
  return holds;
};
