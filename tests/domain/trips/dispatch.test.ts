import { expect, test } from '@jest/globals';
import { isOverlapLikely, requireEligible, requireFreeSlot } from '../../../workflows/domain/trips/dispatch.ts';
import type { Slot } from '../../../workflows/domain/trips/dispatch.ts';
import { fromPickup, iso, refusalOf } from '../facts.ts';

const aSlot = (slot: Partial<Slot> = {}): Slot => ({
  tripId: 'wanted',
  tripType: 'AIRPORT',
  pickupTime: iso(fromPickup(0)),
  ...slot,
});

const takenAt = (tripType: Slot['tripType'], pickupTime: string) => aSlot({ tripId: 'taken', tripType, pickupTime });

const conflict = (rule: string) => ({ key: 'SLOT_CONFLICT', details: { conflictingTripId: 'taken', rule } });

test.each([
  ['an hour before', fromPickup(-60), null],
  ['a millisecond less than an hour before', fromPickup(-60, 1), conflict('AIRPORT_SPACING')],
  ['59 minutes before', fromPickup(-59), conflict('AIRPORT_SPACING')],
  ['at the same time', fromPickup(0), conflict('AIRPORT_SPACING')],
  ['59 minutes after', fromPickup(59), conflict('AIRPORT_SPACING')],
  ['a millisecond less than an hour after', fromPickup(60, -1), conflict('AIRPORT_SPACING')],
  ['an hour after', fromPickup(60), null],
])('an airport pickup next to another one %s', (_, takenMs, outcome) => {
  const taken = takenAt('AIRPORT', iso(takenMs));

  expect(refusalOf(() => requireFreeSlot(aSlot(), [taken]))).toEqual(outcome);
});

test('two airport pickups across midnight are still an hour apart', () => {
  const wanted = aSlot({ pickupTime: '2026-11-22T18:45:00.000Z' });
  const taken = takenAt('AIRPORT', '2026-11-22T18:15:00.000Z');

  expect(refusalOf(() => requireFreeSlot(wanted, [taken]))).toEqual(conflict('AIRPORT_SPACING'));
});

test.each<[Slot['tripType'], Slot['tripType']]>([
  ['INTER_CITY', 'INTER_CITY'],
  ['INTER_CITY', 'AIRPORT'],
  ['AIRPORT', 'INTER_CITY'],
])('an %s trip may lie next to an %s trip', (wanted, taken) => {
  const slots = [takenAt(taken, iso(fromPickup(0)))];

  expect(refusalOf(() => requireFreeSlot(aSlot({ tripType: wanted }), slots))).toBeNull();
});

test.each<[Slot['tripType'], Slot['tripType']]>([
  ['RENTAL', 'AIRPORT'],
  ['RENTAL', 'INTER_CITY'],
  ['RENTAL', 'RENTAL'],
  ['AIRPORT', 'RENTAL'],
  ['INTER_CITY', 'RENTAL'],
])('%s and %s trips of one driver do not share a business day', (wantedType, takenType) => {
  const wanted = aSlot({ tripType: wantedType, pickupTime: '2026-11-21T18:30:00.000Z' });
  const lastOfTheDay = takenAt(takenType, '2026-11-22T18:29:59.999Z');
  const firstOfTheNext = takenAt(takenType, '2026-11-22T18:30:00.000Z');

  expect(refusalOf(() => requireFreeSlot(wanted, [lastOfTheDay]))).toEqual(conflict('RENTAL_DAY'));
  expect(refusalOf(() => requireFreeSlot(wanted, [firstOfTheNext]))).toBeNull();
});

test('the conflict names the trip that is in the way, not the first one of the driver', () => {
  const taken = [
    aSlot({ tripId: 'morning', pickupTime: iso(fromPickup(-300)) }),
    takenAt('AIRPORT', iso(fromPickup(30))),
    aSlot({ tripId: 'evening', pickupTime: iso(fromPickup(300)) }),
  ];

  expect(refusalOf(() => requireFreeSlot(aSlot(), taken))).toEqual(conflict('AIRPORT_SPACING'));
});

test('a driver without other trips is free', () => {
  expect(refusalOf(() => requireFreeSlot(aSlot({ tripType: 'RENTAL' }), []))).toBeNull();
});

const aDriver = { status: 'ACTIVE', kycStatus: 'APPROVED', vehicleId: 'vehicle-1' };
const lenient = { kycRequired: false, vehicleRequired: false };
const strict = { kycRequired: true, vehicleRequired: true };
const ineligible = (reason: string) => ({ key: 'DRIVER_NOT_ELIGIBLE', details: { reason } });
const inactive = (status: string) => ({ key: 'DRIVER_NOT_ACTIVE', details: { status } });

test.each([
  ['an active driver with KYC and vehicle', {}, strict, null],
  ['a suspended driver', { status: 'SUSPENDED' }, lenient, inactive('SUSPENDED')],
  [
    'a blacklisted driver without anything',
    { status: 'BLACKLISTED', kycStatus: 'REJECTED' },
    strict,
    inactive('BLACKLISTED'),
  ],
  ['a driver with rejected KYC', { kycStatus: 'REJECTED' }, lenient, ineligible('KYC_REJECTED')],
  ['a driver with pending KYC where it is not required', { kycStatus: 'PENDING' }, lenient, null],
  ['a driver with pending KYC where it is required', { kycStatus: 'PENDING' }, strict, ineligible('KYC_PENDING')],
  ['a driver without vehicle where none is required', { vehicleId: null }, lenient, null],
  ['a driver without vehicle where one is required', { vehicleId: null }, strict, ineligible('NO_ACTIVE_VEHICLE')],
])('dispatch looks at %s', (_, driver, policy, outcome) => {
  expect(refusalOf(() => requireEligible({ ...aDriver, ...driver }, policy))).toEqual(outcome);
});

/** Twenty kilometres take forty minutes; with half an hour before and after, a window is from -30 to 70. */
test.each([
  ['meets the next one', fromPickup(100), 20, true],
  ['ends before the next one', fromPickup(100, 1), 20, false],
  ['meets the one before', fromPickup(-100), 20, true],
  ['begins after the one before', fromPickup(-100, -1), 20, false],
  ['begins during a long one', fromPickup(-300), 150, true],
  ['meets one of no length', fromPickup(100), 0, true],
])('a trip of twenty kilometres %s', (_, pickupMs, distanceKm, isLikely) => {
  const [ride, other] = [
    { pickupTime: iso(fromPickup(0)), distanceKm: 20 },
    { pickupTime: iso(pickupMs), distanceKm },
  ];

  expect([isOverlapLikely(ride, other), isOverlapLikely(other, ride)]).toEqual([isLikely, isLikely]);
});
