import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { paiseOfLiteral } from '../../workflows/domain/money/gateway-amounts.ts';
import { payInEventKey } from '../../workflows/domain/money/pay-ins.ts';
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
      const { bytes, services, requestId, header } = context;
      const { fields, amountLiteral } = paymentOf(context);
      const said = Object.fromEntries(kept.map((name) => [name, plain(fields[name])]));
      const { txnid = '', status = '', easepayid = '' } = said;
      const id = randomUUID();
      const amountPaise = paiseOfLiteral(amountLiteral);
      const payment = await services.storeGatewayEvent({
        ...{ id, txnid, fields: said, amountPaise, contentType: header('content-type') ?? '' },
        dedupeKey: payInEventKey(txnid, status, easepayid, amountPaise),
        sealedBody: services.sealer.seal('gateway-body', Buffer.from(bytes).toString('utf8'), id),
      });
      if (payment) services.temporal.signal(payInProcess(payment), payInNews, requestId);
      return { status: 'ok' as const, success: true as const };
    },
  }),
];
