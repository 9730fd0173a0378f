CREATE TYPE "RentalStatus" AS ENUM ('SCHEDULED', 'ACTIVE', 'PAUSED', 'EXPIRED', 'CANCELLED');
CREATE TYPE "RentalPausedBy" AS ENUM ('SANCTION', 'STAFF');

CREATE TABLE "rental_plans" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('PLN'::text),
  "fleetId" UUID NOT NULL REFERENCES "fleets" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "name" TEXT NOT NULL,
  "pricePaise" BIGINT NOT NULL,
  "depositPaise" BIGINT NOT NULL,
  "validityDays" INTEGER NOT NULL,
  "description" TEXT,
  "isActive" BOOLEAN NOT NULL DEFAULT true,
  "version" INTEGER NOT NULL DEFAULT 0,
  "createdBy" UUID NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "rental_plans_shortId_key" ON "rental_plans" ("shortId");
CREATE UNIQUE INDEX "rental_plans_name_key" ON "rental_plans" ("fleetId", "name") WHERE "isActive";
CREATE INDEX "rental_plans_fleetId_createdAt_id_idx" ON "rental_plans" ("fleetId", "createdAt", "id");

CREATE TABLE "rental_subscriptions" (
  "id" UUID PRIMARY KEY REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "version" INTEGER NOT NULL DEFAULT 0,
  "unheardSince" TIMESTAMPTZ(3),
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX "rental_subscriptions_unheard_idx" ON "rental_subscriptions" ("unheardSince") WHERE "unheardSince" IS NOT NULL;
CREATE INDEX "rental_subscriptions_unbegun_idx" ON "rental_subscriptions" ("createdAt") WHERE "begunAt" IS NULL;

CREATE TABLE "rental_events" (
  "id" BIGSERIAL PRIMARY KEY,
  "subscriptionId" UUID NOT NULL REFERENCES "rental_subscriptions" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "commandId" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "actorType" "ActorType" NOT NULL,
  "actorId" UUID,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "data" JSONB,
  "outcome" JSONB
);
CREATE UNIQUE INDEX "rental_events_subscriptionId_commandId_key" ON "rental_events" ("subscriptionId", "commandId");

CREATE TABLE "rentals" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('RTL'::text),
  "driverId" UUID NOT NULL REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID NOT NULL,
  "rentalPlanId" UUID NOT NULL REFERENCES "rental_plans" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "transactionId" UUID NOT NULL REFERENCES "transactions" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "planName" TEXT NOT NULL,
  "pricePaise" BIGINT NOT NULL,
  "depositPaise" BIGINT NOT NULL,
  "validityDays" INTEGER NOT NULL,
  "status" "RentalStatus" NOT NULL,
  "startDate" TIMESTAMPTZ(3) NOT NULL,
  "expiryDate" TIMESTAMPTZ(3) NOT NULL,
  "pausedAt" TIMESTAMPTZ(3),
  "pausedBy" "RentalPausedBy",
  "remainingMs" BIGINT,
  "grantedMs" BIGINT NOT NULL DEFAULT 0,
  "recognizedDays" INTEGER NOT NULL DEFAULT 0,
  "recognizedPaise" BIGINT NOT NULL DEFAULT 0,
  "cancelledAt" TIMESTAMPTZ(3),
  "cancelledBy" UUID,
  "cancelReason" TEXT,
  "refundPaise" BIGINT NOT NULL DEFAULT 0,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "rentals_paused" CHECK (("status" = 'PAUSED') = ("pausedAt" IS NOT NULL) AND ("status" = 'PAUSED') = ("remainingMs" IS NOT NULL))
);
CREATE UNIQUE INDEX "rentals_shortId_key" ON "rentals" ("shortId");
CREATE UNIQUE INDEX "rentals_transactionId_key" ON "rentals" ("transactionId");
CREATE UNIQUE INDEX "rentals_running_key" ON "rentals" ("driverId") WHERE "status" IN ('ACTIVE', 'PAUSED');
CREATE UNIQUE INDEX "rentals_scheduled_key" ON "rentals" ("driverId") WHERE "status" = 'SCHEDULED';
CREATE INDEX "rentals_driverId_createdAt_id_idx" ON "rentals" ("driverId", "createdAt", "id");
CREATE INDEX "rentals_fleetId_createdAt_id_idx" ON "rentals" ("fleetId", "createdAt", "id");
CREATE INDEX "rentals_createdAt_id_idx" ON "rentals" ("createdAt", "id");
CREATE INDEX "rentals_status_createdAt_id_idx" ON "rentals" ("status", "createdAt", "id");
CREATE INDEX "rentals_expiryDate_idx" ON "rentals" ("expiryDate");
-- Income is recognised of these, by id.
CREATE INDEX "rentals_running_idx" ON "rentals" ("id") WHERE "status" IN ('ACTIVE', 'PAUSED');

-- What a payment of rent buys, as it was when the payment was begun; what was paid at a counter has the number of its receipt.
ALTER TABLE "transactions" ADD COLUMN "rentalPlan" JSONB, ADD COLUMN "paymentReference" TEXT;
CREATE UNIQUE INDEX "transactions_paymentReference_key" ON "transactions" ("fleetId", "paymentReference");
CREATE UNIQUE INDEX "transactions_rental_link_key" ON "transactions" ("driverId")
  WHERE "status" = 'PENDING' AND "type" = 'RENTAL';

-- As the checks of the books read it.
CREATE VIEW driver_rental AS
  SELECT "id"::text AS id, "status"::text AS status, "pricePaise" AS price_paise, "recognizedPaise" AS recognized_paise FROM "rentals";
