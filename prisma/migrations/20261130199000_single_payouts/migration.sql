-- What Prisma cannot say.

-- What somebody has paid out singly on a day; of their files two thousand rows would be read for each row.
DROP INDEX "payouts_requestedBy_requestedAt_idx";
CREATE INDEX "payouts_single_idx" ON "payouts" ("requestedBy", "requestedAt") WHERE "kind" <> 'BULK_ROW';
