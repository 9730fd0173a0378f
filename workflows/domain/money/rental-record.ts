import type { RecordKind } from '../records.ts';
import { istDay, ms } from '../time.ts';
import { runningOf, scheduledOf } from './rental-periods.ts';
import {
  cancel,
  endPause,
  expire,
  extend,
  isOverSubscription,
  look,
  pause,
  rentalDeadlines,
  resume,
} from './rentals.ts';
import type { SubscriptionFacts } from './rentals.ts';

/** Everything that happens to a subscription, but for what is paid for. */
export const rentalRules = { look, expire, endPause, pause, resume, extend, cancel };

/** The subscription of a driver as a record: it lives while a period runs, is paused, or is scheduled. */
export const rentalRecord: RecordKind<SubscriptionFacts, typeof rentalRules, null> = {
  kind: 'rental',
  idOf: ({ subscriptionId }) => subscriptionId,
  rules: rentalRules,
  labels: ({ subscriptionId, shortId, fleetId, hubId, periods, createdAt }) => ({
    ...{ shortId, fleetId, hubId, driverId: subscriptionId },
    state: (runningOf(periods) ?? scheduledOf(periods))?.status ?? 'OVER',
    businessDay: istDay(ms(createdAt)),
  }),
  clock: null,
  due: rentalDeadlines,
  isOver: isOverSubscription,
};
