-- CreateEnum
CREATE TYPE "CodeDelivery" AS ENUM ('SENT', 'REFUSED', 'UNREACHABLE');

-- AlterTable
ALTER TABLE "otp_challenges" ADD COLUMN     "delivery" "CodeDelivery",
ADD COLUMN     "sendAt" TIMESTAMPTZ(3),
ADD COLUMN     "sends" INTEGER NOT NULL DEFAULT 0;

-- The codes of before were sent; only new ones wait.
ALTER TABLE "otp_challenges" ALTER COLUMN "sendAt" SET DEFAULT CURRENT_TIMESTAMP;

-- What Prisma cannot say.

CREATE INDEX "otp_challenges_due_idx" ON "otp_challenges" ("sendAt") WHERE "sendAt" IS NOT NULL;
