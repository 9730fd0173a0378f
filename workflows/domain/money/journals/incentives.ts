import type { Paise } from '../../money.ts';
import { minus } from '../../money.ts';
import { book, credit, debit, journal } from './journal.ts';
import type { Journal, OfDriver } from './journal.ts';

interface OfIncentive extends OfDriver {
  incentiveId: string;
  amount: Paise;
}

/** Source: ledger.md 17. */
export const incentiveCreated = (of: OfIncentive): Journal =>
  journal(
    'incentive_created',
    of.incentiveId,
    of,
    [debit(5010, of.amount, of.fleetId), credit(2020, of.amount, of.driverId)],
    { items: [book('INCENTIVE', of.incentiveId, of.amount)] },
  );

/** What of it was used already becomes an advance. Source: ledger.md 18. */
export const incentiveCancelled = (of: OfIncentive): Journal =>
  journal(
    'incentive_cancelled',
    of.incentiveId,
    of,
    [debit(2020, of.amount, of.driverId), credit(5010, of.amount, of.fleetId)],
    { items: [book('INCENTIVE', of.incentiveId, minus(of.amount))] },
  );
