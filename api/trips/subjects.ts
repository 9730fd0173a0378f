import type { Prisma } from '../../prisma/generated/client.ts';
import { openAssignment } from '../../prisma/locks.ts';
import { matches } from '../http/matches.ts';
import type { Caller } from '../http/scope.ts';
import { everything, nothing } from '../http/subject.ts';
import type { SubjectRules, Wanted } from '../http/subject.ts';
import type { Services } from '../services.ts';

/** Own fleet and the pool; for OPERATIONS without the trips that a driver of another hub has. Source: trips.md, Roles and scope. */
const visibleTrips = (caller: Caller): Prisma.TripWhereInput => {
  if (caller.role === 'SUPER_ADMIN') return everything;
  if (caller.role === 'DRIVER') {
    if (!caller.driverId) return nothing;
    const status = { in: ['ASSIGNED' as const, 'ACTIVE' as const, 'COMPLETED' as const, 'CANCELLED' as const] };
    return { tripAssignments: { some: { driverId: caller.driverId, status } } };
  }
  if (!caller.fleetId) return nothing;
  const fleet = { OR: [{ fleetId: caller.fleetId }, { fleetId: null }] };
  if (caller.role !== 'OPERATIONS') return fleet;
  // Said apart: in SQL a missing hub is neither in a list nor not in it.
  const foreign = { OR: [{ hubId: null }, { NOT: { hubId: { in: caller.hubIds } } }] };
  const elsewhere = { ...openAssignment, driver: foreign };
  return { AND: [fleet, { tripAssignments: { none: elsewhere } }] };
};

/**
 * Trips on which a driver's action is judged by the trip's own rules: those of their fleet and the pool, so that a wrong state is
 * named before a wrong driver; all others are simply not theirs.
 */
const drivenTrips = (caller: Caller): Prisma.TripWhereInput =>
  caller.driverId ? { OR: [{ fleetId: caller.fleetId }, { fleetId: null }, visibleTrips(caller)] } : nothing;

/** Trips are read most of all, so by their prepared statement; whether one is visible is then asked of its row. */
const loadTrip = async ({ tripRow }: Services, wanted: Wanted<Prisma.TripWhereInput>) => {
  const trip = await tripRow('id' in wanted ? wanted.id : wanted.shortId);
  return trip && matches(wanted.AND ?? everything, trip) ? trip : null;
};

export const tripsSubjects = {
  trip: { visible: visibleTrips, load: loadTrip },
  drivenTrip: { visible: drivenTrips, load: loadTrip, field: 'trip' as const, outside: 'NOT_TRIP_DRIVER' },
} satisfies Record<string, SubjectRules>;
