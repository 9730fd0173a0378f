import type { Client } from '@temporalio/client';
import type { Db } from '../prisma/client.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import { openAssignment, openShift, withOpenAssignment, withOpenBreak } from '../prisma/open.ts';
import { shiftFacts } from '../workflows/domain/attendance.ts';
import { dayMs } from '../workflows/domain/time.ts';
import { tripFacts } from '../workflows/domain/trips.ts';
import { driverLostId, notificationProcess, otpProcess, shiftProcess, tripProcess } from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';
import { begin, tell } from './begin.ts';

/** Younger rows are still being begun by whoever inserted them. */
const graceMs = 15_000;
const pageSize = 200;
const purgeBite = 10_000;

/** One record that cannot be reached is counted, and the next tick sees it again; the others go on. */
const missed = async (work: () => Promise<void>): Promise<0 | 1> => {
  try {
    await work();
    return 0;
  } catch {
    return 1;
  }
};

export const reconciliationActivities = ({ db, client }: { db: Db; client: Client }) => {
  const beginAll = async (processes: Process[]): Promise<{ begun: number; failed: number }> => {
    let failed = 0;
    for (const process of processes) failed += await missed(() => begin(client, process));
    return { begun: processes.length - failed, failed };
  };

  /** In bites, so that no statement outlasts its limit however much there is. */
  const purgeLocations = async (before: Date): Promise<number> => {
    let total = 0;
    for (;;) {
      const gone = await db.$executeRaw`
        DELETE FROM "trip_locations" WHERE "id" IN (
          SELECT "id" FROM "trip_locations" WHERE "receivedAt" < ${before} LIMIT ${purgeBite})`;
      total += gone;
      if (gone < purgeBite) return total;
    }
  };

  return {
    /** Begins rows that wait for their workflow, a page per tick. Safe to retry: one that runs is left as it is. */
    async beginMissing() {
      const before = new Date(Date.now() - graceMs);
      const page = { orderBy: { createdAt: 'asc' }, take: pageSize } as const;
      const trips = await db.trip.findMany({
        where: { begunAt: null, createdAt: { lt: before } },
        include: withOpenAssignment,
        ...page,
      });
      const shifts = await db.attendance.findMany({
        where: { begunAt: null, createdAt: { lt: before } },
        include: withOpenBreak,
        ...page,
      });
      const notifications = await db.notification.findMany({
        where: { status: 'QUEUED', createdAt: { lt: before }, attempts: { none: {} } },
        select: { id: true },
        ...page,
      });
      const codes = await db.otpChallenge.findMany({
        where: {
          sealedCode: { not: null },
          supersededAt: null,
          consumedAt: null,
          expiresAt: { gt: new Date() },
          createdAt: { lt: before },
        },
        select: { id: true },
        ...page,
      });
      return {
        codes: await beginAll(codes.map(({ id }) => otpProcess(id))),
        trips: await beginAll(trips.map((row) => tripProcess(tripFacts(row)))),
        shifts: await beginAll(shifts.map((row) => shiftProcess(shiftFacts(row)))),
        notifications: await beginAll(notifications.map(({ id }) => notificationProcess(id))),
      };
    },

    /**
     * Tells shifts and trips whose driver, user or fleet is not active any more, by the state of the rows and not by what was sent
     * before. Safe to retry: the news has a name, so it is heard once.
     */
    async tellDriversLost() {
      let failed = 0;
      const lost: Prisma.DriverWhereInput = {
        OR: [{ status: { not: 'ACTIVE' } }, { user: { isActive: false } }, { fleet: { status: 'INACTIVE' } }],
      };
      const shifts = await db.attendance.findMany({
        where: {
          ...openShift,
          driver: lost,
          NOT: { flags: { has: 'DRIVER_DEACTIVATED' } },
        },
        include: withOpenBreak,
        take: pageSize,
      });
      for (const shift of shifts) {
        const news = { update: 'driverLost', input: { driverId: shift.driverId }, updateId: driverLostId(shift.id) };
        failed += await missed(() => tell(client, shiftProcess(shiftFacts(shift)), news));
      }
      const assignments = await db.tripAssignment.findMany({
        where: { ...openAssignment, driver: lost },
        include: { trip: { include: withOpenAssignment } },
        take: pageSize,
      });
      for (const { id, driverId, trip } of assignments) {
        const news = { update: 'driverLost', input: { driverId }, updateId: driverLostId(id) };
        failed += await missed(() => tell(client, tripProcess(tripFacts(trip)), news));
      }
      return { shifts: shifts.length, trips: assignments.length, failed };
    },

    /** Deletes expired sessions, codes, answers, limits, map answers and old positions. Safe to retry: gone is gone. */
    async purgeExpired() {
      const now = Date.now();
      const ago = (days: number) => new Date(now - days * dayMs);
      const sessions = await db.session.deleteMany({ where: { expiresAt: { lt: ago(0) } } });
      await db.otpChallenge.updateMany({
        where: { expiresAt: { lt: ago(0) }, sealedCode: { not: null } },
        data: { sealedCode: null },
      });
      const codes = await db.otpChallenge.deleteMany({ where: { expiresAt: { lt: ago(1) } } });
      const answers = await db.idempotencyKey.deleteMany({ where: { createdAt: { lt: ago(1) } } });
      const limits = await db.rateLimit.deleteMany({ where: { expire: { lt: now } } });
      const maps = await db.mapsCache.deleteMany({ where: { expiresAt: { lt: ago(0) } } });
      const locations = await purgeLocations(ago(30));
      const notifications = await db.notification.deleteMany({ where: { expiresAt: { lt: ago(0) } } });
      return {
        sessions: sessions.count,
        codes: codes.count,
        answers: answers.count,
        limits: limits.count,
        maps: maps.count,
        locations,
        notifications: notifications.count,
      };
    },
  };
};

export type ReconciliationActivities = ReturnType<typeof reconciliationActivities>;
