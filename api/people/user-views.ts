import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { Instant } from '../http/shapes.ts';

export const roles = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS', 'DRIVER'] as const;

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

export const readUser = async (db: Db, id: string) =>
  userView(await db.user.findUniqueOrThrow({ where: { id }, include: { hubs: true } }));
