import { rentedUntil } from '../../prisma/rentals.ts';
import { rentalFault } from '../../workflows/domain/money/rental-standing.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { RentalTerms } from '../../workflows/domain/money/rental-standing.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockDrivers, openAssignment } from '../../prisma/locks.ts';
import type { Change } from '../../workflows/domain/commands.ts';
import { standingOf } from '../../workflows/domain/trips/dispatch.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';

type TripChange = Change<TripFacts, unknown>;

/** Drivers under lock. What hangs on them is read by a second statement: the first one's view is older than the lock. */
export const lockedDrivers = async (tx: Tx, ids: string[]): Promise<LockedDriver[]> => {
  await lockDrivers(tx, ids);
  const rows = await tx.$queryRaw<(LockedDriver & { isUserActive: boolean; fleetStatus: string })[]>`
    SELECT d."id", d."userId", d."fleetId", d."hubId", d."status"::text, d."kycStatus"::text, a."vehicleId",
      d."paymentModel"::text, f."rentalEnforcement"::text, f."rentalGraceHours",
      u."isActive" AS "isUserActive", f."status"::text AS "fleetStatus"
    FROM "drivers" d JOIN "users" u ON u."id" = d."userId" JOIN "fleets" f ON f."id" = d."fleetId"
      LEFT JOIN "assignments" a ON a."driverId" = d."id" AND a."status" = 'ACTIVE'
    WHERE d."id" = ANY(${ids}::uuid[])`;
  return rows.map(({ isUserActive: isActive, fleetStatus, ...driver }) => ({
    ...driver,
    status: standingOf({ status: driver.status, user: { isActive }, fleet: { status: fleetStatus } }),
  }));
};

interface LockedDriver extends Omit<RentalTerms, 'rentedUntil'> {
  id: string;
  userId: string;
  fleetId: string;
  hubId: string | null;
  /** As `standingOf` says it. */
  status: string;
  kycStatus: string;
  vehicleId: string | null;
}

/** The driver who has the trip, under lock. */
export const lockFormer = async (tx: Tx, { facts }: TripChange): Promise<LockedDriver | null> =>
  facts.driverId ? ((await lockedDrivers(tx, [facts.driverId]))[0] ?? null) : null;

/** Trips go to nobody whose rent the fleet insists on. One more read, in such a fleet alone. Source: rentals.md rule 11. */
export const requireRented = async (tx: Tx, driver: LockedDriver): Promise<void> => {
  if (driver.rentalEnforcement !== 'BLOCK' || driver.paymentModel !== 'RENTAL') return;
  const fault = rentalFault({ ...driver, rentedUntil: await rentedUntil(tx, driver.id) }, Date.now());
  if (fault) throw refusal('DRIVER_NOT_ELIGIBLE', { reason: fault });
};

/** Keeps the vehicle of a trip, and the one that its driver has by now, from leaving service meanwhile; after the lock of the driver. */
export const holdVehicles = async (tx: Tx, { facts: { tripId, driverId } }: TripChange): Promise<void> => {
  await tx.$queryRaw`
    SELECT "id" FROM "vehicles" WHERE "id" IN (
      SELECT "vehicleId" FROM "trip_assignments" WHERE "tripId" = ${tripId}::uuid AND "status" IN ('ASSIGNED', 'ACTIVE')
      UNION SELECT "vehicleId" FROM "assignments" WHERE "driverId" = ${driverId}::uuid AND "status" = 'ACTIVE'
    ) ORDER BY "id" FOR SHARE`;
};

/** The other trips that a driver has now; read under their lock. */
export const openSlots = async (tx: Tx, driverId: string, exceptTripId: string) => {
  const open = await tx.tripAssignment.findMany({
    where: { driverId, ...openAssignment, tripId: { not: exceptTripId } },
    select: { trip: { select: { id: true, tripType: true, pickupTime: true } } },
  });
  return open.map(({ trip }) => ({
    tripId: trip.id,
    tripType: trip.tripType,
    pickupTime: trip.pickupTime.toISOString(),
  }));
};

/**
 * Closes the open assignment; the driver is available again when it was their last one and they, their user and their fleet are active.
 * In one statement, which still sees the assignment that it closes as open.
 */
export const release = async (
  tx: Tx,
  change: TripChange,
  status: 'COMPLETED' | 'CANCELLED' | 'UNASSIGNED',
  closeReason: string,
): Promise<void> => {
  const { tripId, driverId } = change.facts;
  if (!driverId) return;
  await tx.$executeRaw`
    WITH closed AS (
      UPDATE "trip_assignments" SET "status" = ${status}::"TripAssignmentStatus", "unassignedAt" = ${new Date(change.at)},
        "closeReason" = ${closeReason}, "updatedAt" = now()
      WHERE "tripId" = ${tripId}::uuid AND "status" IN ('ASSIGNED', 'ACTIVE')
    )
    UPDATE "drivers" d SET "isAvailable" = u."isActive" AND f."status" = 'ACTIVE' AND d."status" = 'ACTIVE' AND NOT EXISTS (
      SELECT 1 FROM "trip_assignments" t
      WHERE t."driverId" = d."id" AND t."status" IN ('ASSIGNED', 'ACTIVE') AND t."tripId" <> ${tripId}::uuid
    ) FROM "users" u, "fleets" f WHERE u."id" = d."userId" AND f."id" = d."fleetId" AND d."id" = ${driverId}::uuid`;
};
