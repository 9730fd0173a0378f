import type { TripType } from './pricing.ts';
import { refusal } from '../refusals.ts';
import type { SlotRule } from './refusals.ts';
import { hourMs, istDay, minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';

export interface Slot {
  tripId: string;
  tripType: TripType;
  pickupTime: Instant;
}

export const airportSpacingMinutes = 60;

const slotRuleBroken = (wanted: Slot, taken: Slot): SlotRule | null => {
  const sameDay = istDay(ms(wanted.pickupTime)) === istDay(ms(taken.pickupTime));
  if (sameDay && (wanted.tripType === 'RENTAL' || taken.tripType === 'RENTAL')) return 'RENTAL_DAY';
  const apartMs = Math.abs(ms(wanted.pickupTime) - ms(taken.pickupTime));
  const bothAirport = wanted.tripType === 'AIRPORT' && taken.tripType === 'AIRPORT';
  return bothAirport && apartMs < airportSpacingMinutes * minuteMs ? 'AIRPORT_SPACING' : null;
};

const conflictOf = (wanted: Slot, taken: readonly Slot[]) => {
  for (const slot of taken) {
    const rule = slotRuleBroken(wanted, slot);
    if (rule) return { conflictingTripId: slot.tripId, rule };
  }
  return null;
};

/** Whether a driver has room for a trip, by the rules of `requireFreeSlot`. */
export const isSlotFree = (wanted: Slot, taken: readonly Slot[]): boolean => conflictOf(wanted, taken) === null;

/**
 * Airport pickups of one driver are at least an hour apart, and a rental has its business day to itself. `taken` are the
 * driver's other open trips. Source: trips.md, rules 12 to 14.
 */
export const requireFreeSlot = (wanted: Slot, taken: readonly Slot[]): void => {
  const conflict = conflictOf(wanted, taken);
  if (conflict) throw refusal('SLOT_CONFLICT', conflict);
};

/** A trip as it takes its driver's time. */
export interface Ride {
  pickupTime: Instant;
  distanceKm: number;
}

const marginMinutes = 30;
const usualKmPerHour = 30;

const estimatedWindow = ({ pickupTime, distanceKm }: Ride) => ({
  fromMs: ms(pickupTime) - marginMinutes * minuteMs,
  untilMs: ms(pickupTime) + (distanceKm / usualKmPerHour) * hourMs + marginMinutes * minuteMs,
});

/** Whether the estimated windows of two trips meet, so that one driver may come late to the second. Source: trips.md rule 18a. */
export const isOverlapLikely = (one: Ride, other: Ride): boolean => {
  const [first, second] = [estimatedWindow(one), estimatedWindow(other)];
  return first.fromMs <= second.untilMs && second.fromMs <= first.untilMs;
};

export interface DispatchPolicy {
  kycRequired: boolean;
  vehicleRequired: boolean;
}

/** A driver's own status, or what else keeps them from driving. */
export const standingOf = ({
  status,
  user,
  fleet,
}: {
  status: string;
  user: { isActive: boolean };
  fleet: { status: string };
}): string => {
  if (!user.isActive) return 'USER_INACTIVE';
  return fleet.status === 'INACTIVE' ? 'FLEET_INACTIVE' : status;
};

/** Source: trips.md rule 15 and A2. */
export const requireEligible = (
  driver: { status: string; kycStatus: string; vehicleId: string | null },
  policy: DispatchPolicy,
): void => {
  if (driver.status !== 'ACTIVE') throw refusal('DRIVER_NOT_ACTIVE', { status: driver.status });
  if (driver.kycStatus === 'REJECTED') throw refusal('DRIVER_NOT_ELIGIBLE', { reason: 'KYC_REJECTED' });
  if (driver.kycStatus === 'PENDING' && policy.kycRequired)
    throw refusal('DRIVER_NOT_ELIGIBLE', { reason: 'KYC_PENDING' });
  if (policy.vehicleRequired && !driver.vehicleId)
    throw refusal('DRIVER_NOT_ELIGIBLE', { reason: 'NO_ACTIVE_VEHICLE' });
};
