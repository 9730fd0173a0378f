import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { paiseOfLiteral } from '../../workflows/domain/money/gateway-amounts.ts';
import { payInEventKey, payInFacts } from '../../workflows/domain/money/pay-ins.ts';
import type { PayInRow } from '../../workflows/domain/money/pay-ins.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { payInNews } from '../../workflows/money/pay-ins.ts';
import { payInProcess } from '../../workflows/processes.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { gatewaySecrets, readGatewayEvent } from '../partners/gateway-events.ts';
import type { GatewayEvent } from '../partners/gateway-events.ts';

/** What is kept of an event in clear: what a payment needs, and nothing of the payer. */
const kept = ['txnid', 'status', 'easepayid', 'mode', 'bank_ref_num', 'addedon', 'amount'] as const;

/** Most of it is not signed, and whoever repeats an event may have put anything there. */
const plain = (text = ''): string => text.replaceAll('\0', '').slice(0, 100);

/** Reads what the door has verified already. */
const paymentOf = ({ bytes, header, services }: Base): GatewayEvent => {
  const event = readGatewayEvent(bytes, header('content-type') ?? '', gatewaySecrets(services.env)!);
  if ('fault' in event || event.kind !== 'payment') throw refusal('MALFORMED');
  return event;
};

/** What the gateway sends by itself. Verified over the received bytes, stored, answered, and only then acted on. */
export const gatewayWebhooks = [
  post('/webhooks/easebuzz/payment', {
    allow: 'easebuzz-signature',
    aliases: ['/webhooks/easebuzz'],
    summary: 'Hear from the gateway what became of a payment',
    input: 'raw',
    bare: true,
    returns: z.object({ status: z.literal('ok'), success: z.literal(true) }),
    refuses: ['INVALID_SIGNATURE', 'MALFORMED'],
    async handle(context) {
      const { db, bytes, services, requestId, header } = context;
      const { fields, amountLiteral } = paymentOf(context);
      const said = Object.fromEntries(kept.map((name) => [name, plain(fields[name])]));
      const { txnid = '', status = '', easepayid = '' } = said;
      const id = randomUUID();
      const amountPaise = paiseOfLiteral(amountLiteral);
      const sealedBody = services.sealer.seal('gateway-body', Buffer.from(bytes).toString('utf8'), id);
      // The payment is found and its event stored in one statement; it answers with the payment of an event that is new.
      const [payment] = await db.$queryRaw<PayInRow[]>`
        WITH payment AS (
          SELECT * FROM "transactions" WHERE "easebuzzTxnId" = ${txnid}
          UNION ALL SELECT * FROM "transactions" WHERE "earlierTxnIds" @> ARRAY[${txnid}]
          LIMIT 1
        ), stored AS (
          INSERT INTO "gateway_event"
            ("id", "source", "dedupe_key", "fields", "amount_paise", "sealed_body", "headers", "subject_id", "state", "error")
          SELECT ${id}::uuid, 'PG', ${payInEventKey(txnid, status, easepayid, amountPaise)}, ${JSON.stringify(said)}::jsonb,
            ${amountPaise}::bigint, ${sealedBody}, ${JSON.stringify({ 'content-type': header('content-type') ?? '' })}::jsonb,
            payment."id", CASE WHEN payment."id" IS NULL THEN 'UNMATCHED' ELSE 'RECEIVED' END::"GatewayEventState",
            CASE WHEN payment."id" IS NULL THEN 'unknown txnid' END
          FROM (SELECT) event LEFT JOIN payment ON true
          ON CONFLICT ("dedupe_key") DO NOTHING RETURNING 1
        )
        SELECT * FROM payment WHERE EXISTS (SELECT FROM stored)`;
      if (payment) services.temporal.signal(payInProcess(payInFacts(payment)), payInNews, requestId);
      return { status: 'ok' as const, success: true as const };
    },
  }),
];
