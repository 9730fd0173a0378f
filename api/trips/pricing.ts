import { z } from 'zod';
import { brokenRule } from '../../workflows/domain/trips/bookings.ts';
import { canonicalCity } from '../../workflows/domain/geo.ts';
import { airportEntryCharge, nightCharge, quote, tariff, vehicleClass } from '../../workflows/domain/trips/pricing.ts';
import { paise } from '../../workflows/domain/money.ts';
import { post } from '../http/endpoint.ts';
import { also, InstantIn, Kilometres, requiring, Rupees, Text, Word } from '../http/shapes.ts';
import type { Missing } from '../http/shapes.ts';
import { JourneyFields, lacksAddress, previewDistance } from './journeys.ts';

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

const coordinateFields = ['pickupLat', 'pickupLng', 'dropLat', 'dropLng'] as const;

/** All four coordinates or none; one end's alone are enough where both have an address, which is then asked for. */
const missingOf: Missing = (sent) => {
  const missing = coordinateFields.filter((field) => sent[field] === undefined);
  const isOneEnd = ['pickupLat,pickupLng', 'dropLat,dropLng'].includes(missing.join());
  const hasAddresses = !lacksAddress(sent['pickupLocation']) && !lacksAddress(sent['dropLocation']);
  return missing.length === coordinateFields.length || (isOneEnd && hasAddresses) ? [] : missing;
};

export const pricing = [
  post('/pricing/preview', {
    allow: 'public',
    summary: 'Quote a trip; nothing is kept',
    says: 'Pricing preview',
    limit: 'preview',
    body: requiring(
      PreviewInput,
      'Of the four coordinates all are sent, or none, or those of one end beside two addresses',
      missingOf,
    ),
    // Older panels unwrap the envelope twice, so the quote carries a copy of itself.
    returns: Preview.extend({ data: Preview }),
    refuses: ['DISTANCE_UNAVAILABLE', 'MAPS_UNAVAILABLE'],
    async handle({ body, services: { env, maps } }) {
      const { km, source, durationMins } = await previewDistance(maps, body);
      const nowMs = Date.now();
      const bookingTime = (body.bookingDate ?? new Date(nowMs)).toISOString();
      const pickupTime = body.pickupTime?.toISOString() ?? null;
      const { tripType } = body;
      const vehicleType = vehicleClass(body.vehicleType, body.vehicleSku);
      const quoted = quote({ tripType, vehicleType, distanceKm: km, bookingTime, pickupTime });
      const reason = brokenRule(
        {
          tripType,
          vehicleType,
          bookingType: 'PREBOOK',
          originCity: body.originCity ? canonicalCity(body.originCity) : env.ALLOWED_ORIGIN_CITIES[0]!,
          vehicleSku: body.vehicleSku ?? env.ALLOWED_VEHICLE_SKUS[0]!,
          distanceKm: km,
          pickupTimeMs: pickupTime ? Date.parse(pickupTime) : null,
        },
        {
          originCities: env.ALLOWED_ORIGIN_CITIES,
          vehicleSkus: env.ALLOWED_VEHICLE_SKUS,
          rulesRelaxed: env.TRIP_RULES_RELAXED,
        },
        nowMs,
      );
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
