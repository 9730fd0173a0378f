import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { openAssignment } from '../../prisma/locks.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { dayMs, istDayStartMs } from '../../workflows/domain/time.ts';
import type { IstDay } from '../../workflows/domain/time.ts';
import { isOverlapLikely } from '../../workflows/domain/trips/dispatch.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import { tripProcess } from '../../workflows/processes.ts';
import { writeText } from '../command-texts.ts';
import type { RefusalKey } from '../../workflows/domain/refusals.ts';
import { get, post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { loadVisible } from '../http/records.ts';
import type { Caller, Loaded } from '../http/scope.ts';
import { ById, DayIn, idOf, pageOf, Paging, Search, skipTake, Text, Word, Words } from '../http/shapes.ts';
import { isFilter } from '../totals.ts';
import { nudged, NudgedView } from '../nudges.ts';
import { askTrip } from './trip-commands.ts';
import { tripAfter, TripAssignmentView, tripView, TripView } from './trip-views.ts';

const statuses = [
  'BLOCKED',
  'CREATED',
  'DRIVER_ASSIGNED',
  'STARTED',
  'COMPLETED',
  'CANCELLED',
  'CANCELLED_BY_PARTNER',
  'NO_SHOW',
] as const;

const Filter = z.object({
  status: Words(statuses).optional(),
  keyword: Search.optional(),
  date: DayIn.optional(),
  dateFrom: DayIn.optional(),
  dateTo: DayIn.optional(),
  driverId: idOf('driver').optional(),
  fleetId: idOf('fleet').optional(),
  hubId: idOf('hub').optional(),
  provider: Word(['INTERNAL', 'MOJOBOXX', 'MMT', 'RAPIDO']).optional(),
  tripType: Word(['AIRPORT', 'RENTAL', 'INTER_CITY']).optional(),
  providerBookingId: z.string().max(120).optional(),
  unassigned: z.enum(['true', 'false']).optional(),
  ...Paging,
});

const dayStart = (day: string) => new Date(istDayStartMs(day as IstDay));
const dayEnd = (day: string) => new Date(istDayStartMs(day as IstDay) + dayMs);

const foundByIdMax = 1_000;

/**
 * The newest ids with this text in them that the caller may see; the ORM compares a UUID only as a whole. Other fleets are left out
 * here already, or their trips would fill the limit.
 */
const idsWith = async (db: Db, { role, fleetId }: Caller, keyword: string): Promise<string[]> => {
  if (!/^(?=.*[\da-f])[\da-f-]{3,36}$/i.test(keyword)) return [];
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "trips" WHERE "id"::text ILIKE ${`%${keyword}%`}
      AND (${role === 'SUPER_ADMIN'} OR "fleetId" IS NULL OR "fleetId" = ${fleetId}::uuid)
    ORDER BY "createdAt" DESC LIMIT ${foundByIdMax}`;
  return rows.map(({ id }) => id);
};

const filters = (query: z.output<typeof Filter>, ids: string[]): Prisma.TripWhereInput[] => {
  const { date, dateFrom = date, dateTo = date, keyword } = query;
  const contains = { contains: keyword ?? '', mode: 'insensitive' as const };
  return [
    query.status ? { status: { in: query.status } } : {},
    dateFrom ? { pickupTime: { gte: dayStart(dateFrom) } } : {},
    dateTo ? { pickupTime: { lt: dayEnd(dateTo) } } : {},
    query.driverId ? { tripAssignments: { some: { driverId: query.driverId } } } : {},
    query.fleetId ? { fleetId: query.fleetId } : {},
    query.hubId ? { hubId: query.hubId } : {},
    query.provider ? { provider: query.provider } : {},
    query.tripType ? { tripType: query.tripType } : {},
    query.providerBookingId ? { providerBookingId: query.providerBookingId } : {},
    query.unassigned === 'true' ? { tripAssignments: { none: { unassignedAt: null } } } : {},
    keyword
      ? {
          OR: [
            ...(ids.length > 0 ? [{ id: { in: ids } }] : []),
            { shortId: contains },
            { providerBookingId: contains },
            { passengerName: contains },
            { passengerPhone: contains },
          ],
        }
      : {},
  ];
};

/** What giving a trip to a driver may run into; the same for the first one and for the next. */
export const dispatchRefusals: RefusalKey[] = [
  'TRIP_STATE_INVALID',
  'TRIP_ALREADY_ASSIGNED',
  'DRIVER_NOT_ACTIVE',
  'DRIVER_NOT_ELIGIBLE',
  'SLOT_CONFLICT',
  'FLEET_MISMATCH',
];

const DriverOf = idOf('driver', { aliases: ['newDriverId'] });

type Desk = Base & { caller: Caller; actor: Actor; trip: Loaded['trip'] };

export const Warning = z.object({ code: z.literal('OVERLAP_LIKELY'), tripId: z.string(), shortId: z.string() });
z.globalRegistry.add(Warning, { id: 'DispatchWarning' });

const Dispatched = z.object({ assignment: TripAssignmentView, trip: TripView, warnings: z.array(Warning) });

const openTripsMax = 100;

/** The other open trips of a driver that this one may run into. Nothing is refused for them: people decide. */
const warningsOf = async (db: Db, driverId: string, trip: { id: string; pickupTime: Date; distanceKm: number }) => {
  const others = await db.trip.findMany({
    where: { id: { not: trip.id }, tripAssignments: { some: { driverId, ...openAssignment } } },
    select: { id: true, shortId: true, pickupTime: true, distanceKm: true },
    orderBy: [{ pickupTime: 'asc' }, { id: 'asc' }],
    take: openTripsMax,
  });
  const ride = ({ pickupTime, distanceKm }: typeof trip) => ({ pickupTime: pickupTime.toISOString(), distanceKm });
  return others
    .filter((other) => isOverlapLikely(ride(trip), ride(other)))
    .map(({ id, shortId }) => ({ code: 'OVERLAP_LIKELY' as const, tripId: id, shortId }));
};

/** Gives a trip to a driver and returns the trip with the new assignment, and what dispatch should know of the driver's day. */
export const giveTrip = async (desk: Desk, driverId: string, how: 'assign' | 'reassign') => {
  const assignmentId = desk.newId('assignment');
  const command = { by: desk.actor, driverId, assignmentId };
  await askTrip(desk, desk.trip, how, command);
  const trip = await tripAfter(desk, desk.trip.id);
  const assignment = trip.tripAssignments.find(({ id }) => id === assignmentId)!;
  return { trip, assignment, warnings: await warningsOf(desk.db, driverId, trip) };
};

/** Staff may take a trip only from a driver of theirs. */
const requireOwnDriver = async ({ services, visible, trip }: Desk): Promise<void> => {
  const { driverId } = tripFacts(trip);
  if (driverId) await loadVisible(services, visible, 'driver', driverId);
};

export const dispatch = [
  get('/admin/trips', {
    allow: 'trips:list',
    summary: 'List trips, newest first',
    query: Filter,
    returns: z.object({ trips: z.array(TripView), total: z.number(), page: z.number(), limit: z.number() }),
    async handle({ query, caller, db, visible, services }) {
      const ids = query.keyword ? await idsWith(db, caller, query.keyword) : [];
      const wanted = filters(query, ids).filter(isFilter);
      const where: Prisma.TripWhereInput = { AND: [visible.trip, ...wanted] };
      const page = pageOf({ page: query.page ?? '1', limit: query.limit }, 10);
      const known = wanted.length === 0 ? services.totals('trips', caller) : null;
      const [total, found] = await Promise.all([
        known ?? db.trip.count({ where }),
        db.trip.findMany({
          where,
          select: { id: true },
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
          ...skipTake(page),
        }),
      ]);
      const rows = await services.trips.byIds(found.map(({ id }) => id));
      return { trips: rows.map((trip) => tripView(trip, caller, services)), total, ...page };
    },
  }),

  post('/admin/trips/assign', {
    allow: 'trips:dispatch',
    summary: 'Give a trip to a driver',
    says: 'Driver assigned successfully',
    status: 201,
    body: z.object({ tripId: idOf('trip'), driverId: DriverOf }),
    returns: Dispatched,
    refuses: dispatchRefusals,
    handle: (context) => giveTrip(context, context.driver.id, 'assign'),
  }),

  post('/admin/trips/reassign', {
    allow: 'trips:dispatch',
    summary: 'Give a trip to another driver, also after its start but before boarding',
    says: 'Driver reassigned successfully',
    body: z.object({ tripId: idOf('trip'), driverId: DriverOf }),
    returns: Dispatched,
    refuses: [...dispatchRefusals, 'NO_ACTIVE_ASSIGNMENT'],
    async handle(context) {
      await requireOwnDriver(context);
      return giveTrip(context, context.driver.id, 'reassign');
    },
  }),

  post('/admin/trips/unassign', {
    allow: 'trips:dispatch',
    summary: 'Take a trip from its driver, before boarding',
    says: 'Driver unassigned successfully',
    body: z.object({ tripId: idOf('trip') }),
    returns: z.null(),
    refuses: ['TRIP_STATE_INVALID'],
    async handle(context) {
      await requireOwnDriver(context);
      await askTrip(context, context.trip, 'unassign', { by: context.actor });
      return null;
    },
  }),

  post('/admin/trips/cancel', {
    allow: 'trips:dispatch',
    summary: 'Cancel a trip before its passenger is on board',
    says: 'Trip cancelled successfully',
    body: z.object({ tripId: idOf('trip'), reason: Text(500) }),
    returns: z.object({ trip: TripView }),
    refuses: ['TRIP_STATE_INVALID'],
    async handle(context) {
      const textId = await writeText(context, { remarks: context.body.reason });
      await askTrip(context, context.trip, 'cancel', { by: context.actor, textId });
      return { trip: await tripAfter(context, context.trip.id) };
    },
  }),

  post('/trips/:id/nudge', {
    allow: 'trips:dispatch',
    summary: 'Make a trip read its row again and begin anew what did not get through',
    says: 'Trip nudged',
    params: ById('trip'),
    returns: NudgedView,
    handle: (context) => nudged(context, tripProcess(tripFacts(context.trip)), 'trip', context.trip.id),
  }),
];
