import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

/** One refusal: the wire code and status, the sentence that clients show, and what the caller can do about it. */
interface Refusal {
  /** The wire code, when it differs from the key: two conditions may share a code with different statuses. */
  code?: string;
  status: number;
  says: (details: never) => string;
  remedy: string;
}

const named = (resource: string) =>
  resource.replace(/([A-Z])/g, (capital) => ` ${capital.toLowerCase()}`).replace(/^./, (first) => first.toUpperCase());

/** A driver's own status, or what else keeps him from driving. */
const blocked = (status: string | undefined): string => {
  if (status === 'USER_INACTIVE') return 'may not log in: his user is deactivated';
  if (status === 'FLEET_INACTIVE') return 'belongs to a fleet that is closed';
  return `is ${status}`;
};

/** Every way in which this system says no. Sources: conventions section 4 and the error tables of the domain files. */
export const refusals = {
  VALIDATION_ERROR: {
    status: 400,
    says: (issues: FieldIssue[]) => issues[0]?.message ?? 'The request is not valid',
    remedy: 'Correct every field named in `error.details` and send the request again.',
  },
  UNAUTHORIZED: {
    status: 401,
    says: ({ reason }: { reason: 'MISSING' | 'MALFORMED' | 'EXPIRED' | 'REVOKED' | 'INACTIVE' | 'STALE_CLAIMS' }) =>
      reason === 'MISSING' ? 'Authentication required' : 'Your session is no longer valid',
    remedy: 'Refresh the access token once; when that fails, log in again.',
  },
  TOKEN_REUSED: {
    status: 401,
    says: () => 'This session was ended because its refresh token was used twice',
    remedy: 'Log in again.',
  },
  INVALID_SIGNATURE: {
    status: 400,
    says: () => 'The signature is not correct',
    remedy: 'Sign the message with the key and salt of this merchant.',
  },
  INVALID_CREDENTIALS: {
    status: 400,
    says: (_: { attemptsLeft: number }) => 'The code is not correct',
    remedy: 'Type the code of the newest SMS.',
  },
  OTP_EXPIRED: {
    status: 400,
    says: () => 'The code has expired or was already used',
    remedy: 'Ask for a new code with POST /auth/send-otp.',
  },
  OTP_ATTEMPT_EXCEEDED: {
    status: 429,
    says: (_?: { retryAfterSeconds: number }) => 'Too many wrong codes',
    remedy: 'Wait, then ask for a new code with POST /auth/send-otp.',
  },
  OTP_RESEND_TOO_SOON: {
    status: 429,
    says: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `Please wait ${retryAfterSeconds} seconds before asking for another code`,
    remedy: 'Wait for `details.retryAfterSeconds`.',
  },
  OTP_DELIVERY_FAILED: {
    status: 503,
    says: () => 'The code could not be sent',
    remedy: 'Check the phone number and try again in a minute.',
  },
  USER_NOT_REGISTERED: {
    status: 404,
    says: () => 'This phone number is not registered',
    remedy: 'Ask an administrator to create the user.',
  },
  USER_INACTIVE: {
    status: 403,
    says: () => 'This account is deactivated',
    remedy: 'Ask an administrator to reactivate the account.',
  },
  FORBIDDEN: {
    status: 403,
    says: () => 'Your role does not allow this',
    remedy: 'Ask somebody whose role is listed for this route.',
  },
  SCOPE_FORBIDDEN: {
    status: 403,
    says: (_?: { resource: string }) => 'This record is outside your fleet or hubs',
    remedy: 'Work with records of your own fleet and hubs.',
  },
  SCOPE_NOT_SET: {
    status: 403,
    says: () => 'Your account has no fleet or hub yet',
    remedy: 'Ask an administrator to set the fleet (and hubs) of your account.',
  },
  FIELD_FORBIDDEN: {
    status: 403,
    says: ({ field }: { field: string }) => `You may not set ${field}`,
    remedy: 'Leave the field out.',
  },
  ROLE_NOT_ASSIGNABLE: {
    status: 403,
    says: ({ role }: { role: string }) => `You may not create or change a user of role ${role}`,
    remedy: 'Ask somebody with a higher role.',
  },
  NOT_FOUND: {
    status: 404,
    says: ({ resource }: { resource: string }) => `${named(resource)} not found`,
    remedy: 'Check the id or the path.',
  },
  PHONE_TAKEN: {
    status: 409,
    says: () => 'This phone number is already in use',
    remedy: 'Use another number, or find the user who has it.',
  },
  FLEET_MOBILE_TAKEN: {
    status: 409,
    says: () => 'A fleet with this mobile number exists',
    remedy: 'Use another number.',
  },
  VEHICLE_NUMBER_TAKEN: {
    status: 409,
    says: () => 'A vehicle with this number exists',
    remedy: 'Check the number, or find the existing vehicle.',
  },
  DRIVER_PROFILE_EXISTS: {
    status: 409,
    says: () => 'This user already has a driver profile',
    remedy: 'Edit the existing profile.',
  },
  USER_ROLE_NOT_DRIVER: {
    status: 400,
    says: () => 'The user is not of role DRIVER',
    remedy: 'Create the profile for a user of role DRIVER.',
  },
  FLEET_MISMATCH: {
    status: 400,
    says: () => 'The records belong to different fleets',
    remedy: 'Choose records of one fleet.',
  },
  HUB_MISMATCH: {
    status: 400,
    says: () => 'The driver and the vehicle must be in the same hub',
    remedy: 'Move one of them to the hub of the other first.',
  },
  FLEET_INACTIVE: {
    status: 409,
    says: () => 'The fleet is inactive',
    remedy: 'Choose an active fleet.',
  },
  OWN_FLEET_INACTIVE: {
    code: 'FLEET_INACTIVE',
    status: 403,
    says: () => 'Your fleet is inactive',
    remedy: 'Talk to the platform administrator.',
  },
  VEHICLE_INACTIVE: {
    status: 409,
    says: () => 'The vehicle is not active',
    remedy: 'Choose an active vehicle.',
  },
  DRIVER_NOT_ACTIVE: {
    status: 409,
    says: ({ status }: { status: string }) => `The driver ${blocked(status)}`,
    remedy:
      'Choose an active driver, or activate this one (PATCH /drivers/:id/status) and his user (PATCH /users/:id) first.',
  },
  DRIVER_BLOCKED: {
    code: 'DRIVER_NOT_ACTIVE',
    status: 403,
    says: ({ status, kycStatus }: { status?: string; kycStatus?: string }) =>
      kycStatus ? `The driver's KYC is ${kycStatus}` : `The driver ${blocked(status)}`,
    remedy: 'Talk to the fleet manager.',
  },
  SHIFT_DRIVER_LOST: {
    code: 'DRIVER_NOT_ACTIVE',
    status: 403,
    says: () => 'The driver was deactivated during this shift; it can only be ended',
    remedy: 'Check out. Once the driver is active again, check in anew.',
  },
  DRIVER_UNDER_PENALTY: {
    status: 409,
    says: () => 'The driver is suspended or blacklisted',
    remedy: 'Waive the penalty instead; a SUPER_ADMIN may override with a `reason`.',
  },
  LAST_SUPER_ADMIN: {
    status: 409,
    says: () => 'This would leave the platform without an administrator',
    remedy: 'Create another SUPER_ADMIN first, and let him do it.',
  },
  DRIVER_NOT_ELIGIBLE: {
    status: 409,
    says: ({ reason }: { reason: 'KYC_REJECTED' | 'KYC_PENDING' | 'NO_ACTIVE_VEHICLE' }) =>
      reason === 'NO_ACTIVE_VEHICLE' ? 'The driver has no vehicle on the roster' : 'The driver has no approved KYC',
    remedy: 'Put the driver on a vehicle, or complete the KYC, or choose another driver.',
  },
  DRIVER_ALREADY_ASSIGNED: {
    status: 409,
    says: (_: { assignmentId: string | null }) => 'The driver already has a vehicle',
    remedy: 'End the current link first, or send `replaceActive: true`.',
  },
  VEHICLE_ALREADY_ASSIGNED: {
    status: 409,
    says: (_: { assignmentId: string | null }) => 'The vehicle already has a driver',
    remedy: 'End the current link of the vehicle first.',
  },
  HUB_NOT_ASSIGNED: {
    status: 400,
    says: () => 'The driver has no active hub',
    remedy: 'Ask the fleet manager to put the driver into a hub.',
  },
  GEOFENCE_VIOLATION: {
    status: 400,
    says: ({ distanceMeters, radiusMeters }: { distanceMeters: number; radiusMeters: number }) =>
      `You are ${distanceMeters} m away; ${radiusMeters} m are allowed`,
    remedy: 'Go closer and try again.',
  },
  ALREADY_CHECKED_IN: {
    status: 400,
    says: () => 'A shift is already open',
    remedy: 'Go on with the open shift (`attendance` in this answer), or check out first.',
  },
  NO_ACTIVE_SHIFT: {
    status: 404,
    says: () => 'There is no open shift',
    remedy: 'Check in first.',
  },
  SHIFT_NOT_APPROVED: {
    status: 404,
    says: () => 'The shift is not approved yet',
    remedy: 'Wait for the approval of the fleet manager.',
  },
  BREAK_IN_PROGRESS: {
    status: 400,
    says: (_: { break: { id: string; startTime: string } }) => 'A break is already running',
    remedy: 'End the running break first.',
  },
  NO_ACTIVE_BREAK: {
    status: 404,
    says: () => 'There is no running break',
    remedy: 'Start a break first.',
  },
  INVALID_ODOMETER: {
    status: 400,
    says: ({ odometerStart }: { odometerStart: number | null }) =>
      odometerStart === null
        ? 'The odometer reading must be a whole number of kilometres'
        : `The odometer reading must not be below the start reading ${odometerStart}`,
    remedy: 'Read the odometer again.',
  },
  INVALID_CASH_AMOUNT: {
    status: 400,
    says: () => 'The cash amount must be between 0 and 10000000 rupees with at most two decimals',
    remedy: 'Correct the amount.',
  },
  TRIP_IN_PROGRESS: {
    status: 409,
    says: ({ shortId }: { tripId: string; shortId: string }) => `The driver is on a started trip, ${shortId}`,
    remedy: 'Finish or reassign the trip in `details.tripId` first.',
  },
  INVALID_STATE_TRANSITION: {
    status: 409,
    says: ({ from, to, because }: { from: string; to: string; because?: string }) =>
      `${from} cannot become ${to}${because ? `: ${because}` : ''}`,
    remedy: 'Reload the record; somebody may have decided already.',
  },
  REMARKS_REQUIRED: {
    code: 'VALIDATION_ERROR',
    status: 400,
    says: (issues: FieldIssue[]) => issues[0]?.message ?? 'Remarks are required',
    remedy: 'Send `remarks`.',
  },
  TRIP_CONSTRAINT_VIOLATION: {
    status: 400,
    says: ({ rule }: { rule: CreationRule }) => creationRules[rule],
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
    says: ({ currentStatus, phase }: { currentStatus: string; phase: string | null }) =>
      `The trip is ${phase ?? currentStatus}; this is not possible now`,
    remedy:
      'Reload the trip and go on from its current state. With a boarding code the passenger boards after the arrival, and only then the trip can end.',
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
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    says: () => 'This Idempotency-Key was used for another request',
    remedy: 'Use a new key for a new request.',
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    says: (_?: { retryAfterSeconds: number }) => 'Too many requests',
    remedy: 'Wait for the seconds in `Retry-After`.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    says: () => 'The request body is larger than 1 MB',
    remedy: 'Send less.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    says: () => 'The content type is not supported',
    remedy: 'Send application/json.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    says: () => 'Something went wrong',
    remedy: 'Tell support the `requestId`.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    says: (_?: { outcome: 'unknown' }) => 'The service is busy or a dependency is down',
    remedy: 'Repeat the same request with the same Idempotency-Key after `Retry-After` seconds.',
  },
} satisfies Record<string, Refusal>;

