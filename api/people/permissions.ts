import type { Role } from '../../prisma/generated/enums.ts';
import { driver, staff, superAdmin } from '../http/roles.ts';

export const peoplePermissions = {
  'users:create': staff,
  'users:read': staff,
  'users:update': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'users:deactivate': superAdmin,
  'drivers:create': staff,
  'drivers:read': staff,
  'drivers:change-status': staff,
  'drivers:read-own': driver,
} satisfies Record<string, Role[]>;
