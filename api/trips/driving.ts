import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Actor } from '../../workflows/domain/commands.ts';
import { point } from '../../workflows/domain/geo.ts';
import { paise } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { board, tripFacts } from '../../workflows/domain/trips/trips.ts';
import { writeText } from '../command-texts.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import type { Loaded } from '../http/scope.ts';
import {
  also,
  idOf,
  Instant,
  InstantIn,
  Kilometres,
  Latitude,
  Longitude,
  NumericText,
  RupeesIn,
} from '../http/shapes.ts';
import { askTrip } from './trip-commands.ts';
import { tripAfter, TripView } from './trip-views.ts';

const extraMax = 20_000;
/** What is far from the quote is looked at, not refused; this only keeps it a number that is stored. */
const fareMaxRupees = 10_000_000;

/** What the driver's device says of itself; the server's clock decides. */
const Report = {
  lat: also(Latitude.optional(), 'location.latitude', 'location.lat'),
  lng: also(Longitude.optional(), 'location.longitude', 'location.lng'),
  timestamp: InstantIn.optional().catch(undefined),
};

const Extra = RupeesIn(extraMax).optional();
/** What is recorded only, or not even that. */
const Noted = NumericText.pipe(z.number().min(0).max(extraMax)).optional();
const none = paise(0);

/** Its parts are fields of their own; anything but an object would lose them without a word. */
const ExtraCharges = z.record(z.string(), z.unknown()).optional();

const Completion = z.object({
  ...Report,
  fare: RupeesIn(fareMaxRupees).optional(),
  actualDistanceKm: also(Kilometres.pipe(z.number().min(0)).optional(), 'distance', 'actualDistance', 'distanceKm'),
  toll: also(Extra, 'extraCharges.toll'),
  parking: also(Extra, 'extraCharges.parking'),
  stateTax: also(Extra, 'extraCharges.stateTax'),
  extraKms: also(Noted, 'extraCharges.extraKms'),
  extraMinutes: also(Noted, 'extraCharges.extraMinutes'),
  night: also(Noted, 'extraCharges.night'),
  airportEntry: also(Noted, 'extraCharges.airportEntry'),
  waiting: also(Noted, 'extraCharges.waiting'),
  extraCharges: ExtraCharges,
});

interface Reported {
  lat?: number | undefined;
  lng?: number | undefined;
  timestamp?: Date | undefined;
}

const reportOf = (by: Actor, { lat, lng, timestamp }: Reported) => ({
  by,
  at: point(lat, lng),
  deviceAt: timestamp?.toISOString() ?? null,
});

/** Clients that send a number lose the zeros in front. */
const BoardingCode = z.union([
  z.string().max(20),
  z
    .number()
    .int()
    .transform((code) => String(code).padStart(4, '0')),
]);

const DrivenTrip = z.object({ id: idOf('drivenTrip') });

/** Compares the passenger's code in constant time; five wrong ones close the trip for a quarter of an hour. Source: trips.md, T7. */
const checkCode = async ({ services }: Base, trip: Loaded['trip'], otp: string | undefined): Promise<void> => {
  if (!otp) throw refusal('OTP_REQUIRED');
  const { limits, sealer } = services;
  const { retryAfterSeconds } = await limits.take('boarding', trip.id);
  if (retryAfterSeconds !== null) throw refusal('OTP_ATTEMPTS_EXCEEDED', { retryAfterSeconds });
  const code = Buffer.from(sealer.open('boarding-code', trip.sealedCode!, trip.id));
  const typed = Buffer.from(otp);
  if (typed.length !== code.length || !timingSafeEqual(typed, code)) throw refusal('OTP_INVALID');
  await limits.giveBack('boarding', trip.id); // Only wrong codes count.
};

