CREATE TYPE "WriteOffStatus" AS ENUM ('WAITING', 'APPROVED', 'LAPSED');

CREATE TABLE "due_write_offs" (
  "id" UUID PRIMARY KEY,
  "dueId" BIGINT NOT NULL REFERENCES "driver_due" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "reason" TEXT NOT NULL,
  "status" "WriteOffStatus" NOT NULL DEFAULT 'WAITING',
  "amountPaise" BIGINT,
  "createdBy" UUID NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "approvedBy" UUID,
  "approvedAt" TIMESTAMPTZ(3),
  "journalId" BIGINT
);
CREATE UNIQUE INDEX "due_write_offs_journalId_key" ON "due_write_offs" ("journalId");
CREATE INDEX "due_write_offs_dueId_createdAt_idx" ON "due_write_offs" ("dueId", "createdAt");
CREATE INDEX "due_write_offs_status_createdAt_idx" ON "due_write_offs" ("status", "createdAt");

-- What Prisma cannot say.

CREATE UNIQUE INDEX "due_write_offs_waiting_key" ON "due_write_offs" ("dueId") WHERE "status" = 'WAITING';
-- Open dues are few among all that ever were.
CREATE INDEX "driver_due_open_id_idx" ON "driver_due" ("id") WHERE "outstanding_paise" > 0;
CREATE INDEX "driver_due_open_fleet_idx" ON "driver_due" ("fleet_id", "id") WHERE "outstanding_paise" > 0;
