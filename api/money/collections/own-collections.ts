import { z } from 'zod';
import type { Db } from '../../../prisma/client.ts';
import { spanOf } from '../../../prisma/collections.ts';
import type { DailyCollection, Prisma } from '../../../prisma/generated/client.ts';
import { isReconciled } from '../../../workflows/domain/money/collections/collections.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { get } from '../../http/endpoint.ts';
import { Truth } from '../../http/filters.ts';
import { DayIn, Rupees } from '../../http/shapes.ts';
import { ownDriverId } from '../balances.ts';
import { between } from './collections.ts';
import { CollectionView, collectionView } from './collection-views.ts';

const Summary = z.object({
  totalDays: z.number(),
  totalCollections: Rupees,
  totalIncentives: Rupees,
  totalPenalties: Rupees,
  totalPayout: Rupees,
  totalRevShare: Rupees,
  deductions: Rupees,
  balance: Rupees,
  paidDays: z.number(),
  unpaidDays: z.number(),
  paidAmount: Rupees,
  unpaidAmount: Rupees,
});

/** Three years of days; more are asked for by dates. */
const daysMax = 1_100;

/** The sums of a driver's days. Source: collections.md, summary. */
export const summaryOf = (
  rows: readonly DailyCollection[],
  { incentives, penalties, payout }: { incentives: number; penalties: number; payout: number },
): z.output<typeof Summary> => {
  const total = (of: (row: DailyCollection) => bigint | number) => rows.reduce((sum, row) => sum + Number(of(row)), 0);
  const totalCollections = total(({ totalPaise }) => totalPaise);
  const unpaidAmount = total((row) => (isReconciled(row) ? Number(row.netPaise) - Number(row.paidPaise) : 0));
  const paidDays = rows.filter(({ status }) => status === 'PAID').length;
  return {
    ...{ totalDays: rows.length, totalCollections, totalPayout: payout },
    ...{ totalIncentives: incentives, totalPenalties: penalties },
    totalRevShare: total(({ sharePaise }) => sharePaise ?? 0n),
    deductions: totalCollections + incentives - penalties - payout - unpaidAmount,
    ...{ balance: unpaidAmount, paidDays, unpaidDays: rows.length - paidDays },
    ...{ paidAmount: total(({ paidPaise }) => paidPaise), unpaidAmount },
  };
};

/** What incentives, penalties and payouts of the days add up to, in one query. */
const beside = async (db: Db, driverId: string, startDate?: string, endDate?: string) => {
  const from = startDate ? spanOf(startDate as IstDay).gte : new Date(0);
  const before = endDate ? spanOf(endDate as IstDay).lt : new Date('9999-01-01');
  const [row] = await db.$queryRaw<{ incentives: bigint; penalties: bigint; payout: bigint }[]>`
    SELECT
      (SELECT coalesce(sum("amountPaise"), 0)::bigint FROM "incentives" WHERE "driverId" = ${driverId}::uuid AND "status" <> 'CANCELLED'
        AND "createdAt" >= ${from} AND "createdAt" < ${before}) AS "incentives",
      (SELECT coalesce(sum("amountPaise"), 0)::bigint FROM "penalties" WHERE "driverId" = ${driverId}::uuid AND "type" = 'MONETARY' AND NOT "isWaived"
        AND "createdAt" >= ${from} AND "createdAt" < ${before}) AS "penalties",
      (SELECT coalesce(sum("amountPaise"), 0)::bigint FROM "transactions" WHERE "driverId" = ${driverId}::uuid AND "type" = 'PAYOUT' AND "status" = 'SUCCESS'
        AND "createdAt" >= ${from} AND "createdAt" < ${before}) AS "payout"`;
  const { incentives, penalties, payout } = row!;
  return { incentives: Number(incentives), penalties: Number(penalties), payout: Number(payout) };
};

const flagged = (isReconciledOnly?: string, isPaidOnly?: string): Prisma.DailyCollectionWhereInput[] => {
  const reconciled = { in: ['RECONCILED', 'PAYOUT_PENDING', 'PAID'] as const };
  return [
    isReconciledOnly === undefined
      ? {}
      : { status: isReconciledOnly === 'true' ? { in: [...reconciled.in] } : { notIn: [...reconciled.in] } },
    isPaidOnly === undefined ? {} : { status: isPaidOnly === 'true' ? 'PAID' : { not: 'PAID' } },
  ];
};

/** Days as drivers see them. Source: collections.md, GET /payments/collections. */
export const ownCollections = [
  get('/payments/collections', {
    allow: 'payments:own',
    summary: "List the driver's own days with their sums, newest first",
    query: z.object({ startDate: DayIn.optional(), endDate: DayIn.optional(), isReconciled: Truth, isPaid: Truth }),
    returns: z.object({ collections: z.array(CollectionView), summary: Summary }),
    async handle({ query, caller, db, visible }) {
      const driverId = ownDriverId(caller);
      const { startDate, endDate, isReconciled: reconciled, isPaid } = query;
      const days = { AND: [visible.collection, between(query)] };
      const newest = { orderBy: [{ date: 'desc' as const }], take: daysMax };
      const [all, shown, sums] = await Promise.all([
        db.dailyCollection.findMany({ where: days, ...newest }),
        db.dailyCollection.findMany({ where: { AND: [days, ...flagged(reconciled, isPaid)] }, ...newest }),
        beside(db, driverId, startDate, endDate),
      ]);
      return { collections: shown.map(collectionView), summary: summaryOf(all, sums) };
    },
  }),
];
