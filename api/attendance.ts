import { z } from 'zod';
import type { Db } from '../prisma/client.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import { putIntoInbox, staffOf } from '../prisma/notifications.ts';
import { approveShift, checkOutShift, endShiftBreak, rejectShift, startShiftBreak } from '../workflows/attendance.ts';
import { breakMinutes, requireAtHub, shiftFacts, workedMinutes } from '../workflows/domain/attendance.ts';
import { point } from '../workflows/domain/geo.ts';
import { paise } from '../workflows/domain/money.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import type { FieldIssue } from '../workflows/domain/refusals.ts';
import { istDayStartMs } from '../workflows/domain/time.ts';
import type { IstDay } from '../workflows/domain/time.ts';
import { shiftProcess } from '../workflows/processes.ts';
import { audit } from './audit.ts';
import { get, post } from './http/endpoint.ts';
import type { Base } from './http/endpoint.ts';
import { beside, uniqueViolation } from './http/errors.ts';
import { createOnce } from './http/once.ts';
import { loadVisible, whereId } from './http/records.ts';
import type { Caller, Loaded } from './http/scope.ts';
import {
  also,
  ById,
  DayIn,
  HttpsUrl,
  idOf,
  Instant,
  InstantIn,
  Latitude,
  Longitude,
  NumericText,
  pageOf,
  Paging,
  Rupees,
  skipTake,
  Words,
} from './http/shapes.ts';

const statuses = ['PENDING', 'APPROVED', 'REJECTED', 'CHECKED_OUT'] as const;
const approvalStatuses = ['PENDING', 'APPROVED', 'REJECTED'] as const;
const cashStatuses = ['NONE', 'DECLARED', 'RECONCILED'] as const;
const endedBys = ['DRIVER', 'ADMIN', 'CHECK_OUT', 'SYSTEM'] as const;

const BreakView = z.object({
  id: z.string(),
  shortId: z.string(),
  attendanceId: z.string(),
  startTime: Instant,
  endTime: Instant.nullable(),
  endedBy: z.enum(endedBys).nullable(),
  driverId: z.string(),
  breakStartTime: Instant,
  breakEndTime: Instant.nullable(),
  durationMinutes: z.number().nullable(),
  status: z.enum(statuses),
});

const SlimVehicle = z.object({
  id: z.string(),
  vehicleNumber: z.string(),
  vehicleName: z.string(),
  vehicleModel: z.string(),
});

const text = z.string().nullable();
const number = z.number().nullable();

const AttendanceView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: z.string(),
  hubId: text,
  vehicleId: text,
  checkInTime: Instant,
  checkOutTime: Instant.nullable(),
  status: z.enum(statuses),
  approvalStatus: z.enum(approvalStatuses),
  approvedBy: text,
  approvedByName: text,
  approvedAt: Instant.nullable(),
  adminRemarks: text,
  checkInLat: number,
  checkInLng: number,
  checkInDistance: number,
  checkOutLat: number,
  checkOutLng: number,
  selfieUrl: text,
  odometerStart: number,
  odometerEnd: number,
  odometerImageUrl: text,
  totalKm: number,
  cashDeposited: Rupees,
  cashStatus: z.enum(cashStatuses),
  source: z.enum(['DRIVER', 'ADMIN']),
  createdBy: text,
  closedBy: text,
  flags: z.array(z.string()),
  clientReportedAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  breaks: z.array(BreakView.pick({ id: true, shortId: true, startTime: true, endTime: true, endedBy: true })),
  breakMinutes: z.number(),
  workedMinutes: z.number(),
  vehicle: SlimVehicle.nullable(),
  driver: z.object({
    id: z.string(),
    shortId: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    mobile: z.string(),
    profilePic: text,
    fleetId: z.string(),
    hubId: text,
    fleet: z.object({ id: z.string(), name: z.string() }).nullable(),
    hub: z.object({ id: z.string(), address: z.string(), hubType: z.string() }).nullable(),
    assignments: z.array(z.object({ id: z.string(), status: z.string(), vehicle: SlimVehicle })),
  }),
});

const withRelations = {
  breaks: { orderBy: { startTime: 'desc' } },
  vehicle: true,
  driver: {
    include: {
      fleet: true,
      hub: true,
      assignments: { where: { status: 'ACTIVE' }, take: 1, include: { vehicle: true } },
    },
  },
} satisfies Prisma.AttendanceInclude;

