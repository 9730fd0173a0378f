import { z } from 'zod';
import { brokenRule } from '../workflows/domain/bookings.ts';
import { canonicalCity } from '../workflows/domain/geo.ts';
import { airportEntryCharge, nightCharge, quote, tariff, vehicleClass } from '../workflows/domain/pricing.ts';
import { paise } from '../workflows/domain/money.ts';
import { post } from './http/endpoint.ts';
import { also, InstantIn, Kilometres, requiring, Rupees, Text, Word } from './http/shapes.ts';
import { JourneyFields, previewDistance } from './journeys.ts';

const Preview = z.object({
  distanceSource: z.enum(['GOOGLE_MAPS', 'CLIENT_PROVIDED']),
  distanceKm: z.number(),
  billableDistanceKm: z.number(),
  billableKm: z.number(),
  ratePerKm: z.number(),
  baseFare: Rupees,
  distanceCharge: Rupees,
  totalFare: Rupees,
  estimatedFare: Rupees,
  breakdown: z.object({
    distanceFare: Rupees,
    tripTypeMultiplier: z.number(),
    bookingTimeMultiplier: z.number(),
    vehicleMultiplier: z.number(),
    minBillableKm: z.number(),
    ratePerKm: z.number(),
    bookingBand: z.enum(['T_1', 'T_2']),
  }),
  estimatedExtras: z.object({ night: Rupees, airportEntry: Rupees }),
  durationMins: z.number().nullable(),
  bookable: z.boolean(),
  bookableReason: z.string().nullable(),
  currency: z.literal('INR'),
});
z.globalRegistry.add(Preview, { id: 'PricingPreview' });

const coordinateFields = ['pickupLat', 'pickupLng', 'dropLat', 'dropLng'] as const;

const PreviewInput = z.object({
  ...JourneyFields,
  distanceKm: also(Kilometres.pipe(z.number().positive()).optional(), 'distance'),
  tripType: Word(['AIRPORT', 'RENTAL', 'INTER_CITY']),
  pickupTime: also(InstantIn.optional(), 'tripDate'),
  bookingDate: InstantIn.optional(),
  vehicleType: Text(60).optional(),
  vehicleSku: Text(60).optional(),
  originCity: Text(120).optional(),
});

/** All four coordinates or none. */
const missingOf = (sent: Readonly<Record<string, unknown>>): string[] => {
  const missing = coordinateFields.filter((field) => sent[field] === undefined);
  return missing.length < coordinateFields.length ? missing : [];
};

export const pricing = [
  post('/pricing/preview', {
    allow: 'public',
    summary: 'Quote a trip; nothing is kept',
    says: 'Pricing preview',
    limit: 'preview',
    body: requiring(PreviewInput, 'Of the four coordinates all are sent, or none', missingOf),
    // Older panels unwrap the envelope twice, so the quote carries a copy of itself.
    returns: Preview.extend({ data: Preview }),
    refuses: ['DISTANCE_UNAVAILABLE'],
    async handle({ body, services: { env, maps } }) {
      const { km, source, durationMins } = await previewDistance(maps, body);
      const nowMs = Date.now();
      const bookingTime = (body.bookingDate ?? new Date(nowMs)).toISOString();
      const pickupTime = body.pickupTime?.toISOString() ?? null;
      const { tripType } = body;
      const vehicleType = vehicleClass(body.vehicleType, body.vehicleSku);
      const quoted = quote({ tripType, vehicleType, distanceKm: km, bookingTime, pickupTime });
      const reason = pickupTime
        ? brokenRule(
            {
              tripType,
              vehicleType,
              bookingType: 'PREBOOK',
              originCity: body.originCity ? canonicalCity(body.originCity) : env.ALLOWED_ORIGIN_CITIES[0]!,
              vehicleSku: body.vehicleSku ?? env.ALLOWED_VEHICLE_SKUS[0]!,
              distanceKm: km,
              pickupTimeMs: Date.parse(pickupTime),
            },
            {
              originCities: env.ALLOWED_ORIGIN_CITIES,
              vehicleSkus: env.ALLOWED_VEHICLE_SKUS,
              rulesRelaxed: env.TRIP_RULES_RELAXED,
            },
            nowMs,
          )
        : null;
      const preview = {
        distanceSource: source,
        distanceKm: km,
        billableDistanceKm: quoted.billableKm,
        billableKm: quoted.billableKm,
        ratePerKm: quoted.ratePerKm,
        baseFare: quoted.baseFarePaise,
        distanceCharge: quoted.baseFarePaise,
        totalFare: quoted.farePaise,
        estimatedFare: quoted.farePaise,
        breakdown: {
          ...quoted,
          distanceFare: quoted.baseFarePaise,
          minBillableKm: tariff.minBillableKm,
        },
        estimatedExtras: {
          night: pickupTime ? nightCharge(pickupTime, quoted.farePaise) : paise(0),
          airportEntry: airportEntryCharge(tripType),
        },
        durationMins,
        bookable: reason === null,
        bookableReason: reason,
        currency: 'INR' as const,
      };
      return { ...preview, data: preview };
    },
  }),
];
