import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import {
  finalBreakdown,
  finalFare,
  quote,
  quotedBreakdown,
  vehicleClass,
} from '../../../workflows/domain/trips/pricing.ts';
import type { TripType, VehicleClass } from '../../../workflows/domain/trips/pricing.ts';
import { aCompletion, inPaise } from '../facts.ts';

type Case = Record<string, string>;

const cases = parse<Case>(readFileSync(new URL('../../contract/pricing-cases.csv', import.meta.url)), {
  columns: true,
});

const quoteOf = (row: Case) =>
  quote({
    tripType: row.trip_type as TripType,
    vehicleType: row.vehicle_type as VehicleClass,
    distanceKm: Number(row.distance_km),
    bookingTime: row.booking_time!,
    pickupTime: row.pickup_time!,
  });

test('the contract has priced cases of every kind', () => {
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(['preview', 'mmt_search', 'complete']));
});

test.each(cases)('quote $case_id ($kind): $note', (row) => {
  const quoted = quoteOf(row);

  expect(quoted).toEqual({
    distanceKm: Number(row.distance_km),
    billableKm: Number(row.billable_km),
    ratePerKm: Number(row.rate_per_km),
    baseFarePaise: inPaise(row.base_fare!),
    bookingBand: row.booking_band,
    tripTypeMultiplier: Number(row.trip_multiplier),
    bookingTimeMultiplier: Number(row.booking_multiplier),
    vehicleMultiplier: Number(row.vehicle_multiplier),
    farePaise: inPaise(row.total_fare!),
    configVersion: 1,
  });
  const { baseFarePaise, tripTypeMultiplier, bookingTimeMultiplier, vehicleMultiplier } = quoted;
  const exact = (baseFarePaise / 100) * tripTypeMultiplier * bookingTimeMultiplier * vehicleMultiplier;
  expect(exact).toBeCloseTo(Number(row.fare_exact), 9);
});

test.each(cases.filter(({ kind }) => kind === 'complete'))('completion $case_id: $note', (row) => {
  const quotedFarePaise = quoteOf(row).farePaise;

  const fare = finalFare({
    tripType: row.trip_type as TripType,
    paymentMethod: 'CASH',
    pickupTime: row.pickup_time!,
    arrivedAt: row.arrived_at || null,
    boardedAt: row.boarded_at || null,
    quotedFarePaise,
    reportedFarePaise: row.reported_fare ? inPaise(row.reported_fare) : null,
    tollPaise: inPaise(row.toll!),
    parkingPaise: inPaise(row.parking!),
    stateTaxPaise: inPaise(row.state_tax!),
  });

  const appliedFarePaise = inPaise(row.final_total!) - inPaise(row.extra_total!);
  expect(fare).toEqual({
    appliedFarePaise,
    fareReview: row.reported_fare !== '' && appliedFarePaise !== inPaise(row.reported_fare!),
    waitingPaise: inPaise(row.waiting_charge!),
    nightPaise: inPaise(row.night_charge!),
    airportEntryPaise: inPaise(row.airport_entry_charge!),
    extraTotalPaise: inPaise(row.extra_total!),
    totalPaise: inPaise(row.final_total!),
  });
});

test('what is only quoted costs its quote', () => {
  const quotes = cases.filter(({ kind }) => kind !== 'complete');

  expect(quotes.map((row) => quoteOf(row).farePaise)).toEqual(quotes.map((row) => inPaise(row.final_total!)));
});

const bookingTime = '2026-03-09T10:00:00+05:30';
const shortBand = '2026-03-10T09:59:59.999+05:30';
const longBand = '2026-03-10T10:00:00+05:30';
const km = (distanceKm: number) =>
  quote({ tripType: 'AIRPORT', vehicleType: 'EV', distanceKm, bookingTime, pickupTime: shortBand });

test.each([
  ['a day ahead, to the millisecond,', 'T_2', longBand],
  ['a millisecond less than a day ahead', 'T_1', shortBand],
  ['at the time of the booking', 'T_1', bookingTime],
  ['before the booking', 'T_1', '2026-03-01T10:00:00+05:30'],
  ['at no known time', 'T_1', null],
])('a pickup %s is in band %s', (_, band, pickupTime) => {
  const quoted = quote({ tripType: 'AIRPORT', vehicleType: 'EV', distanceKm: 10, bookingTime, pickupTime });

  expect(quoted.bookingBand).toBe(band);
});

