import { expect, test } from '@jest/globals';
import { brokenRule, requireBookable, trustedDistanceKm } from '../../../workflows/domain/trips/bookings.ts';
import type { Booking } from '../../../workflows/domain/trips/bookings.ts';
import { aBooking, offer, refusalOf } from '../facts.ts';

const now = Date.parse('2026-03-09T10:00:00+05:30');
const hour = 3_600_000;
const day = 24 * hour;

const pickup = (ist: string) => Date.parse(`${ist}+05:30`);

/** An inter-city trip has no advance window, so the other rules show. */
const anInterCity = (booking: Partial<Booking> = {}) => aBooking({ tripType: 'INTER_CITY', ...booking });

test.each(['DELHI', 'noida', ' Gurgaon ', 'FARIDABAD', 'Ghaziabad'])('a trip from %s is offered', (originCity) => {
  expect(brokenRule(aBooking({ originCity }), offer, now)).toBeNull();
});

test.each([
  'New Delhi',
  'South Delhi',
  'north delhi',
  'East Delhi',
  'West Delhi',
  'Central Delhi',
  'South West Delhi',
  'North  East Delhi',
  'Gurugram',
  'Gautam Buddha Nagar',
  'Gautam Budh Nagar',
  'Greater Noida',
])('%s, as the map provider says, is one of our five cities', (originCity) => {
  expect(brokenRule(aBooking({ originCity }), offer, now)).toBeNull();
});

test.each(['JAIPUR', 'Bengaluru', 'BANGALORE', '', 'Old Delhi Road'])('a trip from "%s" is refused', (originCity) => {
  expect(brokenRule(aBooking({ originCity }), offer, now)).toBe('ORIGIN_NOT_ALLOWED');
});

test('Bengaluru is Bangalore where Bangalore is offered', () => {
  const wider = { ...offer, originCities: [...offer.originCities, 'BANGALORE'] };

  expect(brokenRule(aBooking({ originCity: 'Bengaluru' }), wider, now)).toBeNull();
});

test('a car that the fleet does not have is refused', () => {
  expect(brokenRule(aBooking({ vehicleSku: 'SWIFT_DZIRE' }), offer, now)).toBe('VEHICLE_NOT_ALLOWED');
});

test.each([
  ['AIRPORT', 'PREBOOK_REQUIRED'],
  ['RENTAL', 'PREBOOK_REQUIRED'],
  ['INTER_CITY', null],
] as const)('an instant %s booking breaks the rule %s', (tripType, rule) => {
  expect(brokenRule(aBooking({ tripType, bookingType: 'INSTANT' }), offer, now)).toBe(rule);
});

test.each([
  ['at ten in the morning', '2026-03-09T10:00:00', '2026-03-10T04:00:00'],
  ['in the last millisecond of the day', '2026-03-09T23:59:59.999', '2026-03-10T04:00:00'],
  ['at midnight', '2026-03-10T00:00:00', '2026-03-11T04:00:00'],
  ['before four in the morning', '2026-03-10T03:00:00', '2026-03-11T04:00:00'],
  ['on the last day of a month', '2026-03-31T12:00:00', '2026-04-01T04:00:00'],
])('who books an airport trip or a rental %s gets the next day from 04:00', (_, bookedAt, opensAt) => {
  const opens = pickup(opensAt);

  for (const tripType of ['AIRPORT', 'RENTAL'] as const) {
    const at = (pickupTimeMs: number) => brokenRule(aBooking({ tripType, pickupTimeMs }), offer, pickup(bookedAt));
    expect(at(opens - 1)).toBe('PREBOOK_WINDOW');
    expect(at(opens)).toBeNull();
  }
});

test.each([
  ['two hours ago', 'breaks no rule', now - 2 * hour, null],
  ['more than two hours ago', 'is in the past', now - 2 * hour - 1, 'PICKUP_IN_PAST'],
  ['now', 'breaks no rule', now, null],
  ['in 90 days', 'breaks no rule', now + 90 * day, null],
  ['in more than 90 days', 'is too far ahead', now + 90 * day + 1, 'PICKUP_TOO_FAR_AHEAD'],
])('an inter-city pickup %s %s', (_, _verdict, pickupTimeMs, rule) => {
  expect(brokenRule(anInterCity({ pickupTimeMs }), offer, now)).toBe(rule);
});