/** Why a field was refused; `field` is a dotted path. */
export interface FieldIssue {
  field: string;
  issue: string;
  message: string;
}

/** Source: trips.md rules 1 to 7. */
const creationRules = {
  ORIGIN_NOT_ALLOWED: 'Trips from this city are not offered',
  VEHICLE_NOT_ALLOWED: 'This vehicle is not offered',
  PREBOOK_REQUIRED: 'Airport and rental trips must be booked ahead',
  PREBOOK_WINDOW: 'Airport and rental trips start on the next day at 04:00 or later',
  EV_RANGE_EXCEEDED: 'The distance is too long for an electric vehicle',
  PICKUP_IN_PAST: 'The pickup time is in the past',
  PICKUP_TOO_FAR_AHEAD: 'The pickup time is more than 90 days ahead',
};

export type CreationRule = keyof typeof creationRules;
export type SlotRule = 'AIRPORT_SPACING' | 'RENTAL_DAY';
export type RefusalKey = keyof typeof refusals;
export type RefusalDetails<K extends RefusalKey> = Parameters<(typeof refusals)[K]['says']>;

/**
 * An expected no, as a failure that no layer retries and no dashboard counts. Thrown alike by rules, validators, handlers,
 * activities and the API. It is a function and not a class because the SDK forbids subclassing its failures.
 */
export const refusal = <K extends RefusalKey>(key: K, ...details: RefusalDetails<K>): ApplicationFailure => {
  const says = refusals[key].says as (details: unknown) => string;
  return ApplicationFailure.create({
    type: key,
    message: says(details[0] ?? {}),
    details: details[0] === undefined ? [] : [details[0]],
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
};

/** The refusal of one field, for what no shape can say of it. */
export const invalidField = (field: string, issue: string, message: string): ApplicationFailure =>
  refusal('VALIDATION_ERROR', [{ field, issue, message }]);

/** The refusal behind whatever was thrown: through Temporal it arrives wrapped in update and activity failures. */
export const refusalIn = (thrown: unknown): { key: RefusalKey; details: unknown; message: string } | null => {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof ApplicationFailure && error.type && Object.hasOwn(refusals, error.type)) {
      return { key: error.type as RefusalKey, details: error.details?.[0] ?? null, message: error.message };
    }
  }
  return null;
};
