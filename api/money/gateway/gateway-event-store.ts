import type { Pool } from 'pg';
import { payInFacts } from '../../../workflows/domain/money/pay-ins.ts';
import type { PayInFacts, PayInRow } from '../../../workflows/domain/money/pay-ins.ts';

/** An event that a webhook brought. Its body is sealed for its id. */
interface ReceivedEvent {
  id: string;
  txnid: string;
  dedupeKey: string;
  fields: Record<string, string>;
  amountPaise: number | null;
  sealedBody: string;
  contentType: string;
  /** Whether its payment must hear it. */
  isNews: boolean;
}

interface Waiting {
  event: ReceivedEvent;
  resolve: (payment: PayInFacts | null) => void;
  reject: (error: unknown) => void;
}

/** So many events are stored at once. */
const batchMax = 32;
/** So many events at once are a burst, which is over when there was none of them for so long. */
const burstFrom = 4;
const burstMs = 100;

const statement = `
  WITH event AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::bigint[], $6::text[], $7::text[], $8::boolean[])
      AS event("id", "txnid", "dedupeKey", "fields", "amountPaise", "sealedBody", "contentType", "isNews")
  ), payment AS (
    SELECT event."id" AS "eventId", event."isNews", found.* FROM event, LATERAL (
      SELECT * FROM "transactions" WHERE "easebuzzTxnId" = event."txnid"
      UNION ALL SELECT * FROM "transactions" WHERE "earlierTxnIds" @> ARRAY[event."txnid"]
      LIMIT 1
    ) found
  ), stored AS (
    INSERT INTO "gateway_event"
      ("id", "source", "dedupe_key", "fields", "amount_paise", "sealed_body", "headers", "subject_id", "state", "processed_at", "error")
    SELECT event."id", 'PG', event."dedupeKey", event."fields", event."amountPaise", event."sealedBody",
      jsonb_build_object('content-type', event."contentType"), payment."id",
      (CASE WHEN payment."id" IS NULL THEN 'UNMATCHED' WHEN event."isNews" THEN 'RECEIVED' ELSE 'IGNORED' END)::"GatewayEventState",
      CASE WHEN payment."id" IS NOT NULL AND NOT event."isNews" THEN now() END,
      CASE WHEN payment."id" IS NULL THEN 'unknown txnid' END
    FROM event LEFT JOIN payment ON payment."eventId" = event."id"
    ON CONFLICT ("dedupe_key") DO NOTHING RETURNING "id"
  )
  SELECT "eventId", payment."id", "shortId", "easebuzzTxnId", "type", "amountPaise", "driverId", "fleetId", "status",
    "statusReason", "paymentUrl", "createdAt"
  FROM payment JOIN stored ON stored."id" = "eventId" WHERE "isNews"`;

/** Whether PostgreSQL refused what it was given: classes 22 and 23 of its errors. */
const isOfTheData = (error: unknown): boolean => /^2[23]/.test((error as { code?: string }).code ?? '');

type Row = Omit<PayInRow, 'amountPaise'> & { amountPaise: string; eventId: string };

/**
 * Stores events of the gateway, and says which payment one is news of: null for an event that is known, of no payment, or that changes
 * nothing. Webhooks come in bursts: what arrives while a statement is under way is stored with the next one, which is written by hand.
 */
export const gatewayEventStore = (pool: Pool) => {
  const waiting: Waiting[] = [];
  let isStoring = false;
  let burstAtMs = 0;

  const insert = async (events: ReceivedEvent[]): Promise<Map<string, PayInFacts>> => {
    const column = <N extends keyof ReceivedEvent>(name: N) => events.map((event) => event[name]);
    const values = [
      ...[column('id'), column('txnid'), column('dedupeKey'), column('fields').map((fields) => JSON.stringify(fields))],
      ...[column('amountPaise'), column('sealedBody'), column('contentType'), column('isNews')],
    ];
    const { rows } = await pool.query<Row>({ name: 'store-gateway-events', text: statement, values });
    return new Map(
      rows.map((row) => [row.eventId, payInFacts({ ...row, amountPaise: BigInt(row.amountPaise) })] as const),
    );
  };

  const storeAll = async (batch: Waiting[]): Promise<void> => {
    try {
      const payments = await insert(batch.map(({ event }) => event));
      for (const { event, resolve } of batch) resolve(payments.get(event.id) ?? null);
    } catch (error) {
      // One event that cannot be stored is not the fault of those beside it.
      if (batch.length > 1 && isOfTheData(error)) for (const one of batch) await storeAll([one]);
      else for (const { reject } of batch) reject(error);
    }
  };

  const work = async (): Promise<void> => {
    isStoring = true;
    while (waiting.length > 0) {
      if (waiting.length >= burstFrom) burstAtMs = Date.now();
      await storeAll(waiting.splice(0, batchMax));
    }
    isStoring = false;
  };

  return {
    store: (event: ReceivedEvent) =>
      new Promise<PayInFacts | null>((resolve, reject) => {
        waiting.push({ event, resolve, reject });
        if (!isStoring) void work();
      }),
    /** Whether more come than are stored one by one: what may wait gives way. */
    isBurst: (): boolean => Date.now() - burstAtMs < burstMs,
  };
};
