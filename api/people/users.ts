import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { audit } from '../../prisma/audit.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { requireOpenFleet } from '../fleet/cascades.ts';
import { get, post } from '../http/endpoint.ts';
import { uniqueViolation } from '../http/errors.ts';
import { createOnce } from '../http/once.ts';
import { ById, idOf, pageOf, Paging, Phone, requiring, Search, skipTake, Text } from '../http/shapes.ts';
import type { Missing } from '../http/shapes.ts';
import type { Caller } from '../http/scope.ts';
import { HubIds, hubsOf, requireAssignable } from './user-scopes.ts';
import { readUser, roles, UserView, userView } from './user-views.ts';

const NewUser = z.object({
  name: Text(120),
  phone: Phone,
  role: z.enum(roles),
  isActive: z.boolean().optional(),
  fleetId: idOf('fleet', { unknownIsInvalid: true }).optional(),
  hubIds: HubIds.optional(),
  email: z.email().max(200).optional(),
});

/** The fleet of a new user: named, or the creator's own, who has one unless they are of the platform. */
const fleetOf = (caller: Caller, { role, fleetId }: z.output<typeof NewUser>): string | null =>
  role === 'SUPER_ADMIN' ? null : (fleetId ?? caller.fleetId);

const fleetRoles: readonly unknown[] = ['FLEET_ADMIN', 'MANAGER', 'OPERATIONS'];

const missingOf: Missing = ({ role, fleetId, hubIds }, caller) => [
  ...(fleetRoles.includes(role) && fleetId === undefined && !caller?.fleetId ? ['fleetId'] : []),
  ...(role === 'OPERATIONS' && (hubIds === undefined || isDeepStrictEqual(hubIds, [])) ? ['hubIds'] : []),
];

/** An abandoned driver form is repeated from its first step: the user of that step is then the answer. Source: drivers.md, Compat. */
const orphanDriver = async (db: Prisma.TransactionClient, phone: string, createdBy: string) =>
  db.user.findFirst({
    where: {
      ...{ phone, role: 'DRIVER', driver: null, isActive: true, createdBy },
      createdAt: { gt: new Date(Date.now() - 86_400_000) },
    },
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
    body: requiring(NewUser, 'Staff needs a fleet, by default that of its creator; OPERATIONS need hubs', missingOf),
    returns: UserView,
    refuses: ['PHONE_TAKEN', 'ROLE_NOT_ASSIGNABLE', 'SCOPE_FORBIDDEN', 'FLEET_INACTIVE'],
    async handle({ body, caller, actor, db, visible, newId }) {
      requireAssignable(caller, body.role);
      const fleetId = fleetOf(caller, body);
      const hubIds = await hubsOf({ db, visible }, body, fleetId);
      const id = newId();
      const { name, phone, role, isActive = true, email = null } = body;
      const create = () =>
        db.$transaction(async (tx) => {
          if (fleetId) await requireOpenFleet(tx, fleetId);
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
      return readUser(db, id);
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
    summary: 'Read a user; staff may always read themselves',
    params: ById('user'),
    returns: UserView,
    refuses: ['USER_INACTIVE'],
    handle({ user, caller }) {
      if (!user.isActive && caller.role !== 'SUPER_ADMIN') throw refusal('USER_INACTIVE');
      return Promise.resolve(userView(user));
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
