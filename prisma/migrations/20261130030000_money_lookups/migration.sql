-- What Prisma cannot say.

-- Finance looks a payment up by the reference of its bank.
CREATE INDEX "transactions_utr_idx" ON "transactions" (("metadata" ->> 'utr'));

-- Whether another event told of the same money.
CREATE INDEX "gateway_event_unattributed_idx" ON "gateway_event" (("fields" ->> 'txnid')) WHERE "journal_type" = 'amount_mismatch';
