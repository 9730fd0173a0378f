import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import { momentsOf, monthsUntil, weeksUntil } from '../../workflows/domain/money/earnings.ts';
import type { Period } from '../../workflows/domain/money/earnings.ts';
import { get } from '../http/endpoint.ts';
import { Clamped } from '../http/filters.ts';
import { Rupees } from '../http/shapes.ts';
import { ownDriverId } from './balances.ts';

const Earned = {
  ...{ startDate: z.iso.date(), endDate: z.iso.date(), tripCount: z.number() },
  ...{ tripEarnings: Rupees, incentives: Rupees, penalties: Rupees, netEarnings: Rupees },
};

const WeekView = z.object({ weekNumber: z.number(), ...Earned });
z.globalRegistry.add(WeekView, { id: 'WeekOfEarnings' });

const MonthView = z.object({ month: z.string(), ...Earned });
z.globalRegistry.add(MonthView, { id: 'MonthOfEarnings' });

interface EarnedRow {
  tripCount: number;
  tripEarnings: number;
  incentives: number;
  penalties: number;
}

/**
 * What a driver earned in each of some periods, in paise: the fares of trips that they completed, and incentives less penalties by the
 * time at which they were given. An assignment is COMPLETED with its trip alone, so that it names who drove it last.
 */
const earnedIn = async <P extends Period>(db: Db, driverId: string, periods: P[]) => {
  const moments = periods.map(momentsOf);
  const since = moments.at(-1)!.from;
  const rows = await db.$queryRaw<EarnedRow[]>`
    WITH earned AS (
      SELECT 'trip' AS "kind", t."completedAt" AS "at", t."pricePaise"::bigint AS "paise"
      FROM "trip_assignments" a JOIN "trips" t ON t."id" = a."tripId"
      WHERE a."driverId" = ${driverId}::uuid AND a."status" = 'COMPLETED' AND t."status" = 'COMPLETED' AND t."completedAt" >= ${since}
      UNION ALL
      SELECT 'incentive', "createdAt", "amountPaise"
      FROM "incentives" WHERE "driverId" = ${driverId}::uuid AND "status" <> 'CANCELLED' AND "createdAt" >= ${since}
      UNION ALL
      SELECT 'penalty', "createdAt", "amountPaise"
      FROM "penalties" WHERE "driverId" = ${driverId}::uuid AND "type" = 'MONETARY' AND NOT "isWaived" AND "createdAt" >= ${since}
    )
    SELECT count(*) FILTER (WHERE "kind" = 'trip')::int AS "tripCount",
      coalesce(sum("paise") FILTER (WHERE "kind" = 'trip'), 0)::float8 AS "tripEarnings",
      coalesce(sum("paise") FILTER (WHERE "kind" = 'incentive'), 0)::float8 AS "incentives",
      coalesce(sum("paise") FILTER (WHERE "kind" = 'penalty'), 0)::float8 AS "penalties"
    FROM unnest(${moments.map(({ from }) => from)}::timestamptz[], ${moments.map(({ before }) => before)}::timestamptz[])
      WITH ORDINALITY AS period("from", "before", "n")
    LEFT JOIN earned ON "at" >= "from" AND "at" < "before"
    GROUP BY "n" ORDER BY "n"`;
  return rows.map((row, n) => ({
    ...periods[n]!,
    ...row,
    netEarnings: row.tripEarnings + row.incentives - row.penalties,
  }));
};

const totalOf = (earned: { netEarnings: number }[]): number =>
  earned.reduce((total, { netEarnings }) => total + netEarnings, 0);

/** What drivers earned, by weeks and months of business days. Source: payments.md, earnings. */
export const earnings = [
  get('/payments/earnings/weekly', {
    allow: 'payments:own',
    summary: "The driver's own earnings of this week and of those before it",
    query: z.object({ weeks: Clamped('Weeks, with the current one', { fallback: 5, max: 12 }) }),
    returns: z.object({
      currentWeek: WeekView.extend({ type: z.literal('current') }),
      previousWeeks: z.array(WeekView),
      totalEarnings: Rupees,
    }),
    async handle({ query, caller, db }) {
      const weeks = await earnedIn(db, ownDriverId(caller), weeksUntil(Date.now(), query.weeks));
      const [current, ...previousWeeks] = weeks;
      return { currentWeek: { type: 'current' as const, ...current! }, previousWeeks, totalEarnings: totalOf(weeks) };
    },
  }),

  get('/payments/earnings/monthly', {
    allow: 'payments:own',
    summary: "The driver's own earnings of this month and of those before it",
    query: z.object({ months: Clamped('Months, with the current one', { fallback: 3, max: 12 }) }),
    returns: z.object({
      currentMonth: MonthView.extend({ type: z.literal('current') }),
      previousMonths: z.array(MonthView),
      totalEarnings: Rupees,
    }),
    async handle({ query, caller, db }) {
      const months = await earnedIn(db, ownDriverId(caller), monthsUntil(Date.now(), query.months));
      const [current, ...previousMonths] = months;
      return {
        currentMonth: { type: 'current' as const, ...current! },
        previousMonths,
        totalEarnings: totalOf(months),
      };
    },
  }),
];
