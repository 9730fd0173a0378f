import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { orderRecord } from '../../../workflows/domain/money/orders/order-record.ts';
import { orderFacts, orderLife } from '../../../workflows/domain/money/orders/orders.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { virtualAccountFacts } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import { invalidField, refusal } from '../../../workflows/domain/refusals.ts';
import { orderProcess, virtualAccountProcess } from '../../../workflows/processes.ts';
import { asks } from '../../commands.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { Truth } from '../../http/filters.ts';
import { createOnce } from '../../http/once.ts';
import {
  AmountGiven,
  ById,
  idOf,
  InstantIn,
  pageOf,
  Paging,
  Phone,
  Search,
  skipTake,
  Text,
  Word,
} from '../../http/shapes.ts';
import { nudged, NudgedView } from '../../nudges.ts';
import { amountOrNone } from '../amounts.ts';
import { accountRefusals, settled } from '../gateway/account-wishes.ts';
import { withAccount } from './order-rows.ts';
import type { OrderRow } from './order-rows.ts';
import { OrderDetail, orderDetail, orderStatuses, OrderView, orderView } from './order-views.ts';

const NewOrder = z.object({
  customerName: Text(100),
  customerPhone: Phone,
  amount: AmountGiven,
  customerEmail: z.email().max(254).optional(),
  description: z.string().max(200).optional(),
  expiresAt: InstantIn.optional(),
  allowPartial: z.boolean().default(true),
  fleetId: idOf('fleet').optional(),
});

const Filter = z.object({
  status: Word(orderStatuses).optional(),
  search: Search.optional(),
  mine: Truth,
  ...Paging,
});

/** Sends a command to an order. */
const askOrder = asks({
  kind: orderRecord,
  factsOf: (row: OrderRow) => orderFacts(row),
  reread: ({ db }, id) => db.paymentOrder.findUnique({ where: { id }, include: withAccount }),
  processOf: orderProcess,
  isDone: async (db, orderId, commandId) =>
    (await db.orderEvent.findUnique({ where: { orderId_commandId: { orderId, commandId } } })) !== null,
});

const amountMinPaise = 100;

const orderAmount = ({ services }: Base, written: unknown) => {
  const amount = amountOrNone(written);
  if (amount === null) throw refusal('AMOUNT_INVALID');
  const max = services.env.MAX_TRANSACTION_AMOUNT;
  if (amount < amountMinPaise || amount > max)
    throw refusal('AMOUNT_OUT_OF_RANGE', { min: rupeeText(paise(amountMinPaise)), max: rupeeText(max) });
  return amount;
};

const expiryOf = (wanted: Date | undefined): Date => {
  const nowMs = Date.now();
  if (!wanted) return new Date(nowMs + orderLife.usualMs);
  const leftMs = wanted.getTime() - nowMs;
  if (leftMs > 0 && leftMs <= orderLife.maxMs) return wanted;
  throw invalidField('expiresAt', 'range', 'expiresAt must be in the future, at most 90 days from now');
};

const readOrder = ({ db }: Base, id: string) =>
  db.paymentOrder.findUniqueOrThrow({ where: { id }, include: withAccount });

/** Payments of customers into an account of their own. Source: payments.md, InstaCollect orders. */
export const orders = [
  post('/payments/orders', {
    allow: 'orders:manage',
    summary: 'Ask a customer for a payment: an account and a QR of its own',
    says: 'Order created',
    status: 201,
    body: NewOrder,
    returns: OrderView,
    refuses: ['AMOUNT_INVALID', 'AMOUNT_OUT_OF_RANGE', ...accountRefusals],
    async handle(context) {
      const { body, fleet, caller, actor, db, newId, begin } = context;
      const { customerName, customerPhone, customerEmail = null, description = null, allowPartial } = body;
      const id = newId();
      const said = { customerName, customerPhone, customerEmail, description, allowPartial };
      const of = { fleetId: fleet?.id ?? caller.fleetId, userId: caller.userId, hubId: caller.hubIds[0] ?? null };
      const totalPaise = orderAmount(context, body.amount);
      const expiresAt = expiryOf(body.expiresAt);
      const number = txnid('ORDER', randomBytes(20));
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await tx.paymentOrder.create({
            data: {
              ...{ id, ...of, ...said, totalPaise, expiresAt },
              account: { create: { id: newId('account'), fleetId: of.fleetId, number, label: `DKORD ${number}` } },
            },
          });
          const after = { amount: rupeeText(totalPaise), allowPartial };
          await audit(tx, actor, { action: 'order.created', subject: 'order', subjectId: id, after });
        }),
      );
      const order = await readOrder(context, id);
      begin(orderProcess(orderFacts(order)));
      await settled(context, order.account!, null);
      return orderView(await readOrder(context, id));
    },
  }),

  get('/payments/orders', {
    allow: 'orders:manage',
    summary: 'List orders by status or customer, newest first',
    query: Filter,
    list: true,
    returns: OrderView,
    async handle({ query, caller, db, visible }) {
      const { status, search, mine } = query;
      const where: Prisma.PaymentOrderWhereInput = {
        AND: [
          visible.order,
          status ? { status } : {},
          mine === 'true' ? { userId: caller.userId } : {},
          search
            ? {
                OR: [
                  { customerName: { contains: search, mode: 'insensitive' } },
                  { customerPhone: { contains: search } },
                ],
              }
            : {},
        ],
      };
      const page = pageOf(query, 10);
      const [total, rows] = await Promise.all([
        db.paymentOrder.count({ where }),
        db.paymentOrder.findMany({
          where,
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          include: withAccount,
          ...skipTake(page),
        }),
      ]);
      return { ...page, total, rows: rows.map(orderView) };
    },
  }),

  get('/payments/orders/:id', {
    allow: 'orders:manage',
    summary: 'Read an order with what was paid for it',
    params: ById('order'),
    returns: OrderDetail,
    async handle({ order, db }) {
      const where = { paymentOrderId: order.id };
      const paid = await db.transaction.findMany({
        where,
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: 1_000,
      });
      return orderDetail(order, paid);
    },
  }),

  post('/payments/orders/:id/cancel', {
    allow: 'orders:manage',
    summary: 'Cancel an order for which nothing was paid',
    says: 'Order cancelled',
    params: ById('order'),
    returns: OrderView,
    refuses: ['ORDER_HAS_PAYMENTS', 'ORDER_OVER'],
    async handle(context) {
      const { order, actor, begin } = context;
      await askOrder(context, order, 'cancel', { by: actor });
      const cancelled = await readOrder(context, order.id);
      begin(virtualAccountProcess(virtualAccountFacts(cancelled.account!)));
      return orderView(cancelled);
    },
  }),

  post('/payments/orders/:id/nudge', {
    allow: 'orders:manage',
    summary: 'Make an order read its row again and begin anew what did not get through',
    says: 'Order nudged',
    params: ById('order'),
    returns: NudgedView,
    handle: (context) => nudged(context, orderProcess(orderFacts(context.order)), 'order', context.order.id),
  }),
];
