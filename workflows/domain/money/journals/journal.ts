import type { Paise } from '../../money.ts';
import { minus, paise, rupeeText, sum } from '../../money.ts';
import type { Instant, IstDay } from '../../time.ts';
import { ownerTypeOf, platform } from '../accounts.ts';
import type { AccountCode, Side } from '../accounts.ts';

/** One line of a journal. */
export interface Entry {
  code: AccountCode;
  ownerId: string;
  side: Side;
  amount: Paise;
}

export type DueKind = 'PENALTY' | 'CASH_SHORTAGE' | 'REVENUE_SHORTAGE' | 'CHARGEBACK' | 'OVERPAYMENT';
export type ItemKind = 'COLLECTION' | 'INCENTIVE' | 'WAIVER' | 'RENT_REFUND' | 'LATE_PAYMENT' | 'ADVANCE';

/** A change of one due or payable item, which is named by its kind and by the record that opened it. */
export interface Move<Kind> {
  kind: Kind;
  source: string;
  /** Added to its amount and to what is open of it; negative when the booking is taken back, and for an advance. */
  booked: Paise;
  /** Taken from what is open of it; negative when it is open again. */
  used: Paise;
}

export interface DueMove extends Move<DueKind> {
  /** How the due ends when nothing of it is open any more; SETTLED unless told otherwise. */
  closes?: 'WAIVED' | 'WRITTEN_OFF';
}
export type ItemMove = Move<ItemKind>;

/** What becomes of the items that a payout has reserved. */
export type Reservation = { payoutId: string; becomes: 'FINAL' | 'FREE' };

/** When it happened, and whose books it concerns. */
export interface Happened {
  occurredAt: Instant;
  /** Where it is not the day of that moment: that of the shift which goes on over midnight. */
  businessDay?: IstDay;
  driverId?: string | null;
  fleetId?: string | null;
  /** The user who did it; the system unless told otherwise. */
  by?: string;
}

/** What happened to a driver of a fleet. */
export interface OfDriver extends Happened {
  driverId: string;
  fleetId: string;
}

interface Moves {
  dues?: DueMove[];
  items?: ItemMove[];
  reservation?: Reservation;
  memo?: string;
  /** The id of the journal that this one takes back. */
  reversesId?: string;
}

/** A balanced set of entries for one event of the real world, with the dues and items that it moves. */
export interface Journal extends Required<Omit<Moves, 'reservation' | 'memo' | 'reversesId'>> {
  eventType: string;
  /** Identity of the event; a second posting of it does nothing. */
  eventKey: string;
  occurredAt: Instant;
  businessDay: IstDay | null;
  driverId: string | null;
  fleetId: string | null;
  actor: string;
  entries: Entry[];
  reservation: Reservation | null;
  memo: string | null;
  reversesId: string | null;
}

const line =
  (side: Side) =>
  (code: AccountCode, amount: number, ownerId: string = platform): Entry => ({
    ...{ code, ownerId, side },
    amount: paise(amount),
  });

/** A debit of the platform's account, or of that of an owner. */
export const debit = line('D');
export const credit = line('C');

/** A debit, or a credit when the amount is negative. */
export const change = (code: AccountCode, amount: number, ownerId?: string): Entry =>
  amount < 0 ? credit(code, -amount, ownerId) : debit(code, amount, ownerId);

const none = paise(0);

/** Opens a due or an item, or adds to it. */
export const book = <Kind>(kind: Kind, source: string, amount: number): Move<Kind> => ({
  ...{ kind, source, used: none },
  booked: paise(amount),
});

/** Covers what is open of a due or an item, or a part of it. */
export const use = <Kind>(kind: Kind, source: string, amount: number): Move<Kind> => ({
  ...{ kind, source, booked: none },
  used: paise(amount),
});

/** What entries add to the balance of accounts of one code, seen from the side on which it grows. */
const growth = (entries: readonly Entry[], code: AccountCode, normal: Side): number =>
  entries
    .filter((entry) => entry.code === code)
    .reduce((total, { side, amount }) => total + (side === normal ? amount : minus(amount)), 0);

