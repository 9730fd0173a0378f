-- A PAN lies sealed (conventions section 16), and SQL has not the key to seal those that are there. Nothing is released yet, so a
-- database that holds fleets is made anew: `npm run reset`.
ALTER TABLE "fleets" DROP COLUMN "panNumber",
ADD COLUMN "sealedPanNumber" TEXT NOT NULL;
