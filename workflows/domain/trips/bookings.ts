import { canonicalCity } from '../geo.ts';
import type { TripType, VehicleClass } from './pricing.ts';
import { refusal } from '../refusals.ts';
import type { CreationRule } from './refusals.ts';
import { dayMs, hourMs, istDay, istDayStartMs, minuteMs } from '../time.ts';

/** What the fleet offers; configuration of the API. */
export interface Offer {
  originCities: readonly string[];
  vehicleSkus: readonly string[];
  /** Development shortcut: the pickup need only be a minute ahead. Refused in production. Rule 8. */
  rulesRelaxed: boolean;
}

export interface Booking {
  tripType: TripType;
  bookingType: 'PREBOOK' | 'INSTANT';
  originCity: string;
  vehicleSku: string;
  vehicleType: VehicleClass;
  distanceKm: number;
  /** Null in a preview without one: then only the other rules are judged. */
  pickupTimeMs: number | null;
}

export const evRangeKm = 250;
export const pickupPastHours = 2;
export const pickupAheadDays = 90;
export const prebookOpensHour = 4;

/** Airport and rental trips start on the next business day at 04:00 at the earliest; 04:00 itself is allowed. Rule 5. */
const prebookOpensMs = (nowMs: number) => istDayStartMs(istDay(nowMs)) + dayMs + prebookOpensHour * hourMs;

const brokenTimeRule = (
  pickupTimeMs: number,
  prebookOnly: boolean,
  { rulesRelaxed }: Offer,
  nowMs: number,
): CreationRule | null => {
  if (rulesRelaxed) {
    if (pickupTimeMs < nowMs + minuteMs) return 'PICKUP_IN_PAST';
  } else {
    if (pickupTimeMs < nowMs - pickupPastHours * hourMs) return 'PICKUP_IN_PAST';
    if (prebookOnly && pickupTimeMs < prebookOpensMs(nowMs)) return 'PREBOOK_WINDOW';
  }
  return pickupTimeMs > nowMs + pickupAheadDays * dayMs ? 'PICKUP_TOO_FAR_AHEAD' : null;
};

/** The first creation rule that a booking breaks, or null. Source: trips.md, rules 1 to 8. */
export const brokenRule = (booking: Booking, offer: Offer, nowMs: number): CreationRule | null => {
  const prebookOnly = booking.tripType !== 'INTER_CITY';
  if (!offer.originCities.includes(canonicalCity(booking.originCity))) return 'ORIGIN_NOT_ALLOWED';
  if (!offer.vehicleSkus.includes(booking.vehicleSku)) return 'VEHICLE_NOT_ALLOWED';
  if (prebookOnly && booking.bookingType === 'INSTANT') return 'PREBOOK_REQUIRED';
  const untimely =
    booking.pickupTimeMs === null ? null : brokenTimeRule(booking.pickupTimeMs, prebookOnly, offer, nowMs);
  if (untimely) return untimely;
  const electricInterCity = booking.tripType === 'INTER_CITY' && booking.vehicleType === 'EV';
  if (electricInterCity && booking.distanceKm > evRangeKm) return 'EV_RANGE_EXCEEDED';
  return null;
};

/** Refuses a booking that breaks a creation rule. */
export const requireBookable = (booking: Booking, offer: Offer, nowMs: number): void => {
  const rule = brokenRule(booking, offer, nowMs);
  if (rule) throw refusal('TRIP_CONSTRAINT_VIOLATION', { rule });
};

/** A client's distance is kept only within half and twice the route between the same two points. Rule 10. */
export const trustedDistanceKm = (clientKm: number, routeKm: number): { km: number; fromClient: boolean } =>
  clientKm >= routeKm * 0.5 && clientKm <= routeKm * 2
    ? { km: clientKm, fromClient: true }
    : { km: routeKm, fromClient: false };
