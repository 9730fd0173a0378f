import type { Role } from '../../prisma/generated/enums.ts';
import { driver, staff, superAdmin } from '../roles.ts';

export const moneyPermissions = {
  'payments:own': driver,
  'payments:read': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'payments:resolve': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'penalties:manage': staff,
  'incentives:create': staff,
  'incentives:read': staff,
  'incentives:cancel': staff,
  'rentals:manage': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'dues:read': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'dues:write-off': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'dues:approve-write-off': ['SUPER_ADMIN', 'FLEET_ADMIN'],
  'collections:manage': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'payouts:manage': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'wallet:top-up': superAdmin,
  'cash:count': staff,
  'virtual-qr:manage': staff,
  'orders:manage': staff,
  'payments:refund': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'ledger:read': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'ledger:administer': superAdmin,
} satisfies Record<string, Role[]>;