const opened = (moves: readonly Move<unknown>[]): number =>
  moves.reduce((total, { booked, used }) => total + booked - used, 0);

const must = (isTrue: boolean, journalName: string, says: string): void => {
  if (!isTrue) throw new RangeError(`Journal ${journalName}: ${says}.`);
};

/**
 * The only maker of journals. Lines and moves of nothing are left out. Throws a RangeError when debits and credits differ, when
 * nothing is left, on a negative amount, on an account that nobody of its kind owns, and when what a driver owes (1070) or is owed
 * (2020) moves without its dues or items. Payouts in flight (2080) hold reserved items, so there the check Q13 judges.
 */
export const journal = (
  eventType: string,
  eventKey: string,
  { occurredAt, businessDay, driverId = null, fleetId = null, by = 'system' }: Happened,
  lines: readonly Entry[],
  { dues = [], items = [], reservation, memo, reversesId }: Moves = {},
): Journal => {
  const name = `${eventType} ${eventKey}`;
  const isAMove = ({ booked, used }: Move<unknown>) => booked !== 0 || used !== 0;
  const entries = lines.filter(({ amount }) => amount !== 0);
  const moves = { dues: dues.filter(isAMove), items: items.filter(isAMove) };
  const total = (side: Side) => sum(...entries.filter((entry) => entry.side === side).map(({ amount }) => amount));

  must(entries.length > 0, name, 'no amount to post');
  for (const { code, ownerId, amount } of entries) {
    must(amount > 0, name, `${code} has the negative amount ${rupeeText(amount)}`);
    must(ownerTypeOf(code, ownerId) !== null, name, `${code} has no account of the owner "${ownerId}"`);
  }
  must(total('D') === total('C'), name, `debits of ${rupeeText(total('D'))} and credits of ${rupeeText(total('C'))}`);
  must(growth(entries, 1070, 'D') === opened(moves.dues), name, '1070 moves without its dues');
  const isInFlight = entries.some(({ code }) => code === 2080);
  must(isInFlight || growth(entries, 2020, 'C') === opened(moves.items), name, '2020 moves without its items');
  const isOfDriver = driverId !== null && fleetId !== null;
  must(
    isOfDriver || moves.dues.length + moves.items.length === 0,
    name,
    'dues and items belong to a driver of a fleet',
  );

  const optional = { reservation: reservation ?? null, memo: memo ?? null, reversesId: reversesId ?? null };
  return {
    eventType,
    eventKey,
    occurredAt,
    businessDay: businessDay ?? null,
    driverId,
    fleetId,
    actor: by,
    entries,
    ...moves,
    ...optional,
  };
};

const opposite = <M extends Move<unknown>>({ kind, source, booked, used }: M) =>
  ({ kind, source, booked: minus(booked), used: minus(used) }) as M;

type Posted = Pick<Journal, 'driverId' | 'fleetId' | 'entries' | 'dues' | 'items'>;

/** A journal of the books, as far as it takes to undo it. */
export type PostedJournal = Posted & Pick<Journal, 'eventKey'>;

/**
 * Takes a journal back under a name of its own: sides swapped, dues and items as they were before. Of moves that belong together
 * the last one is undone first.
 */
export const mirror = (
  eventType: string,
  eventKey: string,
  { driverId, fleetId, entries, dues, items }: Posted,
  happened: Pick<Happened, 'occurredAt' | 'by'>,
  reversesId?: string,
): Journal =>
  journal(
    eventType,
    eventKey,
    { ...happened, driverId, fleetId },
    entries.map((entry) => ({ ...entry, side: entry.side === 'D' ? 'C' : 'D' })),
    {
      dues: dues.map(opposite).toReversed(),
      items: items.map(opposite).toReversed(),
      ...(reversesId ? { reversesId } : {}),
    },
  );

/** Takes a posted journal back. Source: ledger.md 46. */
export const reversal = (posted: Posted & { id: string }, happened: Pick<Happened, 'occurredAt' | 'by'>): Journal =>
  mirror('reversal', posted.id, posted, happened, posted.id);
