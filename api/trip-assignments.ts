import { z } from 'zod';
import type { Prisma } from '../prisma/generated/client.ts';
import { get } from './http/endpoint.ts';
import { whereId } from './http/records.ts';
import { idOf, Instant, pageOf, skipTake } from './http/shapes.ts';
import { SlimDriver, SlimVehicle } from './assignments.ts';

const TripAssignmentRow = z.object({
  id: z.string(),
  tripId: z.string(),
  driverId: z.string(),
  vehicleId: z.string().nullable(),
  status: z.string(),
  startTime: Instant,
  endTime: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  driver: SlimDriver,
  vehicle: SlimVehicle.nullable(),
});

const withBoth = { driver: true, vehicle: true } satisfies Prisma.TripAssignmentInclude;

export const tripAssignments = [
  get('/assignments/trip/:tripId', {
    allow: 'assignments:read',
    summary: 'Who had a trip, newest first; an empty list for an unknown trip',
    params: z.object({ tripId: idOf('trip', { unloaded: true }) }),
    list: true,
    returns: TripAssignmentRow,
    async handle({ params, db, visible }) {
      const where: Prisma.TripAssignmentWhereInput = { trip: whereId(params.tripId), driver: visible.driver };
      const page = pageOf({});
      const rows = await db.tripAssignment.findMany({
        where,
        include: withBoth,
        orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        ...skipTake(page),
      });
      const shown = rows.map((row) => ({ ...row, startTime: row.assignedAt, endTime: row.unassignedAt }));
      return { ...page, total: rows.length, rows: shown };
    },
  }),
];
