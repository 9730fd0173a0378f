-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- Daily serials of short ids: `<prefix><IST day><serial>`, at least three digits. The day is the business day (UTC+05:30, no daylight saving).
CREATE TABLE "id_sequences" (
    "entity" TEXT NOT NULL,
    "date" TEXT NOT NULL,
    "lastValue" INTEGER NOT NULL,

    CONSTRAINT "id_sequences_pkey" PRIMARY KEY ("entity","date")
);

CREATE FUNCTION next_short_id(prefix text, at timestamptz DEFAULT clock_timestamp()) RETURNS text LANGUAGE sql VOLATILE AS $$
  INSERT INTO "id_sequences" ("entity", "date", "lastValue")
  VALUES (prefix, to_char(at AT TIME ZONE INTERVAL '+05:30', 'YYYYMMDD'), 1)
  ON CONFLICT ("entity", "date") DO UPDATE SET "lastValue" = "id_sequences"."lastValue" + 1
  RETURNING "entity" || "date" || lpad("lastValue"::text, greatest(3, length("lastValue"::text)), '0')
$$;

-- CreateEnum
CREATE TYPE "AssignmentStatus" AS ENUM ('ACTIVE', 'ENDED');

-- CreateEnum
CREATE TYPE "AssignmentEndReason" AS ENUM ('MANUAL', 'REPLACED', 'DRIVER_STATUS', 'VEHICLE_STATUS', 'FLEET_INACTIVE', 'USER_INACTIVE', 'HUB_CHANGE');

-- CreateEnum
CREATE TYPE "AttendanceStatus" AS ENUM ('PENDING', 'APPROVED', 'REJECTED', 'CHECKED_OUT');

-- CreateEnum
CREATE TYPE "ApprovalStatus" AS ENUM ('PENDING', 'APPROVED', 'REJECTED');

-- CreateEnum
CREATE TYPE "CashStatus" AS ENUM ('NONE', 'DECLARED', 'RECONCILED');

-- CreateEnum
CREATE TYPE "CheckInSource" AS ENUM ('DRIVER', 'ADMIN');

-- CreateEnum
CREATE TYPE "BreakEndedBy" AS ENUM ('DRIVER', 'ADMIN', 'CHECK_OUT', 'SYSTEM');

-- CreateEnum
CREATE TYPE "ActorType" AS ENUM ('USER', 'PARTNER', 'SYSTEM');

-- CreateEnum
CREATE TYPE "ClientType" AS ENUM ('app', 'web');

-- CreateEnum
CREATE TYPE "OtpPurpose" AS ENUM ('LOGIN', 'SIGNUP');

-- CreateEnum
CREATE TYPE "KycStatus" AS ENUM ('PENDING', 'APPROVED', 'REJECTED');

-- CreateEnum
CREATE TYPE "DriverStatus" AS ENUM ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'BLACKLISTED');

-- CreateEnum
CREATE TYPE "PaymentModel" AS ENUM ('RENTAL', 'PAYOUT');

-- CreateEnum
CREATE TYPE "FleetType" AS ENUM ('INDIVIDUAL', 'COMPANY');

-- CreateEnum
CREATE TYPE "ActiveStatus" AS ENUM ('ACTIVE', 'INACTIVE');

-- CreateEnum
CREATE TYPE "Channel" AS ENUM ('SOCKET', 'PUSH', 'SMS', 'INBOX');

-- CreateEnum
CREATE TYPE "NotificationStatus" AS ENUM ('QUEUED', 'SENT', 'PARTIAL', 'FAILED');

-- CreateEnum
CREATE TYPE "TripType" AS ENUM ('AIRPORT', 'RENTAL', 'INTER_CITY');

-- CreateEnum
CREATE TYPE "BookingType" AS ENUM ('PREBOOK', 'INSTANT');

-- CreateEnum
CREATE TYPE "DistanceSource" AS ENUM ('GOOGLE_MAPS', 'CLIENT_PROVIDED', 'PARTNER');

-- CreateEnum
CREATE TYPE "VehicleClass" AS ENUM ('EV', 'NON_EV');

