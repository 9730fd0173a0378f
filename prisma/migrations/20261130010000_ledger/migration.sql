-- CreateEnum
CREATE TYPE "DueEnd" AS ENUM ('SETTLED', 'WAIVED', 'WRITTEN_OFF');

-- CreateEnum
CREATE TYPE "LedgerCheckScope" AS ENUM ('FULL', 'INCREMENTAL');

-- CreateTable
CREATE TABLE "driver_due" (
    "id" BIGSERIAL NOT NULL,
    "driver_id" TEXT NOT NULL,
    "fleet_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "amount_paise" BIGINT NOT NULL,
    "outstanding_paise" BIGINT NOT NULL,
    "closed_as" "DueEnd",
    "cancelled" BOOLEAN NOT NULL GENERATED ALWAYS AS (coalesce("closed_as" <> 'SETTLED', false)) STORED,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "driver_due_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payable_item" (
    "id" BIGSERIAL NOT NULL,
    "driver_id" TEXT NOT NULL,
    "fleet_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "amount_paise" BIGINT NOT NULL,
    "open_paise" BIGINT NOT NULL,
    "reserved_by" TEXT,
    "reserved_paise" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payable_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_account" (
    "id" BIGSERIAL NOT NULL,
    "code" INTEGER NOT NULL,
    "owner_type" TEXT NOT NULL DEFAULT 'PLATFORM',
    "owner_id" TEXT NOT NULL DEFAULT '-',
    "fleet_id" TEXT,
    "kind" TEXT NOT NULL,
    "normal" TEXT NOT NULL,
    "guarded" BOOLEAN NOT NULL DEFAULT false,
    "currency" TEXT NOT NULL DEFAULT 'INR',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_journal" (
    "id" BIGSERIAL NOT NULL,
    "event_type" TEXT NOT NULL,
    "event_key" TEXT NOT NULL,
    "business_date" DATE NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "posted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL DEFAULT 'system',
    "driver_id" TEXT,
    "fleet_id" TEXT,
    "reverses_id" BIGINT,
    "memo" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "ledger_journal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "id" BIGSERIAL NOT NULL,
    "journal_id" BIGINT NOT NULL,
    "account_id" BIGINT NOT NULL,
    "side" TEXT NOT NULL,
    "amount_paise" BIGINT NOT NULL,
    "business_date" DATE NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_balance" (
    "account_id" BIGINT NOT NULL,
    "debit_paise" BIGINT NOT NULL DEFAULT 0,
    "credit_paise" BIGINT NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ledger_balance_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "ledger_closed_day" (
    "business_date" DATE NOT NULL,
    "closed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_closed_day_pkey" PRIMARY KEY ("business_date")
);

-- CreateTable
CREATE TABLE "ledger_day_total" (
    "account_id" BIGINT NOT NULL,
    "business_date" DATE NOT NULL,
    "debit_paise" BIGINT NOT NULL,
    "credit_paise" BIGINT NOT NULL,
    "entries" INTEGER NOT NULL,

    CONSTRAINT "ledger_day_total_pkey" PRIMARY KEY ("account_id","business_date")
);

-- CreateTable
CREATE TABLE "ledger_month" (
    "month" DATE NOT NULL,
    "closed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_by" TEXT NOT NULL,

    CONSTRAINT "ledger_month_pkey" PRIMARY KEY ("month")
);

-- CreateTable
CREATE TABLE "ledger_trial_balance" (
    "business_date" DATE NOT NULL,
    "code" INTEGER NOT NULL,
    "debit_paise" BIGINT NOT NULL,
    "credit_paise" BIGINT NOT NULL,

    CONSTRAINT "ledger_trial_balance_pkey" PRIMARY KEY ("business_date","code")
);

-- CreateTable
CREATE TABLE "ledger_manual_journal" (
    "id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "entries" JSONB NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "approved_by" UUID,
    "approved_at" TIMESTAMPTZ(3),
    "journal_id" BIGINT,

    CONSTRAINT "ledger_manual_journal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_check_run" (
    "id" BIGSERIAL NOT NULL,
    "scope" "LedgerCheckScope" NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_check_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_check_finding" (
    "id" BIGSERIAL NOT NULL,
    "run_id" BIGINT NOT NULL,
    "check" TEXT NOT NULL,
    "owner" TEXT,
    "found" JSONB NOT NULL,

    CONSTRAINT "ledger_check_finding_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "driver_due_driver_id_id_idx" ON "driver_due"("driver_id", "id");

-- CreateIndex
CREATE INDEX "driver_due_updated_at_idx" ON "driver_due"("updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "driver_due_kind_source_key" ON "driver_due"("kind", "source");

-- CreateIndex
CREATE INDEX "payable_item_driver_id_id_idx" ON "payable_item"("driver_id", "id");

-- CreateIndex
CREATE INDEX "payable_item_reserved_by_idx" ON "payable_item"("reserved_by");

-- CreateIndex
CREATE INDEX "payable_item_updated_at_idx" ON "payable_item"("updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "payable_item_kind_source_key" ON "payable_item"("kind", "source");

-- CreateIndex
CREATE INDEX "ledger_account_owner_id_code_idx" ON "ledger_account"("owner_id", "code");

-- CreateIndex
CREATE INDEX "ledger_account_fleet_id_code_idx" ON "ledger_account"("fleet_id", "code");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_account_code_owner_type_owner_id_key" ON "ledger_account"("code", "owner_type", "owner_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_journal_reverses_id_key" ON "ledger_journal"("reverses_id");

-- CreateIndex
CREATE INDEX "ledger_journal_posted_at_idx" ON "ledger_journal"("posted_at");

-- CreateIndex
CREATE INDEX "ledger_journal_driver_id_id_idx" ON "ledger_journal"("driver_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_journal_event_type_event_key_key" ON "ledger_journal"("event_type", "event_key");

-- CreateIndex
CREATE INDEX "ledger_entry_journal_id_idx" ON "ledger_entry"("journal_id");

-- CreateIndex
CREATE INDEX "ledger_day_total_business_date_idx" ON "ledger_day_total"("business_date");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_manual_journal_journal_id_key" ON "ledger_manual_journal"("journal_id");

-- CreateIndex
CREATE INDEX "ledger_check_run_started_at_idx" ON "ledger_check_run"("started_at");

-- CreateIndex
CREATE INDEX "ledger_check_finding_run_id_idx" ON "ledger_check_finding"("run_id");

-- CreateIndex
CREATE INDEX "ledger_check_finding_owner_idx" ON "ledger_check_finding"("owner");

-- AddForeignKey
ALTER TABLE "ledger_journal" ADD CONSTRAINT "ledger_journal_reverses_id_fkey" FOREIGN KEY ("reverses_id") REFERENCES "ledger_journal"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_journal_id_fkey" FOREIGN KEY ("journal_id") REFERENCES "ledger_journal"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_balance" ADD CONSTRAINT "ledger_balance_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_day_total" ADD CONSTRAINT "ledger_day_total_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_check_finding" ADD CONSTRAINT "ledger_check_finding_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "ledger_check_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say.

ALTER TABLE "ledger_account"
  ADD CONSTRAINT "ledger_account_kind" CHECK ("kind" IN ('A', 'L', 'I', 'E')),
  ADD CONSTRAINT "ledger_account_normal" CHECK ("normal" IN ('D', 'C'));
ALTER TABLE "ledger_entry"
  ADD CONSTRAINT "ledger_entry_side" CHECK ("side" IN ('D', 'C')),
  ADD CONSTRAINT "ledger_entry_amount" CHECK ("amount_paise" > 0);
ALTER TABLE "driver_due"
  ADD CONSTRAINT "driver_due_outstanding" CHECK ("outstanding_paise" BETWEEN 0 AND "amount_paise"),
  ADD CONSTRAINT "driver_due_closed" CHECK (("closed_as" IS NULL) = ("outstanding_paise" > 0));
ALTER TABLE "payable_item"
  ADD CONSTRAINT "payable_item_open" CHECK ("open_paise" BETWEEN least("amount_paise", 0) AND greatest("amount_paise", 0)),
  ADD CONSTRAINT "payable_item_reserved" CHECK ("reserved_paise" BETWEEN 0 AND greatest("open_paise", 0)),
  ADD CONSTRAINT "payable_item_reserved_by" CHECK (("reserved_by" IS NULL) = ("reserved_paise" = 0));
ALTER TABLE "ledger_manual_journal"
  ADD CONSTRAINT "ledger_manual_journal_two_people" CHECK ("approved_by" <> "created_by"),
  ADD CONSTRAINT "ledger_manual_journal_posted" CHECK (("approved_by" IS NULL) = ("journal_id" IS NULL));
ALTER TABLE "ledger_month" ADD CONSTRAINT "ledger_month_first_day" CHECK (date_trunc('month', "month") = "month");

-- Balances and statements are read from this index alone.
CREATE INDEX "ledger_entry_statement_idx" ON "ledger_entry"("account_id", "business_date", "id") INCLUDE ("side", "amount_paise");
CREATE INDEX "ledger_entry_business_date_idx" ON "ledger_entry" USING brin ("business_date");
CREATE INDEX "payable_item_open_idx" ON "payable_item"("driver_id", "id") WHERE "open_paise" <> 0;
CREATE INDEX "driver_due_open_idx" ON "driver_due"("driver_id", "id") WHERE "outstanding_paise" > 0;

CREATE FUNCTION ledger_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append only'; END $$;
CREATE TRIGGER "ledger_entry_no_change" BEFORE UPDATE OR DELETE ON "ledger_entry" FOR EACH ROW EXECUTE FUNCTION ledger_immutable();
CREATE TRIGGER "ledger_entry_no_truncate" BEFORE TRUNCATE ON "ledger_entry" EXECUTE FUNCTION ledger_immutable();
CREATE TRIGGER "ledger_journal_no_change" BEFORE UPDATE OR DELETE ON "ledger_journal" FOR EACH ROW EXECUTE FUNCTION ledger_immutable();
CREATE TRIGGER "ledger_journal_no_truncate" BEFORE TRUNCATE ON "ledger_journal" EXECUTE FUNCTION ledger_immutable();

CREATE FUNCTION ledger_require_balanced(journal bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lines bigint;
  diff numeric;
BEGIN
  SELECT count(*), coalesce(sum(CASE "side" WHEN 'D' THEN "amount_paise" ELSE -"amount_paise" END), 0) INTO lines, diff
  FROM "ledger_entry" WHERE "journal_id" = journal;
  IF lines < 2 OR diff <> 0 THEN
    RAISE EXCEPTION 'journal % has % entries and is off by %', journal, lines, diff;
  END IF;
END $$;

CREATE FUNCTION ledger_journal_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM ledger_require_balanced(NEW."id"); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER "ledger_journal_balanced" AFTER INSERT ON "ledger_journal"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_journal_balanced();

CREATE FUNCTION ledger_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM ledger_require_balanced(NEW."journal_id"); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER "ledger_entry_balanced" AFTER INSERT ON "ledger_entry"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balanced();

-- Opens and covers dues. A move names a due by kind and source; `booked` changes its amount, `used` what is open of it.
CREATE FUNCTION ledger_move_dues(driver text, fleet text, moves jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE move record;
BEGIN
  FOR move IN SELECT * FROM jsonb_to_recordset(moves) AS m("kind" text, "source" text, "booked" bigint, "used" bigint, "closes" "DueEnd") LOOP
    UPDATE "driver_due" SET
      "amount_paise" = "amount_paise" + move."booked",
      "outstanding_paise" = "outstanding_paise" + move."booked" - move."used",
      "closed_as" = CASE WHEN "outstanding_paise" + move."booked" = move."used" THEN coalesce(move."closes", 'SETTLED') END,
      "updated_at" = now()
    WHERE "kind" = move."kind" AND "source" = move."source" AND "driver_id" = driver;
    IF NOT FOUND THEN
      INSERT INTO "driver_due" ("driver_id", "fleet_id", "kind", "source", "amount_paise", "outstanding_paise")
      VALUES (driver, fleet, move."kind", move."source", move."booked", move."booked" - move."used");
    END IF;
  END LOOP;
END $$;

-- Opens, covers and takes back payable items. What is taken back of an item beyond its free part was used already, so it opens the
-- opposite item. Then positive and negative items of the driver cover each other, oldest first.
CREATE FUNCTION ledger_move_items(driver text, fleet text, moves jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  move record;
  item "payable_item";
  direction int;
  growth bigint;
  taken bigint;
  missing bigint;
BEGIN
  FOR move IN SELECT * FROM jsonb_to_recordset(moves) AS m("kind" text, "source" text, "booked" bigint, "used" bigint) LOOP
    direction := CASE move."kind" WHEN 'ADVANCE' THEN -1 ELSE 1 END;
    growth := direction * (move."booked" - move."used");
    SELECT * INTO item FROM "payable_item"
    WHERE "kind" = move."kind" AND "source" = move."source" AND "driver_id" = driver FOR UPDATE;
    IF NOT FOUND AND growth > 0 THEN
      INSERT INTO "payable_item" ("driver_id", "fleet_id", "kind", "source", "amount_paise", "open_paise")
      VALUES (driver, fleet, move."kind", move."source", direction * growth, direction * growth);
      CONTINUE;
    END IF;
    taken := CASE WHEN growth < 0 THEN least(-growth, coalesce(direction * item."open_paise" - item."reserved_paise", 0)) ELSE -growth END;
    UPDATE "payable_item" SET
      "open_paise" = "open_paise" - direction * taken,
      "amount_paise" = direction * greatest(direction * ("amount_paise" + move."booked"), direction * "open_paise" - taken),
      "updated_at" = now()
    WHERE "id" = item."id";
    missing := direction * (-growth - taken);
    IF missing <> 0 THEN
      INSERT INTO "payable_item" ("driver_id", "fleet_id", "kind", "source", "amount_paise", "open_paise")
      VALUES (driver, fleet, CASE WHEN missing > 0 THEN 'ADVANCE' ELSE 'WAIVER' END, move."source", -missing, -missing)
      ON CONFLICT ("kind", "source") DO UPDATE SET
        "amount_paise" = "payable_item"."amount_paise" + EXCLUDED."amount_paise",
        "open_paise" = "payable_item"."open_paise" + EXCLUDED."open_paise",
        "updated_at" = now();
    END IF;
  END LOOP;

  WITH "free" AS (
    SELECT "id", sign("open_paise")::int AS "side", abs("open_paise") - "reserved_paise" AS "paise",
      sum(abs("open_paise") - "reserved_paise") OVER (PARTITION BY sign("open_paise") ORDER BY "id") AS "upto"
    FROM "payable_item" WHERE "driver_id" = driver AND "open_paise" <> 0
  ), "cover" AS (
    SELECT least(sum("paise") FILTER (WHERE "side" > 0), sum("paise") FILTER (WHERE "side" < 0)) AS "paise"
    FROM "free" HAVING count(DISTINCT "side") = 2
  )
  UPDATE "payable_item" i SET
    "open_paise" = i."open_paise" - f."side" * least(f."paise", c."paise" - f."upto" + f."paise"),
    "updated_at" = now()
  FROM "free" f, "cover" c WHERE i."id" = f."id" AND f."paise" > 0 AND c."paise" > f."upto" - f."paise";
END $$;

-- The items that a payout has reserved are paid, or free again.
CREATE FUNCTION ledger_end_reservation(payout text, becomes text) RETURNS void LANGUAGE sql AS $$
  UPDATE "payable_item" SET
    "open_paise" = "open_paise" - CASE becomes WHEN 'FINAL' THEN "reserved_paise" ELSE 0 END,
    "reserved_paise" = 0, "reserved_by" = NULL, "updated_at" = now()
  WHERE "reserved_by" = payout
$$;

-- Postings share this lock; closing a day or a month has it alone, so that no entry slips into a day while it is summed.
CREATE FUNCTION ledger_calendar() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 726202611::bigint $$;

-- The business day of an event: the Indian day, or the first open one when its month is closed.
CREATE FUNCTION ledger_business_date(occurred_at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT greatest((occurred_at AT TIME ZONE INTERVAL '+05:30')::date, (max("month") + INTERVAL '1 month')::date) FROM "ledger_month"
$$;

-- Posts one journal, with its dues and items: the only writer of the ledger. `posted` is false when the event was posted before.
-- `crossed` is the guarded account that would fall below zero; then nothing was written.
CREATE FUNCTION ledger_post(j jsonb, OUT journal_id bigint, OUT posted boolean, OUT crossed jsonb) LANGUAGE plpgsql AS $$
DECLARE
  lines jsonb;
  guarded bigint[];
  day date;
  closed date;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(ledger_calendar());
  IF jsonb_array_length(j->'dues') + jsonb_array_length(j->'items') > 0 OR j->'reservation' <> 'null' THEN
    PERFORM 1 FROM "drivers" WHERE "id" = (j->>'driverId')::uuid FOR NO KEY UPDATE;
  END IF;

  INSERT INTO "ledger_account" ("code", "owner_type", "owner_id", "fleet_id", "kind", "normal", "guarded")
  SELECT DISTINCT e."code", e."ownerType", e."ownerId", CASE WHEN e."ownerType" <> 'PLATFORM' THEN j->>'fleetId' END, e."kind", e."normal", e."guarded"
  FROM jsonb_to_recordset(j->'entries') AS e("code" int, "ownerType" text, "ownerId" text, "kind" text, "normal" text, "guarded" boolean)
  WHERE NOT EXISTS (
    SELECT FROM "ledger_account" a WHERE a."code" = e."code" AND a."owner_type" = e."ownerType" AND a."owner_id" = e."ownerId"
  )
  ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;

  SELECT jsonb_agg(jsonb_build_object('account', a."id", 'side', e."side", 'amount', e."amount") ORDER BY e."n"),
    array_agg(DISTINCT a."id") FILTER (WHERE a."guarded")
  INTO lines, guarded
  FROM ROWS FROM (jsonb_to_recordset(j->'entries') AS ("code" int, "ownerType" text, "ownerId" text, "side" text, "amount" bigint))
    WITH ORDINALITY AS e("code", "ownerType", "ownerId", "side", "amount", "n")
  JOIN "ledger_account" a ON a."code" = e."code" AND a."owner_type" = e."ownerType" AND a."owner_id" = e."ownerId";

  IF guarded IS NOT NULL THEN
    INSERT INTO "ledger_balance" ("account_id")
    SELECT id FROM unnest(guarded) AS id WHERE NOT EXISTS (SELECT FROM "ledger_balance" WHERE "account_id" = id)
    ORDER BY id ON CONFLICT DO NOTHING;
    PERFORM 1 FROM "ledger_balance" WHERE "account_id" = ANY(guarded) ORDER BY "account_id" FOR UPDATE;
  END IF;

  SELECT "id" INTO journal_id FROM "ledger_journal" WHERE "event_type" = j->>'eventType' AND "event_key" = j->>'eventKey';
  posted := journal_id IS NULL;
  IF NOT posted THEN RETURN; END IF;

  SELECT jsonb_build_object('code', a."code", 'ownerType', a."owner_type", 'ownerId', a."owner_id", 'balancePaise', b.balance, 'changePaise', b.change)
  INTO crossed
  FROM (
    SELECT l."account",
      sum(CASE l."side" WHEN a."normal" THEN l."amount" ELSE -l."amount" END) AS change,
      max(CASE a."normal" WHEN 'D' THEN b."debit_paise" - b."credit_paise" ELSE b."credit_paise" - b."debit_paise" END) AS balance
    FROM jsonb_to_recordset(lines) AS l("account" bigint, "side" text, "amount" bigint)
    JOIN "ledger_balance" b ON b."account_id" = l."account"
    JOIN "ledger_account" a ON a."id" = l."account"
    GROUP BY l."account"
  ) b JOIN "ledger_account" a ON a."id" = b."account"
  WHERE b.change < 0 AND b.balance + b.change < 0
  ORDER BY a."code" LIMIT 1;
  IF crossed IS NOT NULL THEN posted := false; RETURN; END IF;

  day := ledger_business_date((j->>'occurredAt')::timestamptz);
  INSERT INTO "ledger_journal" ("event_type", "event_key", "business_date", "occurred_at", "actor", "driver_id", "fleet_id", "reverses_id", "memo", "metadata")
  VALUES (
    j->>'eventType', j->>'eventKey', day, (j->>'occurredAt')::timestamptz, j->>'actor', j->>'driverId', j->>'fleetId',
    (j->>'reversesId')::bigint, j->>'memo', jsonb_build_object('dues', j->'dues', 'items', j->'items')
  )
  ON CONFLICT ("event_type", "event_key") DO NOTHING RETURNING "id" INTO journal_id;
  posted := journal_id IS NOT NULL;
  IF NOT posted THEN
    SELECT "id" INTO journal_id FROM "ledger_journal" WHERE "event_type" = j->>'eventType' AND "event_key" = j->>'eventKey';
    RETURN;
  END IF;

  INSERT INTO "ledger_entry" ("journal_id", "account_id", "side", "amount_paise", "business_date")
  SELECT journal_id, l."account", l."side", l."amount", day
  FROM jsonb_to_recordset(lines) AS l("account" bigint, "side" text, "amount" bigint);

  IF guarded IS NOT NULL THEN
    UPDATE "ledger_balance" b SET
      "debit_paise" = b."debit_paise" + l.debit, "credit_paise" = b."credit_paise" + l.credit, "version" = b."version" + 1
    FROM (
      SELECT "account", coalesce(sum("amount") FILTER (WHERE "side" = 'D'), 0) AS debit, coalesce(sum("amount") FILTER (WHERE "side" = 'C'), 0) AS credit
      FROM jsonb_to_recordset(lines) AS l("account" bigint, "side" text, "amount" bigint) GROUP BY 1
    ) l WHERE b."account_id" = l."account";
  END IF;

  SELECT max("business_date") INTO closed FROM "ledger_closed_day";
  IF day <= closed THEN
    PERFORM ledger_total_days(day, day, journal_id);
  END IF;

  PERFORM ledger_move_dues(j->>'driverId', j->>'fleetId', j->'dues') WHERE jsonb_array_length(j->'dues') > 0;
  PERFORM ledger_end_reservation(j->'reservation'->>'payoutId', j->'reservation'->>'becomes') WHERE j->'reservation' <> 'null';
  PERFORM ledger_move_items(j->>'driverId', j->>'fleetId', j->'items') WHERE jsonb_array_length(j->'items') > 0 OR j->'reservation' <> 'null';
END $$;

-- Adds the entries of some days to their totals; with a journal only those of the journal, which came after its day was totalled.
CREATE FUNCTION ledger_total_days(first date, last date, journal bigint DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
  INSERT INTO "ledger_day_total" AS t ("account_id", "business_date", "debit_paise", "credit_paise", "entries")
  SELECT "account_id", "business_date",
    coalesce(sum("amount_paise") FILTER (WHERE "side" = 'D'), 0), coalesce(sum("amount_paise") FILTER (WHERE "side" = 'C'), 0), count(*)
  FROM "ledger_entry"
  WHERE "business_date" BETWEEN first AND last AND (journal IS NULL OR "journal_id" = journal)
  GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT ("account_id", "business_date") DO UPDATE SET
    "debit_paise" = t."debit_paise" + EXCLUDED."debit_paise",
    "credit_paise" = t."credit_paise" + EXCLUDED."credit_paise",
    "entries" = t."entries" + EXCLUDED."entries"
$$;

-- Totals the days up to `last` that are not totalled yet. Waits for postings under way, and has the calendar alone until the commit.
CREATE FUNCTION ledger_close_days(last date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE closed date;
BEGIN
  PERFORM pg_advisory_xact_lock(ledger_calendar());
  SELECT max("business_date") INTO closed FROM "ledger_closed_day";
  IF last <= closed THEN RETURN; END IF;
  PERFORM ledger_total_days(coalesce(closed + 1, '-infinity'), last);
  INSERT INTO "ledger_closed_day" ("business_date") VALUES (last);
END $$;

-- What was posted to an account up to a day, by default up to now: day totals, and the entries of the days after them.
CREATE FUNCTION ledger_total(account bigint, last date DEFAULT 'infinity', OUT debit_paise bigint, OUT credit_paise bigint, OUT entries bigint)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(d), 0)::bigint, coalesce(sum(c), 0)::bigint, coalesce(sum(n), 0)::bigint FROM (
    SELECT sum(t."debit_paise") AS d, sum(t."credit_paise") AS c, sum(t."entries") AS n
    FROM "ledger_day_total" t WHERE t."account_id" = account AND t."business_date" <= last
    UNION ALL
    SELECT sum(e."amount_paise") FILTER (WHERE e."side" = 'D'), sum(e."amount_paise") FILTER (WHERE e."side" = 'C'), count(*)
    FROM "ledger_entry" e
    WHERE e."account_id" = account AND e."business_date" <= last
      AND e."business_date" > coalesce((SELECT max("business_date") FROM "ledger_closed_day"), '-infinity')
  ) parts
$$;

-- What the checks Q1 to Q13 read beside the tables.
CREATE VIEW "ledger_account_sum" AS
  SELECT a."id", a."code", a."owner_type", a."owner_id", a."normal", a."guarded",
    coalesce(sum(e."amount_paise") FILTER (WHERE e."side" = 'D'), 0) AS "debit",
    coalesce(sum(e."amount_paise") FILTER (WHERE e."side" = 'C'), 0) AS "credit",
    coalesce(sum(CASE WHEN e."side" = a."normal" THEN e."amount_paise" ELSE -e."amount_paise" END), 0) AS "balance"
  FROM "ledger_account" a LEFT JOIN "ledger_entry" e ON e."account_id" = a."id" GROUP BY a."id";

-- The deposit as it is shown to the driver.
CREATE VIEW "driver_deposit_view" AS
  SELECT a."owner_id" AS "id", b."credit_paise" - b."debit_paise" AS "deposit_paise"
  FROM "ledger_account" a JOIN "ledger_balance" b ON b."account_id" = a."id" WHERE a."code" = 2010;
