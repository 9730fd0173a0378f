import { audit } from '../../../prisma/audit.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { post } from '../../../prisma/post.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { orderExpired } from '../../../workflows/domain/money/journals/orders.ts';
import { rupeeText } from '../../../workflows/domain/money.ts';
import { orderRecord } from '../../../workflows/domain/money/orders/order-record.ts';
import type { orderRules } from '../../../workflows/domain/money/orders/order-record.ts';
import { orderFacts } from '../../../workflows/domain/money/orders/orders.ts';
import type { OrderFacts } from '../../../workflows/domain/money/orders/orders.ts';
import { commits, upkeep } from '../../records.ts';
import type { Alone, Deps, Effect, Effects, Rows } from '../../records.ts';

const orderRows: Rows<OrderFacts> = {
  table: 'payment_orders',
  events: 'order_events',
  key: 'orderId',
  hasPlace: false,
  read: async (db, id) => orderFacts(await db.paymentOrder.findUniqueOrThrow({ where: { id } })),
  async isDone(db, orderId, commandId) {
    const key = { orderId_commandId: { orderId, commandId } };
    return (await db.orderEvent.findUnique({ where: key, select: { id: true } })) !== null;
  },
  changes: ({ set: { status, statusReason } }) => ({ columns: { status, statusReason, unheardSince: null }, set: {} }),
};

/** Nobody is to pay any more: its account is switched off by the account's own process. */
const end: Effect<OrderFacts, { by?: Actor }> = async (tx, { facts, command, move, at }, write) => {
  const { orderId, shortId, fleetId, collectedPaise } = facts;
  const written = await write();
  await tx.virtualAccount.updateMany({ where: { orderId }, data: { isWanted: false } });
  if (command.by) {
    await audit(tx, command.by, { action: `order.${move}`, subject: 'order', subjectId: orderId });
    return written;
  }
  if (collectedPaise > 0) await post(tx, orderExpired({ orderId, fleetId, occurredAt: at, collected: collectedPaise }));
  const { userId } = await tx.paymentOrder.findUniqueOrThrow({ where: { id: orderId }, select: { userId: true } });
  await putIntoInbox(tx, {
    to: [userId, ...(await financeOf(tx, fleetId))],
    event: 'order:expired',
    title: `${shortId} has expired with ${rupeeText(collectedPaise)} paid`,
    payload: { orderId, amount: rupeeText(collectedPaise) },
    cause: orderId,
  });
  return written;
};

const lookOnly: Alone<OrderFacts, object> = { alone: (_change, write) => write() };

const effects: Effects<OrderFacts, typeof orderRules> = { cancel: end, expire: end, look: lookOnly };

/** Everything that happens to an order but for what is paid, as commits. */
export const orderActivities = (deps: Deps) => {
  const commands = commits(deps, orderRecord, orderRows, effects);
  return { ...commands, ...upkeep(deps, orderRecord, orderRows, commands, {}) };
};
