import { z } from 'zod';
import type { Tx } from '../../../prisma/client.ts';
import type { PaymentOrder, Payout } from '../../../prisma/generated/client.ts';
import { createPayout } from '../../../prisma/payouts/payout-attempts.ts';
import { leftOfCredits } from '../../../prisma/payouts/order-refunds.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { isOpenOrder } from '../../../workflows/domain/money/orders/orders.ts';
import { payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { payoutProcess } from '../../../workflows/processes.ts';
import { post } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import { AmountGiven, ById, Text } from '../../http/shapes.ts';
import type { Services } from '../../services.ts';
import { givenAmount } from '../amounts.ts';
import { asked } from '../payouts/asking.ts';
import { lockedFor } from '../payouts/payout-changes.ts';
import type { Asked } from '../payouts/payout-changes.ts';
import { PayoutMade, payoutMade } from '../payouts/payout-views.ts';
import { payerOf } from './remitters.ts';

interface Wanted {
  id: string;
  orderId: string;
  amount: Paise;
  reason: string;
}

/** The newest payment of which so much is left, with its payer. Throws ORDER_REFUND_EXCEEDED, CUSTOMER_ACCOUNT_UNKNOWN. */
const toBeRefunded = async (tx: Tx, services: Services, order: PaymentOrder, amount: Paise) => {
  const credits = await leftOfCredits(tx, order.id);
  const enough = credits.filter(({ left }) => left >= amount);
  if (enough.length === 0) {
    const [left, most] = [sum(...credits.map((of) => of.left)), Math.max(0, ...credits.map((of) => of.left))];
    throw refusal('ORDER_REFUND_EXCEEDED', { left: rupeeText(left), most: rupeeText(paise(most)) });
  }
  let missing: 'EVENT' | 'ACCOUNT' = 'EVENT';
  for (const { credit } of enough) {
    const payee = await payerOf(tx, services, credit, order);
    if (!('missing' in payee)) return { credit, payee };
    missing = payee.missing;
  }
  throw refusal('CUSTOMER_ACCOUNT_UNKNOWN', { missing });
};

/** Begins a refund of an order. Safe to repeat with the same id. */
const refundOrder = async (tx: Tx, services: Services, wanted: Wanted, asking: Asked): Promise<Payout> => {
  const { id, orderId, amount, reason } = wanted;
  const known = await lockedFor(tx, { id, driverId: null, orderId }, asking);
  if (known) return known;
  const order = await tx.paymentOrder.findUniqueOrThrow({ where: { id: orderId } });
  if (isOpenOrder(order)) throw refusal('ORDER_STILL_OPEN', { status: order.status });
  const { credit, payee } = await toBeRefunded(tx, services, order, amount);
  const of = {
    id,
    driverId: null,
    orderId,
    creditId: credit.id,
    kind: 'CUSTOMER_REFUND',
    sourceId: null,
    reason,
  } as const;
  const { fleetId, shortId } = order;
  return createPayout(tx, of, { fleetId, amount, sources: [], description: `Refund ${shortId}`, payee }, asking);
};

/** Money of orders goes back to who paid it. Source: payments.md, InstaCollect orders; ledger.md 34 and 36. */
export const orderRefunds = [
  post('/payments/orders/:id/refund', {
    allow: 'payouts:manage',
    summary: 'Send money of an order back to the account or UPI handle that it came from; a second person releases it',
    says: 'Refund begun; it waits for a second person',
    params: ById('order'),
    body: z.object({ amount: AmountGiven, reason: Text(500) }),
    returns: PayoutMade,
    refuses: [
      ...(['AMOUNT_INVALID', 'ORDER_STILL_OPEN', 'ORDER_REFUND_EXCEEDED', 'CUSTOMER_ACCOUNT_UNKNOWN'] as const),
      ...(['PAYOUT_BELOW_MINIMUM', 'PAYOUT_ABOVE_LIMIT', 'BOOKS_NOT_IN_ORDER'] as const),
    ],
    async handle(context) {
      const { order, body, db, newId, begin, services } = context;
      const wanted = { id: newId(), orderId: order.id, amount: givenAmount(body.amount), reason: body.reason };
      await createOnce(() => db.$transaction((tx) => refundOrder(tx, services, wanted, asked(context))));
      const row = await db.payout.findUniqueOrThrow({ where: { id: wanted.id } });
      begin(payoutProcess(payoutFacts(row)));
      return payoutMade(row);
    },
  }),
];
