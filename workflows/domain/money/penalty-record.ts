import type { RecordKind } from '../records.ts';
import { istDay, ms } from '../time.ts';
import { end, impose, isOpenPenalty, lift, penaltyDeadlines, review, settle, waive } from './penalties.ts';
import type { PenaltyFacts } from './penalties.ts';

/** Everything that happens to a penalty after it was made, but for payments. */
export const penaltyRules = { impose, settle, end, lift, waive, review };

/** A penalty as a record: it lives as a workflow while it has a time in it, and for a command otherwise. */
export const penaltyRecord: RecordKind<PenaltyFacts, typeof penaltyRules, null> = {
  kind: 'penalty',
  idOf: ({ penaltyId }) => penaltyId,
  rules: penaltyRules,
  labels: ({ shortId, fleetId, driverId, status, createdAt }) => ({
    ...{ shortId, fleetId, driverId, hubId: null, state: status },
    businessDay: istDay(ms(createdAt)),
  }),
  clock: null,
  due: penaltyDeadlines,
  isOver: (penalty) => !isOpenPenalty(penalty),
};
