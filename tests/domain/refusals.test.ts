import { expect, test } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { refusal, refusalIn, refusals } from '../../workflows/domain/refusals.ts';
import type { RefusalDetails, RefusalKey } from '../../workflows/domain/refusals.ts';

const issues = [{ field: 'remarks', issue: 'required', message: 'Remarks are required' }];
const at = '2026-11-22T05:00:00.000Z';

/** Code, status and sample details of every refusal, written from the error tables of the contract. */
const expected: { [K in RefusalKey]: [code: string, status: number, ...details: RefusalDetails<K>] } = {
  VALIDATION_ERROR: ['VALIDATION_ERROR', 400, issues],
  UNAUTHORIZED: ['UNAUTHORIZED', 401, { reason: 'EXPIRED' }],
  TOKEN_REUSED: ['TOKEN_REUSED', 401],
  MALFORMED: ['MALFORMED', 400],
  INVALID_SIGNATURE: ['INVALID_SIGNATURE', 400],
  INVALID_CREDENTIALS: ['INVALID_CREDENTIALS', 400, { attemptsLeft: 2 }],
  OTP_EXPIRED: ['OTP_EXPIRED', 400],
  OTP_ATTEMPT_EXCEEDED: ['OTP_ATTEMPT_EXCEEDED', 429, { maxAttempts: 3 }],
  OTP_RESEND_TOO_SOON: ['OTP_RESEND_TOO_SOON', 429, { retryAfterSeconds: 30 }],
  OTP_DELIVERY_FAILED: ['OTP_DELIVERY_FAILED', 503],
  USER_NOT_REGISTERED: ['USER_NOT_REGISTERED', 404],
  USER_INACTIVE: ['USER_INACTIVE', 403],
  FORBIDDEN: ['FORBIDDEN', 403],
  SCOPE_FORBIDDEN: ['SCOPE_FORBIDDEN', 403, { resource: 'trip' }],
  SCOPE_NOT_SET: ['SCOPE_NOT_SET', 403],
  FIELD_FORBIDDEN: ['FIELD_FORBIDDEN', 403, { field: 'fleetId' }],
  ROLE_NOT_ASSIGNABLE: ['ROLE_NOT_ASSIGNABLE', 403, { role: 'SUPER_ADMIN' }],
  COLLECTION_ALREADY_PAID: ['COLLECTION_ALREADY_PAID', 409],
  COLLECTION_NOT_RECONCILED: ['COLLECTION_NOT_RECONCILED', 422, { status: 'CLOSED' }],
  INCENTIVE_ALREADY_PAID: ['INCENTIVE_ALREADY_PAID', 409],
  INCENTIVE_ATTACHED: ['INCENTIVE_ATTACHED', 409, { collectionId: 'c' }],
  INCENTIVE_CANCELLED: ['INCENTIVE_CANCELLED', 409],
  PAYOUT_IN_PROGRESS: ['PAYOUT_IN_PROGRESS', 409, { payoutId: 'p', status: 'HELD' }],
  NOTHING_TO_PAY: ['NOTHING_TO_PAY', 422],
  BANK_DETAILS_MISSING: ['BANK_DETAILS_MISSING', 422],
  BANK_DETAILS_INVALID: ['BANK_DETAILS_INVALID', 422, { field: 'bankIfscCode' }],
  PAYOUT_BELOW_MINIMUM: ['PAYOUT_BELOW_MINIMUM', 422, { amount: '0.50', min: '1.00' }],
  PAYOUT_ABOVE_LIMIT: ['PAYOUT_ABOVE_LIMIT', 422, { amount: '100000.01', max: '100000.00' }],
  DRIVER_PAYOUT_BLOCKED: ['DRIVER_PAYOUT_BLOCKED', 422, { reason: 'HOLD' }],
  BOOKS_NOT_IN_ORDER: ['BOOKS_NOT_IN_ORDER', 409],
  TRANSFER_REJECTED: ['GATEWAY_REJECTED', 502, { payoutId: 'p', reason: 'Invalid IFSC' }],
  BANK_REFERENCE_USED: ['BANK_REFERENCE_USED', 409],
  PAYOUT_NOT_DECIDABLE: ['PAYOUT_NOT_DECIDABLE', 409, { status: 'UNKNOWN', from: at }],
  DECISION_NOT_WAITING: ['DECISION_NOT_WAITING', 409, { decisionId: null }],
  DECISION_APPROVED: ['DECISION_APPROVED', 409, { decisionId: 'd' }],
  UTR_USED: ['UTR_USED', 409],
  APPROVAL_CODE_INVALID: ['APPROVAL_CODE_INVALID', 400, { reason: 'WRONG', triesLeft: 2 }],
  APPROVAL_CODE_STALE: ['APPROVAL_CODE_STALE', 409],
  PAYOUT_NOT_HELD: ['PAYOUT_NOT_HELD', 409, { status: 'SUCCESS' }],
  APPROVER_IS_CREATOR: ['APPROVER_IS_CREATOR', 409],
  PAYOUT_NOT_RELEASABLE_YET: ['PAYOUT_NOT_RELEASABLE_YET', 409, { releasableAt: '2026-12-07T03:30:00.000Z' }],
  DEPOSIT_DUES_OUTSTANDING: ['DUES_OUTSTANDING', 422, { dues: '750.00' }],
  DEPOSIT_EXCEEDED: ['DEPOSIT_EXCEEDED', 422, { available: '120.00' }],
  ORDER_STILL_OPEN: ['ORDER_STILL_OPEN', 409, { status: 'PARTIAL' }],
  ORDER_REFUND_EXCEEDED: ['ORDER_REFUND_EXCEEDED', 422, { left: '300.00', most: '200.00' }],
  CUSTOMER_ACCOUNT_UNKNOWN: ['CUSTOMER_ACCOUNT_UNKNOWN', 422, { missing: 'ACCOUNT' }],
  PAYOUT_NOT_CANCELLABLE: ['PAYOUT_NOT_CANCELLABLE', 409, { status: 'ACCEPTED' }],
  USE_BATCH_RETRY: ['USE_BATCH_RETRY', 409],
  BULK_FILE_DUPLICATE: ['BULK_FILE_DUPLICATE', 409, { batchId: 'b' }],
  BULK_IN_PROGRESS: ['BULK_IN_PROGRESS', 409],
  BATCH_ABOVE_LIMIT: ['BATCH_ABOVE_LIMIT', 422, { total: '6000000.00', max: '5000000.00' }],
  BATCH_STATE_INVALID: ['BATCH_STATE_INVALID', 409, { status: 'PAUSED', needed: 'PROCESSING' }],
  NOTHING_TO_RETRY: ['NOTHING_TO_RETRY', 422],
  PAYOUT_NOT_RETRYABLE: ['PAYOUT_NOT_RETRYABLE', 409, { status: 'SUCCESS' }],
  FILE_IS_NOT_CSV: ['UNSUPPORTED_MEDIA_TYPE', 415, { kind: 'a PDF file' }],
  CSV_INVALID: ['CSV_INVALID', 400, { line: 3, reason: 'a quote is opened and never closed' }],
  CSV_HEADER_INVALID: ['CSV_HEADER_INVALID', 400, { missing: ['amount'], duplicated: [], headers: ['phone'] }],
  EMPTY_FILE: ['EMPTY_FILE', 422],
  TOO_MANY_ROWS: ['TOO_MANY_ROWS', 422, { rows: 2001, max: 2000 }],
  NOT_FOUND: ['NOT_FOUND', 404, { resource: 'trip' }],
  PHONE_TAKEN: ['PHONE_TAKEN', 409],
  FLEET_MOBILE_TAKEN: ['FLEET_MOBILE_TAKEN', 409],
  VEHICLE_NUMBER_TAKEN: ['VEHICLE_NUMBER_TAKEN', 409],
  DRIVER_PROFILE_EXISTS: ['DRIVER_PROFILE_EXISTS', 409],
  USER_ROLE_NOT_DRIVER: ['USER_ROLE_NOT_DRIVER', 400],
  FLEET_MISMATCH: ['FLEET_MISMATCH', 400],
  HUB_MISMATCH: ['HUB_MISMATCH', 400],
  FLEET_INACTIVE: ['FLEET_INACTIVE', 409],
  OWN_FLEET_INACTIVE: ['FLEET_INACTIVE', 403],
  VEHICLE_INACTIVE: ['VEHICLE_INACTIVE', 409],
  DRIVER_NOT_ACTIVE: ['DRIVER_NOT_ACTIVE', 409, { status: 'SUSPENDED' }],
  DRIVER_BLOCKED: ['DRIVER_NOT_ACTIVE', 403, { kycStatus: 'PENDING' }],
  SHIFT_DRIVER_LOST: ['DRIVER_NOT_ACTIVE', 403],
  DRIVER_NOT_ELIGIBLE: ['DRIVER_NOT_ELIGIBLE', 409, { reason: 'KYC_PENDING' }],
  DRIVER_ALREADY_ASSIGNED: ['DRIVER_ALREADY_ASSIGNED', 409, { assignmentId: 'link-1' }],
  VEHICLE_ALREADY_ASSIGNED: ['VEHICLE_ALREADY_ASSIGNED', 409, { assignmentId: null }],
  HUB_NOT_ASSIGNED: ['HUB_NOT_ASSIGNED', 400],
  GEOFENCE_VIOLATION: ['GEOFENCE_VIOLATION', 400, { distanceMeters: 501, radiusMeters: 500 }],
  ALREADY_CHECKED_IN: ['ALREADY_CHECKED_IN', 400],
  NO_ACTIVE_SHIFT: ['NO_ACTIVE_SHIFT', 404],
  SHIFT_NOT_APPROVED: ['SHIFT_NOT_APPROVED', 404],
  BREAK_IN_PROGRESS: ['BREAK_IN_PROGRESS', 400, { break: { id: 'break-1', startTime: at } }],
  NO_ACTIVE_BREAK: ['NO_ACTIVE_BREAK', 404],
  INVALID_ODOMETER: ['INVALID_ODOMETER', 400, { odometerStart: 1000 }],
  INVALID_CASH_AMOUNT: ['INVALID_CASH_AMOUNT', 400, { maxRupees: 1000 }],
  TRIP_IN_PROGRESS: ['TRIP_IN_PROGRESS', 409, { tripId: 'trip-2', shortId: 'TRP20261129001' }],
  INVALID_STATE_TRANSITION: ['INVALID_STATE_TRANSITION', 409, { from: 'REJECTED', to: 'APPROVED' }],
  REMARKS_REQUIRED: ['VALIDATION_ERROR', 400, issues],
  TRIP_CONSTRAINT_VIOLATION: ['TRIP_CONSTRAINT_VIOLATION', 400, { rule: 'PREBOOK_WINDOW' }],
  GEOCODE_FAILED: ['GEOCODE_FAILED', 400, { field: 'pickupLocation' }],
  DISTANCE_UNAVAILABLE: ['DISTANCE_UNAVAILABLE', 400],
  ORIGIN_CITY_UNKNOWN: ['ORIGIN_CITY_UNKNOWN', 400],
  TRIP_STATE_INVALID: [
    'TRIP_STATE_INVALID',
    400,
    { currentStatus: 'STARTED', phase: 'ONBOARD', possible: ['complete'] },
  ],
  TOO_EARLY_START: ['TOO_EARLY_START', 400, { opensAt: at }],
  TOO_EARLY_ARRIVE: ['TOO_EARLY_ARRIVE', 400, { opensAt: at }],
  TOO_LATE_ARRIVE: ['TOO_LATE_ARRIVE', 400, { closedAt: at }],
  TOO_EARLY_NOSHOW: ['TOO_EARLY_NOSHOW', 400, { opensAt: at }],
  OTP_REQUIRED: ['OTP_REQUIRED', 400],
  OTP_INVALID: ['OTP_INVALID', 400],
  OTP_ATTEMPTS_EXCEEDED: ['OTP_ATTEMPTS_EXCEEDED', 429],
  TRIP_ALREADY_ASSIGNED: ['TRIP_ALREADY_ASSIGNED', 400],
  NO_ACTIVE_ASSIGNMENT: ['NO_ACTIVE_ASSIGNMENT', 400],
  SLOT_CONFLICT: ['SLOT_CONFLICT', 409, { conflictingTripId: 'trip-2', rule: 'RENTAL_DAY' }],
  NOT_TRIP_DRIVER: ['NOT_TRIP_DRIVER', 403],
  MAPS_UNAVAILABLE: ['MAPS_UNAVAILABLE', 503],
  AMOUNT_INVALID: ['AMOUNT_INVALID', 400],
  AMOUNT_OUT_OF_RANGE: ['AMOUNT_OUT_OF_RANGE', 400, { min: '1.00', max: '100000.00' }],
  PAYER_EMAIL_MISSING: ['PAYER_EMAIL_MISSING', 422],
  GATEWAY_REJECTED: ['GATEWAY_REJECTED', 502, { transactionId: 'transaction-1' }],
  GATEWAY_UNAVAILABLE: ['GATEWAY_UNAVAILABLE', 503, { transactionId: 'transaction-1' }],
  GATEWAY_TIMEOUT: ['GATEWAY_TIMEOUT', 504, { transactionId: 'transaction-1' }],
  PAYMENT_NOT_REFUNDABLE: ['PAYMENT_NOT_REFUNDABLE', 409, { type: 'RENTAL', status: 'SUCCESS' }],
  REFUND_EXCEEDS_PAID: ['REFUND_EXCEEDS_PAID', 422, { paid: '100.00', refunded: '60.00', left: '40.00' }],
  REFUND_NOT_COVERED: ['REFUND_NOT_COVERED', 422, { available: '20.00' }],
  LEDGER_GUARD: [
    'LEDGER_GUARD',
    409,
    {
      ...{ code: 2010, account: 'DRIVER_DEPOSIT', ownerType: 'DRIVER', ownerId: 'driver-1' },
      ...{ balance: '500.00', change: '-700.00' },
    },
  ],
  JOURNAL_UNBALANCED: ['JOURNAL_UNBALANCED', 422, { debit: '10.00', credit: '9.00' }],
  ACCOUNT_NOT_MANUAL: ['ACCOUNT_NOT_MANUAL', 422, { code: 2010 }],
  SECOND_PERSON_REQUIRED: ['SECOND_PERSON_REQUIRED', 409],
  SUSPENSION_DATES_REQUIRED: ['SUSPENSION_DATES_REQUIRED', 400],
  DRIVER_ALREADY_BLACKLISTED: ['DRIVER_ALREADY_BLACKLISTED', 409],
  DUPLICATE_PENALTY: ['DUPLICATE_PENALTY', 409, { penaltyId: 'penalty-1', shortId: 'PEN20261130001' }],
  PENALTY_ALREADY_WAIVED: ['PENALTY_ALREADY_WAIVED', 409],
  PENALTY_WAIVED: ['PENALTY_WAIVED', 409],
  PENALTY_SETTLED: ['PENALTY_SETTLED', 409],
  PENALTY_NOT_LIFTABLE: ['PENALTY_NOT_LIFTABLE', 409, { type: 'MONETARY', status: 'OUTSTANDING' }],
  INCENTIVE_LIMIT: ['INCENTIVE_LIMIT', 422, { max: '25000.00' }],
  DUPLICATE_INCENTIVE: ['DUPLICATE_INCENTIVE', 409, { incentiveId: 'incentive-1' }],
  INCENTIVE_NOT_CANCELLABLE: ['INCENTIVE_NOT_CANCELLABLE', 409, { status: 'PAID' }],
  RENTAL_REQUIRED: ['RENTAL_REQUIRED', 422],
  RENTAL_EXPIRED: ['RENTAL_EXPIRED', 422],
  FLEET_REQUIRED: ['FLEET_REQUIRED', 400],
  RENTAL_PLAN_REQUIRED: ['RENTAL_PLAN_REQUIRED', 400],
  RENTAL_PLAN_INACTIVE: ['RENTAL_PLAN_INACTIVE', 422],
  RENTAL_PLAN_OTHER_FLEET: ['RENTAL_PLAN_OTHER_FLEET', 403],
  PLAN_NAME_TAKEN: ['PLAN_NAME_TAKEN', 409],
  INSUFFICIENT_DEPOSIT: ['INSUFFICIENT_DEPOSIT', 422, { required: '500.00', available: '120.00', shortfall: '380.00' }],
  RENTAL_PAYMENT_IN_PROGRESS: ['RENTAL_PAYMENT_IN_PROGRESS', 409, { transactionId: 'payment-1' }],
  RENTAL_ALREADY_RENEWED: ['RENTAL_ALREADY_RENEWED', 409],
  RENTAL_NOT_ACTIVE: ['RENTAL_NOT_ACTIVE', 409, { status: 'EXPIRED' }],
  RENTAL_STATE: ['RENTAL_STATE', 409, { status: 'PAUSED', wanted: 'ACTIVE' }],
  PAYMENT_REFERENCE_TAKEN: ['PAYMENT_REFERENCE_TAKEN', 409],
  DUES_OUTSTANDING: ['DUES_OUTSTANDING', 422, { dues: '750.00', limit: '500.00' }],
  DUE_NOT_WRITABLE: ['DUE_NOT_WRITABLE', 409, { kind: 'PENALTY', instead: 'A penalty is waived' }],
  DUE_NOT_OPEN: ['DUE_NOT_OPEN', 409, { closedAs: 'SETTLED' }],
  COLLECTION_LOCKED: ['COLLECTION_LOCKED', 409, { status: 'PAID' }],
  COLLECTION_DISPUTED: ['COLLECTION_DISPUTED', 409],
  COLLECTION_RECONCILED: ['COLLECTION_RECONCILED', 409],
  COLLECTION_NOT_CLOSED: ['COLLECTION_NOT_CLOSED', 409, { status: 'OPEN' }],
  SHIFT_STILL_OPEN: ['SHIFT_STILL_OPEN', 409],
  VERSION_CONFLICT: ['VERSION_CONFLICT', 409, { version: 3, seen: 2 }],
  NOTES_REQUIRED: ['NOTES_REQUIRED', 422, { variance: '-20.00', because: 'the total is not what was expected' }],
  ADJUSTMENT_EXCEEDS_TOTAL: ['ADJUSTMENT_EXCEEDS_TOTAL', 422, { total: '100.00' }],
  ATTENDANCE_OF_OTHER_DAY: ['ATTENDANCE_OF_OTHER_DAY', 422],
  CASH_WITHOUT_SHIFT: ['CASH_WITHOUT_SHIFT', 422],
  COUNT_SETTLED: ['COUNT_SETTLED', 409, { counted: '80.00' }],
  CASH_WITHOUT_HUB: ['CASH_WITHOUT_HUB', 422],
  HUB_CASH_SHORT: ['HUB_CASH_SHORT', 409, { onHand: '0.00' }],
  SLIP_NUMBER_USED: ['SLIP_NUMBER_USED', 409],
  RECEIPT_RESOLVED: ['RECEIPT_RESOLVED', 409, { state: 'COLLECTED' }],
  CREDIT_NOT_REFUNDABLE: ['CREDIT_NOT_REFUNDABLE', 409],
  ACCOUNT_REJECTED: ['GATEWAY_REJECTED', 502, { orderId: 'order-1' }],
  ACCOUNT_UNAVAILABLE: ['GATEWAY_UNAVAILABLE', 503, { orderId: 'order-1' }],
  ACCOUNT_TIMEOUT: ['GATEWAY_TIMEOUT', 504, { virtualQrId: 'qr-1' }],
  ORDER_HAS_PAYMENTS: ['ORDER_HAS_PAYMENTS', 409, { collected: '250.00' }],
  ORDER_OVER: ['ORDER_OVER', 409, { status: 'COMPLETED', reason: null }],
  WRITE_OFF_WAITING: ['WRITE_OFF_WAITING', 409, { writeOffId: 'write-off-1' }],
  EVENT_NOT_OPEN: ['EVENT_NOT_OPEN', 409, { state: 'PROCESSED' }],
  EVENT_WITHOUT_MONEY: ['EVENT_WITHOUT_MONEY', 409],
  AMOUNT_EXCEEDS_DUES: ['AMOUNT_EXCEEDS_DUES', 422, { amount: '100.00', open: '20.00' }],
  MONTH_NOT_OVER: ['MONTH_NOT_OVER', 409, { month: '2026-11', endsAt: at }],
  MONTH_OUT_OF_ORDER: ['MONTH_OUT_OF_ORDER', 409, { next: '2026-10' }],
  IDEMPOTENCY_KEY_REUSED: ['IDEMPOTENCY_KEY_REUSED', 409],
  NOTHING_TO_DECIDE: ['NOTHING_TO_DECIDE', 409],
  RATE_LIMIT_EXCEEDED: ['RATE_LIMIT_EXCEEDED', 429],
  PAYLOAD_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 413, { maxBytes: 1024 }],
  METHOD_NOT_ALLOWED: ['METHOD_NOT_ALLOWED', 405, { allowed: ['GET', 'HEAD'] }],
  FILE_TOO_LARGE: ['FILE_TOO_LARGE', 413, { maxBytes: 1024 }],
  FILE_REQUIRED: ['FILE_REQUIRED', 400, { field: 'file' }],
  UNSUPPORTED_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 415, { supported: ['application/json'] }],
  DRIVER_UNDER_PENALTY: ['DRIVER_UNDER_PENALTY', 409],
  UNKNOWN_PREFERENCE: ['UNKNOWN_PREFERENCE', 400, { keys: ['x'] }],
  PREFERENCE_REQUEST_PENDING: ['PREFERENCE_REQUEST_PENDING', 400, { requestId: 'r' }],
  NOT_IN_HUB: ['HUB_MISMATCH', 400, { hubId: null }],
  HUB_INACTIVE: ['INVALID_STATE_TRANSITION', 409],
  HUB_IN_USE: ['INVALID_STATE_TRANSITION', 409, { drivers: 1, vehicles: 0 }],
  VEHICLE_DRIVEN: ['INVALID_STATE_TRANSITION', 409],
  VEHICLE_HAS_QR: ['INVALID_STATE_TRANSITION', 409],
  DRIVER_HAS_UNFINISHED: ['INVALID_STATE_TRANSITION', 409, { open: ['deposit'] }],
  KYC_INCOMPLETE: ['INVALID_STATE_TRANSITION', 409, { missing: ['panNumber'] }],
  LAST_SUPER_ADMIN: ['LAST_SUPER_ADMIN', 409],
  INTERNAL_SERVER_ERROR: ['INTERNAL_SERVER_ERROR', 500],
  SERVICE_UNAVAILABLE: ['SERVICE_UNAVAILABLE', 503],
};

