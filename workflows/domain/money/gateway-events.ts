import type { Paise } from '../money.ts';
import { rupeeText, sum } from '../money.ts';
import { refusal } from '../refusals.ts';
import type { Instant } from '../time.ts';
import type { DuePart } from './journals/deposits.ts';
import type { Journal } from './journals/journal.ts';
import { payInOutcome } from './gateway-words.ts';
import { amountMismatch, unattributedResolved } from './journals/receipts.ts';
import type { Resolution } from './journals/receipts.ts';

export const eventActions = ['ATTRIBUTE', 'REFUND', 'IGNORE'] as const;
export const attributedTo = ['DEPOSIT', 'DUES', 'PAYABLE'] as const;

type EventState = 'RECEIVED' | 'PROCESSED' | 'IGNORED' | 'UNMATCHED' | 'REVIEW';

/** An event of the gateway that may wait for finance. */
export interface EventFacts {
  id: string;
  state: EventState;
  amount: Paise | null;
  source: string;
  /** What the gateway calls the state of its payment. */
  word: string;
  /** The journal that booked its money, if any. */
  journalType: string | null;
  /** Another event told of the same money, which is booked. */
  isTold: boolean;
  isResolved: boolean;
}

interface Attribution {
  action: 'ATTRIBUTE';
  to: (typeof attributedTo)[number];
  driverId: string;
}

/** What finance decided. Money that is attributed goes to a driver's deposit, open dues or payable. */
export type Decided = { action: 'REFUND' | 'IGNORE' } | Attribution;

/** A decision, with what is known of the driver whom it names. */
export type Decision =
  | { action: 'IGNORE' }
  /** The driver is the one whose payment the event is about, if any. */
  | { action: 'REFUND'; refundId: string; driverId: string | null; fleetId: string | null }
  | (Attribution & { fleetId: string; dues: DuePart[] });

/** A decision as the row of its event keeps it. */
export interface EventResolution {
  /** The text that held the reason, which names the decision. */
  textId: string;
  action: Decided['action'];
  to: (typeof attributedTo)[number] | null;
  driverId: string | null;
  reason: string;
  by: string;
  at: Instant;
  journalId: string | null;
  refundId: string | null;
}

interface Resolved {
  state: EventState;
  /** Books money that came for no payment of ours, as far as that was not done. */
  booking: Journal | null;
  /** Gives it to whom finance says, or sends it back. */
  attribution: Journal | null;
}

/** Journals that leave the money of an event in 2040. */
const unattributed: readonly (string | null)[] = ['amount_mismatch', 'qr_unattributed'];

/** Whether an event tells of a payment that was made and that nobody has booked. */
const bringsMoney = ({ state, source, word, journalType, isTold }: EventFacts): boolean => {
  const isPayment = source === 'PG' || source === 'POLL';
  return (
    isPayment && state === 'UNMATCHED' && journalType === null && !isTold && payInOutcome(word).status === 'SUCCESS'
  );
};

/** Throws EVENT_NOT_OPEN. */
export const requireOpen = ({ state, isResolved }: Pick<EventFacts, 'state' | 'isResolved'>): void => {
  if (isResolved || (state !== 'REVIEW' && state !== 'UNMATCHED')) throw refusal('EVENT_NOT_OPEN', { state });
};

const resolutionOf = ({ to, driverId, dues }: Attribution & { dues: DuePart[] }, amount: Paise): Resolution => {
  if (to === 'DEPOSIT') return { as: 'DEPOSIT', driverId };
  if (to === 'PAYABLE') return { as: 'LATE_PAYMENT', driverId };
  const open = sum(...dues.map((due) => due.amount));
  if (open < amount) throw refusal('AMOUNT_EXCEEDS_DUES', { amount: rupeeText(amount), open: rupeeText(open) });
  return { as: 'DUES', driverId, dues };
};

/**
 * What a decision makes of an event: its state, and the journals that move its money. A refund goes by its own id in the books,
 * because one that fails leaves the event to another decision. Throws EVENT_NOT_OPEN, EVENT_WITHOUT_MONEY or AMOUNT_EXCEEDS_DUES. Source: payments.md,
 * Later; ledger.md 45 and 48.
 */
export const resolved = (
  event: EventFacts,
  decision: Decision,
  happened: { occurredAt: Instant; by: string },
): Resolved => {
  requireOpen(event);
  if (decision.action === 'IGNORE') return { state: 'IGNORED', booking: null, attribution: null };
  const { id, amount } = event;
  const isNew = bringsMoney(event);
  if (amount === null || !(isNew || unattributed.includes(event.journalType))) throw refusal('EVENT_WITHOUT_MONEY');
  const booking = isNew ? amountMismatch({ ...happened, gatewayEventId: id, clearing: 1020, amount }) : null;
  const { driverId, fleetId } = decision;
  const [receiptId, to]: [string, Resolution] =
    decision.action === 'REFUND' ? [decision.refundId, { as: 'REFUND' }] : [id, resolutionOf(decision, amount)];
  const attribution = unattributedResolved({ ...happened, driverId, fleetId, receiptId, amount, to });
  return { state: 'PROCESSED', booking, attribution };
};
