ALTER TYPE "PayoutKind" ADD VALUE 'AGGREGATE';
ALTER TYPE "PayoutKind" ADD VALUE 'DEPOSIT_REFUND';
ALTER TYPE "PayoutHold" ADD VALUE 'DEPOSIT_REFUND';

ALTER TABLE "payouts"
  ALTER COLUMN "sourceId" DROP NOT NULL,
  ADD COLUMN "reason" TEXT,
  ADD COLUMN "releasableAt" TIMESTAMPTZ(3),
  ADD COLUMN "unheardSince" TIMESTAMPTZ(3);

ALTER TABLE "penalties"
  ADD COLUMN "depositSettledAt" TIMESTAMPTZ(3),
  ADD COLUMN "settlementWaitsFor" TEXT;

-- What Prisma cannot say.

CREATE INDEX "payouts_unheard_idx" ON "payouts" ("unheardSince") WHERE "unheardSince" IS NOT NULL;
-- Deposits that wait to be settled.
CREATE INDEX "penalties_unsettled_idx" ON "penalties" ("createdAt") WHERE "type" = 'BLACKLIST' AND "status" = 'IN_FORCE' AND "depositSettledAt" IS NULL;
