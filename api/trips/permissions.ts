import type { Role } from '../../prisma/generated/enums.ts';
import { driver, everybody, staff } from '../http/roles.ts';

export const tripsPermissions = {
  'trips:create': staff,
  'trips:read': everybody,
  'trips:read-own': driver,
  'trips:list': staff,
  'trips:dispatch': staff,
  'trips:drive': driver,
} satisfies Record<string, Role[]>;
