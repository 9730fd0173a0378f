import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Tx } from '../../../prisma/client.ts';
import { storeCredit } from '../../../prisma/credits.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { creditFacts } from '../../../workflows/domain/money/collections/credits.ts';
import type { ToldCredit } from '../../../workflows/domain/money/collections/credits.ts';
import { paiseOfLiteral } from '../../../workflows/domain/money/gateway-amounts.ts';
import { gatewayInstant } from '../../../workflows/domain/money/gateway-times.ts';
import { refundOutcome } from '../../../workflows/domain/money/gateway-words.ts';
import { changesNothing, payInEventKey } from '../../../workflows/domain/money/pay-ins.ts';
import { isHeardByBatch, withBatch } from '../../../prisma/payouts/bulk-payouts.ts';
import { attemptOf, payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refundFacts } from '../../../workflows/domain/money/refunds.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { creditNews } from '../../../workflows/money/credits.ts';
import { payInNews } from '../../../workflows/money/pay-ins.ts';
import { payoutNews } from '../../../workflows/money/payouts.ts';
import { refundNews } from '../../../workflows/money/refunds.ts';
import { creditProcess, payInProcess, payoutProcess, refundProcess } from '../../../workflows/processes.ts';
import { hearLowBalance } from '../payouts/low-balance.ts';
import { post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import type { GatewayEvent } from '../../partners/gateway-events.ts';

/** What is kept of an event in clear: what a payment needs, and nothing of the payer. */
const kept = ['txnid', 'status', 'easepayid', 'mode', 'bank_ref_num', 'addedon', 'amount'] as const;

/** Most of it is not signed, and whoever repeats an event may have put anything there. */
const plain = (text = ''): string => text.replaceAll('\0', '').slice(0, 100);

/** The payment that a verified event tells of. Throws MALFORMED. Source: easebuzz.md 1.2. */
const paymentOf = ({ signed }: Base): GatewayEvent => {
  if (signed?.kind !== 'payment') throw refusal('MALFORMED');
  return signed;
};

/** The credit that a verified event tells of, in either dialect. Throws MALFORMED. Source: easebuzz.md 2.3 and 6. */
const creditOf = ({ signed }: Base): ToldCredit => {
  if (signed?.kind !== 'credit' && signed?.kind !== 'flatCredit') throw refusal('MALFORMED');
  const { kind, fields, amountLiteral } = signed;
  const of = (...names: string[]) => plain(names.map((name) => fields[name]).find(Boolean));
  const amount = paiseOfLiteral(amountLiteral);
  const creditId = of('id', 'txn_id');
  if (!amount || !creditId) throw refusal('MALFORMED');
  const money = (name: string) => paiseOfLiteral(fields[name] ?? '') ?? paise(0);
  return {
    ...{ creditId, amount, fee: money('service_charge'), tax: money('gst_amount') },
    word: kind === 'flatCredit' ? 'received' : of('status'),
    utr: of('unique_transaction_reference', 'utr'),
    accountGatewayId: of('virtual_account.id', 'virtual_account_id'),
    mode: of('payment_mode'),
    // Neither is signed; what cannot be read happened when it was heard of.
    occurredAt:
      gatewayInstant(of('transaction_date', 'txn_date')) ??
      gatewayInstant(of('created_at')) ??
      new Date().toISOString(),
  };
};

/** The transfer that a verified event tells of. Throws MALFORMED. Source: easebuzz.md 4.3. */
const transferOf = ({ signed }: Base) => {
  if (signed?.kind !== 'transfer') throw refusal('MALFORMED');
  const of = (name: string) => plain(signed.fields[name]);
  const money = (name: string) => paiseOfLiteral(signed.fields[name] ?? '') ?? paise(0);
  const amountPaise = paiseOfLiteral(signed.amountLiteral);
  const number = of('unique_request_number');
  if (!amountPaise || !number) throw refusal('MALFORMED');
  const fields = {
    ...{ number, status: of('status'), utr: of('unique_transaction_reference'), id: of('id') },
    ...{ fee: money('service_charge'), tax: money('gst_amount') },
  };
  return { number, amountPaise, fields };
};

/** Somebody has made a transfer from our wallet that we did not order, or the gateway errs. Source: easebuzz.md 4.3. */
const tellUnmatched = async (tx: Tx, number: string): Promise<void> =>
  putIntoInbox(tx, {
    to: await financeOf(tx, null),
    event: 'payout:unmatched',
    title: `The gateway speaks of a transfer that is none of ours: ${number}`,
    payload: { number },
    cause: number,
  });

const Hint = z.object({
  merchant_refund_id: z.unknown().optional(),
  refund_status: z.unknown().optional(),
  status: z.unknown().optional(),
});

const textOf = (value: unknown): string => (typeof value === 'string' ? plain(value) : '');

/** What the gateway sends by itself. Verified over the received bytes if it is signed, stored, answered, and only then acted on. */
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
      const payment = await services.gatewayEvents.store({
        ...{ id, txnid, fields: said, amountPaise, contentType: header('content-type') ?? '' },
        dedupeKey: payInEventKey(txnid, status, easepayid, amountPaise),
        isNews: !changesNothing(status),
        sealedBody: services.sealer.seal('gateway-body', Buffer.from(bytes).toString('utf8'), id),
      });
      if (payment) services.temporal.signal(payInProcess(payment), payInNews, requestId);
      return { status: 'ok' as const, success: true as const };
    },
  }),

  post('/webhooks/easebuzz/virtual-account', {
    allow: 'easebuzz-signature',
    summary: 'Hear from the gateway that somebody paid into a virtual account, of a vehicle or of an order',
    input: 'raw',
    bare: true,
    returns: z.object({ status: z.literal('ok'), success: z.literal(true) }),
    refuses: ['INVALID_SIGNATURE', 'MALFORMED'],
    async handle(context) {
      const { bytes, db, services, requestId, header } = context;
      const contentType = header('content-type') ?? '';
      const told = creditOf(context);
      const eventId = randomUUID();
      const sealedBody = services.sealer.seal('gateway-body', Buffer.from(bytes).toString('utf8'), eventId);
      const credit = await storeCredit(db, told, { source: 'VA', eventId, sealedBody, contentType });
      if (credit) services.temporal.signal(creditProcess(creditFacts(credit)), creditNews, requestId);
      return { status: 'ok' as const, success: true as const };
    },
  }),

  post('/webhooks/easebuzz/payout', {
    allow: 'easebuzz-signature',
    summary: 'Hear from the gateway what became of a transfer; a hint that our wallet runs low only makes us ask',
    input: 'raw',
    bare: true,
    returns: z.object({ status: z.literal('ok'), success: z.literal(true) }),
    refuses: ['INVALID_SIGNATURE', 'MALFORMED'],
    async handle(context) {
      const { bytes, db, services, requestId, header, signed } = context;
      const contentType = header('content-type') ?? '';
      if (signed?.kind === 'lowBalance') {
        await hearLowBalance(context);
        return { status: 'ok' as const, success: true as const };
      }
      const { number, fields, amountPaise } = transferOf(context);
      const { payoutId = null } = attemptOf(number) ?? {};
      const payout = payoutId && (await db.payout.findUnique({ where: { id: payoutId }, include: withBatch }));
      const id = randomUUID();
      const data = {
        ...{ id, source: 'WIRE' as const, dedupeKey: `${number}|${fields.status}|${fields.utr}|${amountPaise}` },
        ...{ fields, amountPaise, headers: { 'content-type': contentType } },
        sealedBody: services.sealer.seal('gateway-body', Buffer.from(bytes).toString('utf8'), id),
        ...(payout ? { subjectId: payout.id } : { state: 'UNMATCHED' as const, error: 'unknown number' }),
      };
      const count = await db.$transaction(async (tx) => {
        const stored = await tx.gatewayEvent.createMany({ data, skipDuplicates: true });
        if (!payout && stored.count > 0) await tellUnmatched(tx, number);
        return stored.count;
      });
      if (payout && count > 0 && !isHeardByBatch(payout))
        services.temporal.signal(payoutProcess(payoutFacts(payout)), payoutNews, requestId);
      return { status: 'ok' as const, success: true as const };
    },
  }),

  post('/webhooks/easebuzz/refund', {
    allow: 'easebuzz-hint',
    summary: 'Hear a hint of the gateway that a refund has changed; not signed, it only makes us ask',
    limit: 'hint',
    bare: true,
    body: Hint,
    returns: z.object({ status: z.literal('ok'), success: z.literal(true) }),
    async handle({ body, db, services, requestId }) {
      const number = textOf(body.merchant_refund_id);
      const word = textOf(body.refund_status ?? body.status);
      const refund = await db.refund.findUnique({ where: { number } });
      // Anybody may send it: of what is no refund or no word of the gateway nothing is kept.
      if (refund && refundOutcome(word).isKnown) {
        const { count } = await db.gatewayEvent.createMany({
          data: {
            ...{ id: randomUUID(), source: 'REFUND' as const, subjectId: refund.transactionId },
            dedupeKey: `${number}|${word}`,
            fields: { merchant_refund_id: number, status: word },
            ...{ state: 'PROCESSED' as const, processedAt: new Date() },
          },
          skipDuplicates: true,
        });
        if (count > 0) services.temporal.signal(refundProcess(refundFacts(refund)), refundNews, requestId);
      }
      return { status: 'ok' as const, success: true as const };
    },
  }),
];
