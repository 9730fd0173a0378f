import { z } from 'zod';
import type { Prisma, Role } from '../prisma/generated/client.ts';
import { audit } from '../prisma/audit.ts';
import { lockDrivers } from '../prisma/open.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import { endLogins, tellDriversLost } from './cascades.ts';
import { get, patch, post } from './http/endpoint.ts';
import { uniqueViolation } from './http/errors.ts';
import { createOnce } from './http/once.ts';
import { ById, idOf, Instant, isUuid, pageOf, Paging, Phone, Search, skipTake, Text } from './http/shapes.ts';
import type { Caller } from './http/scope.ts';
import { endLinks } from './roster.ts';

const roles = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS', 'DRIVER'] as const;

export const UserView = z.object({
  id: z.string(),
  shortId: z.string(),
  name: z.string(),
  phone: z.string(),
  role: z.enum(roles),
  fleetId: z.string().nullable(),
  hubIds: z.array(z.string()),
  isActive: z.boolean(),
  referralCode: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(UserView, { id: 'User' });

type UserRow = Prisma.UserGetPayload<{ include: { hubs: true } }>;

/** A user as clients see it; `referralCode` comes with referrals. */
export const userView = ({ hubs, ...user }: UserRow) => ({
  ...user,
  hubIds: hubs.map(({ hubId }) => hubId).sort(),
  referralCode: null,
});

/** Whom a role may create. Source: identity.md, POST /users. */
const assignable: Record<Role, readonly Role[]> = {
  SUPER_ADMIN: roles,
  FLEET_ADMIN: ['MANAGER', 'OPERATIONS', 'DRIVER'],
  MANAGER: ['OPERATIONS', 'DRIVER'],
  OPERATIONS: ['DRIVER'],
  DRIVER: [],
};

const NewUser = z.object({
  name: Text(120),
  phone: Phone,
  role: z.enum(roles),
  isActive: z.boolean().optional(),
  fleetId: idOf('fleet', { unknownIsInvalid: true }).optional(),
  hubIds: z.array(z.string().max(64)).max(50).optional(),
  email: z.email().max(200).optional(),
});

const fieldFault = (field: string, issue: string, message: string) =>
  refusal('VALIDATION_ERROR', [{ field, issue, message }]);

/** The fleet of a new user: named, or the creator's own; none for the platform's people. */
const fleetOf = (caller: Caller, { role, fleetId }: z.output<typeof NewUser>): string | null => {
  if (role === 'SUPER_ADMIN') return null;
  const own = caller.role === 'SUPER_ADMIN' ? null : caller.fleetId;
  const chosen = fleetId ?? own;
  if (!chosen && role !== 'DRIVER') throw fieldFault('fleetId', 'required', `fleetId is required for role ${role}`);
  return chosen;
};

/** OPERATIONS work for one to fifty hubs of their fleet; other roles have none. */
const hubsOf = async (
  { db, visible }: { db: Prisma.TransactionClient; visible: { hub: Prisma.HubWhereInput } },
  { role, hubIds = [] }: z.output<typeof NewUser>,
  fleetId: string | null,
): Promise<string[]> => {
  if (role !== 'OPERATIONS') return [];
  const wanted = [...new Set(hubIds)];
  if (wanted.length === 0 || !fleetId) throw fieldFault('hubIds', 'required', 'hubIds needs at least one hub');
  const uuids = wanted.filter(isUuid);
  const hubs = await db.hub.findMany({
    where: { fleetId, AND: visible.hub, OR: [{ id: { in: uuids } }, { shortId: { in: wanted } }] },
    select: { id: true },
    take: 50,
  });
  if (hubs.length !== wanted.length)
    throw fieldFault('hubIds', 'unknown', 'hubIds names a hub that is not in the fleet');
  return hubs.map(({ id }) => id);
};

/** An abandoned driver form is repeated from its first step: the user of that step is then the answer. Source: drivers.md, Compat. */
const orphanDriver = async (db: Prisma.TransactionClient, phone: string, createdBy: string) =>
  db.user.findFirst({
    where: { phone, role: 'DRIVER', driver: null, createdBy, createdAt: { gt: new Date(Date.now() - 86_400_000) } },
    include: { hubs: true },
  });

/** Named one by one, because an index finds what is meant and not what is not. */
const isStaff: Prisma.UserWhereInput = { role: { in: roles.filter((role) => role !== 'DRIVER') } };

export const users = [
  post('/users', {
    allow: 'users:create',
    summary: 'Create a user',
    says: 'User created successfully',
    status: 201,
    body: NewUser,
    returns: UserView,
    refuses: ['PHONE_TAKEN', 'ROLE_NOT_ASSIGNABLE', 'SCOPE_FORBIDDEN', 'FLEET_INACTIVE'],
    async handle({ body, caller, actor, db, visible, fleet, newId }) {
      if (!assignable[caller.role].includes(body.role)) throw refusal('ROLE_NOT_ASSIGNABLE', { role: body.role });
      if (fleet?.status === 'INACTIVE') throw refusal('FLEET_INACTIVE');
      const fleetId = fleetOf(caller, body);
      const hubIds = await hubsOf({ db, visible }, body, fleetId);
      const id = newId();
      const { name, phone, role, isActive = true, email = null } = body;
      const create = () =>
        db.$transaction(async (tx) => {
          await tx.user.create({
            data: {
              ...{ id, name, phone, role, isActive, email, fleetId, createdBy: caller.userId },
              hubs: { create: hubIds.map((hubId) => ({ hubId })) },
            },
          });
          await audit(tx, actor, { action: 'user.created', subject: 'user', subjectId: id, after: { role } });
        });
      try {
        await createOnce(create);
      } catch (error) {
        const orphan =
          uniqueViolation(error) && role === 'DRIVER' ? await orphanDriver(db, phone, caller.userId) : null;
        if (!orphan) throw error;
        return userView(orphan);
      }
      return userView(await db.user.findUniqueOrThrow({ where: { id }, include: { hubs: true } }));
    },
  }),

  get('/users', {
    allow: 'users:read',
    summary: 'List users: staff before drivers, newest first',
    query: z.object({
      role: z.enum(roles).optional(),
      isActive: z.enum(['true', 'false']).optional(),
      fleetId: idOf('fleet').optional(),
      hubId: idOf('hub').optional(),
      q: Search.optional(),
      ...Paging,
    }),
    list: true,
    returns: UserView,
    async handle({ query, hub, db, visible }) {
      const { role, isActive, fleetId, q } = query;
      const where: Prisma.UserWhereInput = {
        AND: [
          visible.user,
          role ? { role } : {},
          isActive ? { isActive: isActive === 'true' } : {},
          fleetId ? { fleetId } : {},
          hub
            ? { fleetId: hub.fleetId, OR: [{ hubs: { some: { hubId: hub.id } } }, { driver: { hubId: hub.id } }] }
            : {},
          q ? { OR: [{ name: { contains: q, mode: 'insensitive' } }, { phone: { contains: q } }] } : {},
        ],
      };
      const page = pageOf(query);
      const [total, staffTotal] = await Promise.all([
        db.user.count({ where }),
        db.user.count({ where: { AND: [where, isStaff] } }),
      ]);
      const rows = await staffFirst(db, where, staffTotal, skipTake(page));
      return { ...page, total, rows: rows.map(userView) };
    },
  }),

  get('/users/:id', {
    allow: 'users:read',
    summary: 'Read a user; everybody may read himself',
    params: ById('user'),
    returns: UserView,
    refuses: ['USER_INACTIVE'],
    handle({ user, caller }) {
      if (!user.isActive && caller.role !== 'SUPER_ADMIN') throw refusal('USER_INACTIVE');
      return Promise.resolve(userView(user));
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
      const { user, actor, db, services } = context;
      const { id, role, driver } = user;
      const changed = await db.$transaction(async (tx) => {
        // Two administrators who deactivate each other must not both succeed.
        await tx.$queryRaw`SELECT "id" FROM "users" WHERE "role" = 'SUPER_ADMIN' AND "isActive" ORDER BY "id" FOR UPDATE`;
        if (id === actor.userId) throw refusal('LAST_SUPER_ADMIN');
        const others = await tx.user.count({ where: { role: 'SUPER_ADMIN', isActive: true, id: { not: id } } });
        if (role === 'SUPER_ADMIN' && others === 0) throw refusal('LAST_SUPER_ADMIN');
        if (driver) await lockDrivers(tx, [driver.id]);
        const data = { isActive: false, deactivatedAt: new Date(), deactivatedBy: actor.userId };
        if ((await tx.user.updateMany({ where: { id, isActive: true }, data })).count === 0) return false;
        await endLogins(tx, { id }, 'USER_INACTIVE');
        if (driver) {
          await tx.driver.update({ where: { id: driver.id }, data: { isAvailable: false }, select: { id: true } });
          await endLinks(tx, { driverId: driver.id }, 'USER_INACTIVE', actor.userId);
        }
        await audit(tx, actor, { action: 'user.deactivated', subject: 'user', subjectId: id });
        return true;
      });
      services.callers.forgetUser(id);
      if (changed && driver) await tellDriversLost(context, { id: driver.id });
      return userView(await db.user.findUniqueOrThrow({ where: { id }, include: { hubs: true } }));
    },
  }),
];

/** Two queries at most: the rest of the staff, then drivers, so that a page never hides staff behind drivers. */
const staffFirst = async (
  db: Prisma.TransactionClient,
  where: Prisma.UserWhereInput,
  staffTotal: number,
  { skip, take }: { skip: number; take: number },
) => {
  const orderBy: Prisma.UserOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'asc' }];
  const some = (condition: Prisma.UserWhereInput, part: { skip: number; take: number }) =>
    part.take <= 0
      ? []
      : db.user.findMany({ where: { AND: [where, condition] }, include: { hubs: true }, orderBy, ...part });
  const staffTake = Math.min(take, Math.max(0, staffTotal - skip));
  const staff = await some(isStaff, { skip, take: staffTake });
  const drivers = await some({ role: 'DRIVER' }, { skip: Math.max(0, skip - staffTotal), take: take - staffTake });
  return [...staff, ...drivers];
};
