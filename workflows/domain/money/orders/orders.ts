import type { Actor, Rule } from '../../commands.ts';
import { paise, rupeeText } from '../../money.ts';
import type { Paise } from '../../money.ts';
import { refusal } from '../../refusals.ts';
import { dayMs, ms } from '../../time.ts';
import type { Instant } from '../../time.ts';

export type OrderStatus = 'PENDING' | 'PARTIAL' | 'COMPLETED' | 'FAILED';
export type OrderReason = 'EXPIRED' | 'CANCELLED' | 'GATEWAY_FAILURE';

/** Unless somebody says otherwise, and at most. Source: payments.md, InstaCollect orders. */
export const orderLife = { usualMs: 7 * dayMs, maxMs: 90 * dayMs };

/** A customer's order, as far as its rules care; nothing of the customer. */
export interface OrderFacts {
  orderId: string;
  shortId: string;
  fleetId: string | null;
  totalPaise: Paise;
  collectedPaise: Paise;
  excessPaise: Paise;
  allowPartial: boolean;
  status: OrderStatus;
  statusReason: OrderReason | null;
  expiresAt: Instant;
  createdAt: Instant;
  version: number;
}

interface OrderRow {
  id: string;
  shortId: string;
  fleetId: string | null;
  totalPaise: bigint;
  collectedPaise: bigint;
  excessPaise: bigint;
  allowPartial: boolean;
  status: OrderStatus;
  statusReason: OrderReason | null;
  expiresAt: Date;
  createdAt: Date;
  version: number;
}

export const orderFacts = (row: OrderRow): OrderFacts => ({
  orderId: row.id,
  shortId: row.shortId,
  fleetId: row.fleetId,
  totalPaise: paise(Number(row.totalPaise)),
  collectedPaise: paise(Number(row.collectedPaise)),
  excessPaise: paise(Number(row.excessPaise)),
  allowPartial: row.allowPartial,
  status: row.status,
  statusReason: row.statusReason,
  expiresAt: row.expiresAt.toISOString(),
  createdAt: row.createdAt.toISOString(),
  version: row.version,
});

export const isOpenOrder = ({ status }: Pick<OrderFacts, 'status'>): boolean =>
  status === 'PENDING' || status === 'PARTIAL';

/** What is still to be paid. */
export const remainingOf = ({ totalPaise, collectedPaise }: Pick<OrderFacts, 'totalPaise' | 'collectedPaise'>): Paise =>
  paise(Math.max(0, totalPaise - collectedPaise));

interface Credited {
  /** What the order takes, and what is the customer's again. */
  accepted: Paise;
  excess: Paise;
  status: OrderStatus;
}

/**
 * What a credit does to an order. Null: an order that is paid at once got another amount, which finance has to look at. What comes
 * beyond the total, or after the end, is excess and never refused. Source: payments.md, rules 17 to 19.
 */
export const credited = (order: OrderFacts, amount: Paise): Credited | null => {
  const { status, allowPartial } = order;
  if (!isOpenOrder(order)) return { accepted: paise(0), excess: amount, status };
  const remaining = remainingOf(order);
  if (!allowPartial && amount !== remaining) return null;
  const accepted = paise(Math.min(amount, remaining));
  return { accepted, excess: paise(amount - accepted), status: accepted === remaining ? 'COMPLETED' : 'PARTIAL' };
};

/** Nobody needs to pay any more. Throws ORDER_HAS_PAYMENTS, ORDER_OVER. */
export const cancel: Rule<OrderFacts, { by: Actor }> = (order) => {
  const { status, statusReason, collectedPaise } = order;
  if (statusReason === 'CANCELLED') return null;
  if (collectedPaise > 0) throw refusal('ORDER_HAS_PAYMENTS', { collected: rupeeText(collectedPaise) });
  if (!isOpenOrder(order)) throw refusal('ORDER_OVER', { status, reason: statusReason });
  return { move: 'cancel', set: { status: 'FAILED', statusReason: 'CANCELLED' } };
};

/** Its time is up: what was collected is the customer's again. Rule 19. */
export const expire: Rule<OrderFacts, object> = (order, _, nowMs) =>
  isOpenOrder(order) && ms(order.expiresAt) <= nowMs
    ? { move: 'expire', set: { status: 'FAILED', statusReason: 'EXPIRED' } }
    : null;

/** The row was changed beside its process: by a credit, or by the gateway's refusal. */
export const look: Rule<OrderFacts, object> = () => null;