type ShiftRow = Prisma.AttendanceGetPayload<{ include: typeof withRelations }>;

/** For a closed shift the vehicle of the shift stands where panels look for the current one, so that history stays true. */
const linksOf = (shift: ShiftRow) => {
  const [current] = shift.driver.assignments;
  if (!shift.checkOutTime || !shift.vehicle) return current ? [current] : [];
  return [{ id: current?.id ?? shift.id, status: 'ENDED', vehicle: shift.vehicle }];
};

const attendanceView = (shift: ShiftRow) => {
  const nowMs = Date.now();
  const spans = shift.breaks.map(({ startTime, endTime }) => ({
    startTime: startTime.toISOString(),
    endTime: endTime?.toISOString() ?? null,
  }));
  const span = { startTime: shift.checkInTime.toISOString(), endTime: shift.checkOutTime?.toISOString() ?? null };
  const { odometerStart, odometerEnd } = shift;
  return {
    ...shift,
    cashDeposited: shift.cashDepositedPaise,
    totalKm: odometerStart !== null && odometerEnd !== null ? odometerEnd - odometerStart : null,
    breakMinutes: breakMinutes(spans, nowMs),
    workedMinutes: workedMinutes(span, spans, nowMs),
    driver: { ...shift.driver, assignments: linksOf(shift) },
  };
};

const readShift = async (db: Db, id: string) =>
  attendanceView(await db.attendance.findUniqueOrThrow({ where: { id }, include: withRelations }));

/** Positions come in three spellings. */
const Position = {
  lat: also(Latitude.optional(), 'checkInLat', 'location.latitude', 'location.lat'),
  lng: also(Longitude.optional(), 'checkInLng', 'location.longitude', 'location.lng'),
};

const odometerMaxKm = 2_000_000;
const Odometer = NumericText.pipe(z.number().min(0).max(odometerMaxKm)).transform(Math.floor);

/** Fields that a check-out judges itself, with codes of their own, instead of the shape. */
const Unjudged = z.unknown().optional();

const fault = (field: string, message: string): FieldIssue => ({ field, issue: 'required', message });

/** The driver for whom a shift action is meant: a driver himself, whatever ids he sends; staff must name him. */
const shiftDriver = ({
  caller,
  driver,
  shift,
}: {
  caller: Caller;
  driver?: Loaded['driver'] | undefined;
  shift?: Loaded['shift'] | undefined;
}): string => {
  if (caller.role !== 'DRIVER') {
    const driverId = driver?.id ?? shift?.driverId;
    if (driverId) return driverId;
    throw refusal('VALIDATION_ERROR', [fault('driverId', 'driverId is required')]);
  }
  if (!caller.driverId) throw refusal('NOT_FOUND', { resource: 'driver' });
  return caller.driverId;
};

/** The open shift, found by one indexed read. */
const openShift = async (db: Db, driverId: string): Promise<Loaded['shift']> => {
  const shift = await db.attendance.findFirst({
    where: { driverId, status: { in: ['PENDING', 'APPROVED'] }, checkOutTime: null },
    include: { breaks: { where: { endTime: null } } },
  });
  if (!shift) throw refusal('NO_ACTIVE_SHIFT');
  return shift;
};

const actorOf = ({ userId, driverId }: Caller) => ({ userId, driverId });

const checkInDriver = async (db: Db, driverId: string) =>
  db.driver.findUniqueOrThrow({
    where: { id: driverId },
    include: {
      user: true,
      fleet: true,
      hub: true,
      assignments: { where: { status: 'ACTIVE' }, take: 1, select: { vehicleId: true } },
    },
  });

type CheckInDriver = Awaited<ReturnType<typeof checkInDriver>>;

/** Source: attendance.md, POST /attendance/check-in, in its order. */
const requireMayCheckIn = (driver: CheckInDriver, kycRequired: boolean): void => {
  if (driver.status !== 'ACTIVE') throw refusal('DRIVER_BLOCKED', { status: driver.status });
  if (!driver.user.isActive) throw refusal('DRIVER_BLOCKED', { status: 'INACTIVE' });
  if (driver.fleet.status === 'INACTIVE') throw refusal('OWN_FLEET_INACTIVE');
  if (kycRequired && driver.kycStatus !== 'APPROVED') throw refusal('DRIVER_BLOCKED', { kycStatus: driver.kycStatus });
};

