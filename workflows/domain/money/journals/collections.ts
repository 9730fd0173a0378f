import type { Paise } from '../../money.ts';
import { minus, sum } from '../../money.ts';
import type { DuePart } from './deposits.ts';
import { book, change, credit, debit, journal, use } from './journal.ts';
import type { Happened, Journal, OfDriver } from './journal.ts';

interface OfCollection extends OfDriver {
  collectionId: string;
}

interface OfVersion extends OfCollection {
  /** Counts the reconciliations of one collection. */
  version: number;
}

/** Source: ledger.md 7. */
export const qrCollected = (of: OfCollection & { creditId: string; amount: Paise }): Journal =>
  journal('qr_collected', of.creditId, of, [debit(1030, of.amount), credit(2030, of.amount, of.collectionId)]);

/** The gateway's fee for a credit, and the tax on it. Source: ledger.md 10. */
export const qrFee = (of: Happened & { creditId: string; fee: Paise; tax: Paise }): Journal =>
  journal('qr_fee', of.creditId, of, [debit(5020, of.fee), debit(1080, of.tax), credit(1030, of.fee + of.tax)]);

/** What a driver says at check-out; another revision posts its difference. Source: ledger.md 11. */
export const cashDeclared = (
  of: OfCollection & { attendanceId: string; revision: number; difference: Paise },
): Journal =>
  journal('cash_declared', `${of.attendanceId}:${of.revision}`, of, [
    change(1050, of.difference, of.driverId),
    change(2030, minus(of.difference), of.collectionId),
  ]);

interface Count {
  declared: Paise;
  counted: Paise;
  /** What was counted before, when this is another count. */
  before: Paise | null;
}

/** A first count books the cash, another one its difference to the one before. */
const cashLines = ({ declared, counted, before }: Count) => {
  const short = (cash: number) => Math.max(declared - cash, 0);
  const over = (cash: number) => Math.max(cash - declared, 0);
  return before === null
    ? { hub: counted, declared, short: short(counted), over: over(counted) }
    : { hub: counted - before, declared: 0, short: short(counted) - short(before), over: over(counted) - over(before) };
};

/** The cash of a shift is counted at its hub; `count` numbers the counts of one shift. Source: ledger.md 12, 12a, 12b. */
export const cashCounted = (
  of: OfCollection & Count & { attendanceId: string; count: number; hubId: string },
): Journal => {
  const { hub, declared, short, over } = cashLines(of);
  return journal(
    'cash_counted',
    `${of.attendanceId}:${of.count}`,
    of,
    [
      change(1060, hub, of.hubId),
      change(1070, short, of.driverId),
      credit(1050, declared, of.driverId),
      change(2030, -over, of.collectionId),
    ],
    { dues: [book('CASH_SHORTAGE', of.attendanceId, short)] },
  );
};

/** A correction by a person; positive adds to the collection. Source: ledger.md 13. */
export const collectionAdjusted = (of: OfCollection & { adjustmentId: string; amount: Paise }): Journal =>
  journal('collection_adjusted', of.adjustmentId, of, [
    change(4050, of.amount, of.fleetId),
    change(2030, minus(of.amount), of.collectionId),
  ]);

/** Divides a collection between driver and platform. Source: ledger.md 14. */
export const collectionReconciled = (
  of: OfVersion & { total: Paise; recoveredShortage: Paise; share: Paise },
): Journal =>
  journal(
    'collection_reconciled',
    `${of.collectionId}:${of.version}`,
    of,
    [
      debit(2030, of.total, of.collectionId),
      debit(1070, of.recoveredShortage, of.driverId),
      credit(2020, of.share, of.driverId),
      credit(4020, of.total + of.recoveredShortage - of.share, of.fleetId),
    ],
    {
      dues: [book('REVENUE_SHORTAGE', of.collectionId, of.recoveredShortage)],
      items: [book('COLLECTION', of.collectionId, of.share)],
    },
  );

/** Dues are paid from the share of a collection and from the incentives that are settled with it, line by line. Source: ledger.md 15. */
export const duesNetted = (
  of: OfVersion & { dues: DuePart[]; fromIncentives?: { incentiveId: string; amount: Paise }[] },
): Journal => {
  const { dues, fromIncentives = [] } = of;
  const amounts = (parts: readonly { amount: Paise }[]) => sum(...parts.map(({ amount }) => amount));
  return journal(
    'dues_netted',
    `${of.collectionId}:${of.version}`,
    of,
    dues.flatMap(({ amount }) => [debit(2020, amount, of.driverId), credit(1070, amount, of.driverId)]),
    {
      dues: dues.map(({ kind, source, amount }) => use(kind, source, amount)),
      items: [
        use('COLLECTION', of.collectionId, amounts(dues) - amounts(fromIncentives)),
        ...fromIncentives.map(({ incentiveId, amount }) => use('INCENTIVE' as const, incentiveId, amount)),
      ],
    },
  );
};

/** Shortages of cash are not asked back. Source: ledger.md 16. */
export const shortagesWrittenOff = (
  of: OfVersion & { shortages: { attendanceId: string; amount: Paise }[] },
): Journal =>
  journal(
    'shortage_written_off',
    `${of.collectionId}:${of.version}`,
    of,
    of.shortages.flatMap(({ amount }) => [debit(5030, amount, of.fleetId), credit(1070, amount, of.driverId)]),
    {
      dues: of.shortages.map(({ attendanceId, amount }) => ({
        ...use('CASH_SHORTAGE' as const, attendanceId, amount),
        closes: 'WRITTEN_OFF' as const,
      })),
    },
  );
