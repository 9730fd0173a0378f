import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import { lockDrivers, requireInFleet } from '../../prisma/locks.ts';
import { txnid } from '../../workflows/domain/money/txnids.ts';
import { paiseFrom, rupeeText } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { minuteMs } from '../../workflows/domain/time.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { AmountGiven } from '../http/shapes.ts';
import { ownDriverId } from './balances.ts';
import { checkoutOf, checkoutRefusals, CheckoutView, hasEmail, linkDeadlineMs } from './gateway/checkouts.ts';

/** A second wish for the same amount gets the same page for so long. */
const sameLinkMs = 10 * minuteMs;

const depositAmount = ({ services }: Base, amount: unknown): Paise => {
  const wanted = paiseFrom(amount);
  if (wanted === null) throw refusal('AMOUNT_INVALID');
  const { DEPOSIT_MIN: min, MAX_TRANSACTION_AMOUNT: max } = services.env;
  if (wanted < min || wanted > max) throw refusal('AMOUNT_OUT_OF_RANGE', { min: rupeeText(min), max: rupeeText(max) });
  return wanted;
};

/** Who may not drive may still pay while suspended, so that they can drive again. Source: payments.md rule 13. */
const payerOf = async (base: Base, driverId: string) => {
  const driver = await base.db.driver.findUniqueOrThrow({
    where: { id: driverId },
    select: { id: true, status: true, fleetId: true, email: true, fleet: { select: { email: true } } },
  });
  if (driver.status === 'BLACKLISTED' || driver.status === 'INACTIVE')
    throw refusal('DRIVER_BLOCKED', { status: driver.status });
  if (!hasEmail(base, driver)) throw refusal('PAYER_EMAIL_MISSING');
  return driver;
};

interface Wanted {
  id: string;
  driver: { id: string; fleetId: string };
  amountPaise: Paise;
}

/**
 * Writes down what is wanted before the gateway is called; a second wish for the same amount, also one at the same moment, is the
 * first one. The lock of the driver lets their wishes come one after the other.
 */
const wantedOnce = (db: Db, { id, driver, amountPaise }: Wanted) =>
  db.$transaction(async (tx) => {
    await lockDrivers(tx, [driver.id]);
    await requireInFleet(tx, driver);
    const since = (ms: number) => ({ gt: new Date(Date.now() - ms) });
    const known = await tx.transaction.findFirst({
      where: {
        ...{ driverId: driver.id, type: 'DEPOSIT', amountPaise },
        OR: [
          { id },
          { status: 'PENDING', paymentUrl: { not: null }, createdAt: since(sameLinkMs) },
          { status: 'PENDING', paymentUrl: null, createdAt: since(linkDeadlineMs) },
        ],
      },
      orderBy: { createdAt: 'desc' },
    });
    if (known) return known;
    return tx.transaction.create({
      data: {
        ...{ id, driverId: driver.id, fleetId: driver.fleetId, amountPaise },
        ...{ type: 'DEPOSIT', direction: 'CREDIT', description: 'Security deposit' },
        easebuzzTxnId: txnid('DEPOSIT', randomBytes(20)),
      },
    });
  });

/** What a driver pays at the gateway's checkout page. */
export const deposit = [
  post('/payments/deposit', {
    allow: 'payments:own',
    summary: 'Begin to top the deposit up; answers the checkout page of the gateway',
    says: 'Payment link created',
    body: z.object({ amount: AmountGiven }),
    returns: CheckoutView,
    refuses: ['AMOUNT_INVALID', 'AMOUNT_OUT_OF_RANGE', 'DRIVER_BLOCKED', ...checkoutRefusals],
    async handle(context) {
      const { body, caller, db, newId } = context;
      const amountPaise = depositAmount(context, body.amount);
      const driver = await payerOf(context, ownDriverId(caller));
      return checkoutOf(context, await wantedOnce(db, { id: newId('transaction'), driver, amountPaise }));
    },
  }),
];
