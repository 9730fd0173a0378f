import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import { openShift, withOpenBreak } from '../../prisma/locks.ts';
import { point } from '../../workflows/domain/geo.ts';
import { paise } from '../../workflows/domain/money.ts';
import { invalidField, refusal } from '../../workflows/domain/refusals.ts';
import { minuteMs } from '../../workflows/domain/time.ts';
import { shiftId } from '../../workflows/processes.ts';
import { AttendanceView, BreakView, readBreak, readShift } from './attendance-views.ts';
import { writeText } from '../command-texts.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { loadVisible, whereId } from '../http/records.ts';
import type { Caller, Loaded } from '../http/scope.ts';
import { unlessAway } from '../http/temporal.ts';
import { also, AnyId, HttpsUrl, idOf, InstantIn, Latitude, Longitude, requiring } from '../http/shapes.ts';
import type { Missing } from '../http/shapes.ts';
import { askShift } from './shift-commands.ts';

/** Positions come in three spellings. */
export const Position = {
  lat: also(Latitude.optional(), 'checkInLat', 'location.latitude', 'location.lat'),
  lng: also(Longitude.optional(), 'checkInLng', 'location.longitude', 'location.lng'),
};

export const odometerMaxKm = 2_000_000;
/** Fields that a check-out judges itself, with codes of their own, instead of the shape. */
const Unjudged = z.unknown().optional();

/** The driver for whom a shift action is meant: a driver themself, whatever ids they send; staff must name them. */
export const shiftDriver = ({
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
    throw invalidField('driverId', 'required', 'driverId is required');
  }
  if (!caller.driverId) throw refusal('NOT_FOUND', { resource: 'driver' });
  return caller.driverId;
};

/** The open shift, found by one indexed read. */
const findOpenShift = (db: Db, driverId: string): Promise<Loaded['shift'] | null> =>
  db.attendance.findFirst({
    where: { driverId, ...openShift },
    include: withOpenBreak,
  });

/** The open shift that a command is meant for; naming another one by its id does not reach it. */
const targetShift = async (db: Db, driverId: string, meant: Meant): Promise<Loaded['shift']> =>
  requireMeant(await findOpenShift(db, driverId), meant);

/** The shift that a command names, or the device's time of one that names none. */
interface Meant {
  named: Loaded['shift'] | undefined;
  sentAt: Date | undefined;
}

const clockToleranceMs = 5 * minuteMs;

/**
 * A command that a device queued during an earlier shift must not reach this one. A device whose clock is behind was behind at
 * check-in too. Source: attendance.md rule 2.
 */
const requireMeant = (open: Loaded['shift'] | null, { named, sentAt }: Meant): Loaded['shift'] => {
  if (!open || (named && named.id !== open.id)) throw refusal('NO_ACTIVE_SHIFT');
  const { checkInTime, clientReportedAt } = open;
  const sinceMs = Math.min(checkInTime.getTime(), (clientReportedAt ?? checkInTime).getTime());
  const isOlder = !named && sentAt && sentAt.getTime() < sinceMs - clockToleranceMs;
  if (isOlder) throw refusal('NO_ACTIVE_SHIFT', { reason: 'OLDER_THAN_SHIFT' });
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
  const commands = recent.map(({ id }) => ({
    attendanceId: id,
    commandId: commandId({ name: 'checkOut' }, shiftId(id)),
  }));
  const event = await db.attendanceEvent.findFirst({
    where: { OR: commands },
    select: { attendance: { include: withOpenBreak } },
  });
  return event?.attendance ?? null;
};

const Target = {
  driverId: idOf('driver').optional(),
  attendanceId: idOf('shift').optional(),
  timestamp: InstantIn.optional().catch(undefined),
};

const cashMaxRupees = 10_000_000;

/** Nothing sent is nothing deposited; negative, more than two decimals or not a number is refused by its own code. */
const cashPaise = (sent: unknown) => {
  const typed = typeof sent === 'string' ? sent.trim() : sent;
  if (typed === undefined || typed === null) return paise(0);
  const isNumber = typeof typed === 'number' || (typeof typed === 'string' && /^\d+(?:\.\d{1,2})?$/.test(typed));
  const amount = isNumber ? Number(typed) : Number.NaN;
  const hundredths = Math.round(amount * 100);
  const valid = amount >= 0 && amount <= cashMaxRupees && Math.abs(amount * 100 - hundredths) < 1e-6;
  if (!valid) throw refusal('INVALID_CASH_AMOUNT', { maxRupees: cashMaxRupees });
  return paise(hundredths);
};

