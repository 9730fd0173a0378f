import { minus, paise, rupeeText, sum } from '../../money.ts';
import type { Paise } from '../../money.ts';
import { fault, masked, quoted, readCodes } from './bulk-rows.ts';
import type { Fault, ReadCode, ReadRow, RowFault } from './bulk-rows.ts';

type DriverCode =
  | 'ROW_DRIVER_NOT_FOUND'
  | 'ROW_DRIVER_AMBIGUOUS'
  | 'ROW_IDENTIFIER_MISMATCH'
  | 'ROW_OUT_OF_SCOPE'
  | 'ROW_DRIVER_BLOCKED'
  | 'ROW_BANK_DETAILS_MISSING'
  | 'ROW_AMOUNT_OUT_OF_RANGE'
  | 'ROW_DUPLICATE_IN_FILE'
  | 'ROW_DUPLICATE'
  | 'ROW_ADVANCE_BLOCKED';

export type RowCode = ReadCode | DriverCode;
export type RowWarning = 'ROW_ADVANCE';

/** A driver as a row finds them. */
export interface Payee {
  driverId: string;
  fleetId: string;
  /** In the scope of whoever sent the file. */
  isVisible: boolean;
  isBlacklisted: boolean;
  payoutHold: boolean;
  /** The bank details are complete and valid. */
  isBankReady: boolean;
  /** What is open and not reserved; 0 or less where nothing is. */
  owed: Paise;
  allowAdvance: boolean;
}

/** The drivers and cycles that the rows of a file name. */
export interface Known {
  byPhone: ReadonlyMap<string, readonly Payee[]>;
  byAccount: ReadonlyMap<string, readonly Payee[]>;
  byId: ReadonlyMap<string, Payee>;
  /** Keys of rows of any batch that are paid, or will be. */
  takenCycles: ReadonlySet<string>;
}

/** What becomes of a row. A driver is named only to those who may see them. */
export interface Verdict extends Omit<ReadRow, 'driverId'> {
  status: 'VALID' | 'FAILED' | 'SKIPPED';
  errorCode: RowCode | null;
  message: string | null;
  warnings: RowWarning[];
  driverId: string | null;
  fleetId: string | null;
  cycleKey: string | null;
}

/** Cycles that people take for the same are. */
const plainCycle = (cycle: string): string => cycle.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/** What at most one row that is paid, or will be, has. Source: payouts.md, Model. */
export const cycleKey = (driverId: string, payoutCycle: string): string => `${driverId}:${plainCycle(payoutCycle)}`;

/** The identifiers of a row as messages name them; the first one counts. */
const identifiersOf = ({ driverId, phone, accountNumber }: ReadRow): string[] => [
  ...(driverId === null ? [] : [`driverId ${quoted(driverId)}`]),
  ...(phone === null ? [] : [`phone ${quoted(phone)}`]),
  ...(accountNumber === null ? [] : [`accountNumber ${masked(accountNumber)}`]),
];

const named = (row: ReadRow): string => identifiersOf(row)[0] ?? '';

/** Row validation 4 and 5. An identifier beside the one that counts may be nobody's, but not somebody else's. */
const payeeOf = (row: ReadRow, { byId, byPhone, byAccount }: Known): Payee | Fault<DriverCode> => {
  const { driverId, phone, accountNumber } = row;
  const withId = driverId === null ? undefined : byId.get(driverId);
  const [found = [], ...others] = [
    ...(driverId === null ? [] : [withId ? [withId] : []]),
    ...(phone === null ? [] : [byPhone.get(phone) ?? []]),
    ...(accountNumber === null ? [] : [byAccount.get(accountNumber) ?? []]),
  ];
  const [payee, another] = found;
  if (!payee) {
    return fault('ROW_DRIVER_NOT_FOUND', `${named(row)} belongs to no driver: write it as in the driver's profile`);
  }
  if (another) {
    return fault('ROW_DRIVER_AMBIGUOUS', `${named(row)} belongs to several drivers: write what only one of them has`);
  }
  const isSomebodyElses = (drivers: readonly Payee[]) =>
    drivers.length > 0 && !drivers.some((driver) => driver.driverId === payee.driverId);
  if (!others.some(isSomebodyElses)) return payee;
  const all = identifiersOf(row).join(' and ');
  return fault('ROW_IDENTIFIER_MISMATCH', `${all} belong to different drivers: write one of them alone`);
};

interface Limits {
  min: Paise;
  max: Paise;
  /** What whoever sent the file may give to a driver at once. */
  incentiveMax: Paise;
}

