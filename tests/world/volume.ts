import { hash } from 'node:crypto';
import pg from 'pg';
import { until } from './until.ts';

export interface Volume {
  trips: number;
  drivers: number;
  /** Payments of drivers, each with its event and a journal of two entries; as many as trips, if not said. */
  payments?: number;
  /** A hundred, if not said. */
  fleets?: number;
  /** The number of a fleet, sealed with the key of the API that will read it. */
  sealedPan: (fleetId: string) => string;
}

const hubs = 300;

/** The id of the nth row of its kind, so that a test can name one without reading it. */
const uuid = (kind: string, n: string) => `md5('${kind}' || ${n})::uuid`;
const uuidOf = (kind: string, n: number) =>
  hash('md5', `${kind}${n}`).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const shortId = (prefix: string, n: string) => `'${prefix}20260101' || lpad((${n})::text, 6, '0')`;
const oneOf = (n: string, ...words: string[]) => `(ARRAY['${words.join("','")}'])[${n} % ${words.length} + 1]`;

/** Rows of all tables that grow, spread over fleets, hubs, drivers, days and states; the newest hundredth is still open. */
const statements = ({ trips, drivers, payments = trips, fleets = 100, sealedPan }: Volume): string[] => {
  const driverOf = `n % ${fleets} + ${fleets} * (n * 7 % (${drivers} / ${fleets} - 1) + 1)`; // One of the fleet of the trip.
  const pans = Array.from({ length: fleets }, (_, index) => sealedPan(uuidOf('fleet', index + 1)));
  return [
    `INSERT INTO "fleets" ("id", "shortId", "name", "mobile", "city", "fleetType", "sealedPanNumber", "createdAt", "updatedAt")
   SELECT ${uuid('fleet', 'n')}, ${shortId('FLT', 'n')}, 'Fleet ' || n, '7' || lpad(n::text, 9, '0'),
     ${oneOf('n', 'Delhi', 'Noida', 'Gurgaon')}, 'COMPANY', (ARRAY['${pans.join("','")}'])[n], now(), now()
   FROM generate_series(1, ${fleets}) n`,

    `INSERT INTO "hubs" ("id", "shortId", "fleetId", "address", "lat", "lng", "updatedAt")
   SELECT ${uuid('hub', 'n')}, ${shortId('HUB', 'n')}, ${uuid('fleet', `(n - 1) % ${fleets} + 1`)}, 'Connaught Place', 28.6, 77.2, now()
   FROM generate_series(1, ${hubs}) n`,

    `INSERT INTO "users" ("id", "shortId", "name", "phone", "role", "fleetId", "createdAt", "updatedAt")
   SELECT ${uuid('user', 'n')}, ${shortId('USR', 'n')}, 'Driver ' || n, '8' || lpad(n::text, 9, '0'), 'DRIVER',
     ${uuid('fleet', `n % ${fleets} + 1`)}, now() - n * interval '1 hour', now()
   FROM generate_series(1, ${drivers}) n`,

    `INSERT INTO "users" ("id", "shortId", "name", "phone", "role", "fleetId", "createdAt", "updatedAt")
   SELECT ${uuid('staff', 'n')}, ${shortId('USR', `n + ${drivers}`)}, 'Staff ' || n, '6' || lpad(n::text, 9, '0'),
     (${oneOf(`(n - 1) / ${fleets}`, 'OPERATIONS', 'MANAGER', 'FLEET_ADMIN')})::"Role", ${uuid('fleet', `n % ${fleets} + 1`)},
     now() - n * interval '1 hour', now()
   FROM generate_series(1, ${fleets} * 3) n`,

    `INSERT INTO "user_hubs" ("userId", "hubId")
   SELECT ${uuid('staff', 'n')}, ${uuid('hub', `n % ${hubs} + 1`)}
   FROM generate_series(1, ${fleets}) n`,

    `INSERT INTO "drivers" ("id", "shortId", "userId", "fleetId", "hubId", "firstName", "lastName", "mobile", "kycStatus", "status",
     "createdAt", "updatedAt")
   SELECT ${uuid('driver', 'n')}, ${shortId('DRV', 'n')}, ${uuid('user', 'n')}, ${uuid('fleet', `n % ${fleets} + 1`)},
     CASE WHEN n % 50 > 0 THEN ${uuid('hub', `n % ${hubs} + 1`)} END, 'Driver', 'No' || n, '8' || lpad(n::text, 9, '0'),
     'APPROVED', 'ACTIVE', now() - n * interval '1 hour', now()
   FROM generate_series(1, ${drivers}) n`,

    `INSERT INTO "preference_requests" ("id", "shortId", "driverId", "currentPreference", "requestedPreference", "status", "requestAt")
   SELECT ${uuid('wish', 'n')}, ${shortId('DPR', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)}, '{}', '{"prefer_day_shift": true}',
     (CASE WHEN n <= ${drivers} / 20 THEN 'PENDING' ELSE ${oneOf('n', 'APPROVED', 'REJECTED')} END)::"PreferenceRequestStatus",
     now() - n * interval '10 minutes'
   FROM generate_series(1, ${drivers} * 5) n`,

    `INSERT INTO "vehicles" ("id", "shortId", "fleetId", "hubId", "vehicleNumber", "vehicleName", "vehicleModel", "insuranceExpiry",
     "createdAt", "updatedAt")
   SELECT ${uuid('vehicle', 'n')}, ${shortId('VEH', 'n')}, ${uuid('fleet', `n % ${fleets} + 1`)}, ${uuid('hub', `n % ${hubs} + 1`)},
     'DL' || lpad(n::text, 8, '0'), 'Tata', 'Tigor EV', now() + (n % 400 - 10) * interval '1 day', now() - n * interval '1 hour', now()
   FROM generate_series(1, ${drivers}) n`,

    `INSERT INTO "assignments" ("id", "shortId", "fleetId", "driverId", "vehicleId", "status", "startTime", "endTime", "updatedAt")
   SELECT ${uuid('link', 'n')}, ${shortId('ASN', 'n')}, ${uuid('fleet', `n % ${fleets} + 1`)}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('vehicle', `n % ${drivers} + 1`)}, (CASE WHEN n < ${drivers} THEN 'ACTIVE' ELSE 'ENDED' END)::"AssignmentStatus",
     now() - n * interval '10 minutes', CASE WHEN n >= ${drivers} THEN now() END, now()
   FROM generate_series(1, ${drivers} * 3) n`,

    `INSERT INTO "trips" ("id", "shortId", "tripType", "originCity", "pickupLocation", "dropLocation", "pickupLat", "pickupLng",
     "pickupTime", "bookingTime", "bookingType", "distanceKm", "billableKm", "ratePerKm", "pricePaise", "quotedFarePaise", "fareBreakdown",
     "vehicleType", "passengerName", "passengerPhone", "fleetId", "hubId", "source", "provider", "providerBookingId", "status", "phase",
     "version", "begunAt", "createdAt", "updatedAt")
   SELECT ${uuid('trip', 'n')}, ${shortId('TRP', 'n')}, (${oneOf('n / 7', 'INTER_CITY', 'AIRPORT', 'RENTAL')})::"TripType", 'DELHI',
     'Connaught Place, New Delhi', 'Cyber Hub, Gurugram', 28.6315, 77.2167, at, at, 'PREBOOK', 20, 20, 25, 60000, 60000,
     '{"distanceFarePaise": 50000, "tripTypeMultiplier": 1.2, "bookingTimeMultiplier": 1, "vehicleMultiplier": 1,
       "quotedFarePaise": 60000, "appliedFarePaise": null, "reportedFarePaise": null, "fareReview": false, "extras": null,
       "extraTotalPaise": null, "totalPaise": null, "configVersion": 1}',
     'EV', 'Passenger ' || n, '9' || lpad(n::text, 9, '0'), ${uuid('fleet', `n % ${fleets} + 1`)}, ${uuid('hub', `n % ${hubs} + 1`)},
     (CASE WHEN n % 5 = 0 THEN 'MMT' ELSE 'ADMIN' END)::"TripSource", (CASE WHEN n % 5 = 0 THEN 'MMT' ELSE 'INTERNAL' END)::"Provider",
     CASE WHEN n % 5 = 0 THEN 'MMT' || n END, status::"TripStatus", (CASE WHEN status = 'STARTED' THEN 'EN_ROUTE' END)::"TripPhase",
     3, at, at, at
   FROM generate_series(1, ${trips}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) created, LATERAL (SELECT CASE
     WHEN n <= ${trips} / 100 THEN ${oneOf('n / 3', 'CREATED', 'DRIVER_ASSIGNED', 'STARTED')}
     WHEN n / 11 % 10 > 0 THEN 'COMPLETED'
     ELSE ${oneOf('n / 110', 'CANCELLED', 'CANCELLED', 'NO_SHOW', 'CANCELLED_BY_PARTNER')} END AS status) stage`,

    `INSERT INTO "trip_assignments" ("id", "shortId", "tripId", "driverId", "vehicleId", "status", "assignedAt", "unassignedAt", "createdAt",
     "updatedAt")
   SELECT ${uuid('given', 't."shortId"')}, replace(t."shortId", 'TRP', 'TAS'), t."id", d."id", v."id",
     (CASE WHEN isOpen THEN 'ASSIGNED' WHEN t."status" IN ('COMPLETED', 'NO_SHOW') THEN 'COMPLETED' ELSE 'CANCELLED' END)::"TripAssignmentStatus",
     t."createdAt", CASE WHEN NOT isOpen THEN t."createdAt" END, t."createdAt", t."createdAt"
   FROM "trips" t CROSS JOIN LATERAL (SELECT right(t."shortId", 6)::int AS n, t."status" IN ('DRIVER_ASSIGNED', 'STARTED') AS isOpen) given
     JOIN "drivers" d ON d."id" = ${uuid('driver', driverOf)}
     JOIN "vehicles" v ON v."id" = ${uuid('vehicle', driverOf)}
   WHERE t."status" <> 'CREATED'`,

    `INSERT INTO "trip_events" ("tripId", "commandId", "type", "actorType", "at")
   SELECT t."id", 'create', 'create', 'USER', t."createdAt" FROM "trips" t`,

    `INSERT INTO "trip_locations" ("tripId", "driverId", "lat", "lng", "at", "receivedAt")
   SELECT g."tripId", g."driverId", 28.6, 77.2, g."createdAt", g."createdAt" FROM "trip_assignments" g`,

    // Shifts in another order than drivers, so that the newest drivers are on duty as often as the others.
    `INSERT INTO "attendances" ("id", "shortId", "driverId", "fleetId", "hubId", "vehicleId", "checkInTime", "checkOutTime", "status",
     "approvalStatus", "cashStatus", "source", "flags", "begunAt", "createdAt", "updatedAt")
   SELECT ${uuid('shift', 'n')}, ${shortId('ATT', 'n')}, d."id", d."fleetId", d."hubId", NULL, at,
     CASE WHEN n > ${drivers} / 10 THEN at + interval '9 hours' END,
     (CASE WHEN n > ${drivers} / 10 THEN 'CHECKED_OUT' ELSE ${oneOf('n / 10', 'PENDING', 'APPROVED')} END)::"AttendanceStatus",
     (CASE WHEN n > ${drivers} / 10 THEN 'APPROVED' ELSE ${oneOf('n / 10', 'PENDING', 'APPROVED')} END)::"ApprovalStatus",
     (CASE WHEN n > ${drivers} / 10 THEN ${oneOf('n / 50', 'RECONCILED', 'DECLARED', 'NONE')} ELSE 'NONE' END)::"CashStatus", 'DRIVER',
     CASE WHEN n % 100 = 0 THEN ARRAY['STALE'] ELSE '{}' END, at, at, at
   FROM generate_series(1, ${drivers} * 4) n CROSS JOIN LATERAL (SELECT now() - n * interval '5 minutes' AS at) created
     JOIN "drivers" d ON d."id" = ${uuid('driver', `(n::bigint * 7919 % ${drivers} + 1)`)}`,

    `INSERT INTO "breaks" ("id", "shortId", "attendanceId", "startTime", "endTime")
   SELECT ${uuid('break', 'a."shortId"')}, replace(a."shortId", 'ATT', 'BRK'), a."id", a."checkInTime",
     CASE WHEN a."checkOutTime" IS NOT NULL THEN a."checkInTime" END FROM "attendances" a`,

    `INSERT INTO "notifications" ("id", "userId", "event", "channels", "status", "dedupeKey", "createdAt", "expiresAt")
   SELECT ${uuid('message', 'n')}, ${uuid('user', `n % ${drivers} + 1`)}, 'trip:assigned', '{INBOX}', 'SENT', 'volume:' || n,
     now() - n * interval '1 minute', now() + interval '90 days'
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO ledger_account (code, owner_type, owner_id, kind, normal, guarded)
   SELECT 1020, 'PLATFORM', '-', 'A', 'D', false UNION ALL
   SELECT code, 'DRIVER', "id"::text, 'L', 'C', code = 2010 FROM "drivers", (VALUES (2010), (2020)) of_driver (code)`,

    `INSERT INTO ledger_journal (event_type, event_key, business_date, posted_at, driver_id, fleet_id)
   SELECT 'deposit_paid', 'volume:' || n, current_date - n % 400, now() - n % 400 * interval '1 day',
     ${uuid('driver', `n % ${drivers} + 1`)}::text, ${uuid('fleet', `n % ${fleets} + 1`)}::text
   FROM generate_series(1, ${payments}) n`,

    `INSERT INTO ledger_entry (journal_id, account_id, side, amount_paise, business_date)
   SELECT j.id, a.id, a.normal, 5000, j.business_date
   FROM ledger_journal j JOIN ledger_account a ON a.owner_id IN ('-', j.driver_id)
     AND a.code IN (1020, CASE WHEN j.id / ${drivers} % 2 = 0 THEN 2010 ELSE 2020 END)`,

    `INSERT INTO ledger_balance (account_id, credit_paise)
   SELECT id, credit FROM ledger_account_sum WHERE guarded`,

    `SELECT ledger_close_days(current_date - 1)`,

    `INSERT INTO ledger_check_run (scope, started_at)
   SELECT 'INCREMENTAL', now() - n * interval '15 minutes' FROM generate_series(1, ${trips} / 4) n`,

    `INSERT INTO "transactions" ("id", "shortId", "driverId", "fleetId", "type", "amountPaise", "direction", "status", "easebuzzTxnId",
     "metadata", "begunAt", "createdAt")
   SELECT ${uuid('transaction', 'n')}, ${shortId('TXN', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, (${oneOf('n', 'DEPOSIT', 'RENTAL', 'PENALTY', 'PAYOUT')})::"TransactionType", 5000,
     'CREDIT', (CASE WHEN n <= ${payments} / 100 THEN 'PENDING' ELSE ${oneOf('n / 10', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILED')}
       END)::"TransactionStatus", 'DKTXN' || n, jsonb_build_object('utr', 'UTR' || n), at, at
   FROM generate_series(1, ${payments}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) created`,

    `INSERT INTO "penalties" ("id", "shortId", "driverId", "fleetId", "type", "status", "reason", "begunAt", "createdBy", "createdAt",
     "suspensionStartDate", "suspensionEndDate")
   SELECT ${uuid('penalty', 'n')}, ${shortId('PEN', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, type::"PenaltyType",
     (CASE WHEN type = 'SUSPENSION' THEN CASE WHEN n <= ${trips} / 100 THEN 'IN_FORCE' ELSE 'ENDED' END
       WHEN n % 50 = 0 THEN 'WAIVED' WHEN type = 'MONETARY' THEN 'SETTLED' ELSE 'IN_FORCE' END)::"PenaltyStatus",
     'Late return', at, ${uuid('user', '1')}, at, CASE WHEN type = 'SUSPENSION' THEN at END,
     CASE WHEN type = 'SUSPENSION' THEN at + interval '1 day' END
   FROM generate_series(1, ${trips}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) created,
     LATERAL (SELECT ${oneOf('n', 'MONETARY', 'WARNING', 'SUSPENSION')} AS type) kind`,

    `INSERT INTO "rental_plans" ("id", "shortId", "fleetId", "name", "pricePaise", "depositPaise", "validityDays", "createdBy")
   SELECT ${uuid('plan', 'n')}, ${shortId('PLN', 'n')}, ${uuid('fleet', 'n')}, 'Weekly', 349900, 0, 7, ${uuid('user', '1')}
   FROM generate_series(1, ${fleets}) n`,

    `INSERT INTO "rental_subscriptions" ("id", "begunAt") SELECT ${uuid('driver', 'n')}, now() FROM generate_series(1, ${drivers}) n`,

    `INSERT INTO "rentals" ("id", "shortId", "driverId", "fleetId", "rentalPlanId", "transactionId", "planName", "pricePaise", "depositPaise",
     "validityDays", "status", "startDate", "expiryDate", "createdAt")
   SELECT ${uuid('rental', 'n')}, ${shortId('RTL', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, ${uuid('plan', `n % ${drivers} % ${fleets} + 1`)}, ${uuid('transaction', 'n')},
     'Weekly', 349900, 0, 7, (CASE WHEN n <= ${drivers} / 2 THEN 'ACTIVE' ELSE 'EXPIRED' END)::"RentalStatus", at, at + interval '7 days', at
   FROM generate_series(1, ${trips}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) created`,

    `INSERT INTO "gateway_event" (id, source, dedupe_key, fields, amount_paise, state, subject_id, received_at)
   SELECT ${uuid('event', 'n')}, 'PG', 'volume:' || n, jsonb_build_object('txnid', 'DKTXN' || n), 5000,
     (CASE WHEN n % 100 = 0 THEN ${oneOf('n / 100', 'REVIEW', 'UNMATCHED')} ELSE 'PROCESSED' END)::"GatewayEventState",
     ${uuid('transaction', 'n')}, now() - n * interval '1 minute'
   FROM generate_series(1, ${payments}) n`,

    `INSERT INTO "incentives" ("id", "shortId", "driverId", "fleetId", "amountPaise", "reason", "category", "status", "createdBy", "createdAt")
   SELECT ${uuid('incentive', 'n')}, ${shortId('INC', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, 50000, 'Ten trips', ${oneOf('n / 10', 'MILESTONE', 'PERFORMANCE', 'OTHER')},
     (CASE WHEN n <= ${trips} / 100 THEN 'UNPAID' ELSE ${oneOf('n / 10', 'PAID', 'PAID', 'PAID', 'CANCELLED')} END)::"IncentiveStatus",
     'SYSTEM', now() - n * interval '1 minute'
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "payouts" ("id", "shortId", "driverId", "fleetId", "kind", "sourceId", "amountPaise", "mode", "accountName",
     "maskedAccountNumber", "sealedAccountNumber", "ifscCode", "status", "heldFor", "number", "utr", "description", "requestedBy", "begunAt", "createdAt")
   SELECT ${uuid('payout', 'n')}, ${shortId('PAY', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, ${oneOf('n', 'COLLECTION', 'INCENTIVE')}::"PayoutKind", ${uuid('paid', 'n')},
     50000, 'IMPS', 'Ravi', '**6789', 'sealed', 'HDFC0001234',
     (CASE WHEN n % 500 = 0 THEN 'HELD' ELSE ${oneOf('n / 10', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILED')} END)::"PayoutStatus",
     ARRAY['LARGE']::"PayoutHold"[], 'volume' || n, 'UTR' || n, 'Payout', ${uuid('user', '1')}, now(), now() - n * interval '1 minute'
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "bulk_payouts" ("id", "shortId", "fleetId", "fileName", "fileSize", "fileSha256", "format", "rowsSha256", "status", "rowsTotal",
     "rowsValid", "rowsSucceeded", "rowsFailed", "rowsSkipped", "amountPaise", "createdBy", "begunAt", "createdAt")
   SELECT ${uuid('batch', 'n')}, ${shortId('BLK', 'n')}, ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, 'week.csv', 100, 'file' || n, 'CSV',
     'rows' || n, ${oneOf('n / 10', 'COMPLETED', 'COMPLETED', 'CANCELLED')}::"BulkPayoutStatus", 1, 0, 1, 0, 0, 50000, ${uuid('user', '1')}, now(),
     now() - n * interval '1 minute'
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "bulk_payout_rows" ("id", "batchId", "rowNumber", "sealedRaw", "driverId", "amountPaise", "penaltyPaise", "incentivePaise",
     "payoutCycle", "status", "cycleKey", "payoutId")
   SELECT ${uuid('bulkRow', 'n')}, ${uuid('batch', 'n')}, 1, 'sealed', ${uuid('driver', `n % ${drivers} + 1`)}, 50000, 0, 0, 'Week', 'SUCCESS',
     'volume:' || n, ${uuid('payout', 'n')}
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "driver_due" ("driver_id", "fleet_id", "kind", "source", "amount_paise", "outstanding_paise", "closed_as", "created_at")
   SELECT ${uuid('driver', `n % ${drivers} + 1`)}::text, ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}::text,
     ${oneOf('n / 10', 'PENALTY', 'CASH_SHORTAGE', 'CHARGEBACK')}, 'volume:' || n, 5000, CASE WHEN n % 50 = 0 THEN 5000 ELSE 0 END,
     CASE WHEN n % 50 = 0 THEN NULL ELSE 'SETTLED' END::"DueEnd", now() - (${trips} - n) * interval '1 minute'
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "due_write_offs" ("id", "dueId", "reason", "status", "createdBy")
   SELECT ${uuid('writeOff', 'id')}, id, 'Left the fleet', (CASE WHEN id % 500 = 0 THEN 'WAITING' ELSE 'APPROVED' END)::"WriteOffStatus",
     ${uuid('staff', '1')} FROM "driver_due" WHERE id % 10 = 0`,
    `INSERT INTO "refunds" ("id", "shortId", "transactionId", "driverId", "fleetId", "number", "txnid", "amountPaise", "reason", "status",
     "createdBy", "begunAt", "endedAt", "createdAt")
   SELECT ${uuid('refund', 'n')}, ${shortId('RFD', 'n')}, ${uuid('transaction', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, 'DKF' || n, 'DKTXN' || n, 5000, 'Paid twice',
     (CASE WHEN n <= ${trips} / 100 THEN 'ACCEPTED' ELSE ${oneOf('n', 'SETTLED', 'FAILED')} END)::"RefundStatus",
     ${uuid('user', '1')}, at, CASE WHEN n > ${trips} / 100 THEN at END, at
   FROM generate_series(1, ${trips}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) created`,

    `INSERT INTO "virtual_accounts" ("id", "shortId", "vehicleId", "fleetId", "number", "label", "status", "gatewayId", "begunAt")
   SELECT ${uuid('account', 'n')}, ${shortId('VQR', 'n')}, v."id", v."fleetId", 'DKV' || n, 'DKVEH ' || n, 'ACTIVE', 'VA' || n, now()
   FROM (SELECT *, row_number() OVER () AS n FROM "vehicles") v`,

    `INSERT INTO "daily_collections" ("id", "shortId", "driverId", "fleetId", "hubId", "date", "totalPaise", "status", "netPaise", "begunAt",
     "createdAt")
   SELECT ${uuid('day', 'n')}, ${shortId('COL', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, ${uuid('hub', `n % ${drivers} % ${fleets} + 1`)}, current_date - n / ${drivers}, 50000,
     (CASE WHEN n < ${drivers} / 10 THEN 'CLOSED' ELSE 'PAID' END)::"CollectionStatus", CASE WHEN n >= ${drivers} / 10 THEN 35000 END,
     now(), now() - n * interval '1 minute'
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "cash_declarations" ("attendanceId", "collectionId", "driverId", "hubId", "declaredPaise", "countedPaise", "counts", "state")
   SELECT ${uuid('shift', 'n')}, ${uuid('day', 'n')}, ${uuid('driver', `n % ${drivers} + 1`)}, ${uuid('hub', `n % ${fleets} + 1`)}, 20000,
     CASE WHEN n >= ${drivers} / 10 THEN 20000 END, CASE WHEN n >= ${drivers} / 10 THEN 1 ELSE 0 END,
     (CASE WHEN n < ${drivers} / 10 THEN 'DECLARED' ELSE 'COUNTED' END)::"CashState"
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "virtual_credits" ("id", "creditId", "utr", "accountGatewayId", "amountPaise", "mode", "occurredAt", "state", "reason",
     "vehicleId", "fleetId", "driverId", "collectionId", "begunAt")
   SELECT ${uuid('credit', 'n')}, 'CR' || n, 'UTR' || n, 'VA' || n % 100, 30000, 'UPI', now() - n * interval '1 minute',
     (CASE WHEN n % 100 = 0 THEN 'UNATTRIBUTED' ELSE 'COLLECTED' END)::"CreditState",
     (CASE WHEN n % 100 = 0 THEN ${oneOf('n / 100', 'NO_SHIFT', 'INACTIVE_QR')} END)::"UnattributedReason",
     ${uuid('vehicle', `n % ${drivers} + 1`)}, ${uuid('fleet', `n % ${drivers} % ${fleets} + 1`)}, ${uuid('driver', `n % ${drivers} + 1`)},
     ${uuid('day', 'n')}, now()
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "payment_orders" ("id", "shortId", "userId", "fleetId", "customerName", "customerPhone", "totalPaise", "status",
     "statusReason", "expiresAt", "begunAt", "createdAt")
   SELECT ${uuid('order', 'n')}, ${shortId('BKS', 'n')}, ${uuid('staff', `n % ${fleets} + 1`)}, ${uuid('fleet', `n % ${fleets} + 1`)},
     'Customer ' || n, '9' || lpad(n::text, 9, '0'), 50000,
     (CASE WHEN n <= ${trips} / 100 THEN 'PENDING' ELSE ${oneOf('n', 'COMPLETED', 'FAILED')} END)::"OrderStatus",
     (CASE WHEN n > ${trips} / 100 AND n % 2 = 1 THEN 'EXPIRED' END)::"OrderReason", at + interval '7 days', at, at
   FROM generate_series(1, ${trips}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) created`,

    `INSERT INTO "virtual_accounts" ("id", "shortId", "orderId", "fleetId", "number", "label", "status", "isWanted", "gatewayId", "begunAt")
   SELECT ${uuid('orderAccount', 'n')}, ${shortId('VQO', 'n')}, ${uuid('order', 'n')}, ${uuid('fleet', `n % ${fleets} + 1`)}, 'DKO' || n,
     'DKORD', (CASE WHEN n <= ${trips} / 100 THEN 'ACTIVE' ELSE 'INACTIVE' END)::"VirtualAccountStatus", n <= ${trips} / 100, 'VO' || n, now()
   FROM generate_series(1, ${trips}) n`,

    `INSERT INTO "audit_entries" ("action", "subject", "subjectId")
   SELECT 'driver.created', 'driver', d."id" FROM "drivers" d`,
  ];
};

/** False when the autovacuum, which looks at the new rows in the same moment, kept a table from being marked. */
const vacuum = async (client: pg.Client): Promise<boolean> => {
  await client.query('VACUUM ANALYZE');
  const { rows } = await client.query<{ isMarked: boolean }>(
    `SELECT bool_and(relallvisible = relpages) AS "isMarked" FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  return rows[0]!.isMarked;
};

/** Fills a migrated database with years of work, in seconds, and lets the planner know. */
export const fill = async (databaseUrl: string, volume: Volume): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("SET session_replication_role = 'replica'"); // What is made here refers to what is there: nothing to check.
    for (const statement of statements(volume)) await client.query(statement);
    await until(() => vacuum(client), 'the database to know which pages it need not look at', 120_000);
  } finally {
    await client.end();
  }
};
