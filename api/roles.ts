import type { Role } from '../prisma/generated/enums.ts';

// The groups of roles that the access matrix speaks of. Source: conventions section 11.

export const staff: Role[] = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS'];
/** Who decides about people and money of a fleet. */
export const managers: Role[] = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER'];
export const everybody: Role[] = [...staff, 'DRIVER'];
export const superAdmin: Role[] = ['SUPER_ADMIN'];
export const driver: Role[] = ['DRIVER'];
