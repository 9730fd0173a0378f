import type { Role } from '../../prisma/generated/client.ts';
import { subjects } from '../subjects.ts';
import type { Subject, Subjects } from '../subjects.ts';

export type { Subject } from '../subjects.ts';

/** Who calls, as the database knows them now; the claims of the token are only a copy for the panel. */
export interface Caller {
  userId: string;
  role: Role;
  fleetId: string | null;
  hubIds: string[];
  driverId: string | null;
  sessionId: string;
}

/** FLEET_ADMIN and MANAGER need a fleet, OPERATIONS also hubs. Without them nothing is visible, never everything. */
export const isScopeSet = (caller: Pick<Caller, 'role' | 'fleetId' | 'hubIds'>): boolean => {
  if (caller.role === 'SUPER_ADMIN' || caller.role === 'DRIVER') return true;
  return caller.fleetId !== null && (caller.role !== 'OPERATIONS' || caller.hubIds.length > 0);
};

/** The conditions of a caller, by subject. */
export type Visible = { [S in Subject]: ReturnType<Subjects[S]['visible']> };

/** One condition per subject, to be spread into every query of it. */
export const visibleTo = (caller: Caller): Visible =>
  Object.fromEntries(Object.entries(subjects).map(([subject, { visible }]) => [subject, visible(caller)])) as Visible;

/** The records that handlers get, by subject. */
export type Loaded = { [S in Subject]: NonNullable<Awaited<ReturnType<Subjects[S]['load']>>> };

/** Under which name handlers get a record. */
export type FieldOf<S extends Subject> = Subjects[S] extends { field: infer Field extends string } ? Field : S;
export const fieldOf = (subject: Subject): string => subjects[subject].field ?? subject;

/** What a missing record is called. */
export const resourceOf = (subject: Subject): string => subjects[subject].resource ?? fieldOf(subject);
