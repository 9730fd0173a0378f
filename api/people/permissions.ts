import type { Role } from '../../prisma/generated/enums.ts';
import { driver, everybody, staff, superAdmin } from '../roles.ts';

export const peoplePermissions = {
  'users:create': staff,
  'users:read': staff,
  'users:update': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'users:deactivate': superAdmin,
  'drivers:create': staff,
  'drivers:read': staff,
  'drivers:change': everybody,
  'drivers:change-status': staff,
  'drivers:decide-kyc': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'drivers:read-own': driver,
  'drivers:read-plans': everybody,
} satisfies Record<string, Role[]>;
