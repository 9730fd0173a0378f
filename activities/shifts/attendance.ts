import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { BreakEndedBy } from '../../prisma/generated/client.ts';
import { putIntoInbox, staffOf } from '../../prisma/notifications.ts';
import { nextShortId } from '../../prisma/short-id.ts';
import { lockDrivers, startedTrip, withOpenBreak } from '../../prisma/locks.ts';
import { shiftFacts, shiftStage } from '../../workflows/domain/shifts/attendance.ts';
import { breakMinutes, isLongBreak } from '../../workflows/domain/shifts/worked-time.ts';
import type {
  CashReconciled,
  CheckOut,
  EndBreak,
  ShiftDriverLost,
  ShiftFacts,
  StartBreak,
  VehicleGiven,
  Verdict,
} from '../../workflows/domain/shifts/attendance.ts';
import type { Actor, Change, Outcome, Reread } from '../../workflows/domain/commands.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { hourMs, ms } from '../../workflows/domain/time.ts';
import { shiftJournal, shiftOutcome } from '../journals.ts';
import { once } from '../once.ts';

type ShiftOutcome = Outcome<ShiftFacts>;
type ShiftChange<Command> = Change<ShiftFacts, Command>;

export const attendanceActivities = ({ db }: { db: Db }) => ({
  /** Marks the row as begun, so that the schedule leaves it alone. Safe to retry: it keeps the first mark. */
  async acknowledgeShift(attendanceId: string): Promise<void> {
    await db.attendance.updateMany({ where: { id: attendanceId, begunAt: null }, data: { begunAt: new Date() } });
  },

  /** The shift as its row has it now, and what became of a command that did not get through. */
  async readShift({ attendanceId, commandId }: ReadShift): Promise<Reread<ShiftFacts>> {
    const row = await db.attendance.findUniqueOrThrow({
      where: { id: attendanceId },
      include: withOpenBreak,
    });
    return { facts: shiftFacts(row), outcome: commandId ? await shiftOutcome(db, attendanceId, commandId) : null };
  },

  /** Records the manager's verdict and tells the driver. Safe to retry: `once` returns the outcome that the command had. */
  recordVerdict: (change: ShiftChange<Verdict>): Promise<ShiftOutcome> =>
    once(db, shiftJournal(change), async (tx) => {
      const { by, textId } = change.command;
      const rejected = change.set.approvalStatus === 'REJECTED';
      const decider = await tx.user.findUniqueOrThrow({ where: { id: by.userId }, select: { name: true } });
      const { adminRemarks } = await tx.attendance.findUniqueOrThrow({
        where: { id: change.facts.attendanceId },
        select: { adminRemarks: true },
      });
      // A verdict without remarks does not erase why a shift was closed by force.
      const remarks = (await textOf(tx, textId))?.remarks ?? adminRemarks ?? (rejected ? 'Rejected' : null);
      const shift = await tx.attendance.update({
        where: { id: change.facts.attendanceId },
        data: {
          ...columns(change.set),
          approvedBy: by.userId,
          approvedByName: decider.name,
          approvedAt: new Date(change.at),
          adminRemarks: remarks,
        },
        select: { driver: { select: { userId: true } } },
      });
      await putIntoInbox(tx, {
        to: [shift.driver.userId],
        event: rejected ? 'attendance:rejected' : 'attendance:approved',
        title: rejected ? 'Your shift was rejected' : 'Your shift was approved',
        payload: { attendanceId: change.facts.attendanceId, status: change.set.approvalStatus ?? null, remarks },
        cause: `${change.facts.attendanceId}:${change.set.approvalStatus}`,
      });
      await audit(tx, by, auditOf(change, rejected ? 'attendance.rejected' : 'attendance.approved'));
      return outcomeOf(change);
    }),

  /** Opens a break. Safe to retry: `once` returns the outcome that the command already had. */
  async openBreak(change: ShiftChange<StartBreak>): Promise<ShiftOutcome> {
    const shortId = await nextShortId(db, 'BRK');
    return once(db, shiftJournal(change), async (tx) => {
      const { attendanceId } = change.facts;
      await tx.break.create({
        data: { id: change.command.breakId, shortId, attendanceId, startTime: new Date(change.at) },
      });
      await auditOnBehalf(tx, change, 'attendance.breakStartedOnBehalf');
      return outcomeOf(change);
    });
  },

  /** Ends the running break. Safe to retry: `once` returns the outcome that the command already had. */
  closeBreak: (change: ShiftChange<EndBreak>): Promise<ShiftOutcome> =>
    once(db, shiftJournal(change), async (tx) => {
      const flags = await endOpenBreak(tx, change, change.command.by.driverId ? 'DRIVER' : 'ADMIN');
      await raise(tx, change.facts.attendanceId, flags);
      await auditOnBehalf(tx, change, 'attendance.breakEndedOnBehalf');
      return outcomeOf(change);
    }),

  /**
   * Checks the driver out: break, odometer, declared cash, in one transaction. Safe to retry: `once` returns the outcome that
   * the command already had.
   */
  closeShift: (change: ShiftChange<CheckOut>): Promise<ShiftOutcome> =>
    once(db, shiftJournal(change), async (tx) => {
      const { by, odometerEnd, cashDepositedPaise, at, forced, textId } = change.command;
      const { attendanceId, driverId } = change.facts;
      await lockDrivers(tx, [driverId]);
      const started = forced ? null : await startedTrip(tx, { driverId });
      if (started) throw refusal('TRIP_IN_PROGRESS', started);
      const breakFlags = change.facts.openBreak ? await endOpenBreak(tx, change, 'CHECK_OUT') : [];
      const text = await textOf(tx, textId);
      await tx.attendance.update({
        where: { id: attendanceId },
        data: {
          ...columns(change.set),
          odometerEnd,
          cashDepositedPaise,
          checkOutLat: at?.lat ?? null,
          checkOutLng: at?.lng ?? null,
          closedBy: by.userId,
          ...(text?.imageUrl ? { odometerImageUrl: text.imageUrl } : {}),
          ...(text?.remarks ? { adminRemarks: text.remarks } : {}),
        },
        select: { id: true },
      });
      await raise(tx, attendanceId, [...breakFlags, ...(change.flags ?? [])]);
      await auditOnBehalf(tx, change, forced ? 'attendance.forcedClosed' : 'attendance.checkedOutOnBehalf');
      return outcomeOf(change);
    }),

  /** Flags a shift that nobody ended and tells its staff. Safe to retry: a flag and a message are there once. */
  async flagStale({ facts, dueMs }: { facts: ShiftFacts; dueMs: number }): Promise<void> {
    const { attendanceId, driverId, shortId, fleetId, hubId, checkInTime } = facts;
    await db.$transaction(async (tx) => {
      await raise(tx, attendanceId, ['STALE']);
      await putIntoInbox(tx, {
        to: await staffOf(tx, fleetId, hubId),
        event: 'attendance:stale',
        title: `Shift ${shortId} was never ended`,
        payload: { attendanceId, driverId, hoursOpen: Math.round((dueMs - ms(checkInTime)) / hourMs) },
        cause: attendanceId,
      });
    });
  },

  /** Ends the break of a driver who may not drive any more. Safe to retry: `once` returns the outcome that the command had. */
  flagDriverLost: (change: ShiftChange<ShiftDriverLost>): Promise<ShiftOutcome> =>
    once(db, shiftJournal(change), async (tx) => {
      const breakFlags = await endOpenBreak(tx, change, 'SYSTEM');
      await raise(tx, change.facts.attendanceId, [...breakFlags, ...(change.flags ?? [])]);
      return outcomeOf(change);
    }),

  /** Fills the vehicle of a shift that began without one. Safe to retry: `once` returns the outcome that the command had. */
  fillVehicle: (change: ShiftChange<VehicleGiven>): Promise<ShiftOutcome> =>
    once(db, shiftJournal(change), async (tx) => {
      const { vehicleId } = change.command;
      await tx.attendance.update({
        where: { id: change.facts.attendanceId },
        data: { vehicleId },
        select: { id: true },
      });
      return outcomeOf(change);
    }),

  /** Records that the declared cash was counted. Safe to retry: `once` returns the outcome that the command already had. */
  settleCash: (change: ShiftChange<CashReconciled>): Promise<ShiftOutcome> =>
    once(db, shiftJournal(change), async (tx) => {
      await tx.attendance.update({
        where: { id: change.facts.attendanceId },
        data: columns(change.set),
        select: { id: true },
      });
      return outcomeOf(change);
    }),
});

