import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Tx } from '../../prisma/client.ts';
import { audit } from '../../prisma/audit.ts';
import type { Prisma, Role } from '../../prisma/generated/client.ts';
import { availableNow, holdFleet, lockDrivers } from '../../prisma/locks.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { endLogins, tellDriversLost } from '../fleet/cascades.ts';
import { patch } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import type { Visible } from '../http/scope.ts';
import { ById, idOf, Text } from '../http/shapes.ts';
import type { FieldNotes } from '../http/shapes.ts';
import { endLinks } from '../../prisma/roster.ts';
import { rejectWaiting } from './preferences.ts';
import { HubIds, hubsOf, needsFleet, requireAssignable } from './user-scopes.ts';
import { readUser, roles, UserView } from './user-views.ts';

const withScope = { hubs: true, driver: true } satisfies Prisma.UserInclude;

type ScopedUser = Prisma.UserGetPayload<{ include: typeof withScope }>;

/**
 * The user as they are once nobody can change them, if they are still the caller's. An administrator with all others, because two who
 * dismiss each other must not both succeed.
 */
const lockedUser = async (tx: Tx, visible: Visible, id: string): Promise<ScopedUser> => {
  await tx.$queryRaw`
    SELECT "id" FROM "users" WHERE "id" = ${id}::uuid OR ("role" = 'SUPER_ADMIN' AND "isActive" AND EXISTS (
      SELECT 1 FROM "users" WHERE "id" = ${id}::uuid AND "role" = 'SUPER_ADMIN'
    )) ORDER BY "id" FOR NO KEY UPDATE`;
  const user = await tx.user.findFirst({ where: { id, AND: visible.user }, include: withScope });
  if (!user) throw refusal('SCOPE_FORBIDDEN', { resource: 'user' });
  return user;
};

/** Who dismisses an administrator stays one themself, so there is always one. */
const requireAnotherSuperAdmin = async (tx: Tx, id: string, actor: Actor): Promise<void> => {
  const another = { id: actor.userId, role: 'SUPER_ADMIN' as const, isActive: true };
  if (id === actor.userId || (await tx.user.count({ where: another })) === 0) throw refusal('LAST_SUPER_ADMIN');
};

/** No login and no session any more, and for a driver no roster and no new trip. Source: identity.md, PATCH /users/:id/deactivate. */
const deactivate = async (tx: Tx, { id, driver }: ScopedUser, actor: Actor, reason?: string): Promise<void> => {
  if (driver) await lockDrivers(tx, [driver.id]);
  await tx.user.update({
    where: { id },
    data: { isActive: false, deactivatedAt: new Date(), deactivatedBy: actor.userId },
    select: { id: true },
  });
  await endLogins(tx, { id }, 'USER_INACTIVE');
  if (driver) {
    await tx.driver.update({ where: { id: driver.id }, data: { isAvailable: false }, select: { id: true } });
    await endLinks(tx, { driverId: driver.id }, 'USER_INACTIVE', actor);
    await rejectWaiting(tx, driver.id);
  }
  const audited = { action: 'user.deactivated', subject: 'user', subjectId: id };
  await audit(tx, actor, reason ? { ...audited, after: { reason } } : audited);
};

/** The only way back; their roster must be made anew. */
const activate = async (tx: Tx, { id, driver }: ScopedUser): Promise<void> => {
  const data = { isActive: true, deactivatedAt: null, deactivatedBy: null };
  await tx.user.update({ where: { id }, data, select: { id: true } });
  if (!driver) return;
  await lockDrivers(tx, [driver.id]);
  await tx.driver.updateMany({
    where: { id: driver.id, status: 'ACTIVE', fleet: { status: 'ACTIVE' } },
    data: { isAvailable: await availableNow(tx, driver.id) },
  });
};

/** Of a driver who stays one: fleet and hub follow the profile. Source: identity.md, PATCH /users/:id. */
const isOfDriver: NonNullable<FieldNotes['ignored']> = ({ role = 'DRIVER' }, { user }) =>
  role === 'DRIVER' && user?.role === 'DRIVER';

const UserChange = z.object({
  name: Text(120).optional(),
  role: z.enum(roles).optional(),
  isActive: z.boolean().optional(),
  fleetId: idOf('fleet', { unknownIsInvalid: true, ignored: isOfDriver }).nullable().optional(),
  hubIds: HubIds.optional(),
});

/** What a person may do, and where. */
interface Scope {
  role: Role;
  fleetId: string | null;
  hubIds: string[];
}

const scopeOf = ({ role, fleetId, hubs }: ScopedUser): Scope => ({
  role,
  fleetId,
  hubIds: hubs.map(({ hubId }) => hubId).sort(),
});

/** Held, so that nobody is moved into a fleet that is being closed. */
const isFleetClosed = async (tx: Tx, id: string): Promise<boolean> => {
  await holdFleet(tx, { id });
  return (await tx.fleet.count({ where: { id, status: 'INACTIVE' } })) > 0;
};

