import type { Tx } from './client.ts';
import type { Driver, Prisma, Vehicle } from './generated/client.ts';
import { refusal } from '../workflows/domain/refusals.ts';

/** A shift that nobody ended. */
export const openShift = {
  status: { in: ['PENDING', 'APPROVED'] },
  checkOutTime: null,
} satisfies Prisma.AttendanceWhereInput;

/** An assignment that still binds its driver. */
export const openAssignment = { status: { in: ['ASSIGNED', 'ACTIVE'] } } satisfies Prisma.TripAssignmentWhereInput;

/** A payment at the gateway that was neither made nor given up. */
export const openPayIn = {
  ...{ status: 'PENDING', type: { in: ['DEPOSIT', 'PENALTY', 'RENTAL'] } },
  easebuzzTxnId: { not: null },
} satisfies Prisma.TransactionWhereInput;

/** What the rules know of a shift, and of a trip, besides its own columns. */
export const withOpenBreak = { breaks: { where: { endTime: null } } } satisfies Prisma.AttendanceInclude;
export const withOpenAssignment = {
  tripAssignments: { where: { unassignedAt: null } },
} satisfies Prisma.TripInclude;

/** The started trip of one of these assignments, if there is one. */
export const startedTrip = async (
  tx: Tx,
  of: Prisma.TripAssignmentWhereInput,
): Promise<{ tripId: string; shortId: string } | null> => {
  const where = { AND: [openAssignment, of, { trip: { status: 'STARTED' as const } }] };
  const found = await tx.tripAssignment.findFirst({ where, select: { trip: { select: { id: true, shortId: true } } } });
  return found && { tripId: found.trip.id, shortId: found.trip.shortId };
};

/** Available again unless a trip is open: the state on every return to ACTIVE. Source: drivers.md rule 9. */
export const availableNow = async (tx: Tx, driverId: string): Promise<boolean> =>
  (await tx.tripAssignment.count({ where: { ...openAssignment, driverId } })) === 0;

/** Keeps a fleet, or that of a driver, from being closed meanwhile. Taken before the locks of drivers and vehicles. */
export const holdFleet = async (
  tx: Tx,
  { id = null, driverId = null }: { id?: string | null; driverId?: string | null },
): Promise<void> => {
  await tx.$queryRaw`
    SELECT "id" FROM "fleets"
    WHERE "id" = coalesce(${id}::uuid, (SELECT "fleetId" FROM "drivers" WHERE "id" = ${driverId}::uuid)) FOR SHARE`;
};

/** Keeps a hub from being closed meanwhile, and throws HUB_INACTIVE when it is. Taken after the lock of its fleet. */
export const holdOpenHub = async (tx: Tx, id: string): Promise<void> => {
  const [open] = await tx.$queryRaw<{ open: boolean }[]>`
    SELECT "status" = 'ACTIVE' AS "open" FROM "hubs" WHERE "id" = ${id}::uuid FOR SHARE`;
  if (!open?.open) throw refusal('HUB_INACTIVE');
};

/** Who is blacklisted, and whose deposit is not settled. */
export const unsettledPenalty = {
  ...{ type: 'BLACKLIST', status: 'IN_FORCE', depositSettledAt: null },
} satisfies Prisma.PenaltyWhereInput;

/** A sanction that will begin, a suspension in force, and a blacklisting that has not settled the deposit. */
export const openPenalty = {
  OR: [{ status: 'SCHEDULED' }, { type: 'SUSPENSION', status: 'IN_FORCE' }, unsettledPenalty],
} satisfies Prisma.PenaltyWhereInput;

/**
 * The lock under which a driver's status and availability change, their shifts begin and are checked out, and trips are given to them
 * and taken from them. In ascending id, so that two commands never wait for each other.
 */
export const lockDrivers = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  await tx.$queryRaw`SELECT "id" FROM "drivers" WHERE "id" = ANY(${ids}::uuid[]) ORDER BY "id" FOR NO KEY UPDATE`;
};

/** A driver as they are once nobody can change them, if they are still the caller's. */
export const lockedDriver = async (tx: Tx, id: string, visible: Prisma.DriverWhereInput): Promise<Driver> => {
  await lockDrivers(tx, [id]);
  const driver = await tx.driver.findFirst({ where: { id, AND: visible } });
  if (!driver) throw refusal('SCOPE_FORBIDDEN', { resource: 'driver' });
  return driver;
};

/** Taken after the locks of drivers, in ascending id. */
export const lockVehicles = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  await tx.$queryRaw`SELECT "id" FROM "vehicles" WHERE "id" = ANY(${ids}::uuid[]) ORDER BY "id" FOR NO KEY UPDATE`;
};

/** A vehicle as it is once nobody can change it, if it is still the caller's. */
export const lockedVehicle = async (tx: Tx, id: string, visible: Prisma.VehicleWhereInput): Promise<Vehicle> => {
  await lockVehicles(tx, [id]);
  const vehicle = await tx.vehicle.findFirst({ where: { id, AND: visible } });
  if (!vehicle) throw refusal('SCOPE_FORBIDDEN', { resource: 'vehicle' });
  return vehicle;
};

/** A driver who is locked may have left the fleet in which they were read: money is made in it for its own drivers only. */
export const requireInFleet = async (tx: Tx, { id, fleetId }: { id: string; fleetId: string }): Promise<void> => {
  if ((await tx.driver.count({ where: { id, fleetId } })) === 0)
    throw refusal('SCOPE_FORBIDDEN', { resource: 'driver' });
};

/** The same for all drivers of a fleet that is being closed. */
export const lockDriversOf = async (tx: Tx, fleetId: string): Promise<void> => {
  await tx.$queryRaw`SELECT "id" FROM "drivers" WHERE "fleetId" = ${fleetId}::uuid ORDER BY "id" FOR NO KEY UPDATE`;
};

/** The lock under which a user's role and activity change, and their profile is made. */
export const lockUser = async (
  tx: Tx,
  { id = null, phone = null }: { id?: string | null; phone?: string | null },
): Promise<void> => {
  await tx.$queryRaw`SELECT "id" FROM "users" WHERE "id" = ${id}::uuid OR "phone" = ${phone} FOR NO KEY UPDATE`;
};
