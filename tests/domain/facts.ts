import type { ShiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import type { Booking, Offer } from '../../workflows/domain/trips/bookings.ts';
import type { Point } from '../../workflows/domain/geo.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import type { Completion } from '../../workflows/domain/trips/pricing.ts';
import { refusalIn } from '../../workflows/domain/refusals.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';
import { asDriver, asStaff } from '../world/actors.ts';

/** 22 Nov, 10:30 in India. */
export const pickupTime = '2026-11-22T05:00:00.000Z';

/** An instant relative to the pickup; the milliseconds step over a border. */
export const fromPickup = (minutes: number, milliseconds = 0): number =>
  Date.parse(pickupTime) + minutes * 60_000 + milliseconds;

export const iso = (atMs: number): string => new Date(atMs).toISOString();

export const driver = asDriver({ id: 'driver-1', userId: 'user-1' });
export const colleague = asDriver({ id: 'driver-2', userId: 'user-2' });
export const desk = asStaff('user-9');

export const connaughtPlace: Point = { lat: 28.6315, lng: 77.2167 };

/** A point that many metres to the north, on the sphere of the contract. */
export const northOf = ({ lat, lng }: Point, meters: number): Point => ({
  lat: lat + (meters / (Math.PI * 6_371_000)) * 180,
  lng,
});

export const bookedAt = '2026-11-20T05:00:00.000Z';

/** A trip without a boarding code that waits for its driver to start. */
export const aTrip = (facts: Partial<TripFacts> = {}): TripFacts => ({
  tripId: 'trip-1',
  shortId: 'TRP20261122001',
  tripType: 'INTER_CITY',
  status: 'DRIVER_ASSIGNED',
  phase: null,
  pickupTime,
  pickup: connaughtPlace,
  hasCode: false,
  fleetId: 'fleet-1',
  hubId: 'hub-1',
  driverId: 'driver-1',
  startedAt: null,
  arrivedAt: null,
  boardedAt: null,
  since: bookedAt,
  holdExpiresAt: null,
  version: 1,
  ...facts,
});

export const checkInTime = '2026-11-22T02:00:00.000Z';
export const checkInMs = Date.parse(checkInTime);

/** An open shift that its driver has just begun. */
export const aShift = (facts: Partial<ShiftFacts> = {}): ShiftFacts => ({
  attendanceId: 'shift-1',
  shortId: 'ATT20261122001',
  driverId: 'driver-1',
  fleetId: 'fleet-1',
  hubId: 'hub-1',
  vehicleId: 'vehicle-1',
  status: 'PENDING',
  approvalStatus: 'PENDING',
  cashStatus: 'NONE',
  openBreak: null,
  checkInTime,
  staleAt: new Date(checkInMs + 16 * 3_600_000).toISOString(),
  checkOutTime: null,
  odometerStart: 1000,
  createdBy: null,
  driverLost: false,
  version: 0,
  ...facts,
});

export const offer: Offer = {
  originCities: ['DELHI', 'NOIDA', 'GURGAON', 'FARIDABAD', 'GHAZIABAD'],
  vehicleSkus: ['TATA_TIGOR_EV'],
  rulesRelaxed: false,
};

/** A booking that keeps every rule when it is made at 10:00 IST on 9 March. */
export const aBooking = (booking: Partial<Booking> = {}): Booking => ({
  tripType: 'AIRPORT',
  bookingType: 'PREBOOK',
  originCity: 'DELHI',
  vehicleSku: 'TATA_TIGOR_EV',
  vehicleType: 'EV',
  distanceKm: 34.6,
  pickupTimeMs: Date.parse('2026-03-10T08:30:00+05:30'),
  ...booking,
});

/** From rupees as people write them; deliberately not the converter of the code under test. */
export const inPaise = (rupees: number | string): Paise => Math.round(Number(rupees) * 100) as Paise;

/** A cash trip in the day time, quoted at 1000 rupees, without waiting or extras. */
export const aCompletion = (completion: Partial<Completion> = {}): Completion => ({
  tripType: 'INTER_CITY',
  paymentMethod: 'CASH',
  pickupTime,
  arrivedAt: null,
  boardedAt: null,
  quotedFarePaise: inPaise(1000),
  reportedFarePaise: null,
  tollPaise: inPaise(0),
  parkingPaise: inPaise(0),
  stateTaxPaise: inPaise(0),
  ...completion,
});

/** What was refused and why; null when it was accepted. Anything but a refusal is a bug and goes on. */
export const refusalOf = (act: () => unknown): { key: string; details: unknown } | null => {
  try {
    act();
    return null;
  } catch (thrown) {
    const found = refusalIn(thrown);
    if (!found) throw thrown;
    return { key: found.key, details: found.details };
  }
};

/** A trip on its way, at the pickup, with its passenger. */
export const enRoute = (facts: Partial<TripFacts> = {}) => aTrip({ status: 'STARTED', phase: 'EN_ROUTE', ...facts });
export const arrived = (facts: Partial<TripFacts> = {}) =>
  aTrip({ status: 'STARTED', phase: 'ARRIVED', arrivedAt: iso(fromPickup(-5)), ...facts });
export const onboard = (facts: Partial<TripFacts> = {}) => aTrip({ status: 'STARTED', phase: 'ONBOARD', ...facts });

export const onTime = fromPickup(30);
