import { attendanceActivities } from './shifts/attendance.ts';
import { delivering, notificationActivities } from './messages/notifications.ts';
import { collectionActivities } from './money/collections/collections.ts';
import { creditActivities } from './money/collections/credits.ts';
import { gatewayDayActivities } from './money/collections/gateway-days.ts';
import { orderActivities } from './money/collections/orders.ts';
import { virtualAccountActivities } from './money/collections/virtual-accounts.ts';
import { gatewayEventActivities } from './money/gateway-events.ts';
import { ledgerActivities } from './money/ledger.ts';
import { penaltyActivities } from './money/penalties.ts';
import { payInActivities } from './money/pay-ins.ts';
import { rentalActivities, rentalIncomeActivities } from './money/rentals.ts';
import { writeOffActivities } from './money/write-offs.ts';
import { bulkPayoutActivities } from './money/payouts/bulk-payouts.ts';
import { payoutActivities } from './money/payouts/payouts.ts';
import { refundActivities } from './money/refunds.ts';
import { reconciliationActivities } from './reconciliation.ts';
import { tripActivities } from './trips/trips.ts';

export type Deps = Omit<Parameters<typeof tripActivities>[0], 'deliver' | 'now'> &
  Parameters<typeof notificationActivities>[0] &
  Parameters<typeof ledgerActivities>[0] &
  Parameters<typeof payInActivities>[0] &
  Pick<Parameters<typeof penaltyActivities>[0], 'varianceTolerancePaise' | 'payouts'> &
  Parameters<typeof creditActivities>[0] &
  Parameters<typeof reconciliationActivities>[0] &
  Parameters<typeof delivering>[0];

/** The activities of a record, as its workflow calls them: `trip.start`. */
const named = (kind: string, activities: object) =>
  Object.fromEntries(Object.entries(activities).map(([name, activity]) => [`${kind}.${name}`, activity as unknown]));

/** All activities of the worker, by name; refuses two of one name. */
export const createActivities = (deps: Deps) => {
  const deliver = delivering(deps);
  const groups = [
    named('trip', tripActivities({ ...deps, deliver })),
    named('shift', attendanceActivities({ ...deps, deliver })),
    named('penalty', penaltyActivities({ ...deps, deliver })),
    named('rental', rentalActivities({ ...deps, deliver })),
    named('collection', collectionActivities({ ...deps, deliver })),
    named('order', orderActivities({ ...deps, deliver })),
    named('credit', creditActivities(deps)),
    named('account', virtualAccountActivities(deps)),
    named('payIn', payInActivities(deps)),
    rentalIncomeActivities(deps),
    named('payout', payoutActivities(deps)),
    named('bulkPayout', bulkPayoutActivities(deps)),
    named('refund', refundActivities(deps)),
    notificationActivities(deps),
    gatewayEventActivities(deps),
    ledgerActivities(deps),
    writeOffActivities(deps),
    gatewayDayActivities(deps),
    reconciliationActivities(deps),
  ];
  const merged: Record<string, unknown> = {};
  for (const [name, activity] of groups.flatMap((group) => Object.entries(group))) {
    if (merged[name]) throw new Error(`Two activities are called ${name}.`);
    merged[name] = activity;
  }
  return merged as Record<string, (...args: never[]) => Promise<unknown>>;
};