test.each([
  [0.1, 5],
  [5, 5],
  [5.000001, 6],
  [6 + 5e-10, 6],
  [41.2, 42],
  [0.1 + 0.2 + 6.7, 7],
])('%d km are billed as %d', (distanceKm, billableKm) => {
  expect(km(distanceKm).billableKm).toBe(billableKm);
});

const tripTypes = { AIRPORT: 100n, RENTAL: 110n, INTER_CITY: 120n };
const bands = { [shortBand]: 100n, [longBand]: 95n };
const vehicles = { EV: 100n, NON_EV: 110n };

const combinations = Object.entries(tripTypes).flatMap(([tripType, t]) =>
  Object.entries(bands).flatMap(([pickupTime, b]) =>
    Object.entries(vehicles).map(([vehicleType, v]) => ({ tripType, pickupTime, vehicleType, factor: t * b * v })),
  ),
);

/** Half up to the whole rupee, as the distance of the exact fraction to the rupees around it. */
const roundedRupees = (millionths: bigint) => {
  const whole = millionths / 1_000_000n;
  return millionths - whole * 1_000_000n >= 500_000n ? whole + 1n : whole;
};

test('every fare from 5 to 5000 km is the exact product, rounded once', () => {
  const wrong = [];

  for (const { tripType, pickupTime, vehicleType, factor } of combinations) {
    for (let distanceKm = 5; distanceKm <= 5000; distanceKm++) {
      const trip = { tripType: tripType as TripType, vehicleType: vehicleType as VehicleClass, distanceKm };
      const { farePaise } = quote({ ...trip, bookingTime, pickupTime });
      if (BigInt(farePaise) !== roundedRupees(BigInt(distanceKm) * 25n * factor) * 100n) wrong.push(trip);
    }
  }

  expect(combinations).toHaveLength(12);
  expect(wrong).toEqual([]);
});

const aDistance = fc.double({ min: 0.001, max: 3000, noNaN: true });
const aCombination = fc.constantFrom(...combinations);

test('a longer way never costs less, and no fare is below 119 rupees', () => {
  fc.assert(
    fc.property(aCombination, aDistance, aDistance, ({ tripType, pickupTime, vehicleType }, one, other) => {
      const fare = (distanceKm: number) =>
        quote({
          tripType: tripType as TripType,
          vehicleType: vehicleType as VehicleClass,
          distanceKm,
          bookingTime,
          pickupTime,
        }).farePaise;

      expect(fare(Math.min(one, other))).toBeLessThanOrEqual(fare(Math.max(one, other)));
      expect(fare(Math.min(one, other))).toBeGreaterThanOrEqual(inPaise(119));
    }),
  );
});

test('a distance that is no number has no price', () => {
  expect(() => km(NaN)).toThrow(RangeError);
});

test.each([
  ['EV', 'SWIFT_DZIRE', 'EV'],
  ['NON_EV', 'TATA_TIGOR_EV', 'NON_EV'],
  ['non_ev', undefined, 'NON_EV'],
  ['SEDAN', 'TATA_TIGOR_EV', 'EV'],
  ['SEDAN', 'SWIFT_DZIRE', 'NON_EV'],
  [undefined, 'tata_tigor_ev', 'EV'],
  [undefined, 'SWIFT_DZIRE', 'NON_EV'],
  [undefined, undefined, 'EV'],
])('vehicle type %s with SKU %s is priced as %s', (vehicleType, vehicleSku, priced) => {
  expect(vehicleClass(vehicleType, vehicleSku)).toBe(priced);
});

test('the breakdown of a quote waits for its completion, which keeps the quote', () => {
  const completion = aCompletion({ tripType: 'AIRPORT', reportedFarePaise: inPaise(900), tollPaise: inPaise(40) });

  const quoted = quotedBreakdown(km(40));
  const final = finalBreakdown(quoted, completion, finalFare(completion));

  expect(quoted).toMatchObject({ quotedFarePaise: 100_000, appliedFarePaise: null, extras: null, totalPaise: null });
  expect(final).toEqual({
    ...quoted,
    appliedFarePaise: 90_000,
    reportedFarePaise: 90_000,
    fareReview: false,
    extras: { waiting: 0, night: 0, airportEntry: 27_000, toll: 4_000, stateTax: 0, parking: 0 },
    extraTotalPaise: 31_000,
    totalPaise: 121_000,
  });
});
