import type { Prisma } from '../../prisma/generated/client.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { Caller } from '../http/scope.ts';
import { everything, inOwnScope, isStaff, prepared } from '../http/subject.ts';
import type { SubjectRules, Wanted } from '../http/subject.ts';
import type { Services } from '../services.ts';

const visibleUsers = (caller: Caller): Prisma.UserWhereInput => {
  if (caller.role === 'SUPER_ADMIN') return everything;
  const own = { id: caller.userId };
  if (!isStaff(caller) || !caller.fleetId) return own;
  const { fleetId, hubIds } = caller;
  if (caller.role !== 'OPERATIONS') return { OR: [own, { fleetId }] };
  const hubId = { in: hubIds };
  // A driver's form makes its user first and the profile, which has the hub, after it.
  const underWay = { role: 'DRIVER' as const, driver: null, createdBy: caller.userId };
  return { OR: [own, { fleetId, OR: [{ hubs: { some: { hubId } } }, { driver: { hubId } }, underWay] }] };
};

const visibleDrivers = (caller: Caller): Prisma.DriverWhereInput =>
  caller.role === 'DRIVER' ? { id: { in: caller.driverId ? [caller.driverId] : [] } } : inOwnScope(caller);

export const peopleSubjects = {
  user: {
    visible: visibleUsers,
    load: ({ db }: Services, where: Wanted<Prisma.UserWhereInput>) =>
      db.user.findFirst({ where, include: { hubs: true, driver: true } }),
    unique: { users_phone_key: () => refusal('PHONE_TAKEN') },
  },
  preferenceRequest: {
    visible: (caller: Caller): Prisma.PreferenceRequestWhereInput => ({ driver: visibleDrivers(caller) }),
    load: ({ db }: Services, where: Wanted<Prisma.PreferenceRequestWhereInput>) =>
      db.preferenceRequest.findFirst({ where }),
    unique: {
      preference_requests_pending_key: () => refusal('PREFERENCE_REQUEST_PENDING', { requestId: null }),
    },
  },
  driver: {
    visible: visibleDrivers,
    load: prepared(({ drivers }) => drivers),
    unique: {
      drivers_mobile_key: () => refusal('PHONE_TAKEN'),
      drivers_userId_key: () => refusal('DRIVER_PROFILE_EXISTS'),
    },
  },
} satisfies Record<string, SubjectRules>;
