import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Tx } from '../../../prisma/client.ts';
import type { Prisma, RentalPlan, Transaction } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { liveRental, periodOf } from '../../../prisma/rentals.ts';
import type { PlanSnapshot } from '../../../prisma/rentals.ts';
import { nextStartMs } from '../../../workflows/domain/money/rental-periods.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { idOf, Instant } from '../../http/shapes.ts';
import { depositOf } from '../balance-views.ts';
import { ownDriverId } from '../balances.ts';
import { checkoutOf, checkoutRefusals, CheckoutView, hasEmail, linkDeadlineMs } from '../gateway/checkouts.ts';

export const snapshotOf = (plan: RentalPlan): PlanSnapshot => ({
  rentalPlanId: plan.id,
  fleetId: plan.fleetId,
  planName: plan.name,
  pricePaise: paise(Number(plan.pricePaise)),
  depositPaise: paise(Number(plan.depositPaise)),
  validityDays: plan.validityDays,
});

/** The periods of a driver that are not over. */
const periodsOf = async (db: Tx, driverId: string) => {
  const rows = await db.rental.findMany({ where: { driverId, ...liveRental }, orderBy: { startDate: 'asc' } });
  return rows.map(periodOf);
};

/** Throws RENTAL_ALREADY_RENEWED: one period may be bought ahead. */
export const requireFree = async (db: Tx, driverId: string): Promise<number> => {
  const startMs = nextStartMs(await periodsOf(db, driverId), Date.now());
  if (startMs === null) throw refusal('RENTAL_ALREADY_RENEWED');
  return startMs;
};

/** Source: rentals.md, POST /payments/rental: the checks, in order. */
const requireMayBuy = async (context: Base, tx: Tx, driverId: string, { id }: RentalPlan) => {
  const driver = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, include: { fleet: true } });
  const plan = await tx.rentalPlan.findUniqueOrThrow({ where: { id } });
  if (driver.status !== 'ACTIVE') throw refusal('DRIVER_BLOCKED', { status: driver.status });
  if (!plan.isActive) throw refusal('RENTAL_PLAN_INACTIVE');
  if (plan.fleetId !== driver.fleetId) throw refusal('RENTAL_PLAN_OTHER_FLEET');
  const available = await depositOf(tx, driverId);
  const required = Number(plan.depositPaise);
  const text = (amount: number) => rupeeText(paise(amount));
  if (available < required) {
    const shortfall = text(required - available);
    throw refusal('INSUFFICIENT_DEPOSIT', { required: text(required), available: text(available), shortfall });
  }
  if (!hasEmail(context, driver)) throw refusal('PAYER_EMAIL_MISSING');
  return { driver, plan };
};

/** Writes down what is wanted before the gateway is called: a second wish for the same plan is the first one. */
const wantedOnce = (context: Base, driverId: string, wanted: RentalPlan): Promise<Transaction> =>
  context.db.$transaction(async (tx) => {
    await lockDrivers(tx, [driverId]);
    const { driver, plan } = await requireMayBuy(context, tx, driverId, wanted);
    const snapshot = snapshotOf(plan);
    const id = context.newId('transaction');
    const known = await tx.transaction.findUnique({ where: { id } });
    if (known) return known;
    const live = await tx.transaction.findFirst({ where: { driverId, type: 'RENTAL', status: 'PENDING' } });
    if (live) {
      const isSame = (live.rentalPlan as unknown as PlanSnapshot).rentalPlanId === plan.id;
      if (isSame) return live;
      const isMade = live.paymentUrl !== null || Date.now() - live.createdAt.getTime() < linkDeadlineMs;
      if (isMade) throw refusal('RENTAL_PAYMENT_IN_PROGRESS', { transactionId: live.id });
      const superseded = { status: 'FAILED', statusReason: 'SUPERSEDED', version: { increment: 1 } } as const;
      await tx.transaction.update({ where: { id: live.id }, data: superseded });
    }
    await requireFree(tx, driverId);
    return tx.transaction.create({
      data: {
        ...{ id, driverId, fleetId: driver.fleetId },
        ...{ type: 'RENTAL', direction: 'DEBIT', amountPaise: snapshot.pricePaise, description: `Rent: ${plan.name}` },
        rentalPlan: snapshot as unknown as Prisma.InputJsonObject,
        metadata: { rentalPlanId: plan.id, validityDays: plan.validityDays },
        easebuzzTxnId: txnid('RENTAL', randomBytes(20)),
      },
    });
  });

/** What a driver rents. Source: rentals.md, POST /payments/rental. */
export const rentalPurchase = [
  post('/payments/rental', {
    allow: 'payments:own',
    summary: 'Begin to pay a period of rent; answers the checkout page of the gateway',
    says: 'Payment link created',
    body: z.object({ rentalPlanId: idOf('rentalPlan').optional() }),
    returns: CheckoutView.extend({ startsAt: Instant }),
    refuses: [
      ...(['RENTAL_PLAN_REQUIRED', 'DRIVER_BLOCKED', 'RENTAL_PLAN_INACTIVE', 'RENTAL_PLAN_OTHER_FLEET'] as const),
      ...(['INSUFFICIENT_DEPOSIT', 'RENTAL_PAYMENT_IN_PROGRESS', 'RENTAL_ALREADY_RENEWED'] as const),
      ...checkoutRefusals,
    ],
    async handle(context) {
      const { rentalPlan, caller, db } = context;
      const driverId = ownDriverId(caller);
      if (!rentalPlan) throw refusal('RENTAL_PLAN_REQUIRED');
      const checkout = await checkoutOf(context, await wantedOnce(context, driverId, rentalPlan));
      return { ...checkout, startsAt: new Date(nextStartMs(await periodsOf(db, driverId), Date.now()) ?? Date.now()) };
    },
  }),
];