/** Row validation 6 to 9. */
const payeeFault = (row: ReadRow, payee: Payee, { min, max, incentiveMax }: Limits): Fault<DriverCode> | null => {
  const { amount, incentive } = row;
  if (!payee.isVisible) {
    return fault('ROW_OUT_OF_SCOPE', `${named(row)} belongs to a driver outside your fleet or hubs: leave the row out`);
  }
  if (payee.isBlacklisted || payee.payoutHold) {
    const why = payee.isBlacklisted ? 'is blacklisted' : 'has a finance hold on payouts';
    return fault('ROW_DRIVER_BLOCKED', `The driver of ${named(row)} ${why}: lift that first, or leave the row out`);
  }
  if (incentive > incentiveMax) {
    const says = `incentive "${rupeeText(incentive)}" is out of range`;
    return fault('ROW_AMOUNT_OUT_OF_RANGE', `${says}: write at most ${rupeeText(incentiveMax)}`);
  }
  if (amount === 0) return null;
  if (!payee.isBankReady) {
    const says = `The driver of ${named(row)} has no complete and valid bank account`;
    return fault('ROW_BANK_DETAILS_MISSING', `${says}: set its number, IFSC and name first`);
  }
  if (amount >= min && amount <= max) return null;
  const range = `${rupeeText(min)} to ${rupeeText(max)}`;
  return fault('ROW_AMOUNT_OUT_OF_RANGE', `amount "${rupeeText(amount)}" is out of range: write ${range}`);
};

type Outcome = Pick<Verdict, 'status' | 'errorCode' | 'message' | 'warnings'>;

const failed = ({ errorCode, message }: Fault<RowCode>): Outcome => ({
  ...{ status: 'FAILED', errorCode, message, warnings: [] },
});

const skipped: Outcome = {
  ...{ status: 'SKIPPED', errorCode: 'ROW_DUPLICATE', message: 'Duplicate transaction found', warnings: [] },
};

const verdict = (row: ReadRow, payee: Payee | null, outcome: Outcome): Verdict => ({
  ...row,
  driverId: payee?.driverId ?? null,
  fleetId: payee?.fleetId ?? null,
  cycleKey: payee && cycleKey(payee.driverId, row.payoutCycle),
  ...outcome,
});

/**
 * Judges the rows of one file, in their order. What is owed to a driver is used up by their valid rows; of a row, its own incentive
 * counts for it and its penalty against it. Source: payouts.md, Row validation 4 to 12.
 */
export const judgeRows = (rows: readonly (ReadRow | RowFault)[], known: Known, limits: Limits): Verdict[] => {
  const rowOfCycle = new Map<string, number>();
  const owedNow = new Map<string, Paise>();

  /** Row validation 10 to 12. */
  const outcomeOf = (row: ReadRow, payee: Payee): Outcome => {
    const { amount, penalty, incentive } = row;
    const key = cycleKey(payee.driverId, row.payoutCycle);
    const earlier = rowOfCycle.get(key);
    if (earlier !== undefined) {
      const says = `payoutCycle ${quoted(row.payoutCycle)} of this driver is in row ${earlier} already`;
      return failed(fault('ROW_DUPLICATE_IN_FILE', `${says}: write one row, or another cycle`));
    }
    if (known.takenCycles.has(key)) return skipped;
    const owed = sum(owedNow.get(payee.driverId) ?? payee.owed, incentive, minus(penalty));
    const isAdvance = amount > 0 && amount > owed;
    if (isAdvance && !payee.allowAdvance) {
      const most = rupeeText(paise(Math.max(0, owed)));
      const says = `amount "${rupeeText(amount)}" is more than is owed, and the fleet gives no advance`;
      return failed(fault('ROW_ADVANCE_BLOCKED', `${says}: write at most ${most}`));
    }
    rowOfCycle.set(key, row.row);
    owedNow.set(payee.driverId, sum(owed, minus(amount)));
    return { status: 'VALID', errorCode: null, message: null, warnings: isAdvance ? ['ROW_ADVANCE'] : [] };
  };

  return rows.map((row) => {
    if ('errorCode' in row) return verdict(row, null, failed(row));
    const payee = payeeOf(row, known);
    if ('errorCode' in payee) return verdict(row, null, failed(payee));
    const found = payeeFault(row, payee, limits);
    return verdict(row, payee.isVisible ? payee : null, found ? failed(found) : outcomeOf(row, payee));
  });
};

/**
 * The readable rows of a file as one text, equal for files with the same identifiers, amounts and cycles in any order, whatever
 * their default cycles are. It holds account numbers: keep its hash. Source: payouts.md, Rules (11a).
 */
export const canonicalRows = (verdicts: readonly Verdict[]): string =>
  verdicts
    .filter(({ errorCode }) => !readCodes.some((code) => code === errorCode))
    .map(({ phone, accountNumber, driverId, amount, payoutCycle, hasOwnCycle }) =>
      JSON.stringify([phone ?? accountNumber ?? driverId, amount, hasOwnCycle ? plainCycle(payoutCycle) : '']),
    )
    .toSorted()
    .join('\n');
