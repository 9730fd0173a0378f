-- A sanction that a person gave through the status stays until a person takes it back, whatever becomes of penalties.
ALTER TABLE "drivers" ADD COLUMN "sanctionByHand" "DriverStatus";
UPDATE "drivers" d SET "sanctionByHand" = d."status" WHERE d."status" IN ('SUSPENDED', 'BLACKLISTED')
  AND NOT EXISTS (SELECT FROM "penalties" p WHERE p."driverId" = d."id" AND p."status" = 'IN_FORCE');
