import type { RefusalKey } from '../../workflows/domain/refusals.ts';
import type { Services } from '../services.ts';
import type { Caller } from './scope.ts';

/** A record by one of its ids, if it meets a condition. */
export type Wanted<Where> = { id: string; AND?: Where } | { shortId: string; AND?: Where };

/** What an area says of a kind of record, so that an id of it in a path, query or body is loaded in the scope of its caller. */
export interface SubjectRules {
  /** The condition of the rows that a caller sees, to be spread into every query of them. */
  visible: (caller: Caller) => object;
  load(services: Services, wanted: Wanted<object>): Promise<{ id: string } | null>;
  /** Under which name handlers get the record, where it is not the name of the subject. */
  field?: string;
  /** What a missing record is called, where it is not `field`. */
  resource?: string;
  /** What a record outside the caller's scope is refused with, where it is not SCOPE_FORBIDDEN. */
  outside?: RefusalKey;
  /** The unique constraints of the table, and what running into one means. The database decides races; this is how it says so. */
  unique?: Record<string, () => Error>;
}

export const everything = {};
export const nothing = { id: { in: [] as string[] } };

export const isStaff = ({ role }: Caller) => role === 'FLEET_ADMIN' || role === 'MANAGER' || role === 'OPERATIONS';

/** The condition of rows that carry `fleetId` and `hubId` themselves. */
export const inOwnScope = (caller: Caller) => {
  if (caller.role === 'SUPER_ADMIN') return everything;
  if (!isStaff(caller) || !caller.fleetId) return nothing;
  const { fleetId, hubIds } = caller;
  return caller.role === 'OPERATIONS' ? { fleetId, hubId: { in: hubIds } } : { fleetId };
};
