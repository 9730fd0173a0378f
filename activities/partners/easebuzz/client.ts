import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { amountLiteral } from '../../../workflows/domain/money/gateway-amounts.ts';
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import type { Signed } from '../../../workflows/domain/money/gateway-hashes.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { Initiated, Payments, Refunded, Refunds, Settlements } from './answers.ts';
import type { GatewayPayment, GatewayRefund, GatewaySettlement } from './answers.ts';
import { firstnameOf, phoneOf, productinfoOf, udfOf } from './sanitise.ts';
import { transport, usualPace } from './transport.ts';
import type { Pace, Sent } from './transport.ts';

export interface EasebuzzConfig {
  key: string;
  salt: string;
  payBaseUrl: string;
  dashboardBaseUrl: string;
  /** Where the gateway sends the payer afterwards. */
  successUrl: string;
  failureUrl: string;
  pace?: Pace;
}

/** A payment to be begun. The amount is in paise; the udf are for people who read the gateway's dashboard. */
export interface PaymentWanted {
  txnid: string;
  amountPaise: number;
  productinfo: string;
  firstname: string;
  email: string;
  phone: string;
  udf1?: string;
  udf2?: string;
  udf3?: string;
}

/** Nobody knows whether the gateway has acted: ask for its state before anything is repeated. */
type Unknown = { kind: 'unknown'; reason: string };

/** The circuit is open, and nothing was sent. */
type Unavailable = { kind: 'unavailable' };

/** A definite no: nothing has happened, and the same call would be refused again. */
type Refused = { kind: 'refused'; reason: string };

/** The number was used before, perhaps by an attempt of ours whose answer was lost. */
type Duplicate = { kind: 'duplicate' };

export type Initiation =
  { kind: 'live'; accessKey: string; paymentUrl: string } | Refused | Duplicate | Unknown | Unavailable;

export type PaymentState = ({ kind: 'found' } & GatewayPayment) | { kind: 'notFound' } | Unknown | Unavailable;

export type RefundBegun = { kind: 'accepted'; gatewayRefundId: string } | Refused | Duplicate | Unknown | Unavailable;

export type RefundState = ({ kind: 'found' } & GatewayRefund) | { kind: 'notFound' } | Unknown | Unavailable;

type Listed<T> = { kind: 'listed'; rows: T[] } | Refused | Unknown | Unavailable;

type Fields = Record<string, string>;
type Answered<T> = { isAccepted: true; value: T } | { isAccepted: false; text: string };

const isDuplicate = (text: string) => /duplicat|already/i.test(text);
const isNotFound = (text: string) => /not (?:found|exist)|no (?:record|transaction|refund|data)/i.test(text);

/** The gateway may repeat in its refusal what we sent: no person, no e-mail, no longer number goes further. */
const withoutPersons = (text: string, { firstname = '' }: Fields): string =>
  text
    .replaceAll(firstname || '\0', '…')
    .replace(/\S+@\S+|\d{5,}|[0-9a-f]{32,}/gi, '…')
    .slice(0, 200);

/** `2026-11-29` as the gateway writes it: `29-11-2026`. */
const gatewayDate = (day: IstDay) => day.split('-').reverse().join('-');

/**
 * The calls of the payment gateway, translated into our words; it decides nothing. Every call has a time limit and one of few
 * outcomes, and never throws. Source: easebuzz.md 1 and Rules.
 */
