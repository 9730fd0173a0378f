import type { Db } from '../../../prisma/client.ts';
import { dayOf, spanOf } from '../../../prisma/collections.ts';
import { openShift } from '../../../prisma/locks.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import type { DayFacts } from './collection-views.ts';

interface DayOfDriver {
  driverId: string;
  date: Date;
}

/** What trips and shifts say of drivers' days, in two queries for a whole list. */
export const dayFactsOf = async (db: Db, days: readonly DayOfDriver[]): Promise<(day: DayOfDriver) => DayFacts> => {
  if (days.length === 0) return () => ({ shiftOpen: false, tripRevenue: 0 });
  const keyOf = (driverId: string, day: string) => `${driverId}:${day}`;
  const driverIds = [...new Set(days.map(({ driverId }) => driverId))];
  const spans = [...new Set(days.map(({ date }) => dayOf(date)))].map((day) => ({ day, ...spanOf(day) }));
  const revenue = await db.$queryRaw<{ driverId: string; day: string; total: bigint }[]>`
    SELECT a."driverId", d."day", sum(t."pricePaise")::bigint AS "total"
    FROM jsonb_to_recordset(${JSON.stringify(spans)}::jsonb) AS d("day" text, "gte" timestamptz, "lt" timestamptz)
    JOIN "trips" t ON t."status" = 'COMPLETED' AND t."completedAt" >= d."gte" AND t."completedAt" < d."lt"
    JOIN "trip_assignments" a ON a."tripId" = t."id" AND a."status" = 'COMPLETED' AND a."driverId" = ANY(${driverIds}::uuid[])
    GROUP BY 1, 2`;
  const shifts = await db.attendance.findMany({
    where: { driverId: { in: driverIds }, ...openShift },
    select: { driverId: true, checkInTime: true },
  });
  const open = new Set(shifts.map(({ driverId, checkInTime }) => keyOf(driverId, istDay(checkInTime.getTime()))));
  const totals = new Map(revenue.map(({ driverId, day, total }) => [keyOf(driverId, day), Number(total)]));
  return ({ driverId, date }) => {
    const key = keyOf(driverId, dayOf(date));
    return { shiftOpen: open.has(key), tripRevenue: totals.get(key) ?? 0 };
  };
};
