import type { Role } from '../../prisma/generated/enums.ts';
import { everybody } from '../roles.ts';

export const messagesPermissions = { 'notifications:own': everybody } satisfies Record<string, Role[]>;
