import type { Paise } from '../../money.ts';
import { platform } from '../accounts.ts';
import { credit, debit, journal } from './journal.ts';
import type { Happened, Journal } from './journal.ts';

interface OfOrder extends Happened {
  orderId: string;
  /** Null is an order of the platform itself. */
  fleetId: string | null;
}

/** The account that an order's income goes to. */
export const orderIncomeOwner = (fleetId: string | null): string => fleetId ?? platform;

/** A credit for an order; what is more than the order asks for is the customer's. Source: ledger.md 31. */
export const orderPaid = (of: OfOrder & { creditId: string; accepted: Paise; excess: Paise }): Journal =>
  journal('order_paid', of.creditId, of, [
    debit(1030, of.accepted + of.excess),
    credit(2050, of.accepted, of.orderId),
    credit(2060, of.excess, of.orderId),
  ]);

/** Source: ledger.md 32. */
export const orderCompleted = (of: OfOrder & { total: Paise }): Journal =>
  journal('order_completed', of.orderId, of, [
    debit(2050, of.total, of.orderId),
    credit(4040, of.total, orderIncomeOwner(of.fleetId)),
  ]);

/** What was collected for an order that was never complete is the customer's again. Source: ledger.md 33. */
export const orderExpired = (of: OfOrder & { collected: Paise }): Journal =>
  journal('order_expired', of.orderId, of, [
    debit(2050, of.collected, of.orderId),
    credit(2060, of.collected, of.orderId),
  ]);
