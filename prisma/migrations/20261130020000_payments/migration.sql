CREATE TYPE "TransactionType" AS ENUM ('DEPOSIT', 'RENTAL', 'TRIP_PAYMENT', 'INCENTIVE', 'PENALTY', 'DAILY_COLLECTION', 'PAYOUT', 'ORDER_PAYMENT', 'REFUND');
CREATE TYPE "TransactionDirection" AS ENUM ('CREDIT', 'DEBIT');
CREATE TYPE "TransactionStatus" AS ENUM ('PENDING', 'SUCCESS', 'FAILED', 'REFUNDED');
CREATE TYPE "TransactionReason" AS ENUM ('EXPIRED', 'USER_CANCELLED', 'DROPPED', 'BOUNCED', 'GATEWAY_FAILURE', 'AMOUNT_MISMATCH', 'WAIVED', 'SUPERSEDED');
CREATE TYPE "TransactionMethod" AS ENUM ('PG_CARD', 'PG_UPI', 'PG_NETBANKING', 'VIRTUAL_QR', 'CASH', 'BANK_TRANSFER');
CREATE TYPE "GatewaySource" AS ENUM ('PG', 'VA', 'WIRE', 'REFUND', 'POLL');
CREATE TYPE "GatewayEventState" AS ENUM ('RECEIVED', 'PROCESSED', 'IGNORED', 'UNMATCHED', 'REVIEW');

CREATE TABLE "transactions" (
  "id" UUID PRIMARY KEY,
  "shortId" TEXT NOT NULL DEFAULT next_short_id('TXN'::text),
  "driverId" UUID REFERENCES "drivers" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "fleetId" UUID,
  "type" "TransactionType" NOT NULL,
  "amountPaise" BIGINT NOT NULL,
  "direction" "TransactionDirection" NOT NULL,
  "status" "TransactionStatus" NOT NULL DEFAULT 'PENDING',
  "statusReason" "TransactionReason",
  "paymentMethod" "TransactionMethod" NOT NULL DEFAULT 'PG_UPI',
  "description" TEXT,
  "payoutId" UUID,
  "rentalId" UUID,
  "penaltyId" UUID,
  "incentiveId" UUID,
  "collectionId" UUID,
  "paymentOrderId" UUID,
  "easebuzzTxnId" TEXT,
  "earlierTxnIds" TEXT[] DEFAULT '{}',
  "easebuzzPaymentId" TEXT,
  "easebuzzStatus" TEXT,
  "refundedPaise" BIGINT NOT NULL DEFAULT 0,
  "gatewayFeePaise" BIGINT,
  "gatewayTaxPaise" BIGINT,
  "accessKey" TEXT,
  "paymentUrl" TEXT,
  "expiresAt" TIMESTAMPTZ(3),
  "enquiredAt" TIMESTAMPTZ(3),
  "metadata" JSONB NOT NULL DEFAULT '{}',
  "version" INTEGER NOT NULL DEFAULT 0,
  "begunAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "transactions_shortId_key" ON "transactions" ("shortId");
CREATE UNIQUE INDEX "transactions_easebuzzTxnId_key" ON "transactions" ("easebuzzTxnId");
CREATE INDEX "transactions_driverId_createdAt_id_idx" ON "transactions" ("driverId", "createdAt", "id");
CREATE INDEX "transactions_fleetId_createdAt_id_idx" ON "transactions" ("fleetId", "createdAt", "id");
CREATE INDEX "transactions_createdAt_id_idx" ON "transactions" ("createdAt", "id");
CREATE INDEX "transactions_earlierTxnIds_idx" ON "transactions" USING GIN ("earlierTxnIds");
CREATE INDEX "transactions_easebuzzPaymentId_idx" ON "transactions" ("easebuzzPaymentId");
-- The schedule goes through the open ones, by id.
CREATE INDEX "transactions_pending_idx" ON "transactions" ("id") WHERE "status" = 'PENDING';

CREATE TABLE "gateway_event" (
  "id" UUID PRIMARY KEY,
  "source" "GatewaySource" NOT NULL,
  "dedupe_key" TEXT NOT NULL,
  "fields" JSONB NOT NULL,
  "amount_paise" BIGINT,
  "sealed_body" TEXT,
  "headers" JSONB,
  "state" "GatewayEventState" NOT NULL DEFAULT 'RECEIVED',
  "moves_money" BOOLEAN NOT NULL DEFAULT false,
  "journal_type" TEXT,
  "journal_key" TEXT,
  "subject_id" UUID,
  "error" TEXT,
  "resolution" JSONB,
  "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "processed_at" TIMESTAMPTZ(3)
);
CREATE UNIQUE INDEX "gateway_event_dedupe_key_key" ON "gateway_event" ("dedupe_key");
CREATE INDEX "gateway_event_subject_id_received_at_idx" ON "gateway_event" ("subject_id", "received_at");
CREATE INDEX "gateway_event_state_received_at_idx" ON "gateway_event" ("state", "received_at");
