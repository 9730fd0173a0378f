import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { Labels } from '../domain/records.ts';

/** What operations can filter by in the Temporal UI. The server holds at most ten keywords; ids and states only, nothing personal. */
export const attributes = {
  ShortId: defineSearchAttributeKey('ShortId', SearchAttributeType.KEYWORD),
  FleetId: defineSearchAttributeKey('FleetId', SearchAttributeType.KEYWORD),
  HubId: defineSearchAttributeKey('HubId', SearchAttributeType.KEYWORD),
  DriverId: defineSearchAttributeKey('DriverId', SearchAttributeType.KEYWORD),
  State: defineSearchAttributeKey('State', SearchAttributeType.KEYWORD),
  BusinessDay: defineSearchAttributeKey('BusinessDay', SearchAttributeType.KEYWORD),
  RequestId: defineSearchAttributeKey('RequestId', SearchAttributeType.KEYWORD),
  /** Set while something does not get through by itself. */
  NeedsHuman: defineSearchAttributeKey('NeedsHuman', SearchAttributeType.BOOL),
};

/** As the server wants them registered. */
export const searchAttributes = Object.values(attributes).map(({ name, type }) => ({
  name,
  type: type === SearchAttributeType.BOOL ? ('Bool' as const) : ('Keyword' as const),
}));

/** The labels of a record as attribute pairs; an absent one is left out, or cleared in an upsert. */
export const pairs = (labels: Labels & { needsHuman?: true | null }): SearchAttributeUpdatePair[] => [
  { key: attributes.ShortId, value: labels.shortId },
  { key: attributes.FleetId, value: labels.fleetId },
  { key: attributes.HubId, value: labels.hubId },
  { key: attributes.DriverId, value: labels.driverId },
  { key: attributes.State, value: labels.state },
  { key: attributes.BusinessDay, value: labels.businessDay },
  { key: attributes.NeedsHuman, value: labels.needsHuman ?? null },
];
