import type { Prisma, Role } from '../../prisma/generated/client.ts';
import { openAssignment, withOpenBreak } from '../../prisma/locks.ts';
import type { RefusalKey } from '../../workflows/domain/refusals.ts';
import type { Services } from '../services.ts';
import { matches } from './matches.ts';

/** Who calls, as the database knows him now; the claims of the token are only a copy for the panel. */
export interface Caller {
  userId: string;
  role: Role;
  fleetId: string | null;
  hubIds: string[];
  driverId: string | null;
  sessionId: string;
}

const everything = {};
const nothing = { id: { in: [] as string[] } };

const isStaff = ({ role }: Caller) => role === 'FLEET_ADMIN' || role === 'MANAGER' || role === 'OPERATIONS';

/** FLEET_ADMIN and MANAGER need a fleet, OPERATIONS also hubs. Without them nothing is visible, never everything. */
export const isScopeSet = (caller: Pick<Caller, 'role' | 'fleetId' | 'hubIds'>): boolean => {
  if (caller.role === 'SUPER_ADMIN' || caller.role === 'DRIVER') return true;
  return caller.fleetId !== null && (caller.role !== 'OPERATIONS' || caller.hubIds.length > 0);
};

/** Rows that carry their fleet and hub themselves. */
const ownFleetAndHubs = (caller: Caller) => {
  if (caller.role === 'SUPER_ADMIN') return everything;
  if (!isStaff(caller) || !caller.fleetId) return nothing;
  const { fleetId, hubIds } = caller;
  return caller.role === 'OPERATIONS' ? { fleetId, hubId: { in: hubIds } } : { fleetId };
};

const visibleFleets = ({ role, fleetId }: Caller): Prisma.FleetWhereInput =>
  role === 'SUPER_ADMIN' ? everything : { id: { in: fleetId ? [fleetId] : [] } };

const visibleHubs = (caller: Caller): Prisma.HubWhereInput => {
  if (caller.role === 'SUPER_ADMIN') return everything;
  if (!isStaff(caller) || !caller.fleetId) return nothing;
  const { fleetId, hubIds } = caller;
  return caller.role === 'OPERATIONS' ? { fleetId, id: { in: hubIds } } : { fleetId };
};

const visibleUsers = (caller: Caller): Prisma.UserWhereInput => {
  if (caller.role === 'SUPER_ADMIN') return everything;
  const own = { id: caller.userId };
  if (!isStaff(caller) || !caller.fleetId) return own;
  const { fleetId, hubIds } = caller;
  if (caller.role !== 'OPERATIONS') return { OR: [own, { fleetId }] };
  const hubId = { in: hubIds };
  // A driver's form makes its user first and the profile, which has the hub, after it.
  const underWay = { role: 'DRIVER' as const, driver: null, createdBy: caller.userId };
  return { OR: [own, { fleetId, OR: [{ hubs: { some: { hubId } } }, { driver: { hubId } }, underWay] }] };
};

const visibleDrivers = (caller: Caller): Prisma.DriverWhereInput =>
  caller.role === 'DRIVER' ? { id: { in: caller.driverId ? [caller.driverId] : [] } } : ownFleetAndHubs(caller);

const visibleAssignments = (caller: Caller): Prisma.AssignmentWhereInput => {
  if (caller.role !== 'OPERATIONS') return ownFleetAndHubs(caller);
  const inHubs = { hubId: { in: caller.hubIds } };
  return caller.fleetId ? { fleetId: caller.fleetId, driver: inHubs, vehicle: inHubs } : nothing;
};

const visibleShifts = (caller: Caller): Prisma.AttendanceWhereInput => {
  if (caller.role === 'DRIVER') return { driverId: { in: caller.driverId ? [caller.driverId] : [] } };
  if (caller.role !== 'OPERATIONS') return ownFleetAndHubs(caller);
  return caller.fleetId ? { fleetId: caller.fleetId, driver: { hubId: { in: caller.hubIds } } } : nothing;
};

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
 * Trips on which a driver's action is judged by the trip's own rules: those of his fleet and the pool, so that a wrong state is
 * named before a wrong driver; all others are simply not his.
 */
const drivenTrips = (caller: Caller): Prisma.TripWhereInput =>
  caller.driverId ? { OR: [{ fleetId: caller.fleetId }, { fleetId: null }, visibleTrips(caller)] } : nothing;

/** One condition per subject, to be spread into every query of it. */
export const visibleTo = (caller: Caller) => ({
  user: visibleUsers(caller),
  fleet: visibleFleets(caller),
  hub: visibleHubs(caller),
  vehicle: ownFleetAndHubs(caller) as Prisma.VehicleWhereInput,
  driver: visibleDrivers(caller),
  assignment: visibleAssignments(caller),
  shift: visibleShifts(caller),
  trip: visibleTrips(caller),
  drivenTrip: drivenTrips(caller),
});

export type Visible = ReturnType<typeof visibleTo>;
export type Subject = keyof Visible;

/** Where records are read. */
export type Source = Pick<Services, 'db' | 'trips' | 'vehicles' | 'drivers'>;

/** A record by one of its ids, if it meets a condition. */
export type Wanted<Where> = { id: string; AND?: Where } | { shortId: string; AND?: Where };

/** What is read most goes by its prepared statement; whether a record is visible is then asked of its row. */
const prepared =
  <Row extends object>(readerOf: (source: Source) => { byId: (id: string) => Promise<Row | null> }) =>
  async (source: Source, wanted: Wanted<object>): Promise<Row | null> => {
    const row = await readerOf(source).byId('id' in wanted ? wanted.id : wanted.shortId);
    return row && matches(wanted.AND ?? everything, row) ? row : null;
  };

/** How a record is loaded when its id stands in a path, query or body. */
export const loaders = {
  user: ({ db }: Source, where: Wanted<Prisma.UserWhereInput>) =>
    db.user.findFirst({ where, include: { hubs: true, driver: true } }),
  fleet: ({ db }: Source, where: Wanted<Prisma.FleetWhereInput>) => db.fleet.findFirst({ where }),
  hub: ({ db }: Source, where: Wanted<Prisma.HubWhereInput>) => db.hub.findFirst({ where }),
  vehicle: prepared(({ vehicles }) => vehicles),
  driver: prepared(({ drivers }) => drivers),
  assignment: ({ db }: Source, where: Wanted<Prisma.AssignmentWhereInput>) => db.assignment.findFirst({ where }),
  shift: ({ db }: Source, where: Wanted<Prisma.AttendanceWhereInput>) =>
    db.attendance.findFirst({ where, include: withOpenBreak }),
  trip: prepared(({ trips }) => trips),
  drivenTrip: prepared(({ trips }) => trips),
} satisfies Record<Subject, unknown>;

export type Loaded = { [S in Subject]: NonNullable<Awaited<ReturnType<(typeof loaders)[S]>>> };

/** What a missing or foreign record is called, where the name of the subject is not it. */
export const resources: Partial<Record<Subject, string>> = { shift: 'attendance', drivenTrip: 'trip' };

/** What a foreign record is refused with, where it is not SCOPE_FORBIDDEN. */
export const outside: Partial<Record<Subject, RefusalKey>> = { drivenTrip: 'NOT_TRIP_DRIVER' };