/** A driver's fleet and hub follow their profile, so what is sent of them does not count. */
const scopeAfter = async (
  desk: { db: Tx; visible: Visible },
  before: Scope,
  sent: z.output<typeof UserChange>,
): Promise<Scope> => {
  const { role = before.role } = sent;
  if (role === 'SUPER_ADMIN') return { role, fleetId: null, hubIds: [] };
  if (role === 'DRIVER' && before.role === 'DRIVER') return before;
  if (role === 'DRIVER') return { role, fleetId: sent.fleetId ?? before.fleetId, hubIds: [] };
  const fleetId = sent.fleetId === undefined ? before.fleetId : sent.fleetId;
  if (!fleetId) throw needsFleet(role);
  const { hubIds = fleetId === before.fleetId ? before.hubIds : [] } = sent;
  return { role, fleetId, hubIds: (await hubsOf(desk, { role, hubIds }, fleetId)).sort() };
};

/** What follows the commit: their tokens are judged anew, and who waits for a driver hears of it. */
const changedUser = async (context: Base, id: string, isDriverLost: boolean) => {
  context.services.callers.forgetUser(id);
  if (isDriverLost) await tellDriversLost(context, { userId: id });
  return readUser(context.db, id);
};

export const userChanges = [
  patch('/users/:id', {
    allow: 'users:update',
    summary: 'Change name, role, scope or activity of a user; `isActive: true` is the way back for a deactivated one',
    says: 'User updated successfully',
    params: ById('user'),
    body: UserChange,
    returns: UserView,
    refuses: [
      'ROLE_NOT_ASSIGNABLE',
      'SCOPE_FORBIDDEN',
      'LAST_SUPER_ADMIN',
      'INVALID_STATE_TRANSITION',
      'FLEET_INACTIVE',
    ],
    async handle(context) {
      const { body, caller, actor, db, visible, fleet } = context;
      const { id } = context.user;
      const isDriverLost = await db.$transaction(async (tx) => {
        const isClosed = fleet !== undefined && (await isFleetClosed(tx, fleet.id));
        const user = await lockedUser(tx, visible, id);
        const before = scopeOf(user);
        requireAssignable(caller, before.role);
        requireAssignable(caller, body.role ?? before.role);
        const after = await scopeAfter({ db: tx, visible }, before, body);
        if (user.driver && after.role !== before.role)
          throw refusal('INVALID_STATE_TRANSITION', {
            ...{ from: before.role, to: after.role },
            because: 'there is a driver profile',
          });
        if (isClosed && after.fleetId !== before.fleetId) throw refusal('FLEET_INACTIVE');
        const { name = user.name, isActive = user.isActive } = body;
        if (before.role === 'SUPER_ADMIN' && user.isActive && (after.role !== before.role || !isActive))
          await requireAnotherSuperAdmin(tx, id, actor);

        const [was, is] = [
          { ...before, isActive: user.isActive },
          { ...after, isActive },
        ];
        const isStale = !isDeepStrictEqual(was, is);
        if (name === user.name && !isStale) return false;
        const { role, fleetId, hubIds } = after;
        const tokens = isStale ? { tokenVersion: { increment: 1 } } : {};
        const hubs = { deleteMany: {}, create: hubIds.map((hubId) => ({ hubId })) };
        await tx.user.update({ where: { id }, data: { name, role, fleetId, hubs, ...tokens }, select: { id: true } });
        await audit(tx, actor, {
          action: 'user.updated',
          subject: 'user',
          subjectId: id,
          before: { name: user.name, ...was },
          after: { name, ...is },
        });
        if (user.isActive && !isActive) await deactivate(tx, user, actor);
        if (!user.isActive && isActive) await activate(tx, user);
        return user.driver !== null && user.isActive && !isActive;
      });
      return changedUser(context, id, isDriverLost);
    },
  }),

  patch('/users/:id/deactivate', {
    allow: 'users:deactivate',
    summary: 'Deactivate a user: no login, no session, and for a driver no roster and no new trip',
    says: 'User deactivated successfully',
    params: ById('user'),
    body: z.object({ reason: z.string().max(500).optional() }),
    returns: UserView,
    refuses: ['LAST_SUPER_ADMIN'],
    async handle(context) {
      const { body, actor, db, visible } = context;
      const { id } = context.user;
      const isDriverLost = await db.$transaction(async (tx) => {
        const user = await lockedUser(tx, visible, id);
        if (!user.isActive) return false;
        if (user.role === 'SUPER_ADMIN') await requireAnotherSuperAdmin(tx, id, actor);
        await deactivate(tx, user, actor, body.reason);
        return user.driver !== null;
      });
      return changedUser(context, id, isDriverLost);
    },
  }),
];
