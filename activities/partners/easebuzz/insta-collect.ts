import type { Logger } from 'pino';
import { amountLiteral } from '../../../workflows/domain/money/gateway-amounts.ts';
import { gatewayTime } from '../../../workflows/domain/money/gateway-times.ts';
import type { Instant, IstDay } from '../../../workflows/domain/time.ts';
import { jsonRequest, listed, notFoundOrUnknown, numberLiteral, refused, refusedOrDuplicate } from './asking.ts';
import type { Duplicate, Listed, Refused, Unavailable, Unknown } from './asking.ts';
import { Credits, OneAccount, OneOrder, OrderCredits, Switched } from './insta-collect-answers.ts';
import type { GatewayAccount, GatewayCredit, GatewayOrder, GatewayOrderCredit } from './insta-collect-answers.ts';
import { firstnameOf, phoneOf, udfOf } from './sanitise.ts';
import { wireAsker, wireSigning } from './wire.ts';
import type { WireConfig } from './wire.ts';

/** A virtual account to be made. `number` makes it safe to ask again: the same number gets the same account. */
export interface AccountWanted {
  number: string;
  label: string;
  description?: string;
}

/** An order to be made: a virtual account for one amount, paid at once unless parts are allowed. */
export interface OrderWanted {
  number: string;
  amountPaise: number;
  allowPartial: boolean;
  customerName: string;
  customerPhone: string;
  /** Empty if there is none. */
  customerEmail: string;
  expiresAt: Instant;
  udf1: string;
}

type NoAnswer = Unknown | Unavailable;

export type AccountCreation = { kind: 'created'; account: GatewayAccount } | Refused | Duplicate | NoAnswer;

export type AccountState = { kind: 'found'; account: GatewayAccount } | { kind: 'notFound' } | NoAnswer;

export type AccountSwitch = { kind: 'switched'; isActive: boolean } | Refused | NoAnswer;

export type CreditList = Listed<GatewayCredit>;

export type OrderCreation = { kind: 'created'; order: GatewayOrder } | Refused | Duplicate | NoAnswer;

export type OrderState = { kind: 'found'; credits: GatewayOrderCredit[] } | { kind: 'notFound' } | NoAnswer;

const pageSize = 100;
const pagesMax = 1_000;

/**
 * The calls of InstaCollect, virtual accounts and orders, translated into our words; it decides nothing. Every call has a time
 * limit and one of few outcomes, never throws, and may be repeated. Source: easebuzz.md 2, 3 and Rules.
 */
