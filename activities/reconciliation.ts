import type { Client } from '@temporalio/client';
import type { Db } from '../prisma/client.ts';
import { shiftFacts } from '../workflows/domain/attendance.ts';
import { tripFacts } from '../workflows/domain/trips.ts';
import { notificationProcess, shiftProcess, tripProcess } from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';
import { begin } from './begin.ts';

/** Younger rows are still being begun by whoever inserted them. */
const graceMs = 15_000;
const pageSize = 200;

export const reconciliationActivities = ({ db, client }: { db: Db; client: Client }) => {
  const beginAll = async (processes: Process[]): Promise<number> => {
    for (const process of processes) await begin(client, process);
    return processes.length;
  };

  return {
    /** Begins rows that wait for their workflow, a page per tick. Safe to retry: one that runs is left as it is. */
    async beginMissing() {
      const before = new Date(Date.now() - graceMs);
      const page = { orderBy: { createdAt: 'asc' }, take: pageSize } as const;
      const trips = await db.trip.findMany({
        where: { begunAt: null, createdAt: { lt: before } },
        include: { tripAssignments: { where: { unassignedAt: null } } },
        ...page,
      });
      const shifts = await db.attendance.findMany({
        where: { begunAt: null, createdAt: { lt: before } },
        include: { breaks: { where: { endTime: null } } },
        ...page,
      });
      const notifications = await db.notification.findMany({
        where: { status: 'QUEUED', createdAt: { lt: before }, attempts: { none: {} } },
        select: { id: true },
        ...page,
      });
      return {
        trips: await beginAll(trips.map((row) => tripProcess(tripFacts(row)))),
        shifts: await beginAll(shifts.map((row) => shiftProcess(shiftFacts(row)))),
        notifications: await beginAll(notifications.map(({ id }) => notificationProcess(id))),
      };
    },
  };
};

export type ReconciliationActivities = ReturnType<typeof reconciliationActivities>;
