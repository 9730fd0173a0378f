import type { Tx } from '../prisma/client.ts';
import type { Actor } from '../workflows/domain/commands.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import { permissions } from './permissions.ts';
import type { Permission } from './permissions.ts';

/**
 * Judges once more, in the transaction of an approval, whether somebody may do it: who they are is known to the API for some seconds,
 * and an approval must not come from somebody who was dismissed before. Nobody changes them until the transaction ends; taken before
 * the locks of drivers. `fleetId` is the fleet of what is approved; null is the platform. Throws UNAUTHORIZED, FORBIDDEN or
 * SCOPE_FORBIDDEN. Source: payouts.md, rule 15.
 */
export const requireStillMay = async (
  tx: Tx,
  { userId }: Actor,
  permission: Permission,
  fleetId: string | null,
): Promise<void> => {
  await tx.$queryRaw`SELECT "id" FROM "users" WHERE "id" = ${userId}::uuid FOR SHARE`;
  const user = await tx.user.findUniqueOrThrow({ where: { id: userId } });
  if (!user.isActive) throw refusal('UNAUTHORIZED', { reason: 'INACTIVE' });
  if (!permissions[permission].includes(user.role)) throw refusal('FORBIDDEN');
  if (user.role !== 'SUPER_ADMIN' && user.fleetId !== fleetId) throw refusal('SCOPE_FORBIDDEN');
};
