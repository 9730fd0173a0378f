import type { Role } from '../../prisma/generated/enums.ts';
import { everybody, staff } from '../http/roles.ts';

export const shiftsPermissions = {
  'attendance:act': everybody,
  'attendance:read': everybody,
  'attendance:decide': staff,
} satisfies Record<string, Role[]>;
