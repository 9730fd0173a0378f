import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { get } from '../http/endpoint.ts';
import { whereId } from '../http/records.ts';
import { idOf, Instant, pageOf, skipTake } from '../http/shapes.ts';
import { AssignedDriver, SlimVehicle } from '../fleet/assignment-views.ts';

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
  driver: AssignedDriver,
  vehicle: SlimVehicle.nullable(),
});

const roster = {
  where: { status: 'ACTIVE' },
  take: 1,
  include: { vehicle: true },
} satisfies Prisma.Driver$assignmentsArgs;

const withBoth = {
  driver: { include: { assignments: roster } },
  vehicle: true,
} satisfies Prisma.TripAssignmentInclude;

type Row = Prisma.TripAssignmentGetPayload<{ include: typeof withBoth }>;

/** A row that was written without its vehicle shows the one that the driver has now. */
const shown = (row: Row) => {
  const vehicle = row.vehicle ?? row.driver.assignments[0]?.vehicle ?? null;
  return { ...row, vehicle, vehicleId: vehicle?.id ?? null, startTime: row.assignedAt, endTime: row.unassignedAt };
};

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
      return { ...page, total: rows.length, rows: rows.map(shown) };
    },
  }),
];
