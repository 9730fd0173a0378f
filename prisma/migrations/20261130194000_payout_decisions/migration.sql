CREATE TYPE "DecidedOutcome" AS ENUM ('PAID', 'NOT_PAID');
CREATE TYPE "DecisionStatus" AS ENUM ('WAITING', 'REPLACED', 'APPROVED', 'APPLIED', 'LAPSED');

CREATE TABLE "payout_decisions" (
  "id" UUID PRIMARY KEY,
  "payoutId" UUID NOT NULL REFERENCES "payouts" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "attempt" INTEGER NOT NULL,
  "outcome" "DecidedOutcome" NOT NULL,
  "utr" TEXT,
  "evidence" TEXT NOT NULL,
  "status" "DecisionStatus" NOT NULL DEFAULT 'WAITING',
  "createdBy" UUID NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "approvedBy" UUID,
  "approvedAt" TIMESTAMPTZ(3)
);
CREATE INDEX "payout_decisions_payoutId_createdAt_idx" ON "payout_decisions" ("payoutId", "createdAt");

-- What Prisma cannot say.

ALTER TABLE "payout_decisions"
  ADD CONSTRAINT "payout_decisions_utr" CHECK (("outcome" = 'PAID') = ("utr" IS NOT NULL)),
  ADD CONSTRAINT "payout_decisions_two_people" CHECK ("approvedBy" <> "createdBy"),
  ADD CONSTRAINT "payout_decisions_approved" CHECK (("status" IN ('WAITING', 'REPLACED')) = ("approvedBy" IS NULL));
-- One waits, or was approved, per attempt.
CREATE UNIQUE INDEX "payout_decisions_open_key" ON "payout_decisions" ("payoutId", "attempt") WHERE "status" <> 'REPLACED';
-- The schedule tells their payouts.
CREATE INDEX "payout_decisions_unheard_idx" ON "payout_decisions" ("approvedAt") WHERE "status" = 'APPROVED';
