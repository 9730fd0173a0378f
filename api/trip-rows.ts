import type { Pool } from 'pg';
import { Prisma } from '../prisma/generated/client.ts';
import { isShortId } from './http/shapes.ts';

/** Reassignments are few; the bound keeps one odd trip from swelling every list. */
const assignmentsMax = 20;

/** What of a driver and a vehicle a trip shows; sealed columns are not even read. */
const slimDriver = {
  id: true,
  shortId: true,
  firstName: true,
  lastName: true,
  mobile: true,
  profilePic: true,
  fleetId: true,
  hubId: true,
} satisfies Prisma.DriverSelect;

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

/** What `withAssignments` reads, written by hand: most of the time of the most frequent read was spent on building its statement. */
const statement = (column: 'id' | 'shortId') => `
  SELECT ${columns('t', Prisma.TripScalarFieldEnum)}, coalesce(given."rows", '[]') AS "tripAssignments"
  FROM "trips" t LEFT JOIN LATERAL (
    SELECT json_agg(one) AS "rows" FROM (
      SELECT ${columns('a', Prisma.TripAssignmentScalarFieldEnum)}, ${jsonOf('d', slimDriver)} AS "driver",
        CASE WHEN v."id" IS NOT NULL THEN ${jsonOf('v', slimVehicle)} END AS "vehicle"
      FROM "trip_assignments" a JOIN "drivers" d ON d."id" = a."driverId" LEFT JOIN "vehicles" v ON v."id" = a."vehicleId"
      WHERE a."tripId" = t."id" ORDER BY a."createdAt" DESC, a."id" LIMIT ${assignmentsMax}
    ) one
  ) given ON true
  WHERE t."${column}" = $1`;

const statements = { id: statement('id'), shortId: statement('shortId') };

/** Inside JSON an instant is a text. */
const withDates = (assignment: TripRow['tripAssignments'][number]) => {
  const { assignedAt, unassignedAt, createdAt, updatedAt } = assignment;
  return {
    ...assignment,
    assignedAt: new Date(assignedAt),
    unassignedAt: unassignedAt && new Date(unassignedAt),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
};

/** Reads a trip with its assignments by either of its ids, in one prepared statement. */
export const tripReader =
  (pool: Pool) =>
  async (id: string): Promise<TripRow | null> => {
    const column = isShortId(id) ? 'shortId' : 'id';
    const { rows } = await pool.query<TripRow>({ name: `trip-by-${column}`, text: statements[column], values: [id] });
    const [trip] = rows;
    return trip ? { ...trip, tripAssignments: trip.tripAssignments.map(withDates) } : null;
  };
