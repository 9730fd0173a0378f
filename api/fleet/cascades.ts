import type { Db, Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import {
  holdFleet,
  openAssignment,
  openShift,
  startedTrip,
  withOpenAssignment,
  withOpenBreak,
} from '../../prisma/locks.ts';
import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import { driverLostId, shiftProcess, tripProcess } from '../../workflows/processes.ts';
import { commandOf } from '../../workflows/shared/record.ts';
import type { Base } from '../http/endpoint.ts';

/** A car or a fleet is not taken away under a passenger. */
export const requireNoStartedTrip = async (tx: Tx, of: Prisma.TripAssignmentWhereInput): Promise<void> => {
  const started = await startedTrip(tx, of);
  if (started) throw refusal('TRIP_IN_PROGRESS', started);
};

/** Holds a fleet, so that nothing is made in it while it closes. Throws FLEET_INACTIVE when it is closed. */
export const requireOpenFleet = async (tx: Tx, id: string): Promise<void> => {
  await holdFleet(tx, { id });
  if ((await tx.fleet.count({ where: { id, status: 'ACTIVE' } })) === 0) throw refusal('FLEET_INACTIVE');
};

/** Ends the sessions of people: their tokens answer 401 from now on, and a login code still under way opens nothing. */
export const endLogins = async (tx: Tx, where: Prisma.UserWhereInput, revokeReason: string): Promise<void> => {
  await tx.user.updateMany({ where, data: { tokenVersion: { increment: 1 } } });
  await tx.session.updateMany({
    where: { user: where, revokedAt: null },
    data: { revokedAt: new Date(), revokeReason },
  });
  const people = await tx.user.findMany({ where, select: { phone: true } });
  await tx.otpChallenge.updateMany({
    where: { phone: { in: people.map(({ phone }) => phone) }, consumedAt: null, supersededAt: null },
    data: { supersededAt: new Date() },
  });
};

const driverLost = commandOf<{ driverId: string }>('driverLost');

/**
 * Tells the open shift and the open trips of drivers who may not drive any more. The rows are committed; what is lost on the way
 * is told again by the schedule, which looks at them.
 */
export const tellDriversLost = async (
  { db, tell }: { db: Db; tell: Base['tell'] },
  drivers: Prisma.DriverWhereInput,
): Promise<void> => {
  const shifts = await db.attendance.findMany({
    where: { driver: drivers, ...openShift },
    include: withOpenBreak,
    take: 1000,
  });
  for (const shift of shifts) {
    const { driverId } = shift;
    tell(shiftProcess(shiftFacts(shift)), driverLost, { driverId }, driverLostId(shift.id));
  }
  const assignments = await db.tripAssignment.findMany({
    where: { driver: drivers, ...openAssignment },
    include: { trip: { include: withOpenAssignment } },
    take: 1000,
  });
  for (const { id, driverId, trip } of assignments) {
    tell(tripProcess(tripFacts(trip)), driverLost, { driverId }, driverLostId(id));
  }
};
