import type { Refusal } from '../refusal.ts';

/** Source: trips.md rules 1 to 7. */
export const creationRules = {
  ORIGIN_NOT_ALLOWED: 'Trips from this city are not offered',
  VEHICLE_NOT_ALLOWED: 'This vehicle is not offered',
  PREBOOK_REQUIRED: 'Airport and rental trips must be booked ahead',
  PREBOOK_WINDOW: 'Airport and rental trips start on the next day at 04:00 or later',
  EV_RANGE_EXCEEDED: 'The distance is too long for an electric vehicle',
  PICKUP_IN_PAST: 'The pickup time is in the past',
  PICKUP_TOO_FAR_AHEAD: 'The pickup time is more than 90 days ahead',
};

export type CreationRule = keyof typeof creationRules;

/** Source: trips.md rules 12 and 13. */
export const slotRules = {
  AIRPORT_SPACING: 'Airport pickups of one driver are at least an hour apart',
  RENTAL_DAY: 'A rental has its business day to itself',
};

export type SlotRule = keyof typeof slotRules;

/** The limit that a booking broke: what is possible instead. Instants in UTC. */
export interface BookingLimit {
  allowedCities?: readonly string[];
  allowedVehicles?: readonly string[];
  earliest?: string;
  latest?: string;
  maxKm?: number;
}

const limitText = ({ allowedCities, allowedVehicles, earliest, latest, maxKm }: BookingLimit): string => {
  const allowed = allowedCities ?? allowedVehicles;
  if (allowed) return `; offered: ${allowed.join(', ')}`;
  if (maxKm !== undefined) return `; at most ${maxKm} km`;
  if (earliest) return `; the earliest is ${earliest}`;
  return latest ? `; the latest is ${latest}` : '';
};

const ineligible = {
  KYC_REJECTED: 'The driver has no approved KYC',
  KYC_PENDING: 'The driver has no approved KYC',
  NO_ACTIVE_VEHICLE: 'The driver has no vehicle on the roster',
  RENTAL_REQUIRED: 'The driver has no paid rental, which the fleet asks for',
  RENTAL_EXPIRED: 'The rental of the driver is over',
};

/** How trips, dispatch and maps say no. */
export const tripsRefusals = {
  DRIVER_NOT_ELIGIBLE: {
    status: 409,
    says: ({ reason }: { reason: keyof typeof ineligible }) => ineligible[reason],
    remedy: 'Put the driver on a vehicle, or complete the KYC, or choose another driver.',
  },
  TRIP_IN_PROGRESS: {
    status: 409,
    says: ({ shortId }: { tripId: string; shortId: string }) => `The driver is on a started trip, ${shortId}`,
    remedy: 'Finish or reassign the trip in `details.tripId` first.',
  },
  TRIP_CONSTRAINT_VIOLATION: {
    status: 400,
    says: ({ rule, ...limit }: { rule: CreationRule } & BookingLimit) => `${creationRules[rule]}${limitText(limit)}`,
    remedy: 'Change the booking so that it keeps the rule in `details.rule`.',
  },
  GEOCODE_FAILED: {
    status: 400,
    says: ({ field }: { field: string }) => `The address in ${field} could not be found`,
    remedy: 'Correct the address, or send its coordinates.',
  },
  DISTANCE_UNAVAILABLE: {
    status: 400,
    says: () => 'The distance could not be determined',
    remedy: 'Send `distanceKm`, or other addresses.',
  },
  ORIGIN_CITY_UNKNOWN: {
    status: 400,
    says: () => 'The city of the pickup could not be determined',
    remedy: 'Send `originCity`.',
  },
  TRIP_STATE_INVALID: {
    status: 400,
    says: ({ currentStatus, phase, possible }: { currentStatus: string; phase: string | null; possible: string[] }) =>
      `The trip is ${phase ?? currentStatus}; possible now: ${possible.join(', ') || 'nothing'}`,
    remedy:
      'Reload the trip and do what `details.possible` names. With a boarding code the passenger boards after the arrival, and only then the trip can end.',
  },
  TOO_EARLY_START: {
    status: 400,
    says: ({ opensAt }: { opensAt: string }) => `The trip can be started from ${opensAt}`,
    remedy: 'Wait until `details.opensAt`.',
  },
  TOO_EARLY_ARRIVE: {
    status: 400,
    says: ({ opensAt }: { opensAt: string }) => `Arrival can be reported from ${opensAt}`,
    remedy: 'Wait until `details.opensAt`.',
  },
  TOO_LATE_ARRIVE: {
    status: 400,
    says: ({ closedAt }: { closedAt: string }) => `Arrival could be reported until ${closedAt}`,
    remedy: 'Board the passenger directly, or report a no-show.',
  },
  TOO_EARLY_NOSHOW: {
    status: 400,
    says: ({ opensAt }: { opensAt: string }) => `A no-show can be reported from ${opensAt}`,
    remedy: 'Wait until `details.opensAt`.',
  },
  OTP_REQUIRED: {
    status: 400,
    says: () => 'The boarding code of the passenger is required',
    remedy: 'Ask the passenger for the code of the SMS.',
  },
  OTP_INVALID: {
    status: 400,
    says: () => 'The boarding code is not correct',
    remedy: 'Ask the passenger to read the code again.',
  },
  OTP_ATTEMPTS_EXCEEDED: {
    status: 429,
    says: (_?: { retryAfterSeconds: number }) => 'Too many wrong boarding codes',
    remedy: 'Wait 15 minutes, or call operations.',
  },
  TRIP_ALREADY_ASSIGNED: {
    status: 400,
    says: () => 'The trip already has a driver',
    remedy: 'Reassign the trip when the driver shall change.',
  },
  NO_ACTIVE_ASSIGNMENT: {
    status: 400,
    says: () => 'The trip has no driver to replace',
    remedy: 'Assign a driver instead.',
  },
  SLOT_CONFLICT: {
    status: 409,
    says: (_: { conflictingTripId: string; rule: SlotRule }) => 'The driver has another trip at that time',
    remedy: 'Choose another driver, or move the trip in `details.conflictingTripId`.',
  },
  NOT_TRIP_DRIVER: {
    status: 403,
    says: () => 'This trip is not assigned to you',
    remedy: 'Reload your trips.',
  },
  MAPS_UNAVAILABLE: {
    status: 503,
    says: () => 'The map service is unavailable',
    remedy: 'Try again in a minute, or send coordinates and `distanceKm`.',
  },
} satisfies Record<string, Refusal>;
