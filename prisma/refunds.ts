import { randomBytes } from 'node:crypto';
import type { Tx } from './client.ts';
import type { Refund } from './generated/client.ts';
import { txnid } from '../workflows/domain/money/txnids.ts';
import type { Paise } from '../workflows/domain/money.ts';

interface Wanted {
  id: string;
  /** What is refunded: a payment, or the money of an event. */
  of: { transactionId: string } | { gatewayEventId: string };
  /** The number under which the money came. */
  paidUnder: string;
  amountPaise: Paise;
  reason: string;
  by: string;
  driverId: string | null;
  fleetId: string | null;
}

/** Writes a refund down, with its number at the gateway, and for its driver the transaction that they see. */
export const createRefund = async (tx: Tx, wanted: Wanted): Promise<Refund> => {
  const { id, of, paidUnder, amountPaise, reason, by, driverId, fleetId } = wanted;
  const refund = await tx.refund.create({
    data: {
      ...{ id, ...of, driverId, fleetId, amountPaise, reason, createdBy: by },
      ...{ number: txnid('REFUND', randomBytes(20)), txnid: paidUnder },
    },
  });
  if (driverId) {
    const seen = { type: 'REFUND', direction: 'CREDIT', description: `Refund ${refund.shortId}` } as const;
    await tx.transaction.create({ data: { id, driverId, fleetId, amountPaise, ...seen } });
  }
  return refund;
};

/** The number under which the money of a payment came; null while it did not. */
export const paidNumber = async (tx: Tx, transactionId: string): Promise<string | null> => {
  const event = await tx.gatewayEvent.findFirst({
    where: { subjectId: transactionId, movesMoney: true, journalType: { in: [...paymentJournals] } },
    select: { journalKey: true },
  });
  return event?.journalKey ?? null;
};

/** The journals that book the money of a payment as what it was meant to be. Source: ledger.md 1, 3, 21, 23. */
const paymentJournals = ['deposit_paid', 'rental_charged', 'penalty_paid_link', 'late_link_payment'] as const;
