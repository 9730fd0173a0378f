ALTER TYPE "PayoutKind" ADD VALUE 'BULK_ROW';
ALTER TYPE "TransferMode" ADD VALUE 'RTGS';
CREATE TYPE "BulkPayoutStatus" AS ENUM ('AWAITING_APPROVAL', 'PROCESSING', 'PAUSED', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'CANCELLED');
CREATE TYPE "BulkPauseReason" AS ENUM ('MANUAL', 'LOW_BALANCE', 'NOT_ALLOWED', 'GATEWAY_UNAVAILABLE');
CREATE TYPE "BulkFormat" AS ENUM ('CSV', 'JSON');
CREATE TYPE "BulkRowStatus" AS ENUM ('VALID', 'PROCESSING', 'PENDING', 'SUCCESS', 'FAILED', 'SKIPPED');

CREATE TABLE "bulk_payouts" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('BLK'::text),
  "fleetId" UUID,
  "fileName" TEXT NOT NULL,
  "fileSize" INTEGER NOT NULL,
  "fileSha256" TEXT NOT NULL,
  "format" "BulkFormat" NOT NULL,
  "rowsSha256" TEXT NOT NULL,
  "sameRowsAs" UUID,
  "mayRepeatFile" BOOLEAN NOT NULL DEFAULT false,
  "retryOf" UUID,
  "status" "BulkPayoutStatus" NOT NULL,
  "pausedFor" "BulkPauseReason",
  "rowsTotal" INTEGER NOT NULL,
  "rowsValid" INTEGER NOT NULL,
  "rowsPending" INTEGER NOT NULL DEFAULT 0,
  "rowsSucceeded" INTEGER NOT NULL DEFAULT 0,
  "rowsFailed" INTEGER NOT NULL,
  "rowsSkipped" INTEGER NOT NULL,
  "amountPaise" BIGINT NOT NULL,
  "acceptedPaise" BIGINT NOT NULL DEFAULT 0,
  "disbursedPaise" BIGINT NOT NULL DEFAULT 0,
  "createdBy" UUID NOT NULL,
  "approvedBy" UUID,
  "approvedAt" TIMESTAMPTZ(3),
  "startedAt" TIMESTAMPTZ(3),
  "finishedAt" TIMESTAMPTZ(3),
  "unheardSince" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "bulk_payouts_shortId_key" ON "bulk_payouts" ("shortId");
CREATE INDEX "bulk_payouts_fleetId_createdAt_id_idx" ON "bulk_payouts" ("fleetId", "createdAt", "id");
CREATE INDEX "bulk_payouts_createdAt_id_idx" ON "bulk_payouts" ("createdAt", "id");
CREATE INDEX "bulk_payouts_status_createdAt_id_idx" ON "bulk_payouts" ("status", "createdAt", "id");
CREATE INDEX "bulk_payouts_createdBy_createdAt_idx" ON "bulk_payouts" ("createdBy", "createdAt");
CREATE INDEX "bulk_payouts_rowsSha256_createdAt_idx" ON "bulk_payouts" ("rowsSha256", "createdAt");

