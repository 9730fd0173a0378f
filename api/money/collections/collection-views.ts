import { z } from 'zod';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { isReconciled } from '../../../workflows/domain/money/collections/collections.ts';
import { Instant, Rupees } from '../../http/shapes.ts';

const text = z.string().nullable();
const number = (amount: bigint) => Number(amount);
const numberOf = (amount: bigint | null): number | null => (amount === null ? null : Number(amount));

export const collectionStatuses = ['OPEN', 'CLOSED', 'RECONCILED', 'PAYOUT_PENDING', 'PAID', 'DISPUTED'] as const;

const fields = {
  id: z.string(),
  shortId: z.string(),
  driverId: z.string(),
  fleetId: z.string(),
  /** The business day, as midnight in UTC: clients know it so. */
  date: Instant,
  vehicleId: text,
  virtualQRId: text,
  qrCollectionAmount: Rupees,
  cashCollectionAmount: Rupees,
  totalCollection: Rupees,
  expectedRevenue: Rupees.nullable(),
  variance: Rupees.nullable(),
  revSharePercentage: z.number().nullable(),
  revShareAmount: Rupees.nullable(),
  platformShareAmount: Rupees.nullable(),
  advanceAmount: Rupees,
  incentiveAmount: Rupees,
  penaltyAmount: Rupees,
  shortageAmount: Rupees,
  netPayout: Rupees.nullable(),
  isReconciled: z.boolean(),
  reconciledBy: text,
  reconciledAt: Instant.nullable(),
  reconciliationNotes: text,
  countAssumed: z.boolean(),
  isPaid: z.boolean(),
  paidAt: Instant.nullable(),
  paidAmount: Rupees,
  payoutTransactionId: text,
  status: z.enum(collectionStatuses),
  version: z.number(),
  createdAt: Instant,
  updatedAt: Instant,
};

export const CollectionView = z.object(fields);
z.globalRegistry.add(CollectionView, { id: 'DailyCollection' });

type Collection = Prisma.DailyCollectionGetPayload<object>;

/** A day as its driver and staff see it. Source: collections.md, DailyCollection. */
export const collectionView = (row: Collection): z.output<typeof CollectionView> => ({
  ...row,
  virtualQRId: row.virtualAccountId,
  qrCollectionAmount: number(row.qrPaise),
  cashCollectionAmount: number(row.cashPaise),
  totalCollection: number(row.totalPaise),
  expectedRevenue: numberOf(row.expectedPaise),
  variance: numberOf(row.variancePaise),
  revSharePercentage: row.shareBps === null ? null : row.shareBps / 100,
  revShareAmount: numberOf(row.sharePaise),
  platformShareAmount: numberOf(row.platformPaise),
  advanceAmount: number(row.advancePaise),
  incentiveAmount: number(row.incentivePaise),
  penaltyAmount: number(row.penaltyPaise),
  shortageAmount: number(row.shortagePaise),
  netPayout: numberOf(row.netPaise),
  isReconciled: isReconciled(row),
  isPaid: row.status === 'PAID',
  paidAmount: number(row.paidPaise),
});

const CashOfDay = z.object({
  declared: Rupees,
  counted: Rupees.nullable(),
  state: z.enum(['NONE', 'DECLARED', 'COUNTED', 'DISPUTED']),
});

export const withPeople = {
  driver: { select: { id: true, firstName: true, lastName: true, mobile: true } },
  vehicle: { select: { vehicleNumber: true } },
  cash: { orderBy: { createdAt: 'asc' } },
} satisfies Prisma.DailyCollectionInclude;

type WithPeople = Prisma.DailyCollectionGetPayload<{ include: typeof withPeople }>;

/** A day as finance works on it. */
export const PendingView = CollectionView.extend({
  driver: z.object({ id: z.string(), firstName: z.string(), lastName: z.string(), mobile: z.string() }),
  vehicle: z.object({ vehicleNumber: z.string() }).nullable(),
  cash: CashOfDay,
  shiftOpen: z.boolean(),
  tripRevenue: Rupees,
});
z.globalRegistry.add(PendingView, { id: 'PendingCollection' });

/** What a list knows of the drivers' days besides their rows. */
export interface DayFacts {
  shiftOpen: boolean;
  tripRevenue: number;
}

const cashOf = ({ cash, status }: WithPeople): z.output<typeof CashOfDay> => {
  const isCounted = cash.length > 0 && cash.every(({ countedPaise }) => countedPaise !== null);
  const total = (amounts: (bigint | null)[]) => amounts.reduce<number>((sum, amount) => sum + Number(amount ?? 0n), 0);
  const disputed = status === 'DISPUTED' ? 'DISPUTED' : null;
  return {
    declared: total(cash.map(({ declaredPaise }) => declaredPaise)),
    counted: isCounted ? total(cash.map(({ countedPaise }) => countedPaise)) : null,
    state: cash.length === 0 ? 'NONE' : (disputed ?? (isCounted ? 'COUNTED' : 'DECLARED')),
  };
};

export const pendingView = (row: WithPeople, facts: DayFacts): z.output<typeof PendingView> => ({
  ...collectionView(row),
  ...facts,
  driver: row.driver,
  vehicle: row.vehicle,
  cash: cashOf(row),
});

const EntryView = z.object({
  id: z.string(),
  kind: z.enum(['QR', 'CASH', 'ADJUSTMENT']),
  amount: Rupees,
  vehicleId: text,
  attendanceId: text,
  transactionId: text,
  reason: text,
  occurredAt: Instant,
  originalDate: Instant.nullable(),
});

const CountView = z.object({
  attendanceId: z.string(),
  hubId: text,
  declared: Rupees,
  counted: Rupees.nullable(),
  state: z.enum(['DECLARED', 'COUNTED', 'DISPUTED']),
  countedBy: text,
  countedAt: Instant.nullable(),
  reference: text,
});

const JournalOfDay = z.object({
  id: z.string(),
  eventType: z.string(),
  eventKey: z.string(),
  reversesId: text,
  postedAt: Instant,
});

/** A day with all that it consists of. */
export const CollectionDetail = PendingView.extend({
  entries: z.array(EntryView),
  counts: z.array(CountView),
  journals: z.array(JournalOfDay),
  incentiveIds: z.array(z.string()),
});
z.globalRegistry.add(CollectionDetail, { id: 'CollectionDetail' });

export const withEntries = {
  ...withPeople,
  entries: { orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }] },
} satisfies Prisma.DailyCollectionInclude;

export type WithEntries = Prisma.DailyCollectionGetPayload<{ include: typeof withEntries }>;

interface Journals {
  id: bigint;
  eventType: string;
  eventKey: string;
  reversesId: bigint | null;
  postedAt: Date;
}

export const collectionDetail = (
  row: WithEntries,
  facts: DayFacts,
  { journals, incentiveIds }: { journals: Journals[]; incentiveIds: string[] },
): z.output<typeof CollectionDetail> => ({
  ...pendingView(row, facts),
  entries: row.entries.map((entry) => ({ ...entry, amount: number(entry.amountPaise) })),
  counts: row.cash.map((count) => ({
    ...count,
    declared: number(count.declaredPaise),
    counted: numberOf(count.countedPaise),
  })),
  journals: journals.map((journal) => ({
    ...journal,
    id: String(journal.id),
    reversesId: journal.reversesId === null ? null : String(journal.reversesId),
  })),
  incentiveIds,
});
