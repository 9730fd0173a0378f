-- Each spent token leads to its own successor for 30 seconds, however many came after it. What was spent before this is spent.
CREATE TABLE "spent_refresh_tokens" (
    "tokenHash" TEXT NOT NULL,
    "sessionId" UUID NOT NULL,
    "successorId" UUID NOT NULL,
    "successorIssuedAt" TIMESTAMPTZ(0) NOT NULL,
    "spentAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "spent_refresh_tokens_pkey" PRIMARY KEY ("tokenHash")
);

CREATE INDEX "spent_refresh_tokens_sessionId_idx" ON "spent_refresh_tokens"("sessionId");
CREATE INDEX "spent_refresh_tokens_spentAt_idx" ON "spent_refresh_tokens"("spentAt");

ALTER TABLE "spent_refresh_tokens" ADD CONSTRAINT "spent_refresh_tokens_sessionId_fkey"
    FOREIGN KEY ("sessionId") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

DROP INDEX "sessions_previousTokenHash_key";
ALTER TABLE "sessions" DROP COLUMN "previousTokenHash", DROP COLUMN "rotatedAt";
