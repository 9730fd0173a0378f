import { z } from 'zod';
import type { Db } from '../prisma/client.ts';
import { putIntoInbox, staffOf } from '../prisma/notifications.ts';
import { audit } from '../prisma/audit.ts';
import { nextShortId } from '../prisma/short-id.ts';
import { checkOutShift, endShiftBreak, startShiftBreak } from '../workflows/attendance.ts';
import { checkOut, endBreak, requireAtHub, shiftFacts, startBreak } from '../workflows/domain/attendance.ts';
import { point } from '../workflows/domain/geo.ts';
import { paise } from '../workflows/domain/money.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import type { FieldIssue } from '../workflows/domain/refusals.ts';
import { shiftProcess } from '../workflows/processes.ts';
import { AttendanceView, attendanceView, BreakView, readBreak, readShift, withRelations } from './attendance-views.ts';
import { writeText } from './command-texts.ts';
import { post } from './http/endpoint.ts';
import type { Base } from './http/endpoint.ts';
import { beside, uniqueViolation } from './http/errors.ts';
import { createOnce } from './http/once.ts';
import { loadVisible, whereId } from './http/records.ts';
import type { Caller, Loaded } from './http/scope.ts';
import { unlessAway } from './http/temporal.ts';
import { also, HttpsUrl, idOf, InstantIn, isUuid, Latitude, Longitude, NumericText } from './http/shapes.ts';
import { askShift } from './shift-commands.ts';

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
const findOpenShift = (db: Db, driverId: string): Promise<Loaded['shift'] | null> =>
  db.attendance.findFirst({
    where: { driverId, status: { in: ['PENDING', 'APPROVED'] }, checkOutTime: null },
    include: { breaks: { where: { endTime: null } } },
  });

/** The open shift that a command is meant for; naming another one by its id does not reach it. */
const targetShift = async (db: Db, driverId: string, named: Loaded['shift'] | undefined): Promise<Loaded['shift']> =>
  requireMeant(await findOpenShift(db, driverId), named);

const requireMeant = (open: Loaded['shift'] | null, named: Loaded['shift'] | undefined): Loaded['shift'] => {
  if (!open || (named && named.id !== open.id)) throw refusal('NO_ACTIVE_SHIFT');
  return open;
};

const recentShifts = 5;

/** The shift that this very check-out closed, when only its answer was lost; it must not close the next one. */
const closedBefore = async ({ db, commandId, isKeyed }: Base, driverId: string): Promise<Loaded['shift'] | null> => {
  if (!isKeyed) return null;
  const recent = await db.attendance.findMany({
    where: { driverId },
    orderBy: { createdAt: 'desc' },
    take: recentShifts,
    select: { id: true },
  });
  const commands = recent.map(({ id }) => ({ attendanceId: id, commandId: commandId(checkOutShift, `shift:${id}`) }));
  const withOpenBreak = { include: { breaks: { where: { endTime: null } } } };
  const event = await db.attendanceEvent.findFirst({ where: { OR: commands }, select: { attendance: withOpenBreak } });
  return event?.attendance ?? null;
};

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
  const open = await targetShift(db, driverId, undefined);
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

const Target = { driverId: idOf('driver').optional(), attendanceId: idOf('shift').optional() };

const cashMaxRupees = 10_000_000;

/** Nothing sent is nothing deposited; negative, more than two decimals or not a number is refused by its own code. */
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
    async handle({ body, caller, actor, driver: named, db, newId, begin, services }) {
      const isDriver = caller.role === 'DRIVER';
      const at = point(body.lat, body.lng);
      const missing = (['lat', 'lng'] as const).filter((field) => isDriver && body[field] === undefined);
      if (missing.length > 0)
        throw refusal(
          'VALIDATION_ERROR',
          missing.map((field) => fault(field, `${field} is required`)),
        );
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
      const shortId = await nextShortId(db, 'ATT');
      const insert = () =>
        db.$transaction(async (tx) => {
          const shift = await tx.attendance.create({
            data: {
              ...{
                id,
                shortId,
                driverId: driver.id,
                fleetId: driver.fleetId,
                hubId: driver.hubId,
                vehicleId,
                checkInDistance,
              },
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
          await putIntoInbox(tx, {
            to: await staffOf(tx, driver.fleetId, driver.hubId),
            event: 'attendance:checked_in',
            title: `${driver.firstName} ${driver.lastName} checked in`,
            payload: {
              attendanceId: id,
              driverId: driver.id,
              driverName: `${driver.firstName} ${driver.lastName}`,
              hubId: driver.hubId,
              checkInTime: shift.checkInTime.toISOString(),
            },
            cause: id,
          });
          if (!isDriver) {
            await audit(tx, actor, { action: 'attendance.checkedInOnBehalf', subject: 'attendance', subjectId: id });
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
      const { body, caller, actor, db } = context;
      const forced = caller.role !== 'DRIVER' && body.force === true;
      if (forced && !body.remarks)
        throw refusal('VALIDATION_ERROR', [fault('remarks', 'remarks is required when a shift is forced to close')]);
      const driverId = shiftDriver(context);
      // In this order: what is open no more was closed before by now.
      const open = await findOpenShift(db, driverId);
      const closed = await closedBefore(context, driverId);
      const shift = closed ?? requireMeant(open, context.shift);
      const command = {
        by: actor,
        odometerEnd: odometerKm(body.odometer, forced),
        cashDepositedPaise: cashPaise(body.cashDeposited),
        at: point(body.lat, body.lng),
        forced,
        textId: await writeText(context, { remarks: body.remarks, imageUrl: body.odometerImageUrl }),
      };
      const asked = askShift(context, shift, checkOutShift, checkOut, command);
      await (closed ? asked.catch(unlessAway) : asked);
      return readShift(db, shift.id);
    },
  }),

  post('/attendance/start-break', {
    allow: 'attendance:act',
    summary: 'Start a break',
    says: 'Break started',
    body: z.object(Target),
    returns: BreakView,
    refuses: ['NO_ACTIVE_SHIFT', 'SHIFT_NOT_APPROVED', 'BREAK_IN_PROGRESS', 'DRIVER_BLOCKED'],
    async handle(context) {
      const { actor, db, newId } = context;
      const shift = await targetShift(db, shiftDriver(context), context.shift);
      const breakId = newId('break');
      await askShift(context, shift, startShiftBreak, startBreak, { by: actor, breakId });
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
      const { body, actor, db, visible } = context;
      const owner = body.breakId ? await ownerOfBreak(db, body.breakId) : null;
      const named = owner ? await loadVisible(db, visible, 'shift', owner) : undefined;
      const meant = context.shift ?? (named as Loaded['shift'] | undefined);
      const shift = await targetShift(db, shiftDriver({ ...context, shift: meant }), meant);
      const running = shift.breaks[0];
      await askShift(context, shift, endShiftBreak, endBreak, { by: actor });
      return readBreak(db, running?.id ?? (await latestBreak(db, shift.id)));
    },
  }),
];

const ownerOfBreak = async (db: Db, breakId: string): Promise<string> => {
  const isId = isUuid(breakId) || /^BRK\d+$/.test(breakId);
  const row = isId ? await db.break.findFirst({ where: whereId(breakId), select: { attendanceId: true } }) : null;
  if (!row) throw refusal('NOT_FOUND', { resource: 'break' });
  return row.attendanceId;
};

const latestBreak = async (db: Db, attendanceId: string): Promise<string> =>
  (await db.break.findFirstOrThrow({ where: { attendanceId }, orderBy: { startTime: 'desc' }, select: { id: true } }))
    .id;