const rows = Object.entries(expected).map(([key, [code, status, details]]) => ({ key, code, status, details }));

/** The table above proves the types; read from a list, a key is just a key. */
const refused = (key: string, details?: unknown) =>
  (refusal as (key: string, ...details: unknown[]) => ApplicationFailure)(key, ...(details ? [details] : []));

test('every refusal is in the table above', () => {
  expect(Object.keys(refusals).toSorted()).toEqual(Object.keys(expected).toSorted());
});

test.each(rows)('$key is $code with status $status, a sentence and a remedy', ({ key, code, status, details }) => {
  const entry: { code?: string; status: number; remedy: string } = refusals[key as RefusalKey];

  const { message } = refused(key, details);

  expect([entry.code ?? key, entry.status]).toEqual([code, status]);
  expect(entry.remedy).toMatch(/^[A-Z].+\.$/);
  expect(message).toMatch(/^\S.* /);
  expect(message).not.toMatch(/undefined|null|NaN|\[object/);
});

test.each(rows)('$key is final, and no incident', ({ key, details }) => {
  const failure = refused(key, details);

  expect(failure).toMatchObject({ type: key, nonRetryable: true, category: ApplicationFailureCategory.BENIGN });
});

test.each([
  ['GEOFENCE_VIOLATION', { distanceMeters: 501, radiusMeters: 500 }, /501 m.*500 m/],
  ['INVALID_ODOMETER', { odometerStart: 1000 }, /1000/],
  ['INVALID_ODOMETER', { odometerStart: 0 }, / 0$/],
  ['NOT_FOUND', { resource: 'driverProfile' }, /^Driver profile not found$/i],
  ['DRIVER_BLOCKED', { status: 'SUSPENDED' }, /SUSPENDED/],
  ['TRIP_STATE_INVALID', { currentStatus: 'COMPLETED', phase: null, possible: [] }, /COMPLETED.*nothing/],
  [
    'TRIP_STATE_INVALID',
    { currentStatus: 'STARTED', phase: 'ARRIVED', possible: ['board', 'noShow'] },
    /ARRIVED.*board, noShow/,
  ],
  ['TRIP_CONSTRAINT_VIOLATION', { rule: 'ORIGIN_NOT_ALLOWED', allowedCities: ['DELHI', 'NOIDA'] }, /DELHI, NOIDA/],
  ['TRIP_CONSTRAINT_VIOLATION', { rule: 'EV_RANGE_EXCEEDED', maxKm: 250 }, /250 km/],
  ['TRIP_CONSTRAINT_VIOLATION', { rule: 'PREBOOK_WINDOW', earliest: at }, new RegExp(at)],
  ['TRIP_CONSTRAINT_VIOLATION', { rule: 'PICKUP_TOO_FAR_AHEAD', latest: at }, new RegExp(at)],
  ['UNAUTHORIZED', { reason: 'MALFORMED' }, /Bearer/],
  ['UNAUTHORIZED', { reason: 'EXPIRED' }, /expired/],
  ['VALIDATION_ERROR', [], /not valid/],
  ['OTP_RESEND_TOO_SOON', { retryAfterSeconds: 30 }, /30 seconds/],
  ['CSV_HEADER_INVALID', { missing: ['amount'], duplicated: ['phone'], headers: [] }, /no column amount.*phone twice/],
])('%s tells %j in its sentence', (key, details, sentence) => {
  expect(refused(key, details).message).toMatch(sentence);
});

const early = () => refusal('TOO_EARLY_START', { opensAt: at });
const found = { key: 'TOO_EARLY_START', details: { opensAt: at }, message: early().message };

test.each<[string, Error]>([
  ['bare', early()],
  ['in an error', new Error('update failed', { cause: early() })],
  ['in the failure of an activity', new ActivityFailure('failed', 'commit', '1', 'NON_RETRYABLE_FAILURE', '', early())],
  ['two layers down', new Error('rejected', { cause: new Error('update failed', { cause: early() }) })],
  ['in a foreign failure', ApplicationFailure.create({ type: 'Error', message: 'failed', cause: early() })],
])('a refusal is found %s', (_, thrown) => {
  expect(refusalIn(thrown)).toEqual(found);
});

test('a refusal without details has null for them', () => {
  expect(refusalIn(refusal('NO_ACTIVE_SHIFT'))).toEqual({
    key: 'NO_ACTIVE_SHIFT',
    details: null,
    message: 'There is no open shift',
  });
});

test.each<[string, unknown]>([
  ['an error', new Error('boom')],
  ['an error that only sounds like one', new Error('NO_ACTIVE_SHIFT')],
  ['a failure of another type', ApplicationFailure.create({ type: 'TypeError', message: 'boom' })],
  ['a failure whose type every object has', ApplicationFailure.create({ type: 'toString', message: 'boom' })],
  ['a failure without type', ApplicationFailure.create({ message: 'boom' })],
  ['a text', 'NO_ACTIVE_SHIFT'],
  ['an object', { type: 'NO_ACTIVE_SHIFT' }],
  ['nothing', undefined],
])('%s is no refusal', (_, thrown) => {
  expect(refusalIn(thrown)).toBeNull();
});