/** Metres to the hub, or null when staff checks in without a position. */
const distanceToHub = ({ hub }: CheckInDriver, at: { lat: number; lng: number } | null): number | null => {
  if (!hub || hub.status === 'INACTIVE') throw refusal('HUB_NOT_ASSIGNED');
  return at && requireAtHub(at, { lat: hub.lat, lng: hub.lng }, hub.geofenceRadius);
};

/** The loser of a race, or a second check-in, is shown the open shift, so that the app can go on with it. */
const alreadyCheckedIn = async (db: Db, driverId: string): Promise<Error> => {
  const open = await openShift(db, driverId);
  const view = z.encode(AttendanceView, await readShift(db, open.id));
  return beside(refusal('ALREADY_CHECKED_IN'), { attendance: view });
};

const lastReading = async (db: Db, vehicleId: string | null): Promise<number | null> => {
  if (!vehicleId) return null;
  const last = await db.attendance.findFirst({
    where: { vehicleId, OR: [{ odometerEnd: { not: null } }, { odometerStart: { not: null } }] },
    orderBy: { checkInTime: 'desc' },
    select: { odometerStart: true, odometerEnd: true },
  });
  return last?.odometerEnd ?? last?.odometerStart ?? null;
};

/** Remarks and links of a command, written down before it is sent, so that they never enter the workflow. */
const writeText = async (
  { db, newId }: Base,
  text: { remarks?: string | undefined; imageUrl?: string | undefined },
): Promise<string | null> => {
  if (!text.remarks && !text.imageUrl) return null;
  const id = newId('text');
  await createOnce(() => db.commandText.create({ data: { id, ...text } }));
  return id;
};

const Target = { driverId: idOf('driver').optional(), attendanceId: idOf('shift').optional() };

const cashMaxRupees = 10_000_000;

/** Null, empty, negative, more than two decimals or not a number: refused by its own code. */
const cashPaise = (sent: unknown) => {
  const typed = typeof sent === 'string' ? sent.trim() : sent;
  if (typed === undefined || typed === null) return paise(0);
  const isNumber = typeof typed === 'number' || (typeof typed === 'string' && /^\d+(?:\.\d{1,2})?$/.test(typed));
  const amount = isNumber ? Number(typed) : Number.NaN;
  const hundredths = Math.round(amount * 100);
  const valid = amount >= 0 && amount <= cashMaxRupees && Math.abs(amount * 100 - hundredths) < 1e-6;
  if (!valid) throw refusal('INVALID_CASH_AMOUNT');
  return paise(hundredths);
};

const odometerKm = (sent: unknown, mayBeUnknown: boolean): number | null => {
  if ((sent === undefined || sent === null) && mayBeUnknown) return null;
  const isNumber = typeof sent === 'number' || (typeof sent === 'string' && /^\d+(?:\.\d+)?$/.test(sent));
  const km = isNumber ? Math.floor(Number(sent)) : Number.NaN;
  if (!(km >= 0 && km <= odometerMaxKm)) throw refusal('INVALID_ODOMETER', { odometerStart: null });
  return km;
};

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
      const { shift, body, caller, ask, db } = context;
      const textId = await writeText(context, { remarks: body.remarks });
      const command = { by: caller.userId, textId };
      await ask(shiftProcess(shiftFacts(shift)), word === 'approve' ? approveShift : rejectShift, command);
      return readShift(db, shift.id);
    },
  });

