ALTER TABLE "payouts" ADD COLUMN "requestedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
UPDATE "payouts" SET "requestedAt" = "createdAt";
DROP INDEX "payouts_requestedBy_createdAt_idx";
CREATE INDEX "payouts_requestedBy_requestedAt_idx" ON "payouts" ("requestedBy", "requestedAt");
