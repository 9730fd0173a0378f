-- What Prisma cannot say.

-- One transfer of the bank is one payout.
CREATE UNIQUE INDEX "payout_decisions_utr_key" ON "payout_decisions" ("utr") WHERE "status" IN ('APPROVED', 'APPLIED');
