import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { nextShortId } from '../../prisma/short-id.ts';
import { requireBookable } from '../../workflows/domain/trips/bookings.ts';
import { quote, quotedBreakdown, vehicleClass } from '../../workflows/domain/trips/pricing.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import { dayMs, istDayStartMs } from '../../workflows/domain/time.ts';
import type { IstDay } from '../../workflows/domain/time.ts';
import { tripProcess } from '../../workflows/processes.ts';
import { requireOpenFleet } from '../fleet/cascades.ts';
import { dispatchRefusals, giveTrip, Warning } from './dispatch.ts';
import { get, post } from '../http/endpoint.ts';
import { createOnce } from '../http/once.ts';
import type { Caller } from '../http/scope.ts';
import {
  also,
  ById,
  DayIn,
  idOf,
  InstantIn,
  pageOf,
  Paging,
  Phone,
  requiring,
  skipTake,
  Text,
  Word,
  Words,
} from '../http/shapes.ts';
import type { Missing } from '../http/shapes.ts';
import { JourneyFields, lacksAddress, resolveJourney } from './journeys.ts';
import { withAssignments } from './trip-rows.ts';
import { tripView, TripView } from './trip-views.ts';

/** Both addresses, or the form of the older panel: distance and city without them. A passenger has a name and a phone, or neither. */
const missingOf: Missing = (sent) => {
  const legacy = sent['distanceKm'] !== undefined && sent['originCity'] !== undefined;
  const [name, phone] = [sent['passengerName'], sent['passengerPhone']];
  return [
    ...(legacy ? [] : ['pickupLocation', 'dropLocation'].filter((field) => lacksAddress(sent[field]))),
    ...(phone !== undefined && name === undefined ? ['passengerName'] : []),
    ...(name !== undefined && phone === undefined ? ['passengerPhone'] : []),
  ];
};

const NewTrip = z.object({
  ...JourneyFields,
  pickupTime: also(InstantIn, 'tripDate'),
  tripType: Word(['AIRPORT', 'RENTAL', 'INTER_CITY'])
    .optional()
    .describe('Default: INTER_CITY if INSTANT, else AIRPORT'),
  bookingType: Word(['PREBOOK', 'INSTANT']).default('PREBOOK'),
  vehicleSku: Text(60).default('TATA_TIGOR_EV'),
  vehicleType: Text(60).optional(),
  originCity: also(Text(120).optional(), 'pickupCity'),
  destinationCity: also(Text(120).optional(), 'dropCity'),
  passengerName: also(Text(120).optional(), 'customerName'),
  passengerPhone: also(Phone.optional(), 'customerPhone'),
  fleetId: idOf('fleet').optional(),
  boardingCode: z.boolean().default(false),
});

/** A trip belongs to its creator's fleet; of several hubs the assignment will choose. */
const ownerOf = (caller: Caller, fleetId: string | undefined) => ({
  fleetId: fleetId ?? caller.fleetId,
  hubId: caller.role === 'OPERATIONS' && caller.hubIds.length === 1 ? caller.hubIds[0]! : null,
});

const isPricingClass = (label: string | undefined) => /^(?:EV|NON_EV)$/i.test(label ?? '');

const openStatuses = ['DRIVER_ASSIGNED', 'STARTED'] as const;
const closedStatuses = ['COMPLETED', 'CANCELLED', 'NO_SHOW', 'CANCELLED_BY_PARTNER'] as const;

const OwnTrips = z.object({
  status: z
    .union([
      z.literal('HISTORY'),
      z.literal('ACTIVE'),
      Words(['BLOCKED', 'CREATED', ...openStatuses, ...closedStatuses]),
    ])
    .optional(),
  date: DayIn.optional(),
  ...Paging,
});

const statusesOf = ({ status }: z.output<typeof OwnTrips>) => {
  if (Array.isArray(status)) return status;
  return status === 'HISTORY' ? [...closedStatuses] : [...openStatuses];
};

/** Trips that the driver has, or had to their end; never one that was taken from them. T2. */
const ownTrips = (driverId: string, query: z.output<typeof OwnTrips>): Prisma.TripWhereInput => {
  const startMs = query.date && istDayStartMs(query.date as IstDay);
  return {
    status: { in: statusesOf(query) },
    tripAssignments: { some: { driverId, status: { not: 'UNASSIGNED' } } },
    ...(startMs ? { pickupTime: { gte: new Date(startMs), lt: new Date(startMs + dayMs) } } : {}),
  };
};

const issueCode = () => String(randomInt(10_000)).padStart(4, '0');

