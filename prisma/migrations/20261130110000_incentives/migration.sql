CREATE TYPE "IncentiveStatus" AS ENUM ('UNPAID', 'ATTACHED', 'PAYING', 'PAID', 'CANCELLED');

CREATE TABLE "incentives" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('INC'::text),
  "driverId" UUID NOT NULL REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID NOT NULL,
  "amountPaise" BIGINT NOT NULL CHECK ("amountPaise" > 0),
  "reason" TEXT NOT NULL,
  "category" TEXT,
  "status" "IncentiveStatus" NOT NULL DEFAULT 'UNPAID',
  "paidAt" TIMESTAMPTZ(3),
  "transactionId" UUID,
  "collectionId" UUID,
  "payoutId" UUID,
  "cancelId" UUID,
  "createdBy" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "incentives_shortId_key" ON "incentives" ("shortId");
CREATE INDEX "incentives_driverId_createdAt_id_idx" ON "incentives" ("driverId", "createdAt", "id");
CREATE INDEX "incentives_fleetId_createdAt_id_idx" ON "incentives" ("fleetId", "createdAt", "id");
CREATE INDEX "incentives_createdAt_id_idx" ON "incentives" ("createdAt", "id");
CREATE INDEX "incentives_status_createdAt_id_idx" ON "incentives" ("status", "createdAt", "id");
CREATE INDEX "incentives_category_createdAt_id_idx" ON "incentives" ("category", "createdAt", "id");
