import type { Role } from '../../prisma/generated/enums.ts';
import { superAdmin } from '../roles.ts';

export const moneyPermissions = {
  'ledger:read': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'ledger:administer': superAdmin,
} satisfies Record<string, Role[]>;
