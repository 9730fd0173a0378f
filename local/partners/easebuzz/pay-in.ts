import type { RequestHandler } from 'express';
import { answering } from './answering.ts';
import type { Said } from './answering.ts';
import { istText } from './books.ts';
import type { Books, Payment } from './books.ts';
import { stateOf } from './events.ts';
import { hashOf } from './hashes.ts';
import type { Fields, KeyPair, Sequence } from './hashes.ts';
import type { PayInCall, Scenarios } from './scenarios.ts';

/** What one call demands and does. Its answer is JSON, also when it refuses. */
type Act = { sequence: Sequence; refuse: (text: string) => object; act: (fields: Fields, said: Said) => object };

/** What initiate takes. Source: easebuzz.md 1.1. */
const patterns: Record<string, RegExp> = {
  txnid: /^[\w|\-/]{1,40}$/,
  amount: /^[1-9]\d{0,6}\.\d{1,2}$/,
  productinfo: /^[A-Za-z0-9 \-|]{1,45}$/,
  firstname: /^[A-Za-z0-9&'\-._ ()/,@]{1,150}$/,
  phone: /^(?:\+\d{1,3})?\d{5,20}$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  surl: /^https?:\/\/\S+$/,
  furl: /^https?:\/\/\S+$/,
};
const udfPattern = /^[A-Za-z0-9 ./\\,_#@\-=+&]{0,300}$/;

const faultsOf = (fields: Fields): string[] => [
  ...Object.keys(patterns).filter((name) => !patterns[name]?.test(fields[name] ?? '')),
  ...Object.keys(fields).filter((name) => /^udf\d+$/.test(name) && !udfPattern.test(fields[name] ?? '')),
];

const money = (amount: number) => amount.toFixed(2);

const isBetween = (at: string, { start_date: from = '', end_date: to = '' }: Fields) => {
  const day = (text: string) => text.split('-').reverse().join('-');
  const date = istText(at).slice(0, 10);
  return date >= day(from) && date <= day(to);
};

const isText = (value: unknown): value is string => typeof value === 'string';

/** The fields of a form or of JSON; those of a range of dates stand beside the others. */
const fieldsOf = (body: unknown): Fields => {
  const { date_range, payout_date, merchant_key, ...flat } = (body ?? {}) as Record<string, unknown>;
  const all = {
    ...flat,
    ...(merchant_key !== undefined && { key: merchant_key }),
    ...(date_range ?? payout_date ?? {}),
  };
  return Object.fromEntries(Object.entries(all).filter((field): field is [string, string] => isText(field[1])));
};

/** The calls of a payment, each a value. Source: easebuzz.md 1. */
const payInCalls = (books: Books, pair: KeyPair): Record<PayInCall, Act> => {
  const saysNo = (text: string) => ({ status: 0, data: text, error_desc: text });
  const knowsNot = (text: string) => ({ status: false, msg: text });
  const giveReason = (text: string) => ({ status: false, reason: text });
  const paid = (easepayid: string | undefined): Payment | undefined =>
    [...books.payments.values()].find((payment) => payment.easepayid === easepayid && payment.word === 'success');

  return {
    initiate: {
      sequence: 'initiate',
      refuse: saysNo,
      act: (fields) => {
        const [fault] = faultsOf(fields);
        if (fault) return saysNo(`Parameter validation failed: ${fault} is not valid`);
        if (books.payments.has(fields['txnid'] ?? '')) return saysNo('Duplicate transaction id');
        return { status: 1, data: books.open(fields).accessKey };
      },
    },
    retrieve: {
      sequence: 'retrieve',
      refuse: knowsNot,
      act: ({ txnid = '' }, said) => {
        const payment = books.payments.get(txnid);
        return payment ? { status: true, msg: stateOf(payment, pair, said) } : knowsNot('Transaction not found');
      },
    },
    retrieveByDate: {
      sequence: 'retrieveByDate',
      refuse: knowsNot,
      act: (fields, said) => {
        const found = [...books.payments.values()].filter(({ at }) => isBetween(at, fields));
        return { status: true, msg: found.map((payment) => stateOf(payment, pair, said)) };
      },
    },
    refund: {
      sequence: 'refund',
      refuse: giveReason,
      act: ({ easebuzz_id: easepayid = '', merchant_refund_id: merchantRefundId = '', refund_amount: text = '' }) => {
        const payment = paid(easepayid);
        const amount = Number(text);
        if (!payment) return giveReason('Transaction not found');
        if (!/^\d+\.\d{1,2}$/.test(text) || amount <= 0) return giveReason('Refund amount is not valid');
        if (books.refunds.some((refund) => refund.merchantRefundId === merchantRefundId))
          return giveReason('Duplicate merchant refund id');
        const left = Number(payment.sent['amount']) - books.refundedOf(easepayid);
        if (amount > Number(money(left)))
          return giveReason('Refund amount is greater than what is left of the payment');
        const refundId = `R${easepayid.slice(1)}${books.refunds.length}`;
        books.refunds.push({ refundId, merchantRefundId, easepayid, amount, word: 'accepted' });
        return {
          status: true,
          reason: 'Refund accepted',
          easebuzz_id: easepayid,
          refund_id: refundId,
          refund_amount: text,
        };
      },
    },
    retrieveRefund: {
      sequence: 'retrieveRefund',
      refuse: giveReason,
      act: ({ easebuzz_id: easepayid = '' }, said) => {
        const found = books.refunds.filter((refund) => refund.easepayid === easepayid);
        if (found.length === 0) return giveReason('No refund found');
        return {
          status: true,
          easebuzz_id: easepayid,
          refunds: found.map(({ refundId, merchantRefundId, amount, word }) => ({
            ...{ refund_id: refundId, merchant_refund_id: merchantRefundId },
            ...{ refund_amount: said.amount ?? money(amount), refund_status: said.word ?? word },
          })),
        };
      },
    },
    settlements: {
      sequence: 'settlements',
      refuse: knowsNot,
      act: (fields) => ({
        status: true,
        payouts: books.settlements.filter(({ payout_date }) => isBetween(`${payout_date}T00:00:00.000Z`, fields)),
      }),
    },
  };
};

/** The calls as routes: the key, the hash exactly, then the call; each as the scenario wants it, and in the log. */
export const payInRoutes = (books: Books, scenarios: Scenarios, pair: KeyPair) => {
  const acts = payInCalls(books, pair);
  const answer = answering(books, scenarios);

  const handler =
    (call: PayInCall): RequestHandler =>
    (request, response) => {
      const fields = fieldsOf(request.body);
      const { sequence, refuse, act } = acts[call];
      const fault = () => {
        if (fields['key'] !== pair.key) return 'Merchant key is not valid';
        return fields['hash'] === hashOf(sequence, fields, pair) ? null : 'Hash mismatch';
      };
      return answer({ call, fields, fault, refuse, act }, request, response);
    };

  return Object.fromEntries(Object.keys(acts).map((call) => [call, handler(call as PayInCall)])) as Record<
    PayInCall,
    RequestHandler
  >;
};
