import { paise } from '../../money.ts';
import type { Paise } from '../../money.ts';
import type { Labels } from '../../records.ts';
import { hourMs, istDay, minuteMs, ms } from '../../time.ts';
import type { Instant } from '../../time.ts';

/** Above this amount, in paise, a credit is booked only once the gateway has confirmed it. `VA_CONFIRM_THRESHOLD`. */
export const usualConfirmAbovePaise = paise(500_000);

export type CreditState =
  'RECEIVED' | 'WAITING' | 'CONFIRMING' | 'COLLECTED' | 'ORDERED' | 'UNATTRIBUTED' | 'REVIEW' | 'FAILED';

export type UnattributedReason = 'NO_SHIFT' | 'NO_ASSIGNMENT' | 'UNKNOWN_ACCOUNT' | 'INACTIVE_QR' | 'AMOUNT_MISMATCH';

/** A credit to a virtual account, as far as its process cares; nothing of the payer. */
export interface CreditFacts {
  id: string;
  /** The gateway's number. */
  creditId: string;
  accountGatewayId: string;
  amountPaise: Paise;
  occurredAt: Instant;
  state: CreditState;
  reason: UnattributedReason | null;
  isResolved: boolean;
  fleetId: string | null;
  driverId: string | null;
  /** The order into whose account it was paid. */
  orderId: string | null;
}

interface CreditRow {
  id: string;
  creditId: string;
  accountGatewayId: string;
  amountPaise: bigint;
  occurredAt: Date;
  state: CreditState;
  reason: UnattributedReason | null;
  resolvedAt: Date | null;
  fleetId: string | null;
  driverId: string | null;
  orderId: string | null;
}

export const creditFacts = (row: CreditRow): CreditFacts => ({
  id: row.id,
  creditId: row.creditId,
  accountGatewayId: row.accountGatewayId,
  amountPaise: paise(Number(row.amountPaise)),
  occurredAt: row.occurredAt.toISOString(),
  state: row.state,
  reason: row.reason,
  isResolved: row.resolvedAt !== null,
  fleetId: row.fleetId,
  driverId: row.driverId,
  orderId: row.orderId,
});

/** Its money is in the books, whosever it is. */
export const isBooked = ({ state, reason }: Pick<CreditFacts, 'state' | 'reason'>): boolean =>
  state === 'COLLECTED' || state === 'ORDERED' || reason !== null;

/** Whether anything is still to be found out by itself. What finance has to decide waits in its row. */
export const isOpenCredit = ({ state }: Pick<CreditFacts, 'state'>): boolean =>
  state === 'RECEIVED' || state === 'WAITING' || state === 'CONFIRMING';

export const creditLabels = ({ creditId, fleetId, driverId, state, occurredAt }: CreditFacts): Labels => ({
  ...{ shortId: creditId, fleetId, driverId, hubId: null, state },
  businessDay: istDay(ms(occurredAt)),
});

/** What the gateway says of a credit to a virtual account. */
export interface ToldCredit {
  creditId: string;
  /** The gateway's word for its state. */
  word: string;
  utr: string;
  accountGatewayId: string;
  amount: Paise;
  fee: Paise;
  tax: Paise;
  mode: string;
  occurredAt: Instant;
}

/**
 * Identity of what the gateway says of a credit. The number alone is not signed: who has taken it for something else must not make
 * what is true look like a repetition.
 */
export const creditEventKey = ({ creditId, word, utr, amount, accountGatewayId }: ToldCredit): string =>
  [creditId, word, utr, amount, accountGatewayId].join('|');

/** Clocks differ by less. */
const aheadMs = 5 * minuteMs;

/**
 * What is not signed of a credit may be forged around a body that is: then the gateway is asked. So it is when the amount is large,
 * when the bank reference is missing or was seen with another credit, and when it happened in the future. Source: easebuzz.md 2.3.
 */
export const needsConfirmation = (
  { amount, utr, isSeen, occurredAt }: { amount: Paise; utr: string; isSeen: boolean; occurredAt: Instant },
  confirmAbove: Paise,
  nowMs: number,
): boolean => amount > confirmAbove || utr === '' || isSeen || ms(occurredAt) > nowMs + aheadMs;

/** Every time that a credit keeps: when the gateway is asked for it, after it was heard of. After the last one finance decides. */
export interface CreditClock {
  enquiriesMs: readonly number[];
  /** Between questions to a gateway that is silent at the end. */
  repeatMs: number;
}

export const creditClock: CreditClock = {
  enquiriesMs: [0, minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 12 * hourMs, 24 * hourMs],
  repeatMs: hourMs,
};

/** Who had a vehicle when somebody paid into its QR. */
export interface Holders {
  /** The shift of the vehicle that contains the moment. */
  shift: { attendanceId: string; driverId: string; checkInTime: Instant } | null;
  /** The roster link of the vehicle at that moment. */
  link: { driverId: string } | null;
  /** Whether somebody had the vehicle on that day, at another time. */
  isUsedThatDay: boolean;
}

type Attribution =
  | { driverId: string; attendanceId: string | null; checkInTime: Instant | null }
  | { reason: 'NO_SHIFT' | 'NO_ASSIGNMENT' };

/** Whose a credit is: of the driver on shift at its time, else of the one on the roster then, else nobody's. Source: collections.md, rule 2. */
export const attributed = ({ shift, link, isUsedThatDay }: Holders): Attribution => {
  if (shift) return { driverId: shift.driverId, attendanceId: shift.attendanceId, checkInTime: shift.checkInTime };
  if (link) return { driverId: link.driverId, attendanceId: null, checkInTime: null };
  return { reason: isUsedThatDay ? 'NO_SHIFT' : 'NO_ASSIGNMENT' };
};
