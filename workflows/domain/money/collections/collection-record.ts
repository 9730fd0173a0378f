import type { RecordKind } from '../../records.ts';
import { adjust, closeDay, collectionDeadlines, countCash, dispute, look, reconcile, reopen } from './collections.ts';
import type { CollectionFacts } from './collections.ts';

/** Everything that happens to a collection but for what adds to it: credits, check-outs, waivers. */
export const collectionRules = { closeDay, reconcile, countCash, adjust, dispute, reopen, look };

/** A collection as a record: from the first money of its day until it is paid. */
export const collectionRecord: RecordKind<CollectionFacts, typeof collectionRules, null> = {
  kind: 'collection',
  idOf: ({ collectionId }) => collectionId,
  rules: collectionRules,
  labels: ({ shortId, fleetId, driverId, status, date }) => ({
    ...{ shortId, fleetId, driverId, hubId: null, state: status },
    businessDay: date,
  }),
  clock: null,
  due: collectionDeadlines,
  isOver: ({ status }) => status === 'PAID',
};
