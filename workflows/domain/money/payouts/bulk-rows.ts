import { paise, paiseFrom } from '../../money.ts';
import type { Paise } from '../../money.ts';

/** A row of an upload, as it was sent. */
export interface SentRow {
  /** 1 is the first row below the header. */
  row: number;
  /** What was sent, by header. */
  raw: Record<string, string>;
  /** The cells that count; an empty text where nothing was sent. */
  cells: Record<'driverId' | 'phone' | 'accountNumber' | 'amount' | 'penalty' | 'incentive' | 'payoutCycle', string>;
  tooManyCells: boolean;
}

/** Faults of a row that need no look at drivers. */
export const readCodes = [
  'ROW_TOO_MANY_CELLS',
  'ROW_IDENTIFIER_INVALID',
  'ROW_AMOUNT_INVALID',
  'ROW_EMPTY',
  'ROW_CYCLE_TOO_LONG',
] as const;
export type ReadCode = (typeof readCodes)[number];

export interface ReadRow {
  row: number;
  driverId: string | null;
  /** Ten digits; of a fault, and beside a driverId, it may be what was written, cut to 40 characters. */
  phone: string | null;
  /** 6 to 18 letters and digits; of a fault, and beside another identifier, it may be what was written, cut to 40 characters. */
  accountNumber: string | null;
  /** What cannot be read is 0. */
  amount: Paise;
  penalty: Paise;
  incentive: Paise;
  payoutCycle: string;
  /** False: the cycle is the default one of its file. */
  hasOwnCycle: boolean;
}

export interface Fault<C extends string> {
  errorCode: C;
  /** Which column, what was read, what to write instead. */
  message: string;
}

export const fault = <C extends string>(errorCode: C, message: string): Fault<C> => ({ errorCode, message });

export type RowFault = ReadRow & Fault<ReadCode>;

const shownMax = 40;
const cycleMax = 60;

/** Counts characters, not their halves. */
const cut = (text: string, max = shownMax): string => Array.from(text).slice(0, max).join('');

/** A text as messages show it. */
export const quoted = (text: string): string => `"${cut(text)}"`;

/** An account number as messages show it: its last four characters. */
export const masked = (text: string): string =>
  quoted(text.length > 4 ? `****${Array.from(text).slice(-4).join('')}` : text);

/** Marks of no width and of direction, which come along when a number is copied. */
const unseen = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const identifier = (cell: string): string => cell.replace(unseen, '').trim();

/**
 * Ten digits without +91, 91 or 0 before them, and without spaces and hyphens between them; null: no phone. Unlike other
 * routes it takes no points: `987654321.0` is a number that a spreadsheet changed.
 */
const phoneOf = (text: string): string | null =>
  /^(?:\+?91|0)?(\d{10})$/.exec(text.replace(/(?<=\d)[\s-]+(?=\d)/g, ''))?.[1] ?? null;

const isAccountNumber = (text: string): boolean => /^[0-9A-Za-z]{6,18}$/.test(text);
const isUuid = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

type Identifiers = Record<'driverId' | 'phone' | 'accountNumber', string>;

/** What is wrong with the identifier that counts: the first that was written, even if another one beside it is right. */
const wrongIdentifier = ({ driverId, phone, accountNumber }: Identifiers): string | null => {
  if (driverId) return isUuid(driverId) ? null : `driverId ${quoted(driverId)} is no id: write the id of a driver`;
  if (phone) return phoneOf(phone) ? null : `phone ${quoted(phone)} is no mobile number: write its 10 digits`;
  if (!accountNumber) return 'phone and accountNumber are empty: write one of them';
  if (isAccountNumber(accountNumber)) return null;
  return `accountNumber ${masked(accountNumber)} is none: write its 6 to 18 digits or letters, as text`;
};

const wrongAmount = ([column, text]: [string, string]): string | null => {
  if (paiseFrom(text) !== null) return null;
  const says = text ? `${quoted(text)} is no amount` : 'is empty';
  return `${column} ${says}: write digits, and at most two behind a point, like 1500 or 1500.50`;
};

const readFault = (
  { cells, tooManyCells }: SentRow,
  identifiers: Identifiers,
  amounts: Record<string, string>,
  cycle: string,
): Fault<ReadCode> | null => {
  if (tooManyCells) {
    const says = 'The row has more cells than the header has columns';
    return fault('ROW_TOO_MANY_CELLS', `${says}; amount ${quoted(cells.amount)}: write 1500 and not 1,500`);
  }
  const identifierSays = wrongIdentifier(identifiers);
  if (identifierSays) return fault('ROW_IDENTIFIER_INVALID', identifierSays);
  const amountSays = Object.entries(amounts).map(wrongAmount).find(Boolean);
  if (amountSays) return fault('ROW_AMOUNT_INVALID', amountSays);
  if (!Object.values(amounts).some(paiseFrom)) {
    return fault('ROW_EMPTY', 'amount, penalty and incentive are 0: write one that is above 0');
  }
  const { length } = Array.from(cycle);
  if (length <= cycleMax) return null;
  return fault(
    'ROW_CYCLE_TOO_LONG',
    `payoutCycle ${quoted(cycle)} has ${length} characters: write at most ${cycleMax}`,
  );
};

/**
 * Reads a row without a look at drivers; never throws. The default cycle is for rows without one. Source: payouts.md, CSV, and Row validation 0 to 3.
 */
export const readRow = (sent: SentRow, defaultCycle: string): ReadRow | RowFault => {
  const { row, cells, tooManyCells } = sent;
  const identifiers = {
    driverId: identifier(cells.driverId).toLowerCase(),
    phone: identifier(cells.phone),
    accountNumber: identifier(cells.accountNumber),
  };
  const amounts = {
    amount: cells.amount.trim(),
    penalty: cells.penalty.trim() || '0',
    incentive: cells.incentive.trim() || '0',
  };
  const ownCycle = cells.payoutCycle.trim();
  const payoutCycle = ownCycle || defaultCycle;
  const { driverId, phone, accountNumber } = identifiers;
  // With a cell too many nobody knows which amount is whose.
  const read = (text: string): Paise => (tooManyCells ? null : paiseFrom(text)) ?? paise(0);
  return {
    row,
    driverId: isUuid(driverId) ? driverId : null,
    phone: (phoneOf(phone) ?? cut(phone)) || null,
    accountNumber: cut(accountNumber) || null,
    amount: read(amounts.amount),
    penalty: read(amounts.penalty),
    incentive: read(amounts.incentive),
    payoutCycle: cut(payoutCycle, cycleMax),
    hasOwnCycle: ownCycle !== '',
    ...readFault(sent, identifiers, amounts, payoutCycle),
  };
};
