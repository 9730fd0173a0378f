import type { Role } from '../prisma/generated/enums.ts';
import { fleetPermissions } from './fleet/permissions.ts';
import type { Door } from './doors.ts';
import { messagesPermissions } from './messages/permissions.ts';
import { moneyPermissions } from './money/permissions.ts';
import { peoplePermissions } from './people/permissions.ts';
import { shiftsPermissions } from './shifts/permissions.ts';
import { tripsPermissions } from './trips/permissions.ts';

/** Who may do what, by area. Which rows is said in `subjects.ts`. Source: conventions section 11, column `roles_now`. */
const matrix = {
  ...peoplePermissions,
  ...fleetPermissions,
  ...shiftsPermissions,
  ...tripsPermissions,
  ...moneyPermissions,
  ...messagesPermissions,
};

export type Permission = keyof typeof matrix;

export const permissions: Record<Permission, readonly Role[]> = matrix;

/** A permission of the matrix, a partner's door, or nobody in particular. */
export type Allow = Permission | Door | 'public';
