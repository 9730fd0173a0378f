import { randomUUID } from 'node:crypto';
import type { Tx } from '../../../prisma/client.ts';
import type { Prisma, VirtualCredit } from '../../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { post } from '../../../prisma/post.ts';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { orderCompleted, orderPaid } from '../../../workflows/domain/money/journals/orders.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { credited, orderFacts } from '../../../workflows/domain/money/orders/orders.ts';

interface OrderBooked {
  journal: Journal;
  set: Prisma.VirtualCreditUncheckedUpdateInput;
}

/**
 * Books a credit to the account of an order: what it takes, and what is more than that. An order that is paid at once and got another
 * amount takes none of it, and says so in a remark. Source: payments.md, rules 17 to 19; ledger.md 31 and 32.
 */
export const bookOrderCredit = async (
  tx: Tx,
  credit: VirtualCredit,
  orderId: string,
): Promise<OrderBooked | { remark: string }> => {
  await tx.$queryRaw`SELECT "id" FROM "payment_orders" WHERE "id" = ${orderId}::uuid FOR UPDATE`;
  const order = orderFacts(await tx.paymentOrder.findUniqueOrThrow({ where: { id: orderId } }));
  const amount = paise(Number(credit.amountPaise));
  const { creditId, occurredAt, utr, mode, accountGatewayId, feePaise, taxPaise } = credit;
  const happened = { occurredAt: occurredAt.toISOString(), fleetId: order.fleetId, creditId };
  const made = credited(order, amount);
  if (!made) return { remark: `${order.shortId} asks for ${rupeeText(order.totalPaise)} at once` };
  const { accepted, excess, status } = made;
  const journal = orderPaid({ ...happened, orderId, accepted, excess });
  await post(tx, journal);
  const isCompleted = status === 'COMPLETED' && order.status !== 'COMPLETED';
  if (isCompleted) await post(tx, orderCompleted({ ...happened, orderId, total: order.totalPaise }));
  const transactionId = randomUUID();
  await tx.transaction.create({
    data: {
      ...{ id: transactionId, fleetId: order.fleetId, paymentOrderId: orderId, type: 'ORDER_PAYMENT' },
      ...{ direction: 'CREDIT', status: 'SUCCESS', amountPaise: amount, paymentMethod: 'VIRTUAL_QR' },
      ...{ description: `Order ${order.shortId}`, easebuzzTxnId: creditId, easebuzzPaymentId: utr || null },
      ...{ gatewayFeePaise: feePaise, gatewayTaxPaise: taxPaise },
      metadata: { utr, paymentMode: mode, txnDate: occurredAt.toISOString(), virtualAccountId: accountGatewayId },
    },
  });
  const { userId } = await tx.paymentOrder.update({
    where: { id: orderId },
    data: {
      ...{ collectedPaise: sum(order.collectedPaise, amount), excessPaise: sum(order.excessPaise, excess), status },
      ...{ unheardSince: new Date(), version: { increment: 1 } },
    },
  });
  // Nobody should pay into it any more.
  if (isCompleted) await tx.virtualAccount.updateMany({ where: { orderId }, data: { isWanted: false } });
  const to = [userId, ...(await financeOf(tx, order.fleetId))];
  const said = (amountOf: Paise) => ({ payload: { orderId, amount: rupeeText(amountOf) }, cause: creditId });
  if (isCompleted)
    await putIntoInbox(tx, {
      to,
      event: 'order:completed',
      title: `${order.shortId} is paid`,
      ...said(order.totalPaise),
    });
  if (excess > 0)
    await putIntoInbox(tx, {
      to,
      event: 'order:excess',
      title: `${order.shortId} got ${rupeeText(excess)} too much`,
      ...said(excess),
    });
  return { journal, set: { state: 'ORDERED', transactionId } };
};
