CREATE TYPE "PayoutKind" AS ENUM ('COLLECTION', 'INCENTIVE');
CREATE TYPE "PayoutStatus" AS ENUM ('CREATED', 'HELD', 'SUBMITTING', 'ACCEPTED', 'UNKNOWN', 'SUCCESS', 'FAILED', 'REVERSED', 'CANCELLED');
CREATE TYPE "TransferMode" AS ENUM ('IMPS', 'NEFT');
CREATE TYPE "PayoutHold" AS ENUM ('LARGE', 'OWN_INCENTIVE', 'NEW_BANK_DETAILS');

CREATE TABLE "payouts" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('PAY'::text),
  "driverId" UUID NOT NULL REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID NOT NULL,
  "kind" "PayoutKind" NOT NULL,
  "sourceId" UUID NOT NULL,
  "amountPaise" BIGINT NOT NULL,
  "mode" "TransferMode" NOT NULL,
  "accountName" TEXT NOT NULL,
  "maskedAccountNumber" TEXT NOT NULL,
  "sealedAccountNumber" TEXT NOT NULL,
  "ifscCode" TEXT NOT NULL,
  "status" "PayoutStatus" NOT NULL,
  "heldFor" "PayoutHold"[],
  "number" TEXT NOT NULL,
  "attempt" INTEGER NOT NULL DEFAULT 1,
  "gatewayTransferId" TEXT,
  "gatewayStatus" TEXT,
  "utr" TEXT,
  "feePaise" BIGINT,
  "taxPaise" BIGINT,
  "failureReason" TEXT,
  "queuedOnLowBalance" BOOLEAN NOT NULL DEFAULT false,
  "description" TEXT NOT NULL,
  "requestedBy" UUID NOT NULL,
  "approvedBy" UUID,
  "approvedAt" TIMESTAMPTZ(3),
  "submittedAt" TIMESTAMPTZ(3),
  "calledAt" TIMESTAMPTZ(3),
  "settledAt" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "payouts_shortId_key" ON "payouts" ("shortId");
CREATE UNIQUE INDEX "payouts_number_key" ON "payouts" ("number");
CREATE INDEX "payouts_driverId_createdAt_id_idx" ON "payouts" ("driverId", "createdAt", "id");
CREATE INDEX "payouts_fleetId_createdAt_id_idx" ON "payouts" ("fleetId", "createdAt", "id");
CREATE INDEX "payouts_createdAt_id_idx" ON "payouts" ("createdAt", "id");
CREATE INDEX "payouts_status_createdAt_id_idx" ON "payouts" ("status", "createdAt", "id");
CREATE INDEX "payouts_kind_createdAt_id_idx" ON "payouts" ("kind", "createdAt", "id");
CREATE INDEX "payouts_requestedBy_createdAt_idx" ON "payouts" ("requestedBy", "createdAt");
CREATE INDEX "payouts_utr_idx" ON "payouts" ("utr");

CREATE TABLE "payout_allocations" (
  "id" BIGSERIAL PRIMARY KEY,
  "payoutId" UUID NOT NULL REFERENCES "payouts" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "attempt" INTEGER NOT NULL,
  "itemKind" TEXT NOT NULL,
  "itemSource" TEXT NOT NULL,
  "amountPaise" BIGINT NOT NULL,
  "undoneAt" TIMESTAMPTZ(3)
);
CREATE INDEX "payout_allocations_payoutId_idx" ON "payout_allocations" ("payoutId");

ALTER TABLE "drivers"
  ADD COLUMN "payoutHold" TEXT,
  ADD COLUMN "bankChangedAt" TIMESTAMPTZ(3);
UPDATE "drivers" SET "bankChangedAt" = "createdAt" WHERE "sealedBankAccountNumber" IS NOT NULL;

-- What Prisma cannot say.

ALTER TABLE "payouts"
  ADD CONSTRAINT "payouts_amount" CHECK ("amountPaise" >= 100),
  ADD CONSTRAINT "payouts_held" CHECK ("status" <> 'HELD' OR cardinality("heldFor") > 0),
  ADD CONSTRAINT "payouts_two_people" CHECK ("approvedBy" <> "requestedBy");
ALTER TABLE "payout_allocations" ADD CONSTRAINT "payout_allocations_amount" CHECK ("amountPaise" > 0);
-- One live payout of one source.
CREATE UNIQUE INDEX "payouts_source_key" ON "payouts" ("kind", "sourceId") WHERE "status" NOT IN ('FAILED', 'CANCELLED', 'REVERSED');
-- The schedule goes through those that move or wait, by id, and through those without their workflow.
CREATE INDEX "payouts_open_idx" ON "payouts" ("id") WHERE "status" IN ('CREATED', 'HELD', 'SUBMITTING', 'ACCEPTED', 'UNKNOWN');
CREATE INDEX "payouts_unbegun_idx" ON "payouts" ("createdAt") WHERE "begunAt" IS NULL;
-- The list that finance pays from.
CREATE INDEX "daily_collections_unpaid_idx" ON "daily_collections" ("date", "id") WHERE "status" IN ('RECONCILED', 'PAYOUT_PENDING');

-- As the checks of the books read them.
CREATE VIEW payout AS
  SELECT "id"::text AS id, "driverId"::text AS driver_id, "kind"::text AS kind, "sourceId"::text AS source_id, "status"::text AS status,
    "amountPaise" AS amount_paise FROM "payouts";
CREATE VIEW payout_allocation AS
  SELECT "payoutId"::text AS payout_id, "amountPaise" AS amount_paise FROM "payout_allocations" WHERE "undoneAt" IS NULL;
