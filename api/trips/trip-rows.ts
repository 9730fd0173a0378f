import type { Pool } from 'pg';
import { Prisma } from '../../prisma/generated/client.ts';
import { slimDriver } from '../people/driver-views.ts';
import { columns, instantsOf, jsonList, jsonOf, jsonOrNull, readInstants, rowReader } from '../http/json-rows.ts';

/** Reassignments are few; the bound keeps one odd trip from swelling every list. */
const assignmentsMax = 20;

/** What of a vehicle a trip shows. */
const slimVehicle = {
  id: true,
  shortId: true,
  vehicleNumber: true,
  vehicleName: true,
  vehicleModel: true,
  vehicleColor: true,
} satisfies Prisma.VehicleSelect;

export const withAssignments = {
  tripAssignments: {
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: assignmentsMax,
    include: { driver: { select: slimDriver }, vehicle: { select: slimVehicle } },
  },
} satisfies Prisma.TripInclude;

export type TripRow = Prisma.TripGetPayload<{ include: typeof withAssignments }>;

/** What `withAssignments` reads. */
const statement = `
  SELECT ${columns('one', Prisma.TripScalarFieldEnum)}, ${jsonList(`
    SELECT ${columns('a', Prisma.TripAssignmentScalarFieldEnum)}, ${jsonOf('d', slimDriver)} AS "driver",
      ${jsonOrNull('v', slimVehicle)} AS "vehicle"
    FROM "trip_assignments" a JOIN "drivers" d ON d."id" = a."driverId" LEFT JOIN "vehicles" v ON v."id" = a."vehicleId"
    WHERE a."tripId" = one."id" ORDER BY a."createdAt" DESC, a."id" LIMIT ${assignmentsMax}`)} AS "tripAssignments"
  FROM "trips" one`;

const tripInstants = instantsOf<TripRow>({
  pickupTime: true,
  bookingTime: true,
  startedAt: true,
  arrivedAt: true,
  boardedAt: true,
  completedAt: true,
  cancelledAt: true,
  stageSince: true,
  holdExpiresAt: true,
  begunAt: true,
  createdAt: true,
  updatedAt: true,
});

const assignmentInstants = instantsOf<TripRow['tripAssignments'][number]>({
  assignedAt: true,
  unassignedAt: true,
  createdAt: true,
  updatedAt: true,
});

/** Reads trips with their assignments. */
export const tripReader = (pool: Pool) =>
  rowReader<TripRow>(pool, 'trips', statement, (trip) => {
    readInstants(trip, tripInstants);
    for (const assignment of trip.tripAssignments) readInstants(assignment, assignmentInstants);
  });
