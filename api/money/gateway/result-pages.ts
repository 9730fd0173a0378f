import { z } from 'zod';
import type { Db } from '../../../prisma/client.ts';
import type { Transaction } from '../../../prisma/generated/client.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { gatewaySecrets, readGatewayEvent } from '../../partners/gateway-events.ts';
import { enquire } from './enquiries.ts';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Markup in which no value is markup. */
const html = (parts: TemplateStringsArray, ...values: string[]): string =>
  String.raw({ raw: parts }, ...values.map((value) => value.replace(/[&<>"']/g, (sign) => escapes[sign]!)));

interface Outcome {
  title: string;
  text: string;
  /** Where the browser goes after three seconds, and what the link to it says. */
  next: string;
  link: string;
}

const app = (page: 'success' | 'failure' | 'pending', query: Record<string, string>): string =>
  `driversklub://payment/${page}?${new URLSearchParams(query).toString()}`;

/** What our own record says of a payment; what the browser brings is never shown. */
const outcomeOf = (row: Transaction | null): Outcome => {
  if (!row) {
    const text = 'We do not know a payment of this number. The app shows all your payments.';
    return { title: 'Payment not found', text, next: app('failure', {}), link: 'Back to the app' };
  }
  const amount = rupeeText(paise(Number(row.amountPaise)));
  const txnid = row.easebuzzTxnId ?? row.id;
  switch (row.status) {
    case 'PENDING': {
      const text = `₹ ${amount}: we are waiting for the gateway to confirm your payment. This page looks again by itself.`;
      return {
        title: 'Payment is processing',
        text,
        next: `?${new URLSearchParams({ txnid }).toString()}`,
        link: 'Look again',
      };
    }
    case 'FAILED': {
      const text = `₹ ${amount} was not paid. If your bank has taken the money, it is credited as soon as we hear of it.`;
      return { title: 'Payment not made', text, next: app('failure', { txnid }), link: 'Back to the app' };
    }
    case 'SUCCESS':
    case 'REFUNDED': {
      const title = row.status === 'SUCCESS' ? 'Payment received' : 'Payment refunded';
      const text = `₹ ${amount}, number ${txnid}`;
      return { title, text, next: app('success', { txnid, amount }), link: 'Back to the app' };
    }
  }
};

const page = ({ title, text, next, link }: Outcome): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="3; url=${next}" />
        <title>${title}</title>
        <style>
          body {
            font:
              1.1rem system-ui,
              sans-serif;
            margin: 20vh auto;
            max-width: 24rem;
            padding: 0 1rem;
            text-align: center;
          }
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <p>${text}</p>
        <p><a href="${next}">${link}</a></p>
      </body>
    </html> `;

const Returned = z.object({ txnid: z.string().max(40).optional() });

const transactionOf = async (db: Db, txnid: string | undefined): Promise<Transaction | null> => {
  if (!txnid) return null;
  const current = await db.transaction.findUnique({ where: { easebuzzTxnId: txnid } });
  return current ?? db.transaction.findFirst({ where: { earlierTxnIds: { has: txnid } } });
};

/** Whether the gateway signed what the browser brought. It moves nothing even then. */
const isSigned = ({ services, bytes, header }: Base): boolean => {
  const secrets = gatewaySecrets(services.env);
  return secrets !== null && 'kind' in readGatewayEvent(bytes, header('content-type') ?? '', secrets);
};

const shared = { allow: 'public', bare: true, lenient: true, limit: 'resultPage', output: 'html' } as const;

const resultPage = (word: 'success' | 'failure') => {
  const path = `/webhooks/payment/${word}`;
  const aliases = [`/payment/${word}`];
  return [
    get(path, {
      ...shared,
      aliases,
      summary: 'The page on which a payer sees what became of the payment',
      query: Returned,
      returns: z.string(),
      handle: async ({ query, db }) => page(outcomeOf(await transactionOf(db, query.txnid))),
    }),
    post(path, {
      ...shared,
      aliases,
      summary: 'The same page, to which the gateway sends the browser of the payer with a form',
      input: 'raw',
      body: Returned,
      returns: z.string(),
      async handle(context) {
        const row = await transactionOf(context.db, context.body.txnid);
        if (row && isSigned(context)) await enquire(context, row);
        return page(outcomeOf(row));
      },
    }),
  ];
};

/** Where the gateway sends payers. Says what our own record says, and moves nothing. Source: payments.md, Webhooks and redirect pages. */
export const resultPages = [...resultPage('success'), ...resultPage('failure')];
