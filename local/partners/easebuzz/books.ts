import { randomBytes, randomInt } from 'node:crypto';
import { bringsMoney, createAccounts } from './accounts.ts';
import type { Fields } from './hashes.ts';
import { roundedRupees as rupees } from './numbers.ts';
import { createWallet } from './wallet.ts';

export type Payment = {
  /** What initiate was sent. */
  sent: Fields;
  accessKey: string;
  easepayid: string;
  word: string;
  mode: string;
  bankRef: string;
  at: string;
  settlementId: string | null;
};

export type Refund = { refundId: string; merchantRefundId: string; easepayid: string; amount: number; word: string };

/** What one payment or credit brought, and what it cost. */
type Settled = ({ txnid: string; easepayid: string } | { id: string; utr: string }) & {
  amount: number;
  service_charge: number;
  gst_amount: number;
};

export type Settlement = {
  payout_id: string;
  payout_date: string;
  payout_amount: number;
  utr: string;
  product: 'PAY_IN' | 'INSTA_COLLECT';
  transactions: Settled[];
};

export type LogEntry = {
  id: number;
  at: string;
  kind: 'asked' | 'answered' | 'sent' | 'paid';
  what: string;
  detail: object;
};

const feeRate = 0.02;
const taxRate = 0.18;

/** A moment as the gateway writes it, in Indian time. */
export const istText = (at: string) =>
  new Date(Date.parse(at) + 5.5 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

/** What the gateway knows: payments by txnid, refunds, virtual accounts, the wallet with its transfers, settlements, and a log to which things are only added. */
export const createBooks = () => {
  const accounts = createAccounts();
  const wallet = createWallet();
  const payments = new Map<string, Payment>();
  const refunds: Refund[] = [];
  const settlements: Settlement[] = [];
  const log: LogEntry[] = [];

  const refundedOf = (easepayid: string) =>
    refunds
      .filter((refund) => refund.easepayid === easepayid && refund.word !== 'cancelled')
      .reduce((sum, { amount }) => rupees(sum + amount), 0);

  const paidOut = (
    product: Settlement['product'],
    due: { settlementId: string | null }[],
    transactions: Settled[],
  ): Settlement[] => {
    if (due.length === 0) return [];
    const net = transactions.map(({ amount, service_charge, gst_amount }) => amount - service_charge - gst_amount);
    const settlement = {
      payout_id: `S${randomBytes(5).toString('hex').toUpperCase()}`,
      payout_date: istText(new Date().toISOString()).slice(0, 10),
      payout_amount: rupees(net.reduce((sum, amount) => sum + amount, 0)),
      utr: String(randomInt(1e11, 1e12)),
      ...{ product, transactions },
    };
    for (const each of due) each.settlementId = settlement.payout_id;
    settlements.push(settlement);
    return [settlement];
  };

  const settlePayments = () => {
    const due = [...payments.values()].filter(({ word, settlementId }) => word === 'success' && !settlementId);
    const transactions = due.map(({ sent, easepayid }) => {
      const amount = Number(sent['amount']);
      const fee = rupees(amount * feeRate);
      return {
        ...{ txnid: sent['txnid'] ?? '', easepayid, amount },
        ...{ service_charge: fee, gst_amount: rupees(fee * taxRate) },
      };
    });
    return paidOut('PAY_IN', due, transactions);
  };

  const settleCredits = () => {
    const due = [...accounts.credits.values()].filter((credit) => bringsMoney(credit) && !credit.settlementId);
    const transactions = due.map(({ id, utr, amount, serviceCharge, gst }) => ({
      ...{ id, utr, amount, service_charge: serviceCharge, gst_amount: gst },
    }));
    return paidOut('INSTA_COLLECT', due, transactions);
  };

  return {
    ...accounts,
    wallet,
    payments,
    refunds,
    settlements,
    log,
    refundedOf,

    note: (kind: LogEntry['kind'], what: string, detail: object) => {
      log.push({ id: log.length + 1, at: new Date().toISOString(), kind, what, detail });
    },

    open: (sent: Fields): Payment => {
      const payment: Payment = {
        sent,
        accessKey: randomBytes(32).toString('hex'),
        easepayid: `E${randomBytes(6).toString('hex').toUpperCase()}`,
        ...{ word: 'initiated', mode: '', bankRef: '', at: new Date().toISOString(), settlementId: null },
      };
      payments.set(sent['txnid'] ?? '', payment);
      return payment;
    },

    finish: (payment: Payment, word: string, mode: string) => {
      payment.word = word;
      payment.mode = mode;
      payment.bankRef = word === 'success' ? String(randomInt(1e11, 1e12)) : '';
    },

    /** Pays everything that has come in, and is not settled yet, to the bank of the merchant: payments, then credits. */
    settle: (): Settlement[] => [...settlePayments(), ...settleCredits()],
  };
};

export type Books = ReturnType<typeof createBooks>;
