ALTER TYPE "OtpPurpose" ADD VALUE 'APPROVAL';

CREATE TABLE "approval_codes" (
  "id" UUID PRIMARY KEY REFERENCES "otp_challenges" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "subject" TEXT NOT NULL,
  "subjectId" UUID NOT NULL,
  "userId" UUID NOT NULL,
  "contentHash" TEXT NOT NULL
);
CREATE INDEX "approval_codes_subjectId_userId_idx" ON "approval_codes" ("subjectId", "userId");
