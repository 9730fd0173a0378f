-- An index for every filter of every list (`tests/activities/query-plans.test.ts`), and none that serves nothing.

-- DropIndex
DROP INDEX "notifications_tripId_idx";

-- DropIndex
DROP INDEX "trips_originCity_idx";

-- CreateIndex
CREATE INDEX "attendances_status_createdAt_id_idx" ON "attendances"("status", "createdAt", "id");

-- CreateIndex
CREATE INDEX "attendances_approvalStatus_createdAt_id_idx" ON "attendances"("approvalStatus", "createdAt", "id");

-- CreateIndex
CREATE INDEX "attendances_cashStatus_createdAt_id_idx" ON "attendances"("cashStatus", "createdAt", "id");

-- CreateIndex
CREATE INDEX "attendances_flags_idx" ON "attendances" USING GIN ("flags");

-- CreateIndex
CREATE INDEX "notifications_expiresAt_idx" ON "notifications"("expiresAt");

-- CreateIndex
CREATE INDEX "trips_hubId_createdAt_id_idx" ON "trips"("hubId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "trips_provider_createdAt_id_idx" ON "trips"("provider", "createdAt", "id");

-- CreateIndex
CREATE INDEX "trips_tripType_createdAt_id_idx" ON "trips"("tripType", "createdAt", "id");

-- CreateIndex
CREATE INDEX "users_isActive_idx" ON "users"("isActive");

-- What Prisma cannot say.

-- Text within text: the search fields of trips and users, from three letters on.
CREATE EXTENSION IF NOT EXISTS "pg_trgm";
CREATE INDEX "trips_search_idx" ON "trips" USING GIN ("shortId" gin_trgm_ops, "providerBookingId" gin_trgm_ops, "passengerName" gin_trgm_ops, "passengerPhone" gin_trgm_ops);
CREATE INDEX "users_search_idx" ON "users" USING GIN ("name" gin_trgm_ops, "phone" gin_trgm_ops);

-- What is open: few rows of many.
CREATE INDEX "trip_assignments_unended_idx" ON "trip_assignments" ("tripId") WHERE "unassignedAt" IS NULL;
CREATE INDEX "attendances_unended_idx" ON "attendances" ("driverId") WHERE "checkOutTime" IS NULL;

-- The ORM compares enums with parameters, which the planner cannot match with the predicate or the expression of these.
DROP INDEX "users_list_idx";
DROP INDEX "notifications_queued_idx";
-- Found by "driverId" and "status" as well.
DROP INDEX "trip_assignments_open_driver_idx";

-- The fleet of a driver's user is that of his profile.
UPDATE "users" u SET "fleetId" = d."fleetId" FROM "drivers" d WHERE d."userId" = u."id" AND u."fleetId" IS NULL;
