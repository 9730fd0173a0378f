-- CreateIndex
CREATE INDEX "command_texts_createdAt_idx" ON "command_texts"("createdAt");

-- What Prisma cannot say.

-- A trip is also found by a piece of its id.
CREATE INDEX "trips_id_search_idx" ON "trips" USING GIN (("id"::text) gin_trgm_ops);
