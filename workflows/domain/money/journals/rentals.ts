import type { Paise } from '../../money.ts';
import { book, change, credit, debit, journal } from './journal.ts';
import type { Happened, Journal, OfDriver } from './journal.ts';

interface OfRental extends OfDriver {
  rentalId: string;
}

/** A rental is paid at the checkout. Source: ledger.md 3. */
export const rentalCharged = (of: OfRental & { txnid: string; amount: Paise }): Journal =>
  journal('rental_charged', of.txnid, of, [debit(1020, of.amount), credit(2070, of.amount, of.rentalId)]);

/** A rental is paid in cash at a hub, or into the bank when `hubId` is null. Source: ledger.md 4. */
export const rentalChargedOffline = (
  of: OfRental & { transactionId: string; hubId: string | null; amount: Paise },
): Journal =>
  journal('rental_charged_offline', of.transactionId, of, [
    of.hubId ? debit(1060, of.amount, of.hubId) : debit(1010, of.amount),
    credit(2070, of.amount, of.rentalId),
  ]);

/** One day of a rental is earned; days count from zero. Source: ledger.md 5, rentals.md 14. */
export const rentalRecognized = (
  of: Happened & { rentalId: string; fleetId: string; day: number; amount: Paise },
): Journal =>
  journal('rental_recognized', `${of.rentalId}:${of.day}`, of, [
    debit(2070, of.amount, of.rentalId),
    credit(4010, of.amount, of.fleetId),
  ]);

/**
 * A rental ends early; `rest` is what was not earned yet. What is refunded beyond it is taken from income that was earned.
 * Source: ledger.md 6.
 */
export const rentalCancelled = (of: OfRental & { rest: Paise; refund: Paise }): Journal =>
  journal(
    'rental_cancelled',
    of.rentalId,
    of,
    [
      debit(2070, of.rest, of.rentalId),
      credit(2020, of.refund, of.driverId),
      change(4010, of.refund - of.rest, of.fleetId),
    ],
    { items: [book('RENT_REFUND', of.rentalId, of.refund)] },
  );
