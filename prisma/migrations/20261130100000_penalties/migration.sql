CREATE TYPE "PenaltyType" AS ENUM ('MONETARY', 'WARNING', 'SUSPENSION', 'BLACKLIST');
CREATE TYPE "PenaltyStatus" AS ENUM ('OUTSTANDING', 'PARTLY_DEDUCTED', 'SETTLED', 'SCHEDULED', 'IN_FORCE', 'ENDED', 'WAIVED');

CREATE TABLE "penalties" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('PEN'::text),
  "driverId" UUID NOT NULL REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID NOT NULL,
  "type" "PenaltyType" NOT NULL,
  "status" "PenaltyStatus" NOT NULL,
  "amountPaise" BIGINT NOT NULL DEFAULT 0,
  "depositPaise" BIGINT NOT NULL DEFAULT 0,
  "nettedPaise" BIGINT NOT NULL DEFAULT 0,
  "linkPaidPaise" BIGINT NOT NULL DEFAULT 0,
  "outstandingPaise" BIGINT NOT NULL DEFAULT 0,
  "reason" TEXT NOT NULL,
  "category" TEXT,
  "suspensionStartDate" TIMESTAMPTZ(3),
  "suspensionEndDate" TIMESTAMPTZ(3),
  "paidAt" TIMESTAMPTZ(3),
  "depositDeductionAt" TIMESTAMPTZ(3),
  "transactionId" UUID,
  "waivedBy" UUID,
  "waivedAt" TIMESTAMPTZ(3),
  "waiverReason" TEXT,
  "reviewedBy" UUID,
  "reviewedAt" TIMESTAMPTZ(3),
  "reviewNotes" TEXT,
  "isPaid" BOOLEAN NOT NULL GENERATED ALWAYS AS ("outstandingPaise" = 0) STORED,
  "isWaived" BOOLEAN NOT NULL GENERATED ALWAYS AS ("status" = 'WAIVED') STORED,
  "isActive" BOOLEAN NOT NULL GENERATED ALWAYS AS ("status" NOT IN ('ENDED', 'WAIVED')) STORED,
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdBy" UUID NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "penalties_parts" CHECK (
    least("depositPaise", "nettedPaise", "linkPaidPaise", "outstandingPaise") >= 0 AND (
      "status" = 'WAIVED' AND "outstandingPaise" = 0
      OR "amountPaise" = "depositPaise" + "nettedPaise" + "linkPaidPaise" + "outstandingPaise"
    )
  ),
  CONSTRAINT "penalties_dates" CHECK (
    ("type" = 'SUSPENSION') = ("suspensionEndDate" IS NOT NULL) AND "suspensionEndDate" >= "suspensionStartDate"
  )
);
CREATE UNIQUE INDEX "penalties_shortId_key" ON "penalties" ("shortId");
CREATE INDEX "penalties_driverId_createdAt_id_idx" ON "penalties" ("driverId", "createdAt", "id");
CREATE INDEX "penalties_fleetId_createdAt_id_idx" ON "penalties" ("fleetId", "createdAt", "id");
CREATE INDEX "penalties_createdAt_id_idx" ON "penalties" ("createdAt", "id");
CREATE INDEX "penalties_type_createdAt_id_idx" ON "penalties" ("type", "createdAt", "id");
CREATE INDEX "penalties_isPaid_createdAt_id_idx" ON "penalties" ("isPaid", "createdAt", "id");
CREATE INDEX "penalties_isWaived_createdAt_id_idx" ON "penalties" ("isWaived", "createdAt", "id");
CREATE INDEX "penalties_isActive_createdAt_id_idx" ON "penalties" ("isActive", "createdAt", "id");
CREATE INDEX "penalties_unbegun_idx" ON "penalties" ("createdAt") WHERE "begunAt" IS NULL;
-- One blacklisting at a time. The schedule goes through open sanctions, by id.
CREATE UNIQUE INDEX "penalties_blacklist_key" ON "penalties" ("driverId") WHERE "type" = 'BLACKLIST' AND "status" <> 'WAIVED';
CREATE INDEX "penalties_open_idx" ON "penalties" ("id")
  WHERE "status" = 'SCHEDULED' OR "status" = 'IN_FORCE' AND "type" IN ('SUSPENSION', 'BLACKLIST');

CREATE TABLE "penalty_events" (
  "id" BIGSERIAL PRIMARY KEY,
  "penaltyId" UUID NOT NULL REFERENCES "penalties" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "commandId" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "actorType" "ActorType" NOT NULL,
  "actorId" UUID,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "data" JSONB,
  "outcome" JSONB
);
CREATE UNIQUE INDEX "penalty_events_penaltyId_commandId_key" ON "penalty_events" ("penaltyId", "commandId");

-- One live link per penalty.
CREATE UNIQUE INDEX "transactions_penalty_link_key" ON "transactions" ("penaltyId") WHERE "status" = 'PENDING' AND "type" = 'PENALTY';
CREATE INDEX "transactions_penaltyId_idx" ON "transactions" ("penaltyId");
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_penaltyId_fkey"
  FOREIGN KEY ("penaltyId") REFERENCES "penalties" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