const odometerKm = (sent: unknown, mayBeUnknown: boolean): number | null => {
  if ((sent === undefined || sent === null) && mayBeUnknown) return null;
  const isNumber = typeof sent === 'number' || (typeof sent === 'string' && /^\d+(?:\.\d+)?$/.test(sent));
  const km = isNumber ? Math.floor(Number(sent)) : Number.NaN;
  if (!(km >= 0 && km <= odometerMaxKm)) throw refusal('INVALID_ODOMETER', { odometerStart: null });
  return km;
};

const CheckOut = z.object({
  ...Target,
  odometer: also(Unjudged.meta({ description: 'Whole kilometres, not below those of the check-in' }), 'odometerEnd'),
  cashDeposited: Unjudged.meta({ description: 'Rupees, with at most two decimals; none by default' }),
  odometerImageUrl: HttpsUrl.optional(),
  ...Position,
  force: z.boolean().optional(),
  remarks: z.string().max(1000).optional(),
});

/** Only staff closes a shift by force; of a driver the word does not count. */
const isForced = ({ force }: { force?: unknown }, caller: Caller): boolean =>
  force === true && caller.role !== 'DRIVER';

const missingOf: Missing = (sent, caller) =>
  caller && isForced(sent, caller) && sent['remarks'] === undefined ? ['remarks'] : [];

export const attendance = [
  post('/attendance/check-out', {
    allow: 'attendance:act',
    summary: 'Close the open shift with odometer and cash',
    says: 'Checked out successfully',
    body: requiring(CheckOut, 'Staff who force a shift to close say why in `remarks`', missingOf),
    returns: AttendanceView,
    refuses: ['NO_ACTIVE_SHIFT', 'INVALID_ODOMETER', 'INVALID_CASH_AMOUNT', 'TRIP_IN_PROGRESS'],
    async handle(context) {
      const { body, caller, actor, db } = context;
      const forced = isForced(body, caller);
      const driverId = shiftDriver(context);
      // In this order: what is open no more was closed before by now.
      const open = await findOpenShift(db, driverId);
      const closed = await closedBefore(context, driverId);
      const shift = closed ?? requireMeant(open, { named: context.shift, sentAt: body.timestamp });
      const command = {
        by: actor,
        odometerEnd: odometerKm(body.odometer, forced),
        cashDepositedPaise: cashPaise(body.cashDeposited),
        at: point(body.lat, body.lng),
        forced,
        textId: await writeText(context, {
          remarks: caller.role === 'DRIVER' ? undefined : body.remarks,
          imageUrl: body.odometerImageUrl,
        }),
      };
      const asked = askShift(context, shift, 'checkOut', command);
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
    refuses: ['NO_ACTIVE_SHIFT', 'SHIFT_NOT_APPROVED', 'BREAK_IN_PROGRESS', 'SHIFT_DRIVER_LOST'],
    async handle(context) {
      const { body, actor, db, newId } = context;
      const meant = { named: context.shift, sentAt: body.timestamp };
      const shift = await targetShift(db, shiftDriver(context), meant);
      const breakId = newId('break');
      await askShift(context, shift, 'startBreak', { by: actor, breakId });
      return readBreak(db, breakId);
    },
  }),

  post('/attendance/end-break', {
    allow: 'attendance:act',
    summary: 'End the running break',
    says: 'Break ended',
    body: z.object({ ...Target, breakId: AnyId.optional() }),
    returns: BreakView,
    refuses: ['NO_ACTIVE_SHIFT', 'NO_ACTIVE_BREAK'],
    async handle(context) {
      const { body, actor, db, services, visible } = context;
      const named = body.breakId ? await breakOf(db, body.breakId) : null;
      const owner = named ? await loadVisible(services, visible, 'shift', named.attendanceId) : undefined;
      const meant = context.shift ?? (owner as Loaded['shift'] | undefined);
      const driverId = shiftDriver({ ...context, shift: meant });
      const shift = await targetShift(db, driverId, { named: meant, sentAt: body.timestamp });
      const ended = named ?? shift.breaks[0];
      await askShift(context, shift, 'endBreak', { by: actor, ...(named ? { breakId: named.id } : {}) });
      return readBreak(db, ended?.id ?? (await latestBreak(db, shift.id)));
    },
  }),
];

const breakOf = async (db: Db, breakId: string): Promise<{ id: string; attendanceId: string }> => {
  const select = { id: true, attendanceId: true };
  const row = await db.break.findFirst({ where: whereId(breakId), select });
  if (!row) throw refusal('NOT_FOUND', { resource: 'break' });
  return row;
};

const latestBreak = async (db: Db, attendanceId: string): Promise<string> =>
  (await db.break.findFirstOrThrow({ where: { attendanceId }, orderBy: { startTime: 'desc' }, select: { id: true } }))
    .id;
