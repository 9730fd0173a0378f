-- A GST number holds the PAN and lies sealed like it (conventions section 16); SQL has not the key to seal those that are there.
-- Nothing is released yet, so they are typed anew.
ALTER TABLE "fleets" DROP COLUMN "gstNumber", ADD COLUMN "sealedGstNumber" TEXT;
ALTER TABLE "drivers" DROP COLUMN "gstNumber", ADD COLUMN "sealedGstNumber" TEXT;
