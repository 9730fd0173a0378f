import { randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { requireBookable } from '../workflows/domain/bookings.ts';
import { point } from '../workflows/domain/geo.ts';
import { paise } from '../workflows/domain/money.ts';
import type { Paise } from '../workflows/domain/money.ts';
import { quote, quotedBreakdown, vehicleClass } from '../workflows/domain/pricing.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import { arrive, board, complete, start, tripFacts } from '../workflows/domain/trips.ts';
import { tripProcess } from '../workflows/processes.ts';
import { arriveTrip, boardTrip, completeTrip, startTrip } from '../workflows/trips.ts';
import { get, post } from './http/endpoint.ts';
import type { Base } from './http/endpoint.ts';
import { createOnce } from './http/once.ts';
import type { Caller, Loaded } from './http/scope.ts';
import {
  also,
  idOf,
  Instant,
  InstantIn,
  Kilometres,
  Latitude,
  Longitude,
  Phone,
  RupeesIn,
  Text,
  Word,
} from './http/shapes.ts';
import { JourneyFields, resolveJourney } from './journeys.ts';
import { askTrip } from './trip-commands.ts';
import { readTrip, TripView } from './trip-views.ts';

const extraMaxRupees = 20_000;
const fareMaxRupees = 1_000_000;

const NewTrip = z.object({
  ...JourneyFields,
  pickupTime: also(InstantIn, 'tripDate'),
  tripType: Word(['AIRPORT', 'RENTAL', 'INTER_CITY']).optional(),
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

type NewTrip = z.output<typeof NewTrip>;

const required = (field: string) => ({ field, issue: 'required', message: `${field} is required` });

/** Both addresses, or the form of the older panel: distance and city without them. A passenger has a name and a phone, or neither. */
const requireWhole = (body: NewTrip): void => {
  const legacy = body.distanceKm !== undefined && body.originCity !== undefined;
  const issues = [
    ...(body.pickupLocation || legacy ? [] : [required('pickupLocation')]),
    ...(body.dropLocation || legacy ? [] : [required('dropLocation')]),
    ...(body.passengerPhone && !body.passengerName ? [required('passengerName')] : []),
    ...(body.passengerName && !body.passengerPhone ? [required('passengerPhone')] : []),
  ];
  if (issues.length > 0) throw refusal('VALIDATION_ERROR', issues);
};

/** A trip belongs to its creator's fleet; of several hubs the assignment will choose. */
const ownerOf = (caller: Caller, fleetId: string | undefined) => ({
  fleetId: fleetId ?? caller.fleetId,
  hubId: caller.role === 'OPERATIONS' && caller.hubIds.length === 1 ? caller.hubIds[0]! : null,
});

const isPricingClass = (label: string | undefined) => /^(?:EV|NON_EV)$/i.test(label ?? '');

/** What the driver's device says of itself; the server's clock decides. */
const Report = {
  lat: also(Latitude.optional(), 'location.latitude', 'location.lat'),
  lng: also(Longitude.optional(), 'location.longitude', 'location.lng'),
  timestamp: z.unknown().optional(),
};

const Extra = RupeesIn(extraMaxRupees).optional();
const none = paise(0);

const Completion = z.object({
  ...Report,
  fare: RupeesIn(fareMaxRupees).optional(),
  actualDistanceKm: also(Kilometres.pipe(z.number().min(0)).optional(), 'distance', 'actualDistance', 'distanceKm'),
  toll: also(Extra, 'extraCharges.toll'),
  parking: also(Extra, 'extraCharges.parking'),
  stateTax: also(Extra, 'extraCharges.stateTax'),
  extraKms: also(Extra, 'extraCharges.extraKms'),
  extraMinutes: also(Extra, 'extraCharges.extraMinutes'),
  night: also(Extra, 'extraCharges.night'),
  airportEntry: also(Extra, 'extraCharges.airportEntry'),
  waiting: also(Extra, 'extraCharges.waiting'),
});

const units = (amount: Paise | undefined): number | null => (amount === undefined ? null : amount / 100);

const reportOf = (caller: Caller, { lat, lng }: { lat?: number | undefined; lng?: number | undefined }) => ({
  by: { userId: caller.userId, driverId: caller.driverId },
  at: point(lat, lng),
});

const DrivenTrip = z.object({ id: idOf('drivenTrip') });

const issueCode = () => String(randomInt(10_000)).padStart(4, '0');

/** Compares the passenger's code in constant time; five wrong ones close the trip for a quarter of an hour. Source: trips.md, T7. */
const checkCode = async ({ services }: Base, trip: Loaded['trip'], otp: string | undefined): Promise<void> => {
  if (!otp) throw refusal('OTP_REQUIRED');
  const { limits, sealer } = services;
  if ((await limits.take('boarding', trip.id)).retryAfterSeconds !== null) throw refusal('OTP_ATTEMPTS_EXCEEDED');
  const code = Buffer.from(sealer.open('boarding-code', trip.sealedCode!));
  const typed = Buffer.from(otp);
  if (typed.length !== code.length || !timingSafeEqual(typed, code)) throw refusal('OTP_INVALID');
  await limits.giveBack('boarding', trip.id); // Only wrong codes count.
};

export const trips = [
  post('/trips', {
    allow: 'trips:create',
    summary: 'Book a trip',
    says: 'Trip created successfully',
    status: 201,
    body: NewTrip,
    returns: TripView,
    refuses: [
      'GEOCODE_FAILED',
      'DISTANCE_UNAVAILABLE',
      'ORIGIN_CITY_UNKNOWN',
      'TRIP_CONSTRAINT_VIOLATION',
      'FLEET_INACTIVE',
    ],
    async handle(context) {
      const { body, caller, db, fleet, newId, services, begin } = context;
      requireWhole(body);
      if (fleet?.status === 'INACTIVE') throw refusal('FLEET_INACTIVE');
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
      const id = newId();
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await tx.trip.create({
            data: {
              ...{ id, tripType, bookingType, vehicleSku, vehicleType, pickupTime, originCity, distanceKm },
              ...ownerOf(caller, body.fleetId),
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
              sealedCode: body.boardingCode ? sealer.seal('boarding-code', issueCode()) : null,
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
      const trip = await db.trip.findUniqueOrThrow({ where: { id }, include: { tripAssignments: true } });
      begin(tripProcess(tripFacts(trip)));
      return readTrip(context, id);
    },
  }),

  get('/trips/:id', {
    allow: 'trips:read',
    summary: 'Read a trip',
    params: z.object({ id: idOf('trip', { unloaded: true }) }),
    returns: TripView,
    handle: (context) => readTrip(context, context.params.id),
  }),

  post('/trips/:id/start', {
    allow: 'trips:drive',
    summary: 'Start the way to the pickup, from 150 minutes before it',
    says: 'Trip started successfully',
    params: DrivenTrip,
    body: z.object(Report),
    returns: TripView,
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER', 'TOO_EARLY_START'],
    async handle(context) {
      await askTrip(context, context.trip, startTrip, start, reportOf(context.caller, context.body));
      return readTrip(context, context.trip.id);
    },
  }),

  post('/trips/:id/arrived', {
    allow: 'trips:drive',
    summary: 'Report the arrival at the pickup',
    says: 'Arrival reported successfully',
    params: DrivenTrip,
    body: z.object(Report),
    returns: z.object({
      id: z.string(),
      tripId: z.string(),
      shortId: z.string(),
      status: z.literal('ARRIVED_EVENT_SENT'),
      tripStatus: z.string(),
      phase: z.string().nullable(),
      arrivedAt: Instant.nullable(),
      pickupLocation: z.string().nullable(),
      pickupLat: z.number().nullable(),
      pickupLng: z.number().nullable(),
      provider: z.string().nullable(),
      providerBookingId: z.string().nullable(),
    }),
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER', 'GEOFENCE_VIOLATION', 'TOO_EARLY_ARRIVE', 'TOO_LATE_ARRIVE'],
    async handle(context) {
      const { id } = context.trip;
      await askTrip(context, context.trip, arriveTrip, arrive, reportOf(context.caller, context.body));
      const trip = await readTrip(context, id);
      return { ...trip, tripId: id, status: 'ARRIVED_EVENT_SENT' as const, tripStatus: trip.status };
    },
  }),

  post('/trips/:id/onboard', {
    allow: 'trips:drive',
    summary: 'Board the passenger, with the code when the trip has one',
    says: 'Passenger onboard',
    params: DrivenTrip,
    body: z.object({ ...Report, otp: z.union([z.string().max(20), z.number().int().transform(String)]).optional() }),
    returns: TripView,
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER', 'OTP_REQUIRED', 'OTP_INVALID', 'OTP_ATTEMPTS_EXCEEDED'],
    async handle(context) {
      const { trip, caller, body } = context;
      const command = { ...reportOf(caller, body), codeChecked: trip.sealedCode !== null };
      if (trip.sealedCode !== null && trip.phase !== 'ONBOARD') {
        board(tripFacts(trip), command, Date.now()); // A code is worth trying only where boarding is possible.
        await checkCode(context, trip, body.otp);
      }
      await askTrip(context, trip, boardTrip, board, command);
      return readTrip(context, trip.id);
    },
  }),

  post('/trips/:id/complete', {
    allow: 'trips:drive',
    summary: 'Complete the trip and settle its fare',
    says: 'Trip completed successfully',
    params: DrivenTrip,
    body: Completion,
    returns: TripView,
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER'],
    async handle(context) {
      const { trip, caller, body } = context;
      await askTrip(context, trip, completeTrip, complete, {
        ...reportOf(caller, body),
        reportedFarePaise: body.fare ?? null,
        actualDistanceKm: body.actualDistanceKm ?? null,
        tollPaise: body.toll ?? none,
        parkingPaise: body.parking ?? none,
        stateTaxPaise: body.stateTax ?? none,
        extraKms: units(body.extraKms),
        extraMinutes: units(body.extraMinutes),
      });
      return readTrip(context, trip.id);
    },
  }),
];
