CREATE TYPE "OrderStatus" AS ENUM ('PENDING', 'PARTIAL', 'COMPLETED', 'FAILED');
CREATE TYPE "OrderReason" AS ENUM ('EXPIRED', 'CANCELLED', 'GATEWAY_FAILURE');
CREATE TYPE "VirtualAccountStatus" AS ENUM ('CREATING', 'ACTIVE', 'INACTIVE', 'FAILED');
CREATE TYPE "CreditState" AS ENUM ('RECEIVED', 'WAITING', 'CONFIRMING', 'COLLECTED', 'ORDERED', 'UNATTRIBUTED', 'REVIEW', 'FAILED');
CREATE TYPE "UnattributedReason" AS ENUM ('NO_SHIFT', 'NO_ASSIGNMENT', 'UNKNOWN_ACCOUNT', 'INACTIVE_QR', 'AMOUNT_MISMATCH');
CREATE TYPE "CollectionStatus" AS ENUM ('OPEN', 'CLOSED', 'RECONCILED', 'PAYOUT_PENDING', 'PAID', 'DISPUTED');
CREATE TYPE "ShortageMode" AS ENUM ('RECOVER', 'WRITE_OFF');
CREATE TYPE "CollectionEntryKind" AS ENUM ('QR', 'CASH', 'ADJUSTMENT');
CREATE TYPE "CashState" AS ENUM ('DECLARED', 'COUNTED', 'DISPUTED');

CREATE TABLE "payment_orders" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('BKS'::text),
  "userId" UUID NOT NULL,
  "fleetId" UUID,
  "hubId" UUID,
  "customerName" TEXT NOT NULL,
  "customerPhone" TEXT NOT NULL,
  "customerEmail" TEXT,
  "description" TEXT,
  "totalPaise" BIGINT NOT NULL,
  "collectedPaise" BIGINT NOT NULL DEFAULT 0,
  "excessPaise" BIGINT NOT NULL DEFAULT 0,
  "allowPartial" BOOLEAN NOT NULL DEFAULT true,
  "status" "OrderStatus" NOT NULL DEFAULT 'PENDING',
  "statusReason" "OrderReason",
  "expiresAt" TIMESTAMPTZ(3) NOT NULL,
  "unheardSince" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "payment_orders_shortId_key" ON "payment_orders" ("shortId");
CREATE INDEX "payment_orders_fleetId_createdAt_id_idx" ON "payment_orders" ("fleetId", "createdAt", "id");
CREATE INDEX "payment_orders_userId_createdAt_id_idx" ON "payment_orders" ("userId", "createdAt", "id");
CREATE INDEX "payment_orders_createdAt_id_idx" ON "payment_orders" ("createdAt", "id");
CREATE INDEX "payment_orders_status_createdAt_id_idx" ON "payment_orders" ("status", "createdAt", "id");

CREATE TABLE "order_events" (
  "id" BIGSERIAL PRIMARY KEY,
  "orderId" UUID NOT NULL REFERENCES "payment_orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "commandId" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "actorType" "ActorType" NOT NULL,
  "actorId" UUID,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "data" JSONB,
  "outcome" JSONB
);
CREATE UNIQUE INDEX "order_events_orderId_commandId_key" ON "order_events" ("orderId", "commandId");

CREATE TABLE "virtual_accounts" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('VQR'::text),
  "vehicleId" UUID REFERENCES "vehicles" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "orderId" UUID REFERENCES "payment_orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID,
  "number" TEXT NOT NULL,
  "label" TEXT NOT NULL,
  "status" "VirtualAccountStatus" NOT NULL DEFAULT 'CREATING',
  "isWanted" BOOLEAN NOT NULL DEFAULT true,
  "gatewayId" TEXT,
  "orderGatewayId" TEXT,
  "accountNumber" TEXT,
  "ifscCode" TEXT,
  "upiId" TEXT,
  "qrCodeUrl" TEXT,
  "qrCodeBase64" TEXT,
  "paymentLink" TEXT,
  "failureReason" TEXT,
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "virtual_accounts_upiId_key" ON "virtual_accounts" ("upiId");
CREATE UNIQUE INDEX "virtual_accounts_gatewayId_key" ON "virtual_accounts" ("gatewayId");
CREATE UNIQUE INDEX "virtual_accounts_number_key" ON "virtual_accounts" ("number");
CREATE UNIQUE INDEX "virtual_accounts_orderId_key" ON "virtual_accounts" ("orderId");
CREATE UNIQUE INDEX "virtual_accounts_vehicleId_key" ON "virtual_accounts" ("vehicleId");
CREATE UNIQUE INDEX "virtual_accounts_shortId_key" ON "virtual_accounts" ("shortId");

