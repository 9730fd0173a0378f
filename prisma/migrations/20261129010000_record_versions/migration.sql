-- Every record is guarded by its version: a commit changes the row only at the version that it was judged on.
ALTER TABLE "attendances" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "assignments" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "trips" ADD COLUMN "holdExpiresAt" TIMESTAMPTZ(3);

-- The schedule goes through the open rows, by id.
CREATE INDEX "trips_open_idx" ON "trips" ("id") WHERE "status" IN ('BLOCKED', 'CREATED', 'DRIVER_ASSIGNED', 'STARTED');
CREATE INDEX "attendances_unsettled_idx" ON "attendances" ("id")
  WHERE "status" IN ('PENDING', 'APPROVED') OR "approvalStatus" = 'PENDING' OR "cashStatus" = 'DECLARED';

-- How far a schedule has come with what it does a page at a time.
CREATE TABLE "sweeps" (
  "name" TEXT PRIMARY KEY,
  "afterId" UUID,
  "roundBegunAt" TIMESTAMPTZ(3) NOT NULL
);
