import type { Role } from '../../prisma/generated/enums.ts';
import { staff, superAdmin } from '../roles.ts';

export const fleetPermissions = {
  'fleets:create': superAdmin,
  'fleets:read': staff,
  'fleets:deactivate': superAdmin,
  'fleets:read-settings': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'fleets:change-settings': ['SUPER_ADMIN', 'FLEET_ADMIN'],
  'hubs:create': staff,
  'hubs:read': staff,
  'hubs:change': staff,
  'vehicles:create': staff,
  'vehicles:read': staff,
  'vehicles:change': staff,
  'vehicles:change-status': staff,
  'vehicles:change-papers': staff,
  'assignments:create': staff,
  'assignments:read': staff,
  'assignments:end': staff,
} satisfies Record<string, Role[]>;