/** What a driver does with their trip. */
export const driving = [
  post('/trips/:id/start', {
    allow: 'trips:drive',
    summary: 'Start the way to the pickup, from 150 minutes before it',
    says: 'Trip started successfully',
    params: DrivenTrip,
    body: z.object(Report),
    returns: TripView,
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER', 'TOO_EARLY_START', 'DRIVER_BLOCKED', 'TRIP_IN_PROGRESS'],
    async handle(context) {
      await askTrip(context, context.trip, 'start', reportOf(context.actor, context.body));
      return tripAfter(context, context.trip.id);
    },
  }),

  post('/trips/:id/arrived', {
    allow: 'trips:drive',
    summary: 'Report the arrival at the pickup, with the position wherever the trip has one to compare',
    says: 'Arrival reported successfully',
    params: DrivenTrip,
    body: z.object(Report),
    returns: z.object({
      id: z.string(),
      tripId: z.string(),
      shortId: z.string(),
      status: z.literal('ARRIVED_EVENT_SENT'),
      tripStatus: z.literal('STARTED'),
      phase: z.literal('ARRIVED'),
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
      await askTrip(context, context.trip, 'arrive', reportOf(context.actor, context.body));
      // Repeated with its key when the ride has gone on, it is answered like the first time.
      const then = { status: 'ARRIVED_EVENT_SENT', tripStatus: 'STARTED', phase: 'ARRIVED' } as const;
      return { ...(await tripAfter(context, id)), tripId: id, ...then };
    },
  }),

  post('/trips/:id/onboard', {
    allow: 'trips:drive',
    summary: 'Board the passenger, with the code when the trip has one',
    says: 'Passenger onboard',
    params: DrivenTrip,
    body: z.object({ ...Report, otp: BoardingCode.optional() }),
    returns: TripView,
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER', 'OTP_REQUIRED', 'OTP_INVALID', 'OTP_ATTEMPTS_EXCEEDED'],
    async handle(context) {
      const { trip, actor, body } = context;
      const report = reportOf(actor, body);
      // A code is worth trying only where boarding is possible; a repeated command is answered by the workflow.
      const asksCode = trip.sealedCode !== null && trip.status === 'STARTED' && trip.phase !== 'ONBOARD';
      // Who is on board has shown it: the workflow may have missed what the row says, and hears it from the repetition.
      const command = { ...report, codeChecked: asksCode || trip.phase === 'ONBOARD' };
      if (asksCode) {
        board(tripFacts(trip), command, Date.now());
        await checkCode(context, trip, body.otp);
      }
      await askTrip(context, trip, 'board', command);
      return tripAfter(context, trip.id);
    },
  }),

  post('/trips/:id/noshow', {
    allow: 'trips:drive',
    aliases: ['/trips/:id/no-show'],
    summary: 'Close the trip because nobody came, from 30 minutes after the pickup',
    says: 'No-show reported successfully',
    params: DrivenTrip,
    body: z.object({ ...Report, reason: z.string().max(300).optional() }),
    returns: TripView,
    refuses: ['TRIP_STATE_INVALID', 'NOT_TRIP_DRIVER', 'TOO_EARLY_NOSHOW', 'GEOFENCE_VIOLATION'],
    async handle(context) {
      const { trip, actor, body } = context;
      const textId = await writeText(context, { remarks: body.reason });
      await askTrip(context, trip, 'noShow', { ...reportOf(actor, body), textId });
      return tripAfter(context, trip.id);
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
      const { trip, actor, body } = context;
      await askTrip(context, trip, 'complete', {
        ...reportOf(actor, body),
        reportedFarePaise: body.fare ?? null,
        actualDistanceKm: body.actualDistanceKm ?? null,
        tollPaise: body.toll ?? none,
        parkingPaise: body.parking ?? none,
        stateTaxPaise: body.stateTax ?? none,
        extraKms: body.extraKms ?? null,
        extraMinutes: body.extraMinutes ?? null,
      });
      return tripAfter(context, trip.id);
    },
  }),
];
