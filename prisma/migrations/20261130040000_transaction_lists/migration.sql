CREATE INDEX "transactions_type_createdAt_id_idx" ON "transactions" ("type", "createdAt", "id");
CREATE INDEX "transactions_status_createdAt_id_idx" ON "transactions" ("status", "createdAt", "id");

-- What Prisma cannot say: the payments that wait for their workflow, as of trips and shifts.
CREATE INDEX "transactions_unbegun_idx" ON "transactions" ("createdAt") WHERE "begunAt" IS NULL;
