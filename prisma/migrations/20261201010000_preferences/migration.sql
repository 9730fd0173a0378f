CREATE TYPE "PreferenceCategory" AS ENUM ('PAYOUT', 'SHIFT', 'TRIP');
CREATE TYPE "PreferenceRequestStatus" AS ENUM ('PENDING', 'APPROVED', 'REJECTED');

CREATE TABLE "preference_definitions" (
  "key" TEXT PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('PFD'::text),
  "displayName" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "category" "PreferenceCategory" NOT NULL,
  "approvalRequired" BOOLEAN NOT NULL DEFAULT true,
  "defaultValue" BOOLEAN NOT NULL DEFAULT false,
  "isActive" BOOLEAN NOT NULL DEFAULT true,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "preference_definitions_shortId_key" ON "preference_definitions" ("shortId");

INSERT INTO "preference_definitions" ("key", "displayName", "description", "category") VALUES
  ('prefer_airport_rides', 'Airport rides', 'Prefers rides to and from airports', 'TRIP'),
  ('accept_rentals', 'Rental trips', 'Takes rental trips by the hour', 'TRIP'),
  ('auto_assign_rides', 'Automatic assignment', 'Takes rides that are assigned without a call', 'TRIP'),
  ('prefer_short_trips', 'Short trips', 'Prefers short trips', 'TRIP'),
  ('accept_outstation', 'Outstation trips', 'Takes trips to other cities', 'TRIP'),
  ('enable_rental_model', 'Rental model', 'Pays a rent for the vehicle instead of a share', 'PAYOUT'),
  ('auto_deduct_loans', 'Loan deduction', 'Has loan instalments deducted from payouts', 'PAYOUT'),
  ('auto_deduct_savings', 'Savings deduction', 'Has savings deducted from payouts', 'PAYOUT'),
  ('prefer_night_shift', 'Night shift', 'Prefers to work at night', 'SHIFT'),
  ('prefer_day_shift', 'Day shift', 'Prefers to work by day', 'SHIFT')
ON CONFLICT ("key") DO NOTHING;

CREATE TABLE "driver_preferences" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('DPF'::text),
  "driverId" UUID NOT NULL REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "preferences" JSONB NOT NULL,
  "approvedBy" UUID,
  "approvedAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL
);
CREATE UNIQUE INDEX "driver_preferences_shortId_key" ON "driver_preferences" ("shortId");
CREATE UNIQUE INDEX "driver_preferences_driverId_key" ON "driver_preferences" ("driverId");

CREATE TABLE "preference_requests" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('DPR'::text),
  "driverId" UUID NOT NULL REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "currentPreference" JSONB NOT NULL,
  "requestedPreference" JSONB NOT NULL,
  "status" "PreferenceRequestStatus" NOT NULL DEFAULT 'PENDING',
  "requestAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "requestedBy" UUID,
  "reviewedAt" TIMESTAMPTZ(3),
  "reviewedBy" UUID,
  "rejectionReason" TEXT
);
CREATE UNIQUE INDEX "preference_requests_shortId_key" ON "preference_requests" ("shortId");
CREATE UNIQUE INDEX "preference_requests_pending_key" ON "preference_requests" ("driverId") WHERE "status" = 'PENDING';
CREATE INDEX "preference_requests_status_requestAt_id_idx" ON "preference_requests" ("status", "requestAt", "id");
CREATE INDEX "preference_requests_driverId_requestAt_id_idx" ON "preference_requests" ("driverId", "requestAt", "id");
