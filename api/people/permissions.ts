import type { Role } from '../../prisma/generated/enums.ts';
import { driver, everybody, managers, staff, superAdmin } from '../roles.ts';

export const peoplePermissions = {
  'users:create': staff,
  'users:read': staff,
  'users:update': managers,
  'users:deactivate': superAdmin,
  'drivers:create': staff,
  'drivers:read': staff,
  'drivers:change': everybody,
  'drivers:change-status': staff,
  'drivers:decide-kyc': managers,
  'drivers:read-own': driver,
  'drivers:read-plans': everybody,
  'preferences:read': everybody,
  'preferences:request': [...managers, ...driver],
  'preferences:review': staff,
} satisfies Record<string, Role[]>;
