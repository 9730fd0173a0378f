-- AlterTable
ALTER TABLE "attendances" ADD COLUMN     "staleAt" TIMESTAMPTZ(3) NOT NULL DEFAULT (now() + '16:00:00'::interval);

-- What Prisma cannot say.

UPDATE "attendances" SET "staleAt" = "checkInTime" + INTERVAL '16 hours';
