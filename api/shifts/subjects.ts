import type { Prisma } from '../../prisma/generated/client.ts';
import { withOpenBreak } from '../../prisma/locks.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { Caller } from '../http/scope.ts';
import { inOwnScope, nothing } from '../http/subject.ts';
import type { SubjectRules, Wanted } from '../http/subject.ts';
import type { Services } from '../services.ts';

const visibleShifts = (caller: Caller): Prisma.AttendanceWhereInput => {
  if (caller.role === 'DRIVER') return { driverId: { in: caller.driverId ? [caller.driverId] : [] } };
  if (caller.role !== 'OPERATIONS') return inOwnScope(caller);
  return caller.fleetId ? { fleetId: caller.fleetId, driver: { hubId: { in: caller.hubIds } } } : nothing;
};

export const shiftsSubjects = {
  shift: {
    visible: visibleShifts,
    load: ({ db }: Services, where: Wanted<Prisma.AttendanceWhereInput>) =>
      db.attendance.findFirst({ where, include: withOpenBreak }),
    resource: 'attendance',
    unique: { attendances_open_driver_key: () => refusal('ALREADY_CHECKED_IN') },
  },
} satisfies Record<string, SubjectRules>;
