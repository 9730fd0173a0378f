ALTER TYPE "PayoutKind" ADD VALUE 'CUSTOMER_REFUND';
ALTER TYPE "TransferMode" ADD VALUE 'UPI';

ALTER TABLE "payouts"
  ALTER COLUMN "driverId" DROP NOT NULL,
  ALTER COLUMN "fleetId" DROP NOT NULL,
  ALTER COLUMN "ifscCode" DROP NOT NULL,
  ADD COLUMN "orderId" UUID REFERENCES "payment_orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD COLUMN "creditId" UUID REFERENCES "virtual_credits" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "payment_orders" ADD COLUMN "refundedPaise" BIGINT NOT NULL DEFAULT 0;

CREATE INDEX "payouts_orderId_idx" ON "payouts" ("orderId");
CREATE INDEX "payouts_creditId_idx" ON "payouts" ("creditId");

-- What Prisma cannot say.

-- A payout goes to a driver of a fleet, or to the payer of an order.
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_owner" CHECK (
  "driverId" IS NOT NULL AND "fleetId" IS NOT NULL AND "orderId" IS NULL AND "creditId" IS NULL
  OR "driverId" IS NULL AND "orderId" IS NOT NULL AND "creditId" IS NOT NULL
);
ALTER TABLE "payment_orders" ADD CONSTRAINT "payment_orders_refunded" CHECK ("refundedPaise" >= 0);
