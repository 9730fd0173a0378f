import type { Role } from '../../prisma/generated/enums.ts';
import { driver, superAdmin } from '../roles.ts';

export const moneyPermissions = {
  'payments:own': driver,
  'payments:read': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'payments:resolve': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'payments:refund': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'ledger:read': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'ledger:administer': superAdmin,
} satisfies Record<string, Role[]>;
