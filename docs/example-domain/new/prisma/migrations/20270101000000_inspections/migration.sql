CREATE TYPE "InspectionStatus" AS ENUM ('ORDERED', 'PASSED', 'MISSED');

CREATE TABLE "inspections" (
    "id" UUID NOT NULL,
    "shortId" TEXT NOT NULL DEFAULT next_short_id('INS'::text),
    "vehicleId" UUID NOT NULL,
    "status" "InspectionStatus" NOT NULL DEFAULT 'ORDERED',
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inspections_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "inspections_shortId_key" ON "inspections"("shortId");
CREATE INDEX "inspections_vehicleId_createdAt_idx" ON "inspections"("vehicleId", "createdAt");
CREATE INDEX "inspections_status_createdAt_idx" ON "inspections"("status", "createdAt");

ALTER TABLE "inspections" ADD CONSTRAINT "inspections_vehicleId_fkey" FOREIGN KEY ("vehicleId") REFERENCES "vehicles"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
