import type { Role } from '../../prisma/generated/enums.ts';

// The groups of roles that the access matrix speaks of. Source: conventions section 11.

export const staff: Role[] = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS'];
export const everybody: Role[] = [...staff, 'DRIVER'];
export const superAdmin: Role[] = ['SUPER_ADMIN'];
export const driver: Role[] = ['DRIVER'];
