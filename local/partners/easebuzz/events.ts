import { setTimeout as sleep } from 'node:timers/promises';
import type { Books, Payment, Refund } from './books.ts';
import { istText } from './books.ts';
import { hashOf } from './hashes.ts';
import type { Fields, KeyPair } from './hashes.ts';
import type { Scenario, Scenarios } from './scenarios.ts';

const attemptsMax = 5;
const retryMs = 1_000;

/** What the gateway says of a payment to browser, webhook and status call alike. Source: easebuzz.md 1.2. */
export const stateOf = (payment: Payment, pair: KeyPair, said: { word?: string; amount?: string } = {}): Fields => {
  const { hash: _hash, udf8: _8, udf9: _9, udf10: _10, ...sent } = payment.sent;
  const paid = payment.word === 'success';
  const fields: Fields = {
    ...sent,
    key: pair.key,
    amount: said.amount ?? sent['amount'] ?? '',
    status: said.word ?? payment.word,
    easepayid: payment.easepayid,
    mode: payment.mode,
    bank_ref_num: payment.bankRef,
    net_amount_debit: paid ? (sent['amount'] ?? '') : '0.0',
    error_Message: paid ? 'Successful Transaction' : '',
    addedon: istText(payment.at),
  };
  return { ...fields, hash: hashOf('reverse', fields, pair) };
};

const spoilt = (fields: Fields): Fields => ({
  ...fields,
  hash: (fields['hash'] ?? '').replace(/./, (first) => (first === '0' ? '1' : '0')),
});

/**
 * Sends events to the webhook, at least once: up to five times, a second apart, until it is answered with 2xx. Scenarios of the
 * call `webhook` say how many copies go out, when, and what is wrong with them.
 */
export const createEvents = (books: Books, scenarios: Scenarios, pair: KeyPair, firstUrl?: string) => {
  let webhookUrl = firstUrl;

  const urlFor = (payment: Payment) =>
    webhookUrl ?? new URL('/webhooks/easebuzz/payment', payment.sent['surl']).toString();

  const post = async (url: string, fields: Fields, format: Scenario['format']): Promise<number> => {
    const init =
      format === 'form'
        ? { body: new URLSearchParams(fields) }
        : { body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } };
    try {
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch(url, { ...init, method: 'POST', redirect: 'manual', signal });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    }
  };

  const deliver = async (url: string, fields: Fields, scenario: Scenario): Promise<void> => {
    await sleep(scenario.delayMs, undefined, { ref: false });
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const status = await post(url, fields, scenario.format);
      books.note('sent', 'webhook', { url, attempt, status, fields });
      if (status >= 200 && status < 300) return;
      await sleep(retryMs, undefined, { ref: false });
    }
  };

  return {
    /** Hints that a refund has changed; nothing in it is signed. */
    sendRefund: ({ merchantRefundId, easepayid, refundId, amount, word }: Refund): void => {
      const payment = [...books.payments.values()].find((known) => known.easepayid === easepayid);
      const scenario = scenarios.take('webhook', merchantRefundId);
      const fields = {
        ...{ easebuzz_id: easepayid, refund_id: refundId, merchant_refund_id: merchantRefundId },
        ...{ refund_amount: amount.toFixed(2), refund_status: word },
      };
      const url = new URL('/webhooks/easebuzz/refund', payment ? urlFor(payment) : webhookUrl).toString();
      for (let copy = 0; copy < scenario.copies; copy++) void deliver(url, fields, scenario);
    },

    setWebhookUrl: (url: string) => {
      webhookUrl = url;
    },

    /** Sends what is true of a payment now, or `said` instead of it. */
    send: (payment: Payment, said: { word?: string; amount?: string } = {}): void => {
      const scenario = scenarios.take('webhook', JSON.stringify(payment.sent));
      const { word = said.word, amount = said.amount } = scenario;
      const state = stateOf(payment, pair, {
        ...(word !== undefined && { word }),
        ...(amount !== undefined && { amount }),
      });
      const fields = scenario.badHash ? spoilt(state) : state;
      for (let copy = 0; copy < scenario.copies; copy++) void deliver(urlFor(payment), fields, scenario);
    },
  };
};

export type Events = ReturnType<typeof createEvents>;
