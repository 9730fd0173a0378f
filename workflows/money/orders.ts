import { continueAsNew } from '@temporalio/workflow';
import { rupeeText } from '../domain/money.ts';
import { orderRecord } from '../domain/money/orders/order-record.ts';
import { isOpenOrder } from '../domain/money/orders/orders.ts';
import type { OrderFacts } from '../domain/money/orders/orders.ts';
import { momentText } from '../shared/card.ts';
import type { Card } from '../shared/card.ts';
import { liveAsRecord, usualPatienceMs, usualUpdatesMax } from '../shared/record.ts';

/** One execution per order, until it is paid, cancelled or expired. */
export async function orderWorkflow(facts: OrderFacts): Promise<void> {
  await liveAsRecord(orderRecord, facts, {
    card,
    deadlineTexts: { expire: 'the order expires, and what was paid is the customer’s again' },
    clock: null,
    patienceMs: usualPatienceMs,
    updatesMax: usualUpdatesMax,
    again: (latest) => continueAsNew<typeof orderWorkflow>(latest),
  });
}

const card = (order: OrderFacts): Card => {
  const { orderId, shortId, totalPaise, collectedPaise, status, statusReason, createdAt } = order;
  return {
    title: `Order ${shortId} of ${rupeeText(totalPaise)} since ${momentText(createdAt)}`,
    state: `${statusReason ?? status}, ${rupeeText(collectedPaise)} paid`,
    waitsFor: isOpenOrder(order) ? 'the customer' : 'nothing',
    may: isOpenOrder(order)
      ? `wait${collectedPaise === 0 ? `, or \`POST /payments/orders/${orderId}/cancel\`` : ''}`
      : `read it: \`GET /payments/orders/${orderId}\``,
  };
};