export const instaCollect = (config: WireConfig, log: Logger, ask = wireAsker(log, config.pace)) => {
  const { key, wireBaseUrl } = config;
  const { hash, headers, get, query } = wireSigning(config);
  const base = `${wireBaseUrl}/api/v1/insta-collect`;

  const creditsOnPage = async (day: IstDay, page: number): Promise<CreditList> => {
    const asked = query({ created_at: day, pageSize: String(pageSize), page: String(page) });
    const options = { name: 'credits', number: day, shape: Credits };
    const url = `${wireBaseUrl}/api/v2/insta-collect/transactions?${asked}`;
    return listed(await ask(options, url, get(hash('credits', {}))));
  };

  return {
    /** Makes a virtual account, or finds the one that was made with the same number. Source: easebuzz.md 2.1. */
    async createAccount({ number, label, description = '' }: AccountWanted): Promise<AccountCreation> {
      const fields = { label: udfOf(label), unique_request_number: number };
      const body = { key, ...fields, ...(description && { description: udfOf(description) }) };
      const options = { name: 'create account', number, shape: OneAccount };
      const init = jsonRequest(body, headers(hash('createAccount', fields)));
      const asked = await ask(options, `${base}/virtual_accounts/`, init);
      if (asked.kind !== 'answered') return asked;
      return asked.answer.isAccepted
        ? { kind: 'created', account: asked.answer.value }
        : refusedOrDuplicate(asked.answer.text);
    },

    /** A virtual account as it is now. Source: easebuzz.md 2.2. */
    async readAccount(gatewayId: string): Promise<AccountState> {
      const options = { name: 'read account', number: gatewayId, shape: OneAccount };
      const url = `${base}/virtual_accounts/${encodeURIComponent(gatewayId)}?${query()}`;
      const asked = await ask(options, url, get(hash('account', { virtual_account_id: gatewayId })));
      if (asked.kind !== 'answered') return asked;
      return asked.answer.isAccepted
        ? { kind: 'found', account: asked.answer.value }
        : notFoundOrUnknown(asked.answer.text);
    },

    /** Lets a virtual account take money, or no longer. Answers the state that the gateway tells, else the one asked for. Source: easebuzz.md 2.2. */
    async switchAccount(gatewayId: string, isActive: boolean): Promise<AccountSwitch> {
      const options = { name: 'switch account', number: gatewayId, shape: Switched };
      const url = `${base}/virtual_accounts/${encodeURIComponent(gatewayId)}/update_status/`;
      const authorization = hash('account', { virtual_account_id: gatewayId });
      const asked = await ask(options, url, jsonRequest({ key, is_active: isActive }, headers(authorization)));
      if (asked.kind !== 'answered') return asked;
      return asked.answer.isAccepted
        ? { kind: 'switched', isActive: asked.answer.value ?? isActive }
        : refused(asked.answer.text);
    },

    /** A page of the credits of a day, from 1; the last one is not full. Source: easebuzz.md 2.2, where `page` is ours. */
    async creditsPage(day: IstDay, page: number) {
      const read = await creditsOnPage(day, page);
      return read.kind === 'listed' ? { ...read, isLast: read.rows.length < pageSize } : read;
    },

    /**
     * All credits of a day, each once and as it is now. Asks for `page` 1, 2, 3 of a hundred rows until one is not full; a full
     * page without a new credit means that the gateway does not turn pages, and then nobody knows the whole day. Source:
     * easebuzz.md 2.2, where `page` is ours.
     */
    async creditsOn(day: IstDay): Promise<CreditList> {
      const rows = new Map<string, GatewayCredit>();
      for (let page = 1; page <= pagesMax; page++) {
        const read = await creditsOnPage(day, page);
        if (read.kind !== 'listed') return read;
        const before = rows.size;
        for (const row of read.rows) rows.set(row.creditId, row);
        if (read.rows.length < pageSize) return { kind: 'listed', rows: [...rows.values()] };
        if (rows.size === before) return { kind: 'unknown', reason: 'the pages do not turn' };
      }
      return { kind: 'unknown', reason: 'there are too many pages' };
    },

    /** Makes an order, or finds the one that was made with the same number. Source: easebuzz.md 3.1. */
    async createOrder(wanted: OrderWanted): Promise<OrderCreation> {
      const amount = amountLiteral(wanted.amountPaise);
      const perTransaction = wanted.allowPartial ? '' : amount;
      const texts = { unique_request_number: wanted.number, udf1: udfOf(wanted.udf1), udf2: 'ORDER' };
      const customer = firstnameOf(wanted.customerName);
      const body = {
        ...{ key, ...texts, amount: numberLiteral(amount) },
        ...(perTransaction && { per_transaction_amount: numberLiteral(perTransaction) }),
        ...{ customer_name: customer, customer_phone: phoneOf(wanted.customerPhone) },
        ...(wanted.customerEmail && { customer_email: wanted.customerEmail }),
        allowed_collection_modes: ['upi', 'bank_account'],
        expiry_date: gatewayTime(wanted.expiresAt),
        notify_customer_on_create: false,
      };
      const authorization = hash('createOrder', { ...texts, amount, per_transaction_amount: perTransaction });
      const options = { name: 'create order', number: wanted.number, shape: OneOrder };
      const asked = await ask(options, `${base}/order/create/`, jsonRequest(body, headers(authorization)));
      if (asked.kind !== 'answered') return asked;
      return asked.answer.isAccepted
        ? { kind: 'created', order: asked.answer.value }
        : refusedOrDuplicate(asked.answer.text, customer);
    },

    /** What was paid to an order. Source: easebuzz.md 3.2. */
    async readOrder(gatewayId: string): Promise<OrderState> {
      const options = { name: 'read order', number: gatewayId, shape: OrderCredits };
      const url = `${base}/order/${encodeURIComponent(gatewayId)}/?${query()}`;
      const asked = await ask(options, url, get(hash('order', { order_id: gatewayId })));
      if (asked.kind !== 'answered') return asked;
      return asked.answer.isAccepted
        ? { kind: 'found', credits: asked.answer.value }
        : notFoundOrUnknown(asked.answer.text);
    },
  };
};

export type InstaCollect = ReturnType<typeof instaCollect>;
