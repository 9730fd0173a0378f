-- Prisma casts every value of an enum, so that the planner cannot prove the predicate of an index that names such values: their unique
-- partial indexes serve no query of Prisma.
CREATE INDEX "payouts_sourceId_idx" ON "payouts" ("sourceId");
CREATE INDEX "bulk_payout_rows_cycleKey_idx" ON "bulk_payout_rows" ("cycleKey");
