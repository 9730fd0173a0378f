import type { Logger } from 'pino';
import { amountLiteral } from '../../../workflows/domain/money/gateway-amounts.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { Initiated, Payments, Refunded, Refunds, Settlements } from './answers.ts';
import type { GatewayPayment, GatewayRefund, GatewaySettlement } from './answers.ts';
import { asker, jsonRequest, listed, notFoundOrUnknown, refusedOrDuplicate, signer } from './asking.ts';
import type { Duplicate, Fields, Listed, Refused, Unavailable, Unknown } from './asking.ts';
import { firstnameOf, phoneOf, productinfoOf, udfOf } from './sanitise.ts';
import { usualPace } from './transport.ts';
import type { Pace } from './transport.ts';

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

export type Initiation =
  { kind: 'live'; accessKey: string; paymentUrl: string } | Refused | Duplicate | Unknown | Unavailable;

export type PaymentState = ({ kind: 'found' } & GatewayPayment) | { kind: 'notFound' } | Unknown | Unavailable;

export type RefundBegun = { kind: 'accepted'; gatewayRefundId: string } | Refused | Duplicate | Unknown | Unavailable;

export type RefundState = ({ kind: 'found' } & GatewayRefund) | { kind: 'notFound' } | Unknown | Unavailable;

/** `2026-11-29` as the gateway writes it: `29-11-2026`. */
const gatewayDate = (day: IstDay) => day.split('-').reverse().join('-');

/**
 * The calls of the payment gateway, translated into our words; it decides nothing. Every call has a time limit and one of few
 * outcomes, and never throws. Source: easebuzz.md 1 and Rules.
 */
export const easebuzz = (config: EasebuzzConfig, log: Logger) => {
  const { key, payBaseUrl, dashboardBaseUrl, pace = usualPace } = config;
  const hash = signer(config);
  const ask = asker({ pace, slots: 20 }, log);

  const form = (fields: Fields): RequestInit => ({ method: 'POST', body: new URLSearchParams(fields) });

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
      return refusedOrDuplicate(asked.answer.text, fields.firstname);
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
      const body = jsonRequest({ key, hash: hash('retrieveByDate', range), date_range: range });
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
        : refusedOrDuplicate(asked.answer.text);
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
      const body = jsonRequest({ merchant_key: key, hash: hash('retrieveSettlements', range), payout_date: range });
      const options = { name: 'settlements', number: from, shape: Settlements };
      return listed(await ask(options, `${dashboardBaseUrl}/settlements/v1/retrieve`, body));
    },
  };
};

export type Easebuzz = ReturnType<typeof easebuzz>;
