-- What Prisma cannot say.

-- Finance looks a payment up by the reference of its bank.
CREATE INDEX "transactions_utr_idx" ON "transactions" (("metadata" ->> 'utr'));
