import { randomUUID } from 'node:crypto';
import { creditEventKey } from '../workflows/domain/money/collections/credits.ts';
import type { ToldCredit } from '../workflows/domain/money/collections/credits.ts';
import type { Db, Tx } from './client.ts';
import type { VirtualCredit } from './generated/client.ts';

/** How it was told. What a webhook brought is sealed for the id of its event. */
type Source =
  { source: 'VA'; eventId: string; sealedBody: string; contentType: string } | { source: 'POLL'; eventId?: undefined };

/**
 * Stores what the gateway says of a credit, once for each of its words, and the credit with the first. Null: it was said before. One
 * statement. Fee and tax are not signed: where they exceed the amount they are not believed.
 */
export const storeCredit = async (db: Db | Tx, told: ToldCredit, how: Source): Promise<VirtualCredit | null> => {
  const { creditId, word, utr, accountGatewayId, amount, mode, occurredAt } = told;
  const [fee, tax] = told.fee + told.tax <= amount ? [told.fee, told.tax] : [0, 0];
  const fields = JSON.stringify({ creditId, status: word, utr, accountGatewayId, mode, occurredAt, fee, tax });
  const { sealedBody = null, contentType = null } = how.source === 'VA' ? how : {};
  const [credit] = await db.$queryRaw<{ id: string }[]>`
    WITH credit AS (
      INSERT INTO "virtual_credits"
        ("id", "creditId", "utr", "accountGatewayId", "amountPaise", "feePaise", "taxPaise", "mode", "occurredAt")
      VALUES (${randomUUID()}::uuid, ${creditId}, ${utr}, ${accountGatewayId}, ${amount}, ${fee}, ${tax}, ${mode}, ${occurredAt}::timestamptz)
      ON CONFLICT ("creditId") DO UPDATE SET "creditId" = EXCLUDED."creditId" RETURNING "id"
    ), stored AS (
      INSERT INTO "gateway_event" ("id", "source", "dedupe_key", "fields", "amount_paise", "sealed_body", "headers", "subject_id")
      SELECT ${how.eventId ?? randomUUID()}::uuid, ${how.source}::"GatewaySource", ${creditEventKey(told)}, ${fields}::jsonb, ${amount}, ${sealedBody},
        CASE WHEN ${contentType}::text IS NOT NULL THEN jsonb_build_object('content-type', ${contentType}::text) END, credit."id"
      FROM credit ON CONFLICT ("dedupe_key") DO NOTHING RETURNING 1
    )
    SELECT "id" FROM credit WHERE EXISTS (SELECT FROM stored)`;
  return credit ? db.virtualCredit.findUnique({ where: { id: credit.id } }) : null;
};