-- CreateEnum
CREATE TYPE "PaymentMethod" AS ENUM ('CASH', 'PREPAID');

-- CreateEnum
CREATE TYPE "TripSource" AS ENUM ('ADMIN', 'PUBLIC', 'MMT', 'RAPIDO', 'MOJOBOXX');

-- CreateEnum
CREATE TYPE "TripStatus" AS ENUM ('BLOCKED', 'CREATED', 'DRIVER_ASSIGNED', 'STARTED', 'COMPLETED', 'CANCELLED', 'CANCELLED_BY_PARTNER', 'NO_SHOW');

-- CreateEnum
CREATE TYPE "TripPhase" AS ENUM ('EN_ROUTE', 'ARRIVED', 'ONBOARD');

-- CreateEnum
CREATE TYPE "CancelledBy" AS ENUM ('ADMIN', 'VENDOR', 'PARTNER', 'SYSTEM', 'DRIVER_SUSPENSION');

-- CreateEnum
CREATE TYPE "Provider" AS ENUM ('INTERNAL', 'MOJOBOXX', 'MMT', 'RAPIDO');

-- CreateEnum
CREATE TYPE "ProviderStatus" AS ENUM ('PENDING', 'CONFIRMED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "ProviderRideStatus" AS ENUM ('BOOKED', 'DRIVER_ASSIGNED', 'STARTED', 'COMPLETED', 'CANCELLED', 'FAILED');

-- CreateEnum
CREATE TYPE "TripAssignmentStatus" AS ENUM ('ASSIGNED', 'ACTIVE', 'UNASSIGNED', 'COMPLETED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS', 'DRIVER');

-- CreateEnum
CREATE TYPE "Ownership" AS ENUM ('OWNED', 'LEASED');

-- CreateEnum
CREATE TYPE "FuelType" AS ENUM ('PETROL', 'DIESEL', 'CNG', 'ELECTRIC');

-- CreateEnum
CREATE TYPE "VehicleStatus" AS ENUM ('ACTIVE', 'INACTIVE', 'MAINTENANCE');

-- CreateTable
CREATE TABLE "assignments" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('ASN'::text),
    "fleetId" UUID NOT NULL,
    "driverId" UUID NOT NULL,
    "vehicleId" UUID NOT NULL,
    "status" "AssignmentStatus" NOT NULL DEFAULT 'ACTIVE',
    "startTime" TIMESTAMPTZ(3) NOT NULL,
    "endTime" TIMESTAMPTZ(3),
    "endReason" "AssignmentEndReason",
    "createdBy" UUID,
    "endedBy" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "assignments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attendances" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('ATT'::text),
    "driverId" UUID NOT NULL,
    "fleetId" UUID NOT NULL,
    "hubId" UUID,
    "vehicleId" UUID,
    "checkInTime" TIMESTAMPTZ(3) NOT NULL,
    "checkOutTime" TIMESTAMPTZ(3),
    "status" "AttendanceStatus" NOT NULL DEFAULT 'PENDING',
    "approvalStatus" "ApprovalStatus" NOT NULL DEFAULT 'PENDING',
    "approvedBy" UUID,
    "approvedByName" TEXT,
    "approvedAt" TIMESTAMPTZ(3),
    "adminRemarks" TEXT,
    "checkInLat" DOUBLE PRECISION,
    "checkInLng" DOUBLE PRECISION,
    "checkInDistance" INTEGER,
    "checkOutLat" DOUBLE PRECISION,
    "checkOutLng" DOUBLE PRECISION,
    "selfieUrl" TEXT,
    "odometerStart" INTEGER,
    "odometerEnd" INTEGER,
    "odometerImageUrl" TEXT,
    "cashDepositedPaise" INTEGER NOT NULL DEFAULT 0,
    "cashStatus" "CashStatus" NOT NULL DEFAULT 'NONE',
    "source" "CheckInSource" NOT NULL,
    "createdBy" UUID,
    "closedBy" UUID,
    "flags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "clientReportedAt" TIMESTAMPTZ(3),
    "begunAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "attendances_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "breaks" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('BRK'::text),
    "attendanceId" UUID NOT NULL,
    "startTime" TIMESTAMPTZ(3) NOT NULL,
    "endTime" TIMESTAMPTZ(3),
    "endedBy" "BreakEndedBy",

    CONSTRAINT "breaks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attendance_events" (
    "id" BIGSERIAL NOT NULL,
    "attendanceId" UUID NOT NULL,
    "commandId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "actorType" "ActorType" NOT NULL,
    "actorId" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "data" JSONB,
    "outcome" JSONB,

    CONSTRAINT "attendance_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "tokenId" UUID NOT NULL,
    "tokenIssuedAt" TIMESTAMPTZ(0) NOT NULL,
    "previousTokenHash" TEXT,
    "rotatedAt" TIMESTAMPTZ(3),
    "clientType" "ClientType" NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "absoluteExpiresAt" TIMESTAMPTZ(3) NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),
    "revokeReason" TEXT,
    "ip" TEXT,
    "userAgent" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "otp_challenges" (
    "id" UUID NOT NULL,
    "phone" TEXT NOT NULL,
    "purpose" "OtpPurpose" NOT NULL,
    "codeHash" TEXT NOT NULL,
    "sealedCode" TEXT,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "consumedAt" TIMESTAMPTZ(3),
    "supersededAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "otp_challenges_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "drivers" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('DRV'::text),
    "userId" UUID NOT NULL,
    "fleetId" UUID NOT NULL,
    "hubId" UUID,
    "firstName" TEXT NOT NULL,
    "lastName" TEXT NOT NULL,
    "mobile" TEXT NOT NULL,
    "profilePic" TEXT,
    "licenseNumber" TEXT,
    "licenseFront" TEXT,
    "licenseBack" TEXT,
    "aadharFront" TEXT,
    "aadharBack" TEXT,
    "panCardImage" TEXT,
    "livePhoto" TEXT,
    "bankIdProof" TEXT,
    "kycStatus" "KycStatus" NOT NULL DEFAULT 'PENDING',
    "kycRemarks" TEXT,
    "kycReviewedBy" UUID,
    "kycReviewedAt" TIMESTAMPTZ(3),
    "status" "DriverStatus" NOT NULL DEFAULT 'ACTIVE',
    "statusReason" TEXT,
    "isAvailable" BOOLEAN NOT NULL DEFAULT true,
    "email" TEXT,
    "dob" DATE,
    "address" TEXT,
    "city" TEXT,
    "pincode" TEXT,
    "sealedAadharNumber" TEXT,
    "sealedPanNumber" TEXT,
    "sealedBankAccountNumber" TEXT,
    "dlNumber" TEXT,
    "gstNumber" TEXT,
    "driverAgreement" TEXT,
    "policeVerification" TEXT,
    "currentAddressProof" TEXT,
    "permanentAddressProof" TEXT,
    "vehicleId" UUID,
    "paymentModel" "PaymentModel",
    "revSharePercentage" DOUBLE PRECISION NOT NULL DEFAULT 70,
    "bankIfscCode" TEXT,
    "bankAccountName" TEXT,
    "additionalDocuments" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "drivers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fleets" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('FLT'::text),
    "name" TEXT NOT NULL,
    "mobile" TEXT NOT NULL,
    "email" TEXT,
    "city" TEXT NOT NULL,
    "dob" DATE,
    "fleetType" "FleetType" NOT NULL,
    "gstNumber" TEXT,
    "panNumber" TEXT NOT NULL,
    "panCardUrl" TEXT,
    "modeId" TEXT NOT NULL DEFAULT 'CAB',
    "status" "ActiveStatus" NOT NULL DEFAULT 'ACTIVE',
    "deactivatedAt" TIMESTAMPTZ(3),
    "deactivatedBy" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "fleets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hubs" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('HUB'::text),
    "fleetId" UUID NOT NULL,
    "name" TEXT,
    "address" TEXT NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lng" DOUBLE PRECISION NOT NULL,
    "geofenceRadius" INTEGER NOT NULL DEFAULT 500,
    "hubType" TEXT NOT NULL DEFAULT 'OFFICE',
    "city" TEXT,
    "hubManagerId" UUID,
    "status" "ActiveStatus" NOT NULL DEFAULT 'ACTIVE',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hubs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notifications" (
    "id" UUID NOT NULL,
    "userId" UUID,
    "tripId" UUID,
    "event" TEXT NOT NULL,
    "title" TEXT,
    "body" TEXT,
    "payload" JSONB NOT NULL DEFAULT '{}',
    "channels" "Channel"[],
    "status" "NotificationStatus" NOT NULL DEFAULT 'QUEUED',
    "readAt" TIMESTAMPTZ(3),
    "dedupeKey" TEXT NOT NULL,
    "createdBy" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "id" BIGSERIAL NOT NULL,
    "notificationId" UUID NOT NULL,
    "channel" "Channel" NOT NULL,
    "provider" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "error" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "key" TEXT NOT NULL,
    "bodyHash" TEXT NOT NULL,
    "statusCode" INTEGER,
    "answer" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "rate_limits" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" BIGSERIAL NOT NULL,
    "actorId" UUID,
    "actorRole" "Role",
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "subjectId" UUID NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "requestId" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "command_texts" (
    "id" UUID NOT NULL,
    "remarks" TEXT,
    "imageUrl" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "command_texts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "maps_cache" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "maps_cache_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "trips" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('TRP'::text),
    "tripType" "TripType" NOT NULL,
    "originCity" TEXT NOT NULL,
    "destinationCity" TEXT NOT NULL DEFAULT 'Unknown',
    "pickupLocation" TEXT,
    "dropLocation" TEXT,
    "pickupLat" DOUBLE PRECISION,
    "pickupLng" DOUBLE PRECISION,
    "dropLat" DOUBLE PRECISION,
    "dropLng" DOUBLE PRECISION,
    "pickupTime" TIMESTAMPTZ(3) NOT NULL,
    "bookingTime" TIMESTAMPTZ(3) NOT NULL,
    "bookingType" "BookingType",
    "distanceKm" DOUBLE PRECISION NOT NULL,
    "distanceSource" "DistanceSource",
    "actualDistanceKm" DOUBLE PRECISION,
    "billableKm" INTEGER,
    "ratePerKm" INTEGER,
    "pricePaise" INTEGER,
    "quotedFarePaise" INTEGER,
    "fareBreakdown" JSONB,
    "vehicleSku" TEXT,
    "vehicleType" "VehicleClass" NOT NULL,
    "requestedVehicleType" TEXT,
    "passengerName" TEXT,
    "passengerPhone" TEXT,
    "passengerEmail" TEXT,
    "paymentMethod" "PaymentMethod" NOT NULL DEFAULT 'CASH',
    "fleetId" UUID,
    "hubId" UUID,
    "createdByUserId" UUID,
    "source" "TripSource" NOT NULL,
    "status" "TripStatus" NOT NULL,
    "phase" "TripPhase",
    "startedAt" TIMESTAMPTZ(3),
    "arrivedAt" TIMESTAMPTZ(3),
    "boardedAt" TIMESTAMPTZ(3),
    "completedAt" TIMESTAMPTZ(3),
    "cancelledAt" TIMESTAMPTZ(3),
    "cancelReason" TEXT,
    "cancelledBy" "CancelledBy",
    "provider" "Provider",
    "providerBookingId" TEXT,
    "providerStatus" "ProviderStatus",
    "providerRideStatus" "ProviderRideStatus",
    "providerMeta" JSONB,
    "sealedCode" TEXT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "stageSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "begunAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "trips_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trip_assignments" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('TAS'::text),
    "tripId" UUID NOT NULL,
    "driverId" UUID NOT NULL,
    "vehicleId" UUID,
    "status" "TripAssignmentStatus" NOT NULL,
    "assignedAt" TIMESTAMPTZ(3) NOT NULL,
    "unassignedAt" TIMESTAMPTZ(3),
    "bookingAttempted" BOOLEAN NOT NULL DEFAULT false,
    "bookingFailedReason" TEXT,
    "assignedBy" UUID,
    "closeReason" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "trip_assignments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trip_positions" (
    "tripId" UUID NOT NULL,
    "driverId" UUID NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lng" DOUBLE PRECISION NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "trip_positions_pkey" PRIMARY KEY ("tripId")
);

-- CreateTable
CREATE TABLE "trip_locations" (
    "id" BIGSERIAL NOT NULL,
    "tripId" UUID NOT NULL,
    "driverId" UUID NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lng" DOUBLE PRECISION NOT NULL,
    "accuracy" DOUBLE PRECISION,
    "speed" DOUBLE PRECISION,
    "heading" DOUBLE PRECISION,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "trip_locations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trip_events" (
    "id" BIGSERIAL NOT NULL,
    "tripId" UUID NOT NULL,
    "commandId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "actorType" "ActorType" NOT NULL,
    "actorId" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "lat" DOUBLE PRECISION,
    "lng" DOUBLE PRECISION,
    "data" JSONB,
    "outcome" JSONB,

    CONSTRAINT "trip_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('USR'::text),
    "name" TEXT NOT NULL,
    "phone" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "fleetId" UUID,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "email" TEXT,
    "tokenVersion" INTEGER NOT NULL DEFAULT 0,
    "lastLoginAt" TIMESTAMPTZ(3),
    "deactivatedAt" TIMESTAMPTZ(3),
    "deactivatedBy" UUID,
    "createdBy" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_hubs" (
    "userId" UUID NOT NULL,
    "hubId" UUID NOT NULL,

    CONSTRAINT "user_hubs_pkey" PRIMARY KEY ("userId","hubId")
);

-- CreateTable
CREATE TABLE "vehicles" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('VEH'::text),
    "fleetId" UUID NOT NULL,
    "hubId" UUID,
    "vehicleNumber" TEXT NOT NULL,
    "vehicleName" TEXT NOT NULL,
    "vehicleModel" TEXT NOT NULL,
    "vehicleColor" TEXT,
    "bodyType" TEXT,
    "ownership" "Ownership" NOT NULL DEFAULT 'OWNED',
    "ownerName" TEXT,
    "fuelType" "FuelType" NOT NULL DEFAULT 'ELECTRIC',
    "chassisNumber" TEXT,
    "vinNumber" TEXT,
    "rcFrontImage" TEXT,
    "rcBackImage" TEXT,
    "permitImage" TEXT,
    "fitnessImage" TEXT,
    "insuranceImage" TEXT,
    "permitExpiry" DATE,
    "fitnessExpiry" DATE,
    "insuranceStart" DATE,
    "insuranceExpiry" DATE,
    "fleetMobileNumber" TEXT,
    "status" "VehicleStatus" NOT NULL DEFAULT 'ACTIVE',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vehicles_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "assignments_shortId_key" ON "assignments"("shortId");

-- CreateIndex
CREATE INDEX "assignments_fleetId_status_startTime_id_idx" ON "assignments"("fleetId", "status", "startTime", "id");

-- CreateIndex
CREATE INDEX "assignments_driverId_startTime_idx" ON "assignments"("driverId", "startTime");

-- CreateIndex
CREATE INDEX "assignments_vehicleId_startTime_idx" ON "assignments"("vehicleId", "startTime");

-- CreateIndex
CREATE UNIQUE INDEX "attendances_shortId_key" ON "attendances"("shortId");

-- CreateIndex
CREATE INDEX "attendances_driverId_createdAt_id_idx" ON "attendances"("driverId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "attendances_fleetId_createdAt_id_idx" ON "attendances"("fleetId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "attendances_hubId_createdAt_id_idx" ON "attendances"("hubId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "attendances_vehicleId_checkInTime_idx" ON "attendances"("vehicleId", "checkInTime");

-- CreateIndex
CREATE INDEX "attendances_createdAt_id_idx" ON "attendances"("createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "breaks_shortId_key" ON "breaks"("shortId");

-- CreateIndex
CREATE INDEX "breaks_attendanceId_startTime_idx" ON "breaks"("attendanceId", "startTime");

-- CreateIndex
CREATE UNIQUE INDEX "attendance_events_attendanceId_commandId_key" ON "attendance_events"("attendanceId", "commandId");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_tokenHash_key" ON "sessions"("tokenHash");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_previousTokenHash_key" ON "sessions"("previousTokenHash");

-- CreateIndex
CREATE INDEX "sessions_userId_idx" ON "sessions"("userId");

-- CreateIndex
CREATE INDEX "sessions_expiresAt_idx" ON "sessions"("expiresAt");

-- CreateIndex
CREATE INDEX "otp_challenges_phone_purpose_idx" ON "otp_challenges"("phone", "purpose");

-- CreateIndex
CREATE INDEX "otp_challenges_expiresAt_idx" ON "otp_challenges"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "drivers_shortId_key" ON "drivers"("shortId");

-- CreateIndex
CREATE UNIQUE INDEX "drivers_userId_key" ON "drivers"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "drivers_mobile_key" ON "drivers"("mobile");

-- CreateIndex
CREATE INDEX "drivers_fleetId_createdAt_id_idx" ON "drivers"("fleetId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "drivers_hubId_idx" ON "drivers"("hubId");

-- CreateIndex
CREATE UNIQUE INDEX "fleets_shortId_key" ON "fleets"("shortId");

-- CreateIndex
CREATE UNIQUE INDEX "fleets_mobile_key" ON "fleets"("mobile");

-- CreateIndex
CREATE INDEX "fleets_name_id_idx" ON "fleets"("name", "id");

-- CreateIndex
CREATE INDEX "fleets_city_idx" ON "fleets"("city");

-- CreateIndex
CREATE UNIQUE INDEX "hubs_shortId_key" ON "hubs"("shortId");

-- CreateIndex
CREATE INDEX "hubs_fleetId_createdAt_id_idx" ON "hubs"("fleetId", "createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "notifications_dedupeKey_key" ON "notifications"("dedupeKey");

-- CreateIndex
CREATE INDEX "notifications_userId_createdAt_id_idx" ON "notifications"("userId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "notifications_tripId_idx" ON "notifications"("tripId");

-- CreateIndex
CREATE INDEX "notifications_status_createdAt_idx" ON "notifications"("status", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_attempts_notificationId_channel_attempt_key" ON "delivery_attempts"("notificationId", "channel", "attempt");

-- CreateIndex
CREATE INDEX "idempotency_keys_createdAt_idx" ON "idempotency_keys"("createdAt");

-- CreateIndex
CREATE INDEX "rate_limits_expire_idx" ON "rate_limits"("expire");

-- CreateIndex
CREATE INDEX "audit_entries_subjectId_at_idx" ON "audit_entries"("subjectId", "at");

-- CreateIndex
CREATE INDEX "maps_cache_expiresAt_idx" ON "maps_cache"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "trips_shortId_key" ON "trips"("shortId");

-- CreateIndex
CREATE INDEX "trips_fleetId_status_pickupTime_idx" ON "trips"("fleetId", "status", "pickupTime");

-- CreateIndex
CREATE INDEX "trips_fleetId_createdAt_id_idx" ON "trips"("fleetId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "trips_createdAt_id_idx" ON "trips"("createdAt", "id");

-- CreateIndex
CREATE INDEX "trips_status_createdAt_id_idx" ON "trips"("status", "createdAt", "id");

-- CreateIndex
CREATE INDEX "trips_pickupTime_idx" ON "trips"("pickupTime");

-- CreateIndex
CREATE INDEX "trips_originCity_idx" ON "trips"("originCity");

-- CreateIndex
CREATE UNIQUE INDEX "trip_assignments_shortId_key" ON "trip_assignments"("shortId");

-- CreateIndex
CREATE INDEX "trip_assignments_tripId_createdAt_idx" ON "trip_assignments"("tripId", "createdAt");

-- CreateIndex
CREATE INDEX "trip_assignments_driverId_status_idx" ON "trip_assignments"("driverId", "status");

-- CreateIndex
CREATE INDEX "trip_assignments_status_idx" ON "trip_assignments"("status");

-- CreateIndex
CREATE INDEX "trip_locations_tripId_at_idx" ON "trip_locations"("tripId", "at");

-- CreateIndex
CREATE INDEX "trip_locations_receivedAt_idx" ON "trip_locations"("receivedAt");

-- CreateIndex
CREATE UNIQUE INDEX "trip_events_tripId_commandId_key" ON "trip_events"("tripId", "commandId");

-- CreateIndex
CREATE UNIQUE INDEX "users_shortId_key" ON "users"("shortId");

-- CreateIndex
CREATE UNIQUE INDEX "users_phone_key" ON "users"("phone");

-- CreateIndex
CREATE INDEX "users_fleetId_role_idx" ON "users"("fleetId", "role");

-- CreateIndex
CREATE INDEX "users_role_createdAt_idx" ON "users"("role", "createdAt");

-- CreateIndex
CREATE INDEX "user_hubs_hubId_idx" ON "user_hubs"("hubId");

-- CreateIndex
CREATE UNIQUE INDEX "vehicles_shortId_key" ON "vehicles"("shortId");

-- CreateIndex
CREATE UNIQUE INDEX "vehicles_vehicleNumber_key" ON "vehicles"("vehicleNumber");

-- CreateIndex
CREATE INDEX "vehicles_fleetId_createdAt_id_idx" ON "vehicles"("fleetId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "vehicles_hubId_idx" ON "vehicles"("hubId");

-- AddForeignKey
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_fleetId_fkey" FOREIGN KEY ("fleetId") REFERENCES "fleets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_driverId_fkey" FOREIGN KEY ("driverId") REFERENCES "drivers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_vehicleId_fkey" FOREIGN KEY ("vehicleId") REFERENCES "vehicles"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attendances" ADD CONSTRAINT "attendances_driverId_fkey" FOREIGN KEY ("driverId") REFERENCES "drivers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attendances" ADD CONSTRAINT "attendances_hubId_fkey" FOREIGN KEY ("hubId") REFERENCES "hubs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attendances" ADD CONSTRAINT "attendances_vehicleId_fkey" FOREIGN KEY ("vehicleId") REFERENCES "vehicles"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "breaks" ADD CONSTRAINT "breaks_attendanceId_fkey" FOREIGN KEY ("attendanceId") REFERENCES "attendances"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attendance_events" ADD CONSTRAINT "attendance_events_attendanceId_fkey" FOREIGN KEY ("attendanceId") REFERENCES "attendances"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "drivers" ADD CONSTRAINT "drivers_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "drivers" ADD CONSTRAINT "drivers_fleetId_fkey" FOREIGN KEY ("fleetId") REFERENCES "fleets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "drivers" ADD CONSTRAINT "drivers_hubId_fkey" FOREIGN KEY ("hubId") REFERENCES "hubs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hubs" ADD CONSTRAINT "hubs_fleetId_fkey" FOREIGN KEY ("fleetId") REFERENCES "fleets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_notificationId_fkey" FOREIGN KEY ("notificationId") REFERENCES "notifications"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trips" ADD CONSTRAINT "trips_fleetId_fkey" FOREIGN KEY ("fleetId") REFERENCES "fleets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trip_assignments" ADD CONSTRAINT "trip_assignments_tripId_fkey" FOREIGN KEY ("tripId") REFERENCES "trips"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trip_assignments" ADD CONSTRAINT "trip_assignments_driverId_fkey" FOREIGN KEY ("driverId") REFERENCES "drivers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trip_assignments" ADD CONSTRAINT "trip_assignments_vehicleId_fkey" FOREIGN KEY ("vehicleId") REFERENCES "vehicles"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trip_positions" ADD CONSTRAINT "trip_positions_tripId_fkey" FOREIGN KEY ("tripId") REFERENCES "trips"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trip_locations" ADD CONSTRAINT "trip_locations_tripId_fkey" FOREIGN KEY ("tripId") REFERENCES "trips"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trip_events" ADD CONSTRAINT "trip_events_tripId_fkey" FOREIGN KEY ("tripId") REFERENCES "trips"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "users" ADD CONSTRAINT "users_fleetId_fkey" FOREIGN KEY ("fleetId") REFERENCES "fleets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_hubs" ADD CONSTRAINT "user_hubs_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_hubs" ADD CONSTRAINT "user_hubs_hubId_fkey" FOREIGN KEY ("hubId") REFERENCES "hubs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "vehicles" ADD CONSTRAINT "vehicles_fleetId_fkey" FOREIGN KEY ("fleetId") REFERENCES "fleets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "vehicles" ADD CONSTRAINT "vehicles_hubId_fkey" FOREIGN KEY ("hubId") REFERENCES "hubs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say.

-- One live code per phone and purpose.
CREATE UNIQUE INDEX "otp_challenges_live_key" ON "otp_challenges" ("phone", "purpose") WHERE "consumedAt" IS NULL AND "supersededAt" IS NULL;

-- One active roster link per driver and per vehicle.
CREATE UNIQUE INDEX "assignments_active_driver_key" ON "assignments" ("driverId") WHERE "status" = 'ACTIVE';
CREATE UNIQUE INDEX "assignments_active_vehicle_key" ON "assignments" ("vehicleId") WHERE "status" = 'ACTIVE';
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_end_check" CHECK (("status" = 'ENDED') = ("endTime" IS NOT NULL));

-- One open shift per driver, one open break per shift.
CREATE UNIQUE INDEX "attendances_open_driver_key" ON "attendances" ("driverId") WHERE "status" IN ('PENDING', 'APPROVED') AND "checkOutTime" IS NULL;
CREATE UNIQUE INDEX "breaks_open_key" ON "breaks" ("attendanceId") WHERE "endTime" IS NULL;
ALTER TABLE "attendances" ADD CONSTRAINT "attendances_time_check" CHECK ("checkOutTime" IS NULL OR "checkOutTime" >= "checkInTime");
ALTER TABLE "attendances" ADD CONSTRAINT "attendances_odometer_check" CHECK ("odometerEnd" IS NULL OR "odometerStart" IS NULL OR "odometerEnd" >= "odometerStart");
ALTER TABLE "attendances" ADD CONSTRAINT "attendances_cash_check" CHECK ("cashDepositedPaise" >= 0);
ALTER TABLE "breaks" ADD CONSTRAINT "breaks_time_check" CHECK ("endTime" IS NULL OR "endTime" >= "startTime");

-- One open assignment per trip; a phase only while started.
CREATE UNIQUE INDEX "trip_assignments_open_key" ON "trip_assignments" ("tripId") WHERE "status" IN ('ASSIGNED', 'ACTIVE');
CREATE INDEX "trip_assignments_open_driver_idx" ON "trip_assignments" ("driverId") WHERE "status" IN ('ASSIGNED', 'ACTIVE');
CREATE UNIQUE INDEX "trips_provider_booking_key" ON "trips" ("provider", "providerBookingId") WHERE "providerBookingId" IS NOT NULL;
ALTER TABLE "trips" ADD CONSTRAINT "trips_phase_check" CHECK (("phase" IS NOT NULL) = ("status" = 'STARTED'));
ALTER TABLE "trips" ADD CONSTRAINT "trips_price_check" CHECK ("pricePaise" >= 0 AND "quotedFarePaise" >= 0);

-- Open rows whose workflow has not begun: what the one-minute schedule looks for.
CREATE INDEX "trips_unbegun_idx" ON "trips" ("createdAt") WHERE "begunAt" IS NULL;
CREATE INDEX "attendances_unbegun_idx" ON "attendances" ("createdAt") WHERE "begunAt" IS NULL;
CREATE INDEX "notifications_queued_idx" ON "notifications" ("createdAt") WHERE "status" = 'QUEUED';

-- Staff before drivers, newest first: the order of the users list.
CREATE INDEX "users_list_idx" ON "users" (("role" = 'DRIVER'), "createdAt" DESC, "id");
