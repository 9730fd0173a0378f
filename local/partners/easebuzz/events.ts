import { setTimeout as sleep } from 'node:timers/promises';
import type { Credit } from './accounts.ts';
import type { Books, Payment, Refund } from './books.ts';
import { istText } from './books.ts';
import { creditRow } from './credits.ts';
import { hashOf } from './hashes.ts';
import type { Fields, KeyPair, WireKeys } from './hashes.ts';
import { exactly, numeric, wireLiteral } from './numbers.ts';
import type { Scenario, Scenarios } from './scenarios.ts';
import { transferRow } from './transfers.ts';
import { usualWallet } from './wallet.ts';
import type { Transfer } from './wallet.ts';

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

const spoilt = (hash = '') => hash.replace(/./, (first) => (first === '0' ? '1' : '0'));

/** What the gateway says of a credit, signed; the amount as Wire writes it. Source: easebuzz.md 2.3. */
const creditEvent = (credit: Credit, said: { word?: string; amount?: string }, isSpoilt: boolean, wire: KeyPair) => {
  const { word: status = credit.status, amount = wireLiteral(credit.amount) } = said;
  const hash = hashOf('credit', { unique_transaction_reference: credit.utr, amount, status }, wire);
  const data = { ...creditRow(credit, { word: status, amount }), Authorization: isSpoilt ? spoilt(hash) : hash };
  return { event: 'TRANSACTION_CREDIT', data };
};

/** The same in the older dialect, which knows no states. Source: easebuzz.md 6. */
const flatCreditEvent = (
  credit: Credit,
  kind: 'VEHICLE' | 'ORDER',
  said: { amount?: string },
  isSpoilt: boolean,
  pair: KeyPair,
) => {
  const { account, id, utr, mode, at } = credit;
  const amount = said.amount ?? credit.amount.toFixed(2);
  const hash = hashOf('flatCredit', { virtual_account_id: account.id, txn_id: id, amount }, pair);
  return {
    ...{ merchant_key: pair.key, virtual_account_id: account.id, txn_id: id, amount: numeric(amount) },
    ...{ payment_mode: mode, utr, txn_date: istText(at), udf1: account.label, udf2: kind },
    hash: isSpoilt ? spoilt(hash) : hash,
  };
};

/** What the gateway says of a transfer, signed. The name of the event is not verified. Source: easebuzz.md 4.3. */
const transferEvent = (
  transfer: Transfer,
  said: { word?: string; amount?: string },
  isSpoilt: boolean,
  wire: KeyPair,
) => {
  const { word: status = transfer.word, amount = wireLiteral(transfer.amount) } = said;
  const row = transferRow(transfer, { word: status, amount });
  const hash = hashOf('transferEvent', { ...textsOf(row), amount }, wire);
  return { event: 'TRANSFER_STATUS_UPDATE', data: { ...row, Authorization: isSpoilt ? spoilt(hash) : hash } };
};

const textsOf = (row: object): Fields =>
  Object.fromEntries(Object.entries(row).filter((field): field is [string, string] => typeof field[1] === 'string'));

/**
 * Sends events to the webhook, at least once: up to five times, a second apart, until it is answered with 2xx. Scenarios of the
 * call `webhook` say how many copies go out, when, and what is wrong with them.
 */
