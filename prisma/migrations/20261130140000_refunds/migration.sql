CREATE TYPE "RefundStatus" AS ENUM ('REQUESTED', 'UNKNOWN', 'ACCEPTED', 'SETTLED', 'FAILED');

CREATE TABLE "refunds" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('RFD'::text),
  "transactionId" UUID,
  "gatewayEventId" UUID,
  "driverId" UUID,
  "fleetId" UUID,
  "number" TEXT NOT NULL,
  "txnid" TEXT NOT NULL,
  "amountPaise" BIGINT NOT NULL,
  "reason" TEXT NOT NULL,
  "status" "RefundStatus" NOT NULL DEFAULT 'REQUESTED',
  "failureReason" TEXT,
  "createdBy" UUID NOT NULL,
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "endedAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "refunds_shortId_key" ON "refunds" ("shortId");
CREATE UNIQUE INDEX "refunds_number_key" ON "refunds" ("number");
CREATE INDEX "refunds_transactionId_idx" ON "refunds" ("transactionId");
CREATE INDEX "refunds_gatewayEventId_idx" ON "refunds" ("gatewayEventId");

-- What Prisma cannot say.

ALTER TABLE "refunds"
  ADD CONSTRAINT "refunds_amount" CHECK ("amountPaise" > 0),
  ADD CONSTRAINT "refunds_of" CHECK (num_nonnulls("transactionId", "gatewayEventId") = 1),
  ADD CONSTRAINT "refunds_ended" CHECK (("endedAt" IS NULL) = ("status" IN ('REQUESTED', 'UNKNOWN', 'ACCEPTED')));
-- The money of an event goes back once at a time.
CREATE UNIQUE INDEX "refunds_event_open_key" ON "refunds" ("gatewayEventId") WHERE "status" <> 'FAILED';
-- The schedule goes through the open ones, by id, and through those without their workflow.
CREATE INDEX "refunds_open_idx" ON "refunds" ("id") WHERE "endedAt" IS NULL;
CREATE INDEX "refunds_unbegun_idx" ON "refunds" ("createdAt") WHERE "begunAt" IS NULL;

-- Refunds that were decided before they could be paid are decided anew.
UPDATE "gateway_event" SET "resolution" = NULL WHERE "resolution" ->> 'action' = 'REFUND';
