import type { Db } from '../../../prisma/client.ts';
import { dayOf, spanOf } from '../../../prisma/collections.ts';
import { openShift } from '../../../prisma/locks.ts';
import { dayMs, istDay } from '../../../workflows/domain/time.ts';
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
  // A shift that goes on over midnight completes its trips on the next day.
  const spans = [...new Set(days.map(({ date }) => dayOf(date)))].map((day) => {
    const { gte: from, lt } = spanOf(day);
    return { from, before: new Date(lt.getTime() + dayMs) };
  });
  const revenue = await db.$queryRaw<{ driverId: string; day: string; total: bigint }[]>`
    SELECT a."driverId", (coalesce(s."checkInTime", t."completedAt") AT TIME ZONE INTERVAL '+05:30')::date::text AS "day",
      sum(t."pricePaise")::bigint AS "total"
    FROM (
      SELECT DISTINCT t."id", t."completedAt", t."pricePaise"
      FROM jsonb_to_recordset(${JSON.stringify(spans)}::jsonb) AS d("from" timestamptz, "before" timestamptz)
      JOIN "trips" t ON t."status" = 'COMPLETED' AND t."completedAt" >= d."from" AND t."completedAt" < d."before"
    ) t
    JOIN "trip_assignments" a ON a."tripId" = t."id" AND a."status" = 'COMPLETED' AND a."driverId" = ANY(${driverIds}::uuid[])
    LEFT JOIN LATERAL (
      SELECT "checkInTime" FROM "attendances" WHERE "driverId" = a."driverId" AND "checkInTime" <= t."completedAt"
        AND ("checkOutTime" IS NULL OR "checkOutTime" >= t."completedAt") ORDER BY "checkInTime" DESC LIMIT 1
    ) s ON true
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