export const createEvents = (
  books: Books,
  scenarios: Scenarios,
  { pair, wire }: { pair: KeyPair; wire: WireKeys },
  firstUrl?: string,
) => {
  let webhookUrl = firstUrl;

  const urlFor = (payment: Payment) =>
    webhookUrl ?? new URL('/webhooks/easebuzz/payment', payment.sent['surl']).toString();

  const addressOf = (route: 'virtual-account' | 'payout', apiPort: string | null | undefined): string | null => {
    const api = webhookUrl ?? (apiPort && `http://127.0.0.1:${apiPort}`);
    return api ? new URL(`/webhooks/easebuzz/${route}`, api).toString() : null;
  };

  const post = async (url: string, init: RequestInit): Promise<number> => {
    try {
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch(url, { ...init, method: 'POST', redirect: 'manual', signal });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    }
  };

  const deliver = async (url: string, init: RequestInit, fields: Fields, delayMs: number): Promise<void> => {
    await sleep(delayMs, undefined, { ref: false });
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const status = await post(url, init);
      books.note('sent', 'webhook', { url, attempt, status, fields });
      if (status >= 200 && status < 300) return;
      await sleep(retryMs, undefined, { ref: false });
    }
  };

  /** Sends as many copies as the scenario wants; the log keeps the fields. */
  const send = (url: string, init: RequestInit, fields: Fields, { copies, delayMs }: Scenario) => {
    for (let copy = 0; copy < copies; copy++) void deliver(url, init, fields, delayMs);
  };

  const json = (body: object): RequestInit => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

  const inFormat = (fields: Fields, { format }: Scenario): RequestInit =>
    format === 'form' ? { body: new URLSearchParams(fields) } : json(fields);

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
      send(url, inFormat(fields, scenario), fields, scenario);
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
      const fields = scenario.badHash ? { ...state, hash: spoilt(state['hash']) } : state;
      send(urlFor(payment), inFormat(fields, scenario), fields, scenario);
    },

    /** Sends what is true of a credit now. Answers whether it is known where to. */
    sendCredit: (credit: Credit, dialect: 'public' | 'legacy'): boolean => {
      const url = addressOf('virtual-account', credit.account.apiPort);
      if (!url) return false;
      const scenario = scenarios.take('webhook', JSON.stringify(credit));
      const { word, amount, badHash } = scenario;
      const said = { ...(word !== undefined && { word }), ...(amount !== undefined && { amount }) };
      const kind = books.orderOf(credit.account) ? 'ORDER' : 'VEHICLE';
      const body =
        dialect === 'legacy'
          ? flatCreditEvent(credit, kind, said, badHash, pair)
          : creditEvent(credit, said, badHash, wire);
      const fields = {
        ...{ id: credit.id, account: credit.account.id, utr: credit.utr, dialect },
        ...{ status: word ?? credit.status, amount: amount ?? wireLiteral(credit.amount) },
      };
      send(url, json(body), fields, scenario);
      return true;
    },

    /** Sends what is true of a transfer now. Answers whether it is known where to. */
    sendTransfer: (transfer: Transfer): boolean => {
      const url = addressOf('payout', transfer.apiPort);
      if (!url) return false;
      const scenario = scenarios.take('webhook', JSON.stringify(transfer));
      const { word, amount, badHash } = scenario;
      const said = { ...(word !== undefined && { word }), ...(amount !== undefined && { amount }) };
      const fields = {
        ...{ number: transfer.number, utr: transfer.utr },
        ...{ status: word ?? transfer.word, amount: amount ?? wireLiteral(transfer.amount) },
      };
      send(url, json(transferEvent(transfer, said, badHash, wire)), fields, scenario);
      return true;
    },

    /** Says that the wallet runs low, which nobody signs: to `port`, or to whoever made the last transfer. Source: easebuzz.md 4.4. */
    sendLowBalance: (threshold: number, port?: string): boolean => {
      const url = addressOf('payout', port ?? [...books.wallet.transfers.values()].at(-1)?.apiPort);
      if (!url) return false;
      const event = 'LOW_BALANCE_ALERT';
      const balance = wireLiteral(books.wallet.balance());
      const data = {
        ...{ balance_amount: numeric(balance), threshold_amount: exactly(wireLiteral(threshold)) },
        ...{ virtual_account_number: wire.wallet ?? usualWallet, virtual_ifsc_number: 'SIMU0000001' },
      };
      send(url, json({ event, data }), { event, balance }, scenarios.take('webhook', event));
      return true;
    },
  };
};

export type Events = ReturnType<typeof createEvents>;
