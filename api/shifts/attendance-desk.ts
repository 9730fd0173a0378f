import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { shiftProcess } from '../../workflows/processes.ts';
import { askShift } from './shift-commands.ts';
import { dayMs, istDayStartMs } from '../../workflows/domain/time.ts';
import type { IstDay } from '../../workflows/domain/time.ts';
import {
  approvalStatuses,
  AttendanceView,
  attendanceView,
  cashStatuses,
  readShift,
  statuses,
  withRelations,
} from './attendance-views.ts';
import { writeText } from '../command-texts.ts';
import { nudged, NudgedView } from '../nudges.ts';
import { get, post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { loadVisible, whereId } from '../http/records.ts';
import { isFilter } from '../totals.ts';
import { also, ById, DayIn, idOf, pageOf, Paging, skipTake, Words } from '../http/shapes.ts';

const verdict = (word: 'approve' | 'reject') =>
  post(`/attendance/:id/${word}`, {
    allow: 'attendance:decide',
    summary: word === 'approve' ? 'Approve a shift, also one that was closed undecided' : 'Reject a shift',
    says: word === 'approve' ? 'Attendance approved' : 'Attendance rejected',
    params: ById('shift'),
    body: z.object({ remarks: also(z.string().max(1000).optional(), 'reason') }),
    returns: AttendanceView,
    refuses: ['INVALID_STATE_TRANSITION', 'REMARKS_REQUIRED'],
    async handle(context) {
      const { shift, body, actor, db } = context;
      const textId = await writeText(context, { remarks: body.remarks });
      await askShift(context, shift, word, { by: actor, textId });
      return readShift(db, shift.id);
    },
  });

/** Reading and deciding shifts. */
export const attendanceDesk = [
  get('/attendance/history', {
    allow: 'attendance:read',
    summary: 'List shifts, newest first; a driver sees their own',
    paged: true,
    query: z.object({
      driverId: idOf('driver', { unloaded: true }).optional(),
      startDate: DayIn.optional(),
      endDate: DayIn.optional(),
      status: Words(statuses).optional(),
      fleetId: idOf('fleet').optional(),
      hubId: idOf('hub').optional(),
      flag: z.string().max(60).optional(),
      cashStatus: Words(cashStatuses).optional(),
      approvalStatus: Words(approvalStatuses).optional(),
      ...Paging,
    }),
    returns: z.object({ data: z.array(AttendanceView), total: z.number(), page: z.number(), limit: z.number() }),
    async handle(context) {
      const { query, caller, db, visible, services } = context;
      const wanted = filters(query).filter(isFilter);
      const where: Prisma.AttendanceWhereInput = { AND: [visible.shift, ...wanted] };
      if (query.driverId) await requireVisibleDriver(context, query.driverId);
      const page = pageOf({ page: query.page ?? '1', limit: query.limit }, 10);
      const known = wanted.length === 0 ? services.totals('attendances', caller) : null;
      const [total, rows] = await Promise.all([
        known ?? db.attendance.count({ where }),
        db.attendance.findMany({
          where,
          include: withRelations,
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
          ...skipTake(page),
        }),
      ]);
      return { data: rows.map(attendanceView), total, ...page };
    },
  }),

  get('/attendance/:id', {
    allow: 'attendance:read',
    summary: 'Read a shift',
    params: ById('shift'),
    returns: AttendanceView,
    handle: ({ shift, db }) => readShift(db, shift.id),
  }),

  verdict('approve'),
  verdict('reject'),

  post('/attendance/:id/nudge', {
    allow: 'attendance:decide',
    summary: 'Make a shift read its row again and begin anew what did not get through',
    says: 'Shift nudged',
    params: ById('shift'),
    returns: NudgedView,
    handle: (context) => nudged(context, shiftProcess(shiftFacts(context.shift)), 'attendance', context.shift.id),
  }),
];

/** Staff get an empty page for an unknown driver; a driver who asks for somebody else is refused. */
const requireVisibleDriver = async ({ db, services, visible }: Base, driverId: string): Promise<void> => {
  const known = await db.driver.findFirst({ where: whereId(driverId), select: { id: true } });
  if (known) await loadVisible(services, visible, 'driver', known.id);
};

const filters = (query: {
  driverId?: string | undefined;
  startDate?: string | undefined;
  endDate?: string | undefined;
  status?: (typeof statuses)[number][] | undefined;
  fleetId?: string | undefined;
  hubId?: string | undefined;
  flag?: string | undefined;
  cashStatus?: (typeof cashStatuses)[number][] | undefined;
  approvalStatus?: (typeof approvalStatuses)[number][] | undefined;
}): Prisma.AttendanceWhereInput[] => [
  query.driverId ? { driver: whereId(query.driverId) } : {},
  query.startDate ? { checkInTime: { gte: new Date(istDayStartMs(query.startDate as IstDay)) } } : {},
  query.endDate ? { checkInTime: { lt: new Date(istDayStartMs(query.endDate as IstDay) + dayMs) } } : {},
  query.status ? { status: { in: query.status } } : {},
  query.fleetId ? { fleetId: query.fleetId } : {},
  query.hubId ? { hubId: query.hubId } : {},
  query.flag ? { flags: { has: query.flag } } : {},
  query.cashStatus ? { cashStatus: { in: query.cashStatus } } : {},
  query.approvalStatus ? { approvalStatus: { in: query.approvalStatus } } : {},
];