export const easebuzz = (config: EasebuzzConfig, log: Logger) => {
  const { key, salt, payBaseUrl, dashboardBaseUrl, pace = usualPace } = config;
  const send = transport(pace);
  const everyAttempt = pace.waitsMs.length + 1;

  const hash = (what: Signed, fields: Fields) =>
    createHash('sha512')
      .update(signedText(what, { ...fields, key, merchant_key: key, salt }))
      .digest('hex');

  const form = (fields: Fields): RequestInit => ({ method: 'POST', body: new URLSearchParams(fields) });

  const json = (body: object): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

  /** Sends one call, and logs its name, its number and how it went: nothing else of it may be written down. */
  const ask = async <T>(
    { name, number, shape, attempts = everyAttempt }: AskOptions<T>,
    url: string,
    init: RequestInit,
  ): Promise<{ kind: 'answered'; answer: Answered<T> } | Unknown | Unavailable> => {
    const startedAt = performance.now();
    const sent = await send(url, init, attempts);
    const read = readAnswer(sent, shape);
    log.info(
      {
        ...{ call: name, number, outcome: read.kind, ms: Math.round(performance.now() - startedAt) },
        ...(sent.kind === 'answered' && { status: sent.status }),
        ...(read.kind === 'unknown' && { reason: read.reason }),
      },
      'gateway',
    );
    return read;
  };

  return {
    /** Asks for a link. No money can move without one, so a lost answer is asked for again with the same txnid. Source: easebuzz.md 1.1. */
    async initiate(wanted: PaymentWanted): Promise<Initiation> {
      const fields = {
        txnid: wanted.txnid,
        amount: amountLiteral(wanted.amountPaise),
        productinfo: productinfoOf(wanted.productinfo),
        firstname: firstnameOf(wanted.firstname),
        email: wanted.email,
        udf1: udfOf(wanted.udf1 ?? ''),
        udf2: udfOf(wanted.udf2 ?? ''),
        udf3: udfOf(wanted.udf3 ?? ''),
      };
      const { successUrl: surl, failureUrl: furl } = config;
      const signed = { ...fields, key, hash: hash('initiate', fields), phone: phoneOf(wanted.phone), surl, furl };
      const options = { name: 'initiate', number: wanted.txnid, shape: Initiated, attempts: 3 };
      const asked = await ask(options, `${payBaseUrl}/payment/initiateLink`, form(signed));
      if (asked.kind !== 'answered') return asked;
      if (asked.answer.isAccepted) {
        const accessKey = asked.answer.value;
        return { kind: 'live', accessKey, paymentUrl: `${payBaseUrl}/pay/${accessKey}` };
      }
      return refusedOrDuplicate(asked.answer.text, fields);
    },

    /** What became of a payment. Of several rows the one with money counts, else the last. Source: easebuzz.md 1.3. */
    async status(txnid: string): Promise<PaymentState> {
      const body = form({ key, txnid, hash: hash('retrieve', { txnid }) });
      const options = { name: 'retrieve', number: txnid, shape: Payments };
      const asked = await ask(options, `${dashboardBaseUrl}/transaction/v2/retrieve`, body);
      if (asked.kind !== 'answered') return asked;
      if (!asked.answer.isAccepted) return notFoundOrUnknown(asked.answer.text);
      const rows = asked.answer.value;
      if (rows.length === 0) return { kind: 'notFound' };
      const ours = rows.filter((row) => row.txnid === txnid);
      const found = ours.find(({ word }) => word === 'success') ?? ours.at(-1);
      return found ? { kind: 'found', ...found } : { kind: 'unknown', reason: 'the answer is about another payment' };
    },

    /** All payments of some business days, both included. Source: easebuzz.md 1.3. */
    async statusByDate(from: IstDay, to: IstDay): Promise<Listed<GatewayPayment>> {
      const range = { start_date: gatewayDate(from), end_date: gatewayDate(to) };
      const body = json({ key, hash: hash('retrieveByDate', range), date_range: range });
      const options = { name: 'retrieve by date', number: from, shape: Payments };
      return listed(await ask(options, `${dashboardBaseUrl}/transaction/v2/retrieve/date`, body));
    },

    /**
     * Sends money of a payment back. Sent once: with an unknown outcome ask `refundStatus`, then repeat with the same `refundId`.
     * Source: easebuzz.md 1.4.
     */
    async refund(refundId: string, easepayid: string, amountPaise: number): Promise<RefundBegun> {
      const fields = {
        merchant_refund_id: refundId,
        easebuzz_id: easepayid,
        refund_amount: amountLiteral(amountPaise),
      };
      const body = form({ ...fields, key, hash: hash('refund', fields) });
      const options = { name: 'refund', number: refundId, shape: Refunded, attempts: 1 };
      const asked = await ask(options, `${dashboardBaseUrl}/transaction/v2/refund`, body);
      if (asked.kind !== 'answered') return asked;
      return asked.answer.isAccepted
        ? { kind: 'accepted', ...asked.answer.value }
        : refusedOrDuplicate(asked.answer.text, fields);
    },

    /** What became of a refund. Source: easebuzz.md 1.4. */
    async refundStatus(refundId: string, easepayid: string): Promise<RefundState> {
      const fields = { easebuzz_id: easepayid, merchant_refund_id: refundId };
      const body = form({ ...fields, key, hash: hash('retrieveRefund', fields) });
      const options = { name: 'refund status', number: refundId, shape: Refunds };
      const asked = await ask(options, `${dashboardBaseUrl}/refund/v1/retrieve`, body);
      if (asked.kind !== 'answered') return asked;
      if (!asked.answer.isAccepted) return notFoundOrUnknown(asked.answer.text);
      const found = asked.answer.value.find((row) => row.refundId === refundId);
      return found ? { kind: 'found', ...found } : { kind: 'notFound' };
    },

    /** What reached our bank on some business days, both included. Source: easebuzz.md 1.5. */
    async settlements(from: IstDay, to: IstDay): Promise<Listed<GatewaySettlement>> {
      const range = { start_date: gatewayDate(from), end_date: gatewayDate(to) };
      const body = json({ merchant_key: key, hash: hash('retrieveSettlements', range), payout_date: range });
      const options = { name: 'settlements', number: from, shape: Settlements };
      return listed(await ask(options, `${dashboardBaseUrl}/settlements/v1/retrieve`, body));
    },
  };
};

export type Easebuzz = ReturnType<typeof easebuzz>;

interface AskOptions<T> {
  name: string;
  /** What people know the call by. */
  number: string;
  shape: z.ZodType<Answered<T>>;
  /** How often it is sent at most; every time that the pace has, if not said. */
  attempts?: number;
}

const readAnswer = <T>(
  sent: Sent,
  shape: z.ZodType<Answered<T>>,
): { kind: 'answered'; answer: Answered<T> } | Unknown | Unavailable => {
  if (sent.kind !== 'answered') return sent;
  const parsed = shape.safeParse(sent.json);
  return parsed.success
    ? { kind: 'answered', answer: parsed.data }
    : { kind: 'unknown', reason: `HTTP ${sent.status} with JSON of another shape` };
};

const refusedOrDuplicate = (text: string, fields: Fields): Refused | Duplicate =>
  isDuplicate(text) ? { kind: 'duplicate' } : { kind: 'refused', reason: withoutPersons(text, fields) };

/** Only the gateway's word that it knows nothing counts as such: a refused key must not look like an unpaid link. */
const notFoundOrUnknown = (text: string): { kind: 'notFound' } | Unknown =>
  isNotFound(text) ? { kind: 'notFound' } : { kind: 'unknown', reason: withoutPersons(text, {}) };

const listed = <T>(asked: { kind: 'answered'; answer: Answered<T[]> } | Unknown | Unavailable): Listed<T> => {
  if (asked.kind !== 'answered') return asked;
  const { answer } = asked;
  if (answer.isAccepted) return { kind: 'listed', rows: answer.value };
  return isNotFound(answer.text)
    ? { kind: 'listed', rows: [] }
    : { kind: 'refused', reason: withoutPersons(answer.text, {}) };
};
