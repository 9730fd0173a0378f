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
}

const statement = `
  WITH payment AS (
    SELECT * FROM "transactions" WHERE "easebuzzTxnId" = $1
    UNION ALL SELECT * FROM "transactions" WHERE "earlierTxnIds" @> ARRAY[$1]
    LIMIT 1
  ), stored AS (
    INSERT INTO "gateway_event"
      ("id", "source", "dedupe_key", "fields", "amount_paise", "sealed_body", "headers", "subject_id", "state", "error")
    SELECT $2, 'PG', $3, $4, $5, $6, jsonb_build_object('content-type', $7::text), payment."id",
      (CASE WHEN payment."id" IS NULL THEN 'UNMATCHED' ELSE 'RECEIVED' END)::"GatewayEventState",
      CASE WHEN payment."id" IS NULL THEN 'unknown txnid' END
    FROM (SELECT) event LEFT JOIN payment ON true
    ON CONFLICT ("dedupe_key") DO NOTHING RETURNING 1
  )
  SELECT * FROM payment WHERE EXISTS (SELECT FROM stored)`;

/**
 * Stores events of the gateway, and says which payment one is news of: null for an event that is known, or of no payment. One
 * statement, written by hand: webhooks come in bursts, and the ORM would take as long as everything else.
 */
export const gatewayEventStore =
  (pool: Pool) =>
  async (event: ReceivedEvent): Promise<PayInFacts | null> => {
    const { id, txnid, dedupeKey, fields, amountPaise, sealedBody, contentType } = event;
    const values = [txnid, id, dedupeKey, fields, amountPaise, sealedBody, contentType];
    const { rows } = await pool.query<Omit<PayInRow, 'amountPaise'> & { amountPaise: string }>({
      name: 'store-gateway-event',
      text: statement,
      values,
    });
    const [payment] = rows;
    return payment ? payInFacts({ ...payment, amountPaise: BigInt(payment.amountPaise) }) : null;
  };