test('an airport pickup in the past is in the past, and not merely too early', () => {
  expect(brokenRule(aBooking({ pickupTimeMs: now - 3 * hour }), offer, now)).toBe('PICKUP_IN_PAST');
});

test('an airport trip more than 90 days ahead is refused too', () => {
  expect(brokenRule(aBooking({ pickupTimeMs: now + 91 * day }), offer, now)).toBe('PICKUP_TOO_FAR_AHEAD');
});

test.each([
  ['INTER_CITY', 'EV', 250, null],
  ['INTER_CITY', 'EV', 250.001, 'EV_RANGE_EXCEEDED'],
  ['INTER_CITY', 'NON_EV', 251, null],
  ['AIRPORT', 'EV', 251, null],
  ['RENTAL', 'EV', 251, null],
] as const)('%s with an %s over %d km breaks the rule %s', (tripType, vehicleType, distanceKm, rule) => {
  expect(brokenRule(aBooking({ tripType, vehicleType, distanceKm }), offer, now)).toBe(rule);
});

const relaxed = { ...offer, rulesRelaxed: true };

test.each([
  ['a minute ahead is enough', { pickupTimeMs: now + 60_000 }, null],
  ['less than a minute ahead is not', { pickupTimeMs: now + 59_999 }, 'PICKUP_IN_PAST'],
  ['the origin still counts', { originCity: 'JAIPUR' }, 'ORIGIN_NOT_ALLOWED'],
  ['the vehicle still counts', { vehicleSku: 'SWIFT_DZIRE' }, 'VEHICLE_NOT_ALLOWED'],
  ['airport trips are still booked ahead', { bookingType: 'INSTANT' }, 'PREBOOK_REQUIRED'],
  ['90 days are still the end', { pickupTimeMs: now + 90 * day + 1 }, 'PICKUP_TOO_FAR_AHEAD'],
  ['the range still counts', { tripType: 'INTER_CITY', distanceKm: 251 }, 'EV_RANGE_EXCEEDED'],
] as [string, Partial<Booking>, string | null][])('with relaxed rules %s', (_, booking, rule) => {
  expect(brokenRule(aBooking(booking), relaxed, now)).toBe(rule);
});

test('a refused booking says which rule it breaks', () => {
  const refused = refusalOf(() => requireBookable(aBooking({ originCity: 'JAIPUR' }), offer, now));

  const details = { rule: 'ORIGIN_NOT_ALLOWED', allowedCities: offer.originCities };
  expect(refused).toEqual({ key: 'TRIP_CONSTRAINT_VIOLATION', details });
  expect(refusalOf(() => requireBookable(aBooking(), offer, now))).toBeNull();
});

test.each([
  ['half of it', 20, 20, true],
  ['less than half', 19.99, 40, false],
  ['the same', 40, 40, true],
  ['twice as much', 80, 80, true],
  ['more than twice', 80.01, 40, false],
])("a client's distance of a 40 km route that is %s", (_, clientKm, km, fromClient) => {
  expect(trustedDistanceKm(clientKm, 40)).toEqual({ km, fromClient });
});

test.each([
  [{ vehicleSku: 'SWIFT_DZIRE' }, { allowedVehicles: offer.vehicleSkus }],
  [{ tripType: 'INTER_CITY', vehicleType: 'EV', distanceKm: 251 }, { maxKm: 250 }],
  [{ pickupTimeMs: now - 3 * hour }, { earliest: new Date(now - 2 * hour).toISOString() }],
  [{ pickupTimeMs: now + 91 * day }, { latest: new Date(now + 90 * day).toISOString() }],
] as [Partial<Booking>, object][])('a booking with %j is told the limit %j', (change, limit) => {
  expect(refusalOf(() => requireBookable(aBooking(change), offer, now))?.details).toMatchObject(limit);
});

test('who is told the earliest pickup may book it', () => {
  const early = { tripType: 'AIRPORT', pickupTimeMs: now + hour } as const;
  const details = refusalOf(() => requireBookable(aBooking(early), offer, now))?.details as { earliest: string };

  expect(brokenRule(aBooking({ ...early, pickupTimeMs: Date.parse(details.earliest) }), offer, now)).toBeNull();
  expect(brokenRule(aBooking({ ...early, pickupTimeMs: Date.parse(details.earliest) - 1 }), offer, now)).not.toBeNull();
});
