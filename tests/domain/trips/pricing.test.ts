import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import {
  finalBreakdown,
  finalFare,
  nightCharge,
  quote,
  quotedBreakdown,
  vehicleClass,
  waitingCharge,
} from '../../../workflows/domain/trips/pricing.ts';
import type { TripType, VehicleClass } from '../../../workflows/domain/trips/pricing.ts';
import { aCompletion, fromPickup, inPaise, iso } from '../facts.ts';

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

const waited = (minutes: number, milliseconds = 0) =>
  waitingCharge(iso(fromPickup(0)), iso(fromPickup(minutes, milliseconds)));

test.each([
  [0, 0],
  [45, 0],
  [46, 100],
  [75, 100],
  [76, 200],
  [105, 200],
  [106, 300],
  [135, 300],
  [136, 400],
  [45 + 47 * 30, 4700],
  [45 + 47 * 30 + 1, 4800],
  [45 + 48 * 30 + 1, 4800],
  [7 * 24 * 60, 4800],
])('%d minutes of waiting cost %d rupees', (minutes, rupees) => {
  expect(waited(minutes)).toBe(inPaise(rupees));
  expect(waited(minutes, 59_999)).toBe(inPaise(rupees));
});

test.each([
  ['nobody reported the arrival', null, iso(fromPickup(90))],
  ['nobody boarded', iso(fromPickup(0)), null],
  ['the stamps are in the wrong order', iso(fromPickup(300)), iso(fromPickup(0))],
])('waiting is free when %s', (_, arrivedAt, boardedAt) => {
  expect(waitingCharge(arrivedAt, boardedAt)).toBe(0);
});

test.each([
  ['22:59:59.999', 0],
  ['23:00:00.000', 300],
  ['23:59:59.999', 300],
  ['00:00:00.000', 300],
  ['04:59:59.999', 300],
  ['05:00:00.000', 0],
  ['12:00:00.000', 0],
])('a pickup at %s in India, quoted at 1200, pays %d rupees for the night', (clock, rupees) => {
  expect(nightCharge(`2026-11-22T${clock}+05:30`, inPaise(1200))).toBe(inPaise(rupees));
});

test.each([
  [999, 250],
  [1000, 250],
  [1001, 250.25],
])('a quote of %d rupees pays %d for the night', (quoted, rupees) => {
  expect(nightCharge('2026-11-22T02:00:00+05:30', inPaise(quoted))).toBe(inPaise(rupees));
});

test.each([
  [800, 800, false],
  [799.99, 1000, true],
  [1200, 1200, false],
  [1200.01, 1000, true],
  [1000, 1000, false],
  [0, 1000, true],
])('a driver who reports %d for a quote of 1000 is believed %d; review: %s', (reported, applied, review) => {
  const fare = finalFare(aCompletion({ reportedFarePaise: inPaise(reported) }));

  expect([fare.appliedFarePaise, fare.fareReview]).toEqual([inPaise(applied), review]);
});

test('a prepaid trip keeps its quote, whatever is reported', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (reported) => {
      const completion = aCompletion({ paymentMethod: 'PREPAID', reportedFarePaise: inPaise(reported / 100) });

      expect(finalFare(completion)).toMatchObject({ appliedFarePaise: inPaise(1000), fareReview: false });
    }),
  );
});

const someRupees = fc.nat(20_000).map(inPaise);
const somePaise = fc.nat(2_000_000).map((amount) => inPaise(amount / 100));
const anInstant = fc.integer({ min: -600, max: 6000 }).map((minutes) => iso(fromPickup(minutes)));

const anyCompletion = fc.record({
  tripType: fc.constantFrom<TripType>('AIRPORT', 'RENTAL', 'INTER_CITY'),
  paymentMethod: fc.constantFrom('CASH' as const, 'PREPAID' as const),
  pickupTime: anInstant,
  arrivedAt: fc.option(anInstant),
  boardedAt: fc.option(anInstant),
  quotedFarePaise: someRupees,
  reportedFarePaise: fc.option(somePaise),
  tollPaise: somePaise,
  parkingPaise: somePaise,
  stateTaxPaise: somePaise,
});

test('a total is the applied fare and all six extras, and nothing is lost', () => {
  fc.assert(
    fc.property(anyCompletion, (completion) => {
      const fare = finalFare(completion);
      const driverPaid = completion.tollPaise + completion.parkingPaise + completion.stateTaxPaise;

      expect(fare.extraTotalPaise).toBe(fare.waitingPaise + fare.nightPaise + fare.airportEntryPaise + driverPaid);
      expect(fare.totalPaise).toBe(fare.appliedFarePaise + fare.extraTotalPaise);
      expect(fare.airportEntryPaise).toBe(completion.tripType === 'AIRPORT' ? 27_000 : 0);
      expect(fare.waitingPaise).toBeLessThanOrEqual(480_000);
      expect(Object.values(fare).filter((value) => typeof value === 'number' && !Number.isSafeInteger(value))).toEqual(
        [],
      );
    }),
  );
});

test('a reported fare is applied exactly when it is within a fifth of the quote', () => {
  const nearBorder = fc.tuple(
    fc.integer({ min: 1, max: 20_000 }),
    fc.constantFrom(80, 120),
    fc.integer({ min: -2, max: 2 }),
  );

  fc.assert(
    fc.property(nearBorder, ([rupees, percent, off]) => {
      const quoted = inPaise(rupees);
      const reported = inPaise((rupees * percent + off) / 100);
      const within = BigInt(Math.abs(reported - quoted)) * 5n <= BigInt(quoted);

      const fare = finalFare(aCompletion({ quotedFarePaise: quoted, reportedFarePaise: reported }));

      expect(fare.appliedFarePaise).toBe(within ? reported : quoted);
      expect(fare.fareReview).toBe(!within);
    }),
  );
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
