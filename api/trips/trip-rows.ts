import type { Pool } from 'pg';
import { Prisma } from '../../prisma/generated/client.ts';
import { slimDriver } from '../people/driver-views.ts';
import { isShortId } from '../http/shapes.ts';

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

const columns = (table: string, names: object) =>
  Object.keys(names)
    .map((name) => `${table}."${name}"`)
    .join(', ');

const jsonOf = (table: string, names: object) => `(SELECT to_json(slim) FROM (SELECT ${columns(table, names)}) slim)`;

/**
 * What `withAssignments` reads, written by hand, as one JSON text: building the ORM's statement took most of the time of the most
 * frequent read, and reading fifty columns one by one took most of what was left.
 */
const statement = (column: 'id' | 'shortId') => `
  SELECT to_json(trip) AS "trip" FROM (
    SELECT ${columns('t', Prisma.TripScalarFieldEnum)}, coalesce((
      SELECT json_agg(one) FROM (
        SELECT ${columns('a', Prisma.TripAssignmentScalarFieldEnum)}, ${jsonOf('d', slimDriver)} AS "driver",
          CASE WHEN v."id" IS NOT NULL THEN ${jsonOf('v', slimVehicle)} END AS "vehicle"
        FROM "trip_assignments" a JOIN "drivers" d ON d."id" = a."driverId" LEFT JOIN "vehicles" v ON v."id" = a."vehicleId"
        WHERE a."tripId" = t."id" ORDER BY a."createdAt" DESC, a."id" LIMIT ${assignmentsMax}
      ) one
    ), '[]') AS "tripAssignments"
    FROM "trips" t WHERE t."${column}" = $1
  ) trip`;

const statements = { id: statement('id'), shortId: statement('shortId') };

type InstantOf<T> = { [K in keyof T]: Date extends T[K] ? K : never }[keyof T];

/** Inside JSON an instant is a text; which texts are instants the schema knows, so the compiler sees that none is missing. */
const instantsOf = <T>(names: Record<InstantOf<T>, true>) => Object.keys(names);

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

const readInstants = (row: object, names: readonly string[]): void => {
  const fields = row as Record<string, unknown>;
  for (const name of names) if (fields[name] !== null) fields[name] = new Date(fields[name] as string);
};

/** Reads a trip with its assignments by either of its ids, in one prepared statement. */
export const tripReader =
  (pool: Pool) =>
  async (id: string): Promise<TripRow | null> => {
    const column = isShortId(id) ? 'shortId' : 'id';
    const query = { name: `trip-by-${column}`, text: statements[column], values: [id] };
    const [row] = (await pool.query<{ trip: TripRow }>(query)).rows;
    if (!row) return null;
    readInstants(row.trip, tripInstants);
    for (const assignment of row.trip.tripAssignments) readInstants(assignment, assignmentInstants);
    return row.trip;
  };
