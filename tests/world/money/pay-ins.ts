import { createHash } from 'node:crypto';
import { post, send } from '../api.ts';
import type { Answer } from '../api.ts';
import { db } from '../database.ts';
import { until } from '../until.ts';
import { world } from '../world.ts';
import { balancesOf } from './books.ts';

export interface Begun {
  transactionId: string;
  txnId: string;
  paymentUrl: string;
}

/** Begins a deposit of so many rupees; the checkout page is there. */
export const beginDeposit = async (driver: { token: string }, amount: string | number): Promise<Begun> => {
  const { status, body } = await post('/payments/deposit', { amount }, driver);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data as Begun;
};

export const transactionOf = (id: string) => db.transaction.findUniqueOrThrow({ where: { id } });

export const untilStatus = (id: string, status: 'SUCCESS' | 'FAILED') =>
  until(async () => {
    const row = await transactionOf(id);
    return row.status === status && row;
  }, `payment ${id} to be ${status}`);

/** The deposit of a driver, in paise. */
export const depositOf = async (driverId: string): Promise<number> =>
  (await balancesOf(driverId))[`2010[${driverId}]`] ?? 0;

/** Until nothing that was stored of these payments waits to be heard. */
export const untilHeard = (...transactionIds: string[]) =>
  until(
    async () =>
      (await db.gatewayEvent.count({ where: { subjectId: { in: transactionIds }, state: 'RECEIVED' } })) === 0,
    'the stored events to be heard',
  );

type Fields = Record<string, string>;

const { EASEBUZZ_MERCHANT_KEY: key = '', EASEBUZZ_SALT_KEY: salt = '' } = world.apiEnvironment;

/** An event as the gateway signs it. What is not signed may be anything, and stands in `unsigned`. */
export const signedEvent = (said: Fields, unsigned: Fields = {}, pair = { key, salt }): Fields => {
  const fields: Fields = {
    ...{ key: pair.key, status: 'success', productinfo: 'Security Deposit', firstname: 'Dinesh' },
    ...{ email: 'accounts@bluefleet.example' },
    ...said,
  };
  const udfs = Array.from({ length: 10 }, (_, index) => `udf${10 - index}`);
  const names = ['status', ...udfs, 'email', 'firstname', 'productinfo', 'amount', 'txnid'];
  const signed = [pair.salt, ...names.map((name) => fields[name] ?? ''), pair.key].join('|');
  const hash = createHash('sha512').update(signed).digest('hex');
  return { ...fields, hash, easepayid: 'E1', mode: 'UPI', bank_ref_num: '900', ...unsigned };
};

const webhook = '/webhooks/easebuzz/payment';

const sendForm = (path: string, fields: Fields): Promise<Answer> =>
  send('POST', path, new URLSearchParams(fields).toString(), {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });

/** Sends an event to the webhook, as a form. */
export const deliver = (fields: Fields): Promise<Answer> => sendForm(webhook, fields);

/** The same as JSON. */
export const deliverJson = (body: string | Fields): Promise<Answer> => send('POST', webhook, body);

/** The browser of the payer comes back with what the gateway signed. */
export const comeBack = (fields: Fields): Promise<Answer> => sendForm('/webhooks/payment/success', fields);
