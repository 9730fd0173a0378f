-- Every join of a posting is a lookup by key. The planner takes the entries, which come as JSON, for a hundred, and reads whole
-- tables for them where these are small, or not analyzed yet: up to three times as slow (docs/bench.md, Postings).
ALTER FUNCTION ledger_post(jsonb) SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off;