CREATE TABLE "bulk_payout_rows" (
  "id" UUID PRIMARY KEY,
  "batchId" UUID NOT NULL REFERENCES "bulk_payouts" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "rowNumber" INTEGER NOT NULL,
  "sealedRaw" TEXT NOT NULL,
  "driverId" UUID REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID,
  "phone" TEXT,
  "maskedAccountNumber" TEXT,
  "amountPaise" BIGINT NOT NULL,
  "penaltyPaise" BIGINT NOT NULL,
  "incentivePaise" BIGINT NOT NULL,
  "payoutCycle" TEXT NOT NULL,
  "status" "BulkRowStatus" NOT NULL,
  "errorCode" TEXT,
  "message" TEXT,
  "warnings" TEXT[],
  "cycleKey" TEXT,
  "payoutId" UUID REFERENCES "payouts" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "penaltyId" UUID,
  "incentiveId" UUID,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "bulk_payout_rows_payoutId_key" ON "bulk_payout_rows" ("payoutId");
CREATE UNIQUE INDEX "bulk_payout_rows_batchId_rowNumber_key" ON "bulk_payout_rows" ("batchId", "rowNumber");
CREATE INDEX "bulk_payout_rows_batchId_status_rowNumber_idx" ON "bulk_payout_rows" ("batchId", "status", "rowNumber");
CREATE INDEX "bulk_payout_rows_driverId_idx" ON "bulk_payout_rows" ("driverId");

ALTER TABLE "drivers" ADD COLUMN "bankNumberHash" TEXT;
CREATE INDEX "drivers_bankNumberHash_idx" ON "drivers" ("bankNumberHash");
CREATE INDEX "incentives_collectionId_idx" ON "incentives" ("collectionId");
CREATE INDEX "payout_allocations_itemKind_itemSource_idx" ON "payout_allocations" ("itemKind", "itemSource");

-- What Prisma cannot say.

ALTER TABLE "bulk_payouts"
  ADD CONSTRAINT "bulk_payouts_rows" CHECK ("rowsValid" + "rowsPending" + "rowsSucceeded" + "rowsFailed" + "rowsSkipped" = "rowsTotal"),
  ADD CONSTRAINT "bulk_payouts_paused" CHECK (("status" = 'PAUSED') = ("pausedFor" IS NOT NULL)),
  ADD CONSTRAINT "bulk_payouts_two_people" CHECK ("approvedBy" <> "createdBy");
-- A file is taken once per fleet, and one batch of a fleet is sent at a time. SUPER_ADMIN has none.
CREATE UNIQUE INDEX "bulk_payouts_file_key" ON "bulk_payouts" ("fleetId", "fileSha256") NULLS NOT DISTINCT
  WHERE "status" <> 'CANCELLED' AND NOT "mayRepeatFile";
CREATE UNIQUE INDEX "bulk_payouts_sending_key" ON "bulk_payouts" ("fleetId") NULLS NOT DISTINCT WHERE "status" = 'PROCESSING' AND "rowsValid" > 0;
-- A driver is paid once per cycle.
CREATE UNIQUE INDEX "bulk_payout_rows_cycle_key" ON "bulk_payout_rows" ("cycleKey") WHERE "status" IN ('VALID', 'PROCESSING', 'PENDING', 'SUCCESS');
CREATE INDEX "bulk_payouts_open_idx" ON "bulk_payouts" ("id") WHERE "status" IN ('AWAITING_APPROVAL', 'PROCESSING', 'PAUSED');
CREATE INDEX "bulk_payouts_unbegun_idx" ON "bulk_payouts" ("createdAt") WHERE "begunAt" IS NULL;
CREATE INDEX "bulk_payouts_unheard_idx" ON "bulk_payouts" ("unheardSince") WHERE "unheardSince" IS NOT NULL;
-- What was settled without a process needs none.
DROP INDEX "payouts_unbegun_idx";
CREATE INDEX "payouts_unbegun_idx" ON "payouts" ("createdAt")
  WHERE "begunAt" IS NULL AND "status" IN ('CREATED', 'HELD', 'SUBMITTING', 'ACCEPTED', 'UNKNOWN');

-- What settled payouts have paid of an item.
CREATE FUNCTION settled_of(item_kind text, item_source text) RETURNS bigint STABLE LANGUAGE sql AS $$
  SELECT coalesce(sum(a."amountPaise"), 0)::bigint FROM "payout_allocations" a JOIN "payouts" p ON p."id" = a."payoutId"
  WHERE a."itemKind" = item_kind AND a."itemSource" = item_source AND a."undoneAt" IS NULL AND p."status" = 'SUCCESS'
$$;

-- A penalty of a bulk file is made by no user.
ALTER TABLE "penalties" ALTER COLUMN "createdBy" TYPE TEXT;

-- When the next call of a kind may be made, so that all workers together keep its rate. What a crash forgets is no loss.
CREATE UNLOGGED TABLE "call_pace" ("name" TEXT PRIMARY KEY, "nextAt" TIMESTAMPTZ(3) NOT NULL);