export const attendance = [
  post('/attendance/check-in', {
    allow: 'attendance:act',
    summary: 'Open a shift at the hub',
    says: 'Checked in successfully',
    status: 201,
    body: z.object({
      driverId: idOf('driver').optional(),
      ...Position,
      odometer: also(Odometer.optional(), 'odometerStart'),
      selfieUrl: HttpsUrl.optional(),
      timestamp: InstantIn.optional().catch(undefined),
      remarks: z.string().max(1000).optional(),
    }),
    returns: AttendanceView,
    refuses: [
      'DRIVER_BLOCKED',
      'OWN_FLEET_INACTIVE',
      'ALREADY_CHECKED_IN',
      'HUB_NOT_ASSIGNED',
      'HUB_LOCATION_MISSING',
      'GEOFENCE_VIOLATION',
    ],
    async handle({ body, caller, driver: named, db, newId, begin, services, requestId }) {
      const isDriver = caller.role === 'DRIVER';
      const at = point(body.lat, body.lng);
      if (isDriver && !at)
        throw refusal('VALIDATION_ERROR', [fault('lat', 'lat is required'), fault('lng', 'lng is required')]);
      const driver = await checkInDriver(db, shiftDriver({ caller, driver: named }));
      requireMayCheckIn(driver, services.env.KYC_REQUIRED_FOR_CHECKIN);
      const id = newId();
      const open = await db.attendance.findFirst({
        where: { driverId: driver.id, status: { in: ['PENDING', 'APPROVED'] }, checkOutTime: null, id: { not: id } },
        select: { id: true },
      });
      if (open) throw await alreadyCheckedIn(db, driver.id);
      const checkInDistance = distanceToHub(driver, at);
      const vehicleId = driver.assignments[0]?.vehicleId ?? null;
      const reading = await lastReading(db, vehicleId);
      const belowLast = body.odometer !== undefined && reading !== null && body.odometer < reading;
      const insert = () =>
        db.$transaction(async (tx) => {
          const shift = await tx.attendance.create({
            data: {
              ...{ id, driverId: driver.id, fleetId: driver.fleetId, hubId: driver.hubId, vehicleId, checkInDistance },
              checkInTime: new Date(),
              checkInLat: body.lat ?? null,
              checkInLng: body.lng ?? null,
              selfieUrl: body.selfieUrl ?? null,
              odometerStart: body.odometer ?? null,
              adminRemarks: isDriver ? null : (body.remarks ?? null),
              source: isDriver ? 'DRIVER' : 'ADMIN',
              createdBy: caller.userId,
              flags: belowLast ? ['ODOMETER_BELOW_LAST'] : [],
              clientReportedAt: body.timestamp ?? null,
            },
          });
          await tx.attendanceEvent.create({
            data: {
              ...{ attendanceId: id, commandId: 'checkIn', type: 'checkIn', at: shift.checkInTime },
              actorType: 'USER',
              actorId: caller.userId,
            },
          });
          await putIntoInbox(tx, await staffOf(tx, driver.fleetId, driver.hubId), {
            event: 'attendance:checked_in',
            title: `${driver.firstName} ${driver.lastName} checked in`,
            payload: { attendanceId: id, driverId: driver.id, hubId: driver.hubId },
            cause: id,
          });
          if (!isDriver) {
            await audit(
              tx,
              { caller, requestId },
              { action: 'attendance.onBehalf', subject: 'attendance', subjectId: id },
            );
          }
        });
      try {
        await createOnce(insert);
      } catch (error) {
        throw uniqueViolation(error) ? await alreadyCheckedIn(db, driver.id) : error;
      }
      const shift = await db.attendance.findUniqueOrThrow({ where: { id }, include: withRelations });
      begin(shiftProcess(shiftFacts(shift)));
      return attendanceView(shift);
    },
  }),

  post('/attendance/check-out', {
    allow: 'attendance:act',
    summary: 'Close the open shift with odometer and cash',
    says: 'Checked out successfully',
    body: z.object({
      ...Target,
      odometer: also(Unjudged, 'odometerEnd'),
      cashDeposited: Unjudged,
      odometerImageUrl: HttpsUrl.optional(),
      ...Position,
      timestamp: z.unknown().optional(),
      force: z.boolean().optional(),
      remarks: z.string().max(1000).optional(),
    }),
    returns: AttendanceView,
    refuses: ['NO_ACTIVE_SHIFT', 'INVALID_ODOMETER', 'INVALID_CASH_AMOUNT', 'TRIP_IN_PROGRESS'],
    async handle(context) {
      const { body, caller, db, ask } = context;
      const forced = caller.role !== 'DRIVER' && body.force === true;
      if (forced && !body.remarks)
        throw refusal('VALIDATION_ERROR', [fault('remarks', 'remarks is required when a shift is forced to close')]);
      const shift = await openShift(db, shiftDriver(context));
      const command = {
        by: actorOf(caller),
        odometerEnd: odometerKm(body.odometer, forced),
        cashDepositedPaise: cashPaise(body.cashDeposited),
        at: point(body.lat, body.lng),
        forced,
        textId: await writeText(context, { remarks: body.remarks, imageUrl: body.odometerImageUrl }),
      };
      await ask(shiftProcess(shiftFacts(shift)), checkOutShift, command);
      return readShift(db, shift.id);
    },
  }),

  post('/attendance/start-break', {
    allow: 'attendance:act',
    summary: 'Start a break',
    says: 'Break started',
    body: z.object(Target),
    returns: BreakView,
    refuses: ['NO_ACTIVE_SHIFT', 'SHIFT_NOT_APPROVED', 'BREAK_IN_PROGRESS'],
    async handle(context) {
      const { caller, db, ask, newId } = context;
      const shift = await openShift(db, shiftDriver(context));
      const breakId = newId('break');
      await ask(shiftProcess(shiftFacts(shift)), startShiftBreak, { by: actorOf(caller), breakId });
      return readBreak(db, breakId);
    },
  }),

  post('/attendance/end-break', {
    allow: 'attendance:act',
    summary: 'End the running break',
    says: 'Break ended',
    body: z.object({ ...Target, breakId: z.string().max(64).optional() }),
    returns: BreakView,
    refuses: ['NO_ACTIVE_SHIFT', 'NO_ACTIVE_BREAK'],
    async handle(context) {
      const { body, caller, db, ask, visible } = context;
      const owner = body.breakId ? await ownerOfBreak(db, body.breakId) : null;
      const named = owner ? await loadVisible(db, visible, 'shift', owner) : undefined;
      const shift = await openShift(
        db,
        shiftDriver({ ...context, shift: context.shift ?? (named as Loaded['shift']) }),
      );
      const running = shift.breaks[0];
      await ask(shiftProcess(shiftFacts(shift)), endShiftBreak, { by: actorOf(caller) });
      return readBreak(db, running?.id ?? (await latestBreak(db, shift.id)));
    },
  }),

  get('/attendance/history', {
    allow: 'attendance:read',
    summary: 'List shifts, newest first; a driver sees his own',
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
    async handle({ query, caller, db, visible }) {
      const where: Prisma.AttendanceWhereInput = { AND: [visible.shift, ...filters(query)] };
      if (query.driverId) await requireVisibleDriver(db, visible, caller, query.driverId);
      const page = pageOf({ page: query.page ?? '1', limit: query.limit ?? '10' });
      const [total, rows] = await Promise.all([
        db.attendance.count({ where }),
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
];

const readBreak = async (db: Db, id: string) => {
  const row = await db.break.findUniqueOrThrow({ where: { id }, include: { attendance: true } });
  const { startTime, endTime, attendance: shift } = row;
  return {
    ...row,
    driverId: shift.driverId,
    status: shift.status,
    breakStartTime: startTime,
    breakEndTime: endTime,
    durationMinutes: endTime && Math.floor((endTime.getTime() - startTime.getTime()) / 60_000),
  };
};

const ownerOfBreak = async (db: Db, breakId: string): Promise<string> => {
  const isId = /^(?:[0-9a-f-]{36}|BRK\d+)$/.test(breakId);
  const row = isId ? await db.break.findFirst({ where: whereId(breakId), select: { attendanceId: true } }) : null;
  if (!row) throw refusal('NOT_FOUND', { resource: 'break' });
  return row.attendanceId;
};

const latestBreak = async (db: Db, attendanceId: string): Promise<string> =>
  (await db.break.findFirstOrThrow({ where: { attendanceId }, orderBy: { startTime: 'desc' }, select: { id: true } }))
    .id;

/** Staff get an empty page for an unknown driver; a driver who asks for somebody else is refused. */
const requireVisibleDriver = async (
  db: Db,
  visible: Base['visible'],
  caller: Caller,
  driverId: string,
): Promise<void> => {
  const exists = await db.driver.findFirst({ where: whereId(driverId), select: { id: true } });
  if (!exists) return;
  if (caller.role === 'DRIVER' && exists.id !== caller.driverId)
    throw refusal('SCOPE_FORBIDDEN', { resource: 'driver' });
  await loadVisible(db, visible, 'driver', exists.id);
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
  query.endDate ? { checkInTime: { lt: new Date(istDayStartMs(query.endDate as IstDay) + 86_400_000) } } : {},
  query.status ? { status: { in: query.status } } : {},
  query.fleetId ? { fleetId: query.fleetId } : {},
  query.hubId ? { hubId: query.hubId } : {},
  query.flag ? { flags: { has: query.flag } } : {},
  query.cashStatus ? { cashStatus: { in: query.cashStatus } } : {},
  query.approvalStatus ? { approvalStatus: { in: query.approvalStatus } } : {},
];