export const trips = [
  post('/trips', {
    allow: 'trips:create',
    summary: 'Book a trip',
    says: 'Trip created successfully',
    status: 201,
    body: requiring(
      NewTrip,
      'Needs both addresses, or distanceKm and originCity; passengerName and passengerPhone go together',
      missingOf,
    ),
    returns: TripView,
    refuses: [
      'GEOCODE_FAILED',
      'DISTANCE_UNAVAILABLE',
      'ORIGIN_CITY_UNKNOWN',
      'MAPS_UNAVAILABLE',
      'TRIP_CONSTRAINT_VIOLATION',
      'FLEET_INACTIVE',
    ],
    async handle({ body, caller, db, isKeyed, newId, services, begin }) {
      const id = newId();
      // What was bookable a moment ago may not be any more; a booking that was made stands.
      const booked = isKeyed ? await services.trips.byId(id) : null;
      if (booked) {
        begin(tripProcess(tripFacts(booked)));
        return tripView(booked, caller, services);
      }
      const { env, maps, sealer } = services;
      const bookedAt = new Date();
      const journey = await resolveJourney(maps, body);
      const tripType = body.tripType ?? (body.bookingType === 'INSTANT' ? 'INTER_CITY' : 'AIRPORT');
      const vehicleType = vehicleClass(body.vehicleType, body.vehicleSku);
      const { bookingType, vehicleSku, pickupTime } = body;
      const { originCity, distanceKm } = journey;
      requireBookable(
        { tripType, bookingType, originCity, vehicleSku, vehicleType, distanceKm, pickupTimeMs: pickupTime.getTime() },
        {
          originCities: env.ALLOWED_ORIGIN_CITIES,
          vehicleSkus: env.ALLOWED_VEHICLE_SKUS,
          rulesRelaxed: env.TRIP_RULES_RELAXED,
        },
        bookedAt.getTime(),
      );
      const times = { bookingTime: bookedAt.toISOString(), pickupTime: pickupTime.toISOString() };
      const quoted = quote({ tripType, vehicleType, distanceKm, ...times });
      const owner = ownerOf(caller, body.fleetId);
      const shortId = await nextShortId(db, 'TRP');
      await createOnce(() =>
        db.$transaction(async (tx) => {
          if (owner.fleetId) await requireOpenFleet(tx, owner.fleetId);
          await tx.trip.create({
            data: {
              ...{ id, shortId, tripType, bookingType, vehicleSku, vehicleType, pickupTime, originCity, distanceKm },
              ...owner,
              destinationCity: journey.destinationCity,
              pickupLocation: journey.pickup.address,
              dropLocation: journey.drop.address,
              pickupLat: journey.pickup.at?.lat ?? null,
              pickupLng: journey.pickup.at?.lng ?? null,
              dropLat: journey.drop.at?.lat ?? null,
              dropLng: journey.drop.at?.lng ?? null,
              bookingTime: bookedAt,
              distanceSource: journey.distanceSource,
              billableKm: quoted.billableKm,
              ratePerKm: quoted.ratePerKm,
              pricePaise: quoted.farePaise,
              quotedFarePaise: quoted.farePaise,
              fareBreakdown: { ...quotedBreakdown(quoted) },
              requestedVehicleType: isPricingClass(body.vehicleType) ? null : (body.vehicleType ?? null),
              passengerName: body.passengerName ?? null,
              passengerPhone: body.passengerPhone ?? null,
              createdByUserId: caller.userId,
              source: 'ADMIN',
              status: 'CREATED',
              provider: 'INTERNAL',
              sealedCode: body.boardingCode ? sealer.seal('boarding-code', issueCode(), id) : null,
            },
          });
          await tx.tripEvent.create({
            data: {
              ...{ tripId: id, commandId: 'create', type: 'create', at: bookedAt },
              actorType: 'USER',
              actorId: caller.userId,
            },
          });
        }),
      );
      const trip = (await services.trips.byId(id))!;
      begin(tripProcess(tripFacts(trip)));
      return tripView(trip, caller, services);
    },
  }),

  get('/trips', {
    allow: 'trips:read-own',
    summary: "The driver's own trips: what is ahead by pickup, or the history, newest first",
    query: OwnTrips,
    list: true,
    returns: TripView,
    async handle({ query, caller, db, services }) {
      if (!caller.driverId) throw refusal('NOT_FOUND', { resource: 'driverProfile' });
      const isHistory = query.status === 'HISTORY';
      const isAhead = statusesOf(query).every((status) => (openStatuses as readonly string[]).includes(status));
      const where = ownTrips(caller.driverId, query);
      const page = isHistory ? pageOf({ page: query.page ?? '1', limit: query.limit }, 100) : pageOf(query);
      const [total, rows] = await Promise.all([
        db.trip.count({ where }),
        db.trip.findMany({
          where,
          include: withAssignments,
          orderBy: isAhead ? [{ pickupTime: 'asc' }, { id: 'asc' }] : [{ createdAt: 'desc' }, { id: 'asc' }],
          ...skipTake(page),
        }),
      ]);
      return { ...page, total, rows: rows.map((trip) => tripView(trip, caller, services)) };
    },
  }),

  get('/trips/:id', {
    allow: 'trips:read',
    summary: 'Read a trip',
    params: ById('trip'),
    returns: TripView,
    handle: ({ trip, caller, services }) => Promise.resolve(tripView(trip, caller, services)),
  }),

  post('/trips/:id/assign', {
    allow: 'trips:dispatch',
    summary: 'Give a trip to a driver, by its path',
    says: 'Driver assigned successfully',
    params: ById('trip'),
    body: z.object({ driverId: idOf('driver') }),
    returns: TripView.extend({ tripId: z.string(), driverId: z.string(), warnings: z.array(Warning) }),
    refuses: dispatchRefusals,
    async handle(context) {
      const { trip, assignment, warnings } = await giveTrip(context, context.driver.id, 'assign');
      return { ...trip, tripId: trip.id, driverId: assignment.driverId, warnings };
    },
  }),
];
