import type { RecordKind } from '../../records.ts';
import { istDay, ms } from '../../time.ts';
import { cancel, expire, isOpenOrder, look } from './orders.ts';
import type { OrderFacts } from './orders.ts';

/** Everything that happens to an order but for what is paid. */
export const orderRules = { cancel, expire, look };

/** An order as a record: until it is paid, cancelled or expired. */
export const orderRecord: RecordKind<OrderFacts, typeof orderRules, null> = {
  kind: 'order',
  idOf: ({ orderId }) => orderId,
  rules: orderRules,
  labels: ({ shortId, fleetId, status, createdAt }) => ({
    ...{ shortId, fleetId, hubId: null, driverId: null, state: status },
    businessDay: istDay(ms(createdAt)),
  }),
  clock: null,
  due: (order) => (isOpenOrder(order) ? [{ name: 'expire', dueMs: ms(order.expiresAt) }] : []),
  isOver: (order) => !isOpenOrder(order),
};
