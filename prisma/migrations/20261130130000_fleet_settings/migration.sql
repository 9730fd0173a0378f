CREATE TYPE "RentalEnforcement" AS ENUM ('NONE', 'WARN', 'BLOCK');

ALTER TABLE "fleets"
  ADD COLUMN "duesBlockLimitPaise" BIGINT,
  ADD COLUMN "rentalEnforcement" "RentalEnforcement" NOT NULL DEFAULT 'WARN',
  ADD COLUMN "rentalGraceHours" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "rentalQrSharePercent" DOUBLE PRECISION NOT NULL DEFAULT 100,
  ADD COLUMN "allowAdvance" BOOLEAN NOT NULL DEFAULT true,
  ADD COLUMN "preferRtgs" BOOLEAN NOT NULL DEFAULT false;