interface ReadShift {
  attendanceId: string;
  commandId: string | null;
}

export type AttendanceActivities = ReturnType<typeof attendanceActivities>;

const columns = ({ status, approvalStatus, cashStatus, checkOutTime }: Partial<ShiftFacts>) => ({
  status,
  approvalStatus,
  cashStatus,
  ...(checkOutTime ? { checkOutTime: new Date(checkOutTime) } : {}),
});

const auditOf = ({ facts, set }: ShiftChange<unknown>, action: string) => ({
  ...{ action, subject: 'attendance', subjectId: facts.attendanceId },
  before: { stage: shiftStage(facts), approvalStatus: facts.approvalStatus },
  after: { stage: shiftStage({ ...facts, ...set }), approvalStatus: set.approvalStatus ?? facts.approvalStatus },
});

/** What staff does in the place of a driver is audited; what he does himself is told by the events. */
const auditOnBehalf = async (tx: Tx, change: ShiftChange<{ by: Actor }>, action: string): Promise<void> => {
  const { by } = change.command;
  if (by.driverId === null) await audit(tx, by, auditOf(change, action));
};

const textOf = (tx: Tx, id: string | null) => (id ? tx.commandText.findUnique({ where: { id } }) : null);

/** Ends the running break at the command's instant; flags a shift whose breaks add up to too much. */
const endOpenBreak = async (tx: Tx, change: ShiftChange<unknown>, endedBy: BreakEndedBy): Promise<string[]> => {
  const { attendanceId } = change.facts;
  const endTime = new Date(change.at);
  await tx.break.updateMany({ where: { attendanceId, endTime: null }, data: { endTime, endedBy } });
  const breaks = await tx.break.findMany({ where: { attendanceId } });
  const spans = breaks.map((row) => ({
    startTime: row.startTime.toISOString(),
    endTime: row.endTime?.toISOString() ?? null,
  }));
  return isLongBreak(breakMinutes(spans, ms(change.at))) ? ['LONG_BREAK'] : [];
};

const raise = async (tx: Tx, attendanceId: string, flags: string[]): Promise<void> => {
  if (flags.length === 0) return;
  await tx.$executeRaw`
    UPDATE "attendances" SET "flags" = (SELECT array_agg(DISTINCT flag) FROM unnest("flags" || ${flags}) AS flag)
    WHERE "id" = ${attendanceId}::uuid`;
};

const outcomeOf = (change: ShiftChange<unknown>): ShiftOutcome => ({ set: change.set, notificationIds: [] });
