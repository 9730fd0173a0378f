import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

type Case = Record<string, string>;

const cases = parse<Case>(readFileSync(new URL('../../contract/pricing-cases.csv', import.meta.url)), {
  columns: true,
});

const preview = (body: object) => post('/pricing/preview', { tripType: 'INTER_CITY', ...body });

const quoted = async (body: object) => {
  const answer = await preview(body);
  expect(answer.status).toBe(200);
  return answer.body.data;
};

test.each(cases.filter(({ kind }) => kind === 'preview'))('preview $case_id: $note', async (row) => {
  const quote = await quoted({
    ...{ tripType: row.trip_type, vehicleType: row.vehicle_type, distanceKm: row.distance_km },
    ...{ tripDate: row.pickup_time, bookingDate: row.booking_time },
  });

  const { billable_km: km, base_fare: base, total_fare: total } = row;
  expect(quote).toMatchObject({
    ...{ distanceSource: 'CLIENT_PROVIDED', distanceKm: Number(row.distance_km), durationMins: null },
    ...{ billableDistanceKm: Number(km), billableKm: Number(km), ratePerKm: 25, currency: 'INR' },
    ...{ baseFare: Number(base), distanceCharge: Number(base), totalFare: Number(total), estimatedFare: Number(total) },
    breakdown: {
      ...{ distanceFare: Number(base), minBillableKm: 5, ratePerKm: 25, bookingBand: row.booking_band },
      ...{ tripTypeMultiplier: Number(row.trip_multiplier), bookingTimeMultiplier: Number(row.booking_multiplier) },
      vehicleMultiplier: Number(row.vehicle_multiplier),
    },
  });
});

test('a quote carries a copy of itself for the panel that unwraps twice', async () => {
  const { data: copy, ...quote } = await quoted({ distanceKm: 20 });

  expect(copy).toEqual(quote);
  expect(Object.keys(copy)).toContain('totalFare');
});

test('a quote is for everybody: with a token, without one, and with one that is over', async () => {
  const { manager } = await aFleet();
  const body = { tripType: 'RENTAL', distanceKm: 20 };

  for (const sent of [{}, manager, { token: 'over' }])
    expect((await post('/pricing/preview', body, sent)).body.data.totalFare).toBe(550);
});

test.each(['AIRPORT', 'airport', ' Airport '])('a trip type may be written "%s"', async (tripType) => {
  expect(await quoted({ tripType, distanceKm: 20 })).toMatchObject({ totalFare: 500 });
});

test.each([
  [{ tripType: 'OUTSTATION' }, ['tripType']],
  [{ tripType: undefined }, ['tripType']],
  [{ tripType: null }, ['tripType']],
  [{ distanceKm: 0 }, ['distanceKm']],
  [{ distanceKm: -3 }, ['distanceKm']],
  [{ distanceKm: '-0.1' }, ['distanceKm']],
  [{ distanceKm: 3000.1 }, ['distanceKm']],
  [{ distanceKm: 'far' }, ['distanceKm']],
  [{ distanceKm: 'NaN' }, ['distanceKm']],
  [{ distanceKm: true }, ['distanceKm']],
  [{ tripDate: 'tomorrow' }, ['tripDate']],
  [{ pickupTime: '2026-02-30T10:00:00Z' }, ['pickupTime']],
  [{ bookingDate: '10/03/2026' }, ['bookingDate']],
  [{ pickupLat: 28.6 }, ['pickupLng', 'dropLat', 'dropLng']],
  [{ pickupLat: 28.6, pickupLng: 77.2, dropLat: 28.5 }, ['dropLng']],
  [{ pickupLat: 91, pickupLng: 181, dropLat: -91, dropLng: -181 }, ['pickupLat', 'pickupLng', 'dropLat', 'dropLng']],
  [{ tripType: 'LOCAL', distanceKm: 'far', tripDate: '?' }, ['tripType', 'distanceKm', 'tripDate']],
])('a quote for %j is refused by field', async (body, fields) => {
  const answer = await preview({ distanceKm: 20, ...body });

  expectInvalid(answer, ...fields);
  expect(answer.body.data).toBeNull();
});

test.each([
  [{}, 1],
  [{ vehicleType: 'EV' }, 1],
  [{ vehicleType: 'NON_EV' }, 1.1],
  [{ vehicleType: 'non_ev', vehicleSku: 'TATA_TIGOR_EV' }, 1.1],
  [{ vehicleType: 'EV', vehicleSku: 'MARUTI_DZIRE' }, 1],
  [{ vehicleSku: 'TATA_TIGOR_EV' }, 1],
  [{ vehicleSku: 'MARUTI_DZIRE' }, 1.1],
  [{ vehicleType: 'SEDAN', vehicleSku: 'TATA_TIGOR_EV' }, 1],
  [{ vehicleType: 'SEDAN', vehicleSku: 'MARUTI_DZIRE' }, 1.1],
])('a car described as %j costs %s times the fare', async (car, vehicleMultiplier) => {
  const quote = await quoted({ distanceKm: 20, ...car });

  expect(quote.breakdown).toMatchObject({ vehicleMultiplier });
  expect(quote.totalFare).toBe(600 * vehicleMultiplier);
});

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

