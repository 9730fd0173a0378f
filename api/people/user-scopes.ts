import { z } from 'zod';
import type { Prisma, Role } from '../../prisma/generated/client.ts';
import { invalidField, refusal } from '../../workflows/domain/refusals.ts';
import type { Caller } from '../http/scope.ts';
import { isUuid } from '../http/shapes.ts';
import { roles } from './user-views.ts';

/** Whom a role may create and change. Source: identity.md, POST /users. */
const assignable: Record<Role, readonly Role[]> = {
  SUPER_ADMIN: roles,
  FLEET_ADMIN: ['MANAGER', 'OPERATIONS', 'DRIVER'],
  MANAGER: ['OPERATIONS', 'DRIVER'],
  OPERATIONS: ['DRIVER'],
  DRIVER: [],
};

export const requireAssignable = ({ role }: Caller, wanted: Role): void => {
  if (!assignable[role].includes(wanted)) throw refusal('ROLE_NOT_ASSIGNABLE', { role: wanted });
};

export const needsFleet = (role: Role) => invalidField('fleetId', 'required', `fleetId is required for role ${role}`);

export const HubIds = z
  .array(z.string().max(64))
  .max(50)
  .meta({ description: 'OPERATIONS need one to fifty hubs of their fleet, by id or short id; other roles have none' });

/** OPERATIONS work for one to fifty hubs of their fleet; other roles have none. */
export const hubsOf = async (
  { db, visible }: { db: Prisma.TransactionClient; visible: { hub: Prisma.HubWhereInput } },
  { role, hubIds = [] }: { role: Role; hubIds?: string[] | undefined },
  fleetId: string | null,
): Promise<string[]> => {
  if (role !== 'OPERATIONS') return [];
  const wanted = [...new Set(hubIds)];
  if (wanted.length === 0 || !fleetId) throw invalidField('hubIds', 'required', 'hubIds needs at least one hub');
  const uuids = wanted.filter(isUuid);
  const hubs = await db.hub.findMany({
    where: { fleetId, AND: visible.hub, OR: [{ id: { in: uuids } }, { shortId: { in: wanted } }] },
    select: { id: true, shortId: true },
    take: 50,
  });
  const known = new Set(hubs.flatMap(({ id, shortId }) => [id, shortId]));
  if (!wanted.every((hub) => known.has(hub)))
    throw invalidField('hubIds', 'unknown', 'hubIds names a hub that is not in the fleet');
  return hubs.map(({ id }) => id);
};
