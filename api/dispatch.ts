import { z } from 'zod';
import type { Prisma } from '../prisma/generated/client.ts';
import { istDayStartMs } from '../workflows/domain/time.ts';
import type { IstDay } from '../workflows/domain/time.ts';
import { assign } from '../workflows/domain/trips.ts';
import { assignTrip } from '../workflows/trips.ts';
import { get, post } from './http/endpoint.ts';
import { whereId } from './http/records.ts';
import { DayIn, idOf, pageOf, Paging, skipTake, Word, Words } from './http/shapes.ts';
import { askTrip } from './trip-commands.ts';
import { readTrip, TripAssignmentView, tripView, TripView, withAssignments } from './trip-views.ts';

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
  keyword: z.string().max(120).optional(),
  date: DayIn.optional(),
  dateFrom: DayIn.optional(),
  dateTo: DayIn.optional(),
  driverId: idOf('driver', { unloaded: true }).optional(),
  fleetId: idOf('fleet', { unloaded: true }).optional(),
  hubId: idOf('hub', { unloaded: true }).optional(),
  provider: Word(['INTERNAL', 'MOJOBOXX', 'MMT', 'RAPIDO']).optional(),
  tripType: Word(['AIRPORT', 'RENTAL', 'INTER_CITY']).optional(),
  providerBookingId: z.string().max(120).optional(),
  unassigned: z.enum(['true', 'false']).optional(),
  ...Paging,
});

const dayStart = (day: string) => new Date(istDayStartMs(day as IstDay));
const dayEnd = (day: string) => new Date(istDayStartMs(day as IstDay) + 86_400_000);

const filters = (query: z.output<typeof Filter>): Prisma.TripWhereInput[] => {
  const { date, dateFrom = date, dateTo = date, keyword } = query;
  const contains = { contains: keyword ?? '', mode: 'insensitive' as const };
  const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(keyword ?? '');
  return [
    query.status ? { status: { in: query.status } } : {},
    dateFrom ? { pickupTime: { gte: dayStart(dateFrom) } } : {},
    dateTo ? { pickupTime: { lt: dayEnd(dateTo) } } : {},
    query.driverId ? { tripAssignments: { some: { driver: whereId(query.driverId) } } } : {},
    query.fleetId ? { fleet: whereId(query.fleetId) } : {},
    query.hubId ? { hubId: query.hubId } : {},
    query.provider ? { provider: query.provider } : {},
    query.tripType ? { tripType: query.tripType } : {},
    query.providerBookingId ? { providerBookingId: query.providerBookingId } : {},
    query.unassigned === 'true' ? { tripAssignments: { none: { unassignedAt: null } } } : {},
    keyword
      ? {
          OR: [
            ...(isUuid ? [{ id: keyword.toLowerCase() }] : []),
            { shortId: contains },
            { providerBookingId: contains },
            { passengerName: contains },
            { passengerPhone: contains },
          ],
        }
      : {},
  ];
};

export const dispatch = [
  get('/admin/trips', {
    allow: 'trips:list',
    summary: 'List trips, newest first',
    query: Filter,
    returns: z.object({ trips: z.array(TripView), total: z.number(), page: z.number(), limit: z.number() }),
    async handle({ query, caller, db, visible, services }) {
      const where: Prisma.TripWhereInput = { AND: [visible.trip, ...filters(query)] };
      const page = pageOf({ page: query.page ?? '1', limit: query.limit ?? '10' });
      const [total, rows] = await Promise.all([
        db.trip.count({ where }),
        db.trip.findMany({
          where,
          include: withAssignments,
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
          ...skipTake(page),
        }),
      ]);
      return { trips: rows.map((trip) => tripView(trip, caller, services)), total, ...page };
    },
  }),

  post('/admin/trips/assign', {
    allow: 'trips:dispatch',
    summary: 'Give a trip to a driver',
    says: 'Driver assigned successfully',
    status: 201,
    body: z.object({ tripId: idOf('trip'), driverId: idOf('driver', { aliases: ['newDriverId'] }) }),
    returns: z.object({ assignment: TripAssignmentView, trip: TripView }),
    refuses: [
      'TRIP_STATE_INVALID',
      'TRIP_ALREADY_ASSIGNED',
      'DRIVER_NOT_ACTIVE',
      'DRIVER_NOT_ELIGIBLE',
      'SLOT_CONFLICT',
      'FLEET_MISMATCH',
    ],
    async handle(context) {
      const { trip, driver, caller, newId } = context;
      const assignmentId = newId('assignment');
      const by = { userId: caller.userId, driverId: null };
      await askTrip(context, trip, assignTrip, assign, { by, driverId: driver.id, assignmentId });
      const view = await readTrip(context, trip.id);
      return { assignment: view.tripAssignments.find(({ id }) => id === assignmentId)!, trip: view };
    },
  }),
];