test.each([
  ['in two days', { tripDate: inHours(48) }, 'T_2', 570],
  ['today', { tripDate: inHours(3) }, 'T_1', 600],
  ['at no known time', {}, 'T_1', 600],
  ['tomorrow, asked for long ago', { tripDate: inHours(3), bookingDate: inHours(-48) }, 'T_2', 570],
])('a pickup %s is quoted in its band', async (_, times, bookingBand, totalFare) => {
  expect(await quoted({ distanceKm: 20, ...times })).toMatchObject({ breakdown: { bookingBand }, totalFare });
});

test('a quarter of a high fare is more than the least charge for the night', async () => {
  const quote = await quoted({ tripDate: '2026-03-10T18:30:00Z', distanceKm: 50 });

  expect(quote).toMatchObject({ baseFare: 1250, totalFare: 1500, estimatedExtras: { night: 375 } });
});

test.each([
  ['2026-03-10T17:29:00Z', 'INTER_CITY', { night: 0, airportEntry: 0 }],
  ['2026-03-10T17:30:00Z', 'INTER_CITY', { night: 250, airportEntry: 0 }],
  ['2026-03-10T23:30:00', 'AIRPORT', { night: 250, airportEntry: 270 }],
  ['2026-03-11T04:59:00+05:30', 'RENTAL', { night: 250, airportEntry: 0 }],
  ['2026-03-11T05:00:00+05:30', 'AIRPORT', { night: 0, airportEntry: 270 }],
])('what a pickup at %s adds to %s is told, not charged', async (tripDate, tripType, estimatedExtras) => {
  const quote = await quoted({ tripType, tripDate, distanceKm: 20 });

  expect(quote.estimatedExtras).toEqual(estimatedExtras);
  expect(quote.totalFare).toBeLessThanOrEqual(600);
});

test.each([
  [{ tripType: 'AIRPORT', tripDate: inHours(48) }, null],
  [{ tripType: 'AIRPORT', tripDate: inHours(1) }, 'PREBOOK_WINDOW'],
  [{ tripDate: inHours(-3) }, 'PICKUP_IN_PAST'],
  [{ tripDate: inHours(24 * 91) }, 'PICKUP_TOO_FAR_AHEAD'],
  [{ tripDate: inHours(3), distanceKm: 251 }, 'EV_RANGE_EXCEEDED'],
  [{ tripDate: inHours(3), originCity: 'Mumbai' }, 'ORIGIN_NOT_ALLOWED'],
  [{ tripDate: inHours(3), originCity: 'New Delhi' }, null],
  [{ tripDate: inHours(3), vehicleSku: 'MARUTI_DZIRE' }, 'VEHICLE_NOT_ALLOWED'],
  [{}, null],
  [{ originCity: 'Mumbai' }, 'ORIGIN_NOT_ALLOWED'],
  [{ distanceKm: 251 }, 'EV_RANGE_EXCEEDED'],
])('a quote for %j says whether it could be booked: %s', async (body, bookableReason) => {
  const quote = await quoted({ distanceKm: 20, ...body });

  expect(quote).toMatchObject({ bookable: bookableReason === null, bookableReason });
});

test('a trip costs what its preview said, and the booking date that a client sends makes no discount', async () => {
  const { manager } = await aFleet();
  const trip = {
    ...{ pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' },
    ...{ pickupLat: 28.6315, pickupLng: 77.2167, dropLat: 28.495, dropLng: 77.0895 },
    ...{ tripType: 'INTER_CITY', vehicleType: 'SEDAN', pickupTime: inHours(3) },
  };

  const quote = await quoted(trip);
  const booked = await post('/trips', { ...trip, bookingDate: inHours(-100), bookingTime: inHours(-100) }, manager);

  expect(booked.body.data).toMatchObject({ price: quote.totalFare, fareBreakdown: { bookingTimeMultiplier: 1 } });
  const row = await db.trip.findUniqueOrThrow({ where: { id: booked.body.data.id as string } });
  expect(row).toMatchObject({
    vehicleType: 'EV',
    requestedVehicleType: 'SEDAN',
    quotedFarePaise: quote.totalFare * 100,
  });
  expect(Date.now() - row.bookingTime.getTime()).toBeLessThan(60_000);
});

test('without anything to measure there is no distance', async () => {
  for (const body of [{}, { pickup: 'Saket, New Delhi' }, { pickup: 'Saket', drop: 'Atlantis' }])
    expectRefused(await preview(body), 400, 'DISTANCE_UNAVAILABLE');
});
