-- Raw bodies are forgotten after 180 days; the nightly purge finds the old ones.
CREATE INDEX "gateway_event_sealed_idx" ON "gateway_event" ("received_at") WHERE "sealed_body" IS NOT NULL;
