import type { Role } from '../../prisma/generated/enums.ts';
import type { Door } from './doors.ts';

const staff: Role[] = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS'];
const everybody: Role[] = [...staff, 'DRIVER'];
const superAdmin: Role[] = ['SUPER_ADMIN'];
const driver: Role[] = ['DRIVER'];

/** The access matrix: who may do what. Which rows is said in `scope.ts`. Source: conventions section 11, column `roles_now`. */
const matrix = {
  'users:create': staff,
  'users:read': staff,
  'users:update': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'users:deactivate': superAdmin,
  'fleets:create': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'fleets:read': staff,
  'fleets:deactivate': superAdmin,
  'hubs:create': staff,
  'hubs:read': staff,
  'vehicles:create': staff,
  'vehicles:read': staff,
  'vehicles:change-status': staff,
  'drivers:create': staff,
  'drivers:read': staff,
  'drivers:change-status': staff,
  'drivers:read-own': driver,
  'assignments:create': staff,
  'assignments:read': staff,
  'assignments:end': staff,
  'attendance:act': everybody,
  'attendance:read': everybody,
  'attendance:decide': staff,
  'trips:create': staff,
  'trips:read': everybody,
  'trips:read-own': driver,
  'trips:list': staff,
  'trips:dispatch': staff,
  'trips:drive': driver,
  'ledger:read': ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'],
  'ledger:administer': superAdmin,
} satisfies Record<string, Role[]>;

export type Permission = keyof typeof matrix;

export const permissions: Record<Permission, readonly Role[]> = matrix;

/** A permission of the matrix, a partner's door, or nobody in particular. */
export type Allow = Permission | Door | 'public';
