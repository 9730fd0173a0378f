CREATE TABLE "wallet_topups" (
  "id" UUID PRIMARY KEY,
  "amountPaise" BIGINT NOT NULL,
  "bankReference" TEXT NOT NULL,
  "createdBy" UUID NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "approvedBy" UUID,
  "approvedAt" TIMESTAMPTZ(3),
  "journalId" BIGINT
);
CREATE UNIQUE INDEX "wallet_topups_bankReference_key" ON "wallet_topups" ("bankReference");
CREATE UNIQUE INDEX "wallet_topups_journalId_key" ON "wallet_topups" ("journalId");

-- What Prisma cannot say.

ALTER TABLE "wallet_topups"
  ADD CONSTRAINT "wallet_topups_amount" CHECK ("amountPaise" > 0),
  ADD CONSTRAINT "wallet_topups_two_people" CHECK ("approvedBy" <> "createdBy"),
  ADD CONSTRAINT "wallet_topups_approved" CHECK (("approvedBy" IS NULL) = ("journalId" IS NULL));
CREATE INDEX "wallet_topups_waiting_idx" ON "wallet_topups" ("createdAt") WHERE "approvedBy" IS NULL;
-- Payouts for which our wallet does not suffice.
CREATE INDEX "payouts_queued_idx" ON "payouts" ("createdAt") WHERE "queuedOnLowBalance";
