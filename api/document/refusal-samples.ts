import type { RefusalDetails, RefusalKey } from '../../workflows/domain/refusals.ts';

const id = '37f97184-20b1-44d2-8f89-9065bd4cfecb';
const at = '2026-11-23T05:00:00.000Z';

/** Details of a refusal as a client meets them: the examples of the document. */
export const refusalSamples: { [K in RefusalKey as RefusalDetails<K> extends [] ? never : K]?: RefusalDetails<K>[0] } =
  {
    VALIDATION_ERROR: [
      { field: 'phone', issue: 'invalid_format', message: 'phone must be an Indian mobile number of 10 digits' },
    ],
    UNAUTHORIZED: { reason: 'EXPIRED' },
    SCOPE_FORBIDDEN: { resource: 'trip' },
    FIELD_FORBIDDEN: { field: 'fleetId' },
    NOT_FOUND: { resource: 'trip' },
    GEOFENCE_VIOLATION: { distanceMeters: 812, radiusMeters: 500 },
    METHOD_NOT_ALLOWED: { allowed: ['GET', 'POST'] },
    PAYLOAD_TOO_LARGE: { maxBytes: 1_048_576 },
    FILE_TOO_LARGE: { maxBytes: 5_242_880 },
    FILE_REQUIRED: { field: 'file' },
    UNSUPPORTED_MEDIA_TYPE: { supported: ['application/json', 'application/x-www-form-urlencoded'] },
    NO_ACTIVE_SHIFT: { reason: 'OLDER_THAN_SHIFT' },
    RATE_LIMIT_EXCEEDED: { retryAfterSeconds: 12 },
    SERVICE_UNAVAILABLE: { outcome: 'unknown' },
    INVALID_CREDENTIALS: { attemptsLeft: 2 },
    OTP_ATTEMPT_EXCEEDED: { retryAfterSeconds: 240 },
    OTP_RESEND_TOO_SOON: { retryAfterSeconds: 21 },
    ROLE_NOT_ASSIGNABLE: { role: 'SUPER_ADMIN' },
    DRIVER_NOT_ACTIVE: { status: 'SUSPENDED' },
    DRIVER_BLOCKED: { status: 'SUSPENDED' },
    DRIVER_ALREADY_ASSIGNED: { assignmentId: id },
    VEHICLE_ALREADY_ASSIGNED: { assignmentId: id },
    BREAK_IN_PROGRESS: { break: { id, startTime: at } },
    INVALID_ODOMETER: { odometerStart: 41_200 },
    INVALID_CASH_AMOUNT: { maxRupees: 10_000_000 },
    INVALID_STATE_TRANSITION: { from: 'REJECTED', to: 'APPROVED' },
    REMARKS_REQUIRED: [
      {
        field: 'remarks',
        issue: 'required',
        message: 'Remarks are required when you decide a shift that you checked in yourself',
      },
    ],
    DRIVER_NOT_ELIGIBLE: { reason: 'NO_ACTIVE_VEHICLE' },
    TRIP_IN_PROGRESS: { tripId: id, shortId: 'TRP20261123007' },
    TRIP_CONSTRAINT_VIOLATION: { rule: 'PREBOOK_WINDOW' },
    GEOCODE_FAILED: { field: 'pickupLocation' },
    TRIP_STATE_INVALID: { currentStatus: 'STARTED', phase: 'ONBOARD', possible: ['complete'] },
    TOO_EARLY_START: { opensAt: at },
    TOO_EARLY_ARRIVE: { opensAt: at },
    TOO_LATE_ARRIVE: { closedAt: at },
    TOO_EARLY_NOSHOW: { opensAt: at },
    OTP_ATTEMPTS_EXCEEDED: { retryAfterSeconds: 540 },
    AMOUNT_OUT_OF_RANGE: { min: '1.00', max: '100000.00' },
    GATEWAY_REJECTED: { transactionId: id },
    GATEWAY_UNAVAILABLE: { transactionId: id },
    GATEWAY_TIMEOUT: { transactionId: id },
    LEDGER_GUARD: {
      ...{ code: 2010, account: 'Driver Deposit', ownerType: 'DRIVER', ownerId: id },
      ...{ balance: '500.00', change: '-750.00' },
    },
    JOURNAL_UNBALANCED: { debit: '500.00', credit: '450.00' },
    ACCOUNT_NOT_MANUAL: { code: 1070 },
    MONTH_NOT_OVER: { month: '2026-11', endsAt: '2026-11-30T18:30:00.000Z' },
    MONTH_OUT_OF_ORDER: { next: '2026-10' },
    SLOT_CONFLICT: { conflictingTripId: id, rule: 'AIRPORT_SPACING' },
    EVENT_NOT_OPEN: { state: 'PROCESSED' },
    AMOUNT_EXCEEDS_DUES: { amount: '500.00', open: '120.00' },
  };
