import { attendanceActivities } from './shifts/attendance.ts';
import { ledgerActivities } from './money/ledger.ts';
import { notificationActivities } from './messages/notifications.ts';
import { reconciliationActivities } from './reconciliation.ts';
import { tripActivities } from './trips/trips.ts';

export type Deps = Parameters<typeof tripActivities>[0] &
  Parameters<typeof attendanceActivities>[0] &
  Parameters<typeof notificationActivities>[0] &
  Parameters<typeof ledgerActivities>[0] &
  Parameters<typeof reconciliationActivities>[0];

/** All activities of the worker, by name; refuses two of one name. */
export const createActivities = (deps: Deps) => {
  const groups = [
    tripActivities(deps),
    attendanceActivities(deps),
    notificationActivities(deps),
    ledgerActivities(deps),
    reconciliationActivities(deps),
  ];
  const merged: Record<string, unknown> = {};
  for (const [name, activity] of groups.flatMap((group) => Object.entries(group))) {
    if (merged[name]) throw new Error(`Two activities are called ${name}.`);
    merged[name] = activity;
  }
  return merged as Record<string, (...args: never[]) => Promise<unknown>>;
};