CREATE TABLE "virtual_credits" (
  "id" UUID PRIMARY KEY,
  "creditId" TEXT NOT NULL,
  "utr" TEXT NOT NULL,
  "accountGatewayId" TEXT NOT NULL,
  "virtualAccountId" UUID REFERENCES "virtual_accounts" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "amountPaise" BIGINT NOT NULL,
  "feePaise" BIGINT NOT NULL DEFAULT 0,
  "taxPaise" BIGINT NOT NULL DEFAULT 0,
  "mode" TEXT NOT NULL,
  "occurredAt" TIMESTAMPTZ(3) NOT NULL,
  "state" "CreditState" NOT NULL DEFAULT 'RECEIVED',
  "reason" "UnattributedReason",
  "remark" TEXT,
  "vehicleId" UUID,
  "fleetId" UUID,
  "driverId" UUID,
  "collectionId" UUID,
  "orderId" UUID,
  "transactionId" UUID,
  "confirmedAt" TIMESTAMPTZ(3),
  "resolution" TEXT,
  "resolvedBy" UUID,
  "resolvedAt" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "virtual_credits_creditId_key" ON "virtual_credits" ("creditId");
CREATE INDEX "virtual_credits_utr_idx" ON "virtual_credits" ("utr");
CREATE INDEX "virtual_credits_vehicleId_occurredAt_id_idx" ON "virtual_credits" ("vehicleId", "occurredAt", "id");
CREATE INDEX "virtual_credits_orderId_occurredAt_id_idx" ON "virtual_credits" ("orderId", "occurredAt", "id");
CREATE INDEX "virtual_credits_collectionId_idx" ON "virtual_credits" ("collectionId");
CREATE INDEX "virtual_credits_occurredAt_id_idx" ON "virtual_credits" ("occurredAt", "id");

CREATE TABLE "day_runs" (
  "name" TEXT NOT NULL,
  "businessDate" DATE NOT NULL,
  "found" JSONB,
  "finishedAt" TIMESTAMPTZ(3),
  PRIMARY KEY ("name", "businessDate")
);


CREATE TABLE "daily_collections" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('COL'::text),
  "driverId" UUID NOT NULL REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID NOT NULL,
  "hubId" UUID,
  "date" DATE NOT NULL,
  "vehicleId" UUID REFERENCES "vehicles" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "virtualAccountId" UUID,
  "qrPaise" BIGINT NOT NULL DEFAULT 0,
  "cashPaise" BIGINT NOT NULL DEFAULT 0,
  "totalPaise" BIGINT NOT NULL DEFAULT 0,
  "expectedPaise" BIGINT,
  "variancePaise" BIGINT,
  "shareBps" INTEGER,
  "sharePaise" BIGINT,
  "platformPaise" BIGINT,
  "advancePaise" BIGINT NOT NULL DEFAULT 0,
  "incentivePaise" BIGINT NOT NULL DEFAULT 0,
  "penaltyPaise" BIGINT NOT NULL DEFAULT 0,
  "shortagePaise" BIGINT NOT NULL DEFAULT 0,
  "netPaise" BIGINT,
  "shortageMode" "ShortageMode",
  "countAssumed" BOOLEAN NOT NULL DEFAULT false,
  "status" "CollectionStatus" NOT NULL DEFAULT 'OPEN',
  "reconciliations" INTEGER NOT NULL DEFAULT 0,
  "reconciledBy" UUID,
  "reconciledAt" TIMESTAMPTZ(3),
  "reconciliationNotes" TEXT,
  "paidPaise" BIGINT NOT NULL DEFAULT 0,
  "paidAt" TIMESTAMPTZ(3),
  "payoutTransactionId" UUID,
  "untoldSince" TIMESTAMPTZ(3),
  "unheardSince" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "daily_collections_shortId_key" ON "daily_collections" ("shortId");
CREATE UNIQUE INDEX "daily_collections_driverId_date_key" ON "daily_collections" ("driverId", "date");
CREATE INDEX "daily_collections_fleetId_date_id_idx" ON "daily_collections" ("fleetId", "date", "id");
CREATE INDEX "daily_collections_hubId_date_id_idx" ON "daily_collections" ("hubId", "date", "id");
CREATE INDEX "daily_collections_date_id_idx" ON "daily_collections" ("date", "id");
CREATE INDEX "daily_collections_status_date_id_idx" ON "daily_collections" ("status", "date", "id");
CREATE INDEX "daily_collections_vehicleId_idx" ON "daily_collections" ("vehicleId");

CREATE TABLE "collection_events" (
  "id" BIGSERIAL PRIMARY KEY,
  "collectionId" UUID NOT NULL REFERENCES "daily_collections" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "commandId" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "actorType" "ActorType" NOT NULL,
  "actorId" UUID,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "data" JSONB,
  "outcome" JSONB
);
CREATE UNIQUE INDEX "collection_events_collectionId_commandId_key" ON "collection_events" ("collectionId", "commandId");

CREATE TABLE "collection_entries" (
  "id" UUID PRIMARY KEY,
  "collectionId" UUID NOT NULL REFERENCES "daily_collections" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "kind" "CollectionEntryKind" NOT NULL,
  "amountPaise" BIGINT NOT NULL,
  "vehicleId" UUID,
  "attendanceId" UUID,
  "transactionId" UUID,
  "reason" TEXT,
  "createdBy" UUID,
  "occurredAt" TIMESTAMPTZ(3) NOT NULL,
  "originalDate" DATE,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "collection_entries_kind_transactionId_key" ON "collection_entries" ("kind", "transactionId");
-- One entry per check-out; the credits of a shift name it too.
CREATE UNIQUE INDEX "collection_entries_kind_attendanceId_key" ON "collection_entries" ("kind", "attendanceId") WHERE "kind" = 'CASH';
CREATE INDEX "collection_entries_collectionId_occurredAt_idx" ON "collection_entries" ("collectionId", "occurredAt");

CREATE TABLE "cash_declarations" (
  "attendanceId" UUID PRIMARY KEY,
  "collectionId" UUID NOT NULL REFERENCES "daily_collections" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "driverId" UUID NOT NULL,
  "hubId" UUID,
  "declaredPaise" BIGINT NOT NULL,
  "countedPaise" BIGINT,
  "assumed" BOOLEAN NOT NULL DEFAULT false,
  "state" "CashState" NOT NULL DEFAULT 'DECLARED',
  "counts" INTEGER NOT NULL DEFAULT 0,
  "countedBy" UUID,
  "countedAt" TIMESTAMPTZ(3),
  "reference" TEXT,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX "cash_declarations_collectionId_idx" ON "cash_declarations" ("collectionId");
CREATE INDEX "cash_declarations_hubId_state_idx" ON "cash_declarations" ("hubId", "state");
CREATE INDEX "cash_declarations_hubId_countedAt_idx" ON "cash_declarations" ("hubId", "countedAt");

CREATE TABLE "hub_bankings" (
  "id" UUID PRIMARY KEY,
  "hubId" UUID NOT NULL,
  "fleetId" UUID NOT NULL,
  "amountPaise" BIGINT NOT NULL,
  "slipNumber" TEXT NOT NULL,
  "createdBy" UUID NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "hub_bankings_hubId_slipNumber_key" ON "hub_bankings" ("hubId", "slipNumber");
CREATE INDEX "hub_bankings_hubId_createdAt_idx" ON "hub_bankings" ("hubId", "createdAt");

ALTER TABLE "virtual_accounts"
  ADD CONSTRAINT "virtual_accounts_one_owner" CHECK (("vehicleId" IS NULL) <> ("orderId" IS NULL)),
  ADD CONSTRAINT "virtual_accounts_made" CHECK ("status" NOT IN ('ACTIVE', 'INACTIVE') OR "gatewayId" IS NOT NULL);
CREATE UNIQUE INDEX "virtual_accounts_label_key" ON "virtual_accounts" ("label") WHERE "vehicleId" IS NOT NULL;
-- Their process has something to do.
CREATE INDEX "virtual_accounts_open_idx" ON "virtual_accounts" ("id")
  WHERE "status" = 'CREATING' OR ("status" = 'ACTIVE' AND NOT "isWanted") OR ("status" = 'INACTIVE' AND "isWanted");
CREATE INDEX "virtual_accounts_unbegun_idx" ON "virtual_accounts" ("createdAt") WHERE "begunAt" IS NULL;

ALTER TABLE "virtual_credits"
  ADD CONSTRAINT "virtual_credits_amount" CHECK ("amountPaise" > 0 AND "feePaise" >= 0 AND "taxPaise" >= 0);
CREATE INDEX "virtual_credits_open_idx" ON "virtual_credits" ("id")
  WHERE "state" IN ('RECEIVED', 'WAITING', 'CONFIRMING') OR "reason" IS NOT NULL AND "resolvedAt" IS NULL;
CREATE INDEX "virtual_credits_unattributed_idx" ON "virtual_credits" ("occurredAt", "id") WHERE "reason" IS NOT NULL;
CREATE INDEX "virtual_credits_unbegun_idx" ON "virtual_credits" ("createdAt") WHERE "begunAt" IS NULL;

ALTER TABLE "daily_collections"
  ADD CONSTRAINT "daily_collections_net" CHECK ("netPaise" >= 0 AND "paidPaise" BETWEEN 0 AND coalesce("netPaise", 0)),
  ADD CONSTRAINT "daily_collections_reconciled" CHECK (("status" IN ('RECONCILED', 'PAYOUT_PENDING', 'PAID')) = ("netPaise" IS NOT NULL));
-- Not reconciled: the list that finance works on.
CREATE INDEX "daily_collections_pending_idx" ON "daily_collections" ("date", "id") WHERE "status" IN ('OPEN', 'CLOSED', 'DISPUTED');
CREATE INDEX "daily_collections_fleet_pending_idx" ON "daily_collections" ("fleetId", "date", "id") WHERE "status" IN ('OPEN', 'CLOSED', 'DISPUTED');
CREATE INDEX "daily_collections_open_idx" ON "daily_collections" ("id") WHERE "status" <> 'PAID';
CREATE INDEX "daily_collections_unbegun_idx" ON "daily_collections" ("createdAt") WHERE "begunAt" IS NULL;
CREATE INDEX "daily_collections_untold_idx" ON "daily_collections" ("untoldSince") WHERE "untoldSince" IS NOT NULL;
CREATE INDEX "daily_collections_unheard_idx" ON "daily_collections" ("unheardSince") WHERE "unheardSince" IS NOT NULL;

ALTER TABLE "cash_declarations"
  ADD CONSTRAINT "cash_declarations_amounts" CHECK ("declaredPaise" >= 0 AND "countedPaise" >= 0),
  ADD CONSTRAINT "cash_declarations_counted" CHECK (("counts" > 0) = ("countedPaise" IS NOT NULL));
ALTER TABLE "hub_bankings" ADD CONSTRAINT "hub_bankings_amount" CHECK ("amountPaise" > 0);

ALTER TABLE "payment_orders"
  ADD CONSTRAINT "payment_orders_amounts" CHECK ("totalPaise" > 0 AND "excessPaise" BETWEEN 0 AND "collectedPaise"),
  ADD CONSTRAINT "payment_orders_reason" CHECK (("status" = 'FAILED') = ("statusReason" IS NOT NULL));
CREATE INDEX "payment_orders_name_idx" ON "payment_orders" USING gin ("customerName" gin_trgm_ops);
CREATE INDEX "payment_orders_phone_idx" ON "payment_orders" USING gin ("customerPhone" gin_trgm_ops);
CREATE INDEX "payment_orders_open_idx" ON "payment_orders" ("id") WHERE "status" IN ('PENDING', 'PARTIAL');
CREATE INDEX "payment_orders_unbegun_idx" ON "payment_orders" ("createdAt") WHERE "begunAt" IS NULL;
CREATE INDEX "payment_orders_unheard_idx" ON "payment_orders" ("unheardSince") WHERE "unheardSince" IS NOT NULL;

-- What drivers took on a day.
CREATE INDEX "trips_completed_idx" ON "trips" ("completedAt") WHERE "status" = 'COMPLETED';

-- As the checks of the books read them.
CREATE VIEW daily_collection AS
  SELECT "id"::text AS id, "totalPaise" AS total_paise, "status" IN ('RECONCILED', 'PAYOUT_PENDING', 'PAID') AS is_reconciled FROM "daily_collections";
CREATE VIEW payment_order AS
  SELECT "id"::text AS id, "collectedPaise" AS collected_paise FROM "payment_orders";

-- A journal may name the business day of its event: that of the shift which goes on over midnight. Source: ledger.md rule 5.
CREATE FUNCTION ledger_open_day(day date) RETURNS date LANGUAGE sql STABLE STRICT AS $$
  SELECT greatest(day, (max("month") + INTERVAL '1 month')::date) FROM "ledger_month"
$$;
DO $$
DECLARE
  before text := pg_get_functiondef('ledger_post(jsonb)'::regprocedure);
  after text := replace(before, 'ledger_business_date((j->>''occurredAt'')::timestamptz)',
    'coalesce(ledger_open_day((j->>''businessDay'')::date), ledger_business_date((j->>''occurredAt'')::timestamptz))');
BEGIN
  IF after = before THEN RAISE EXCEPTION 'ledger_post has no business date to replace'; END IF;
  EXECUTE after;
END $$;
