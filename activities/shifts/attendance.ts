import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import { closeDayOf, declareCash } from '../../prisma/collections.ts';
import type { BreakEndedBy } from '../../prisma/generated/client.ts';
import { lockDrivers, startedTrip, withOpenBreak } from '../../prisma/locks.ts';
import { putIntoInbox, staffOf } from '../../prisma/notifications.ts';
import { shiftFacts, shiftStage } from '../../workflows/domain/shifts/attendance.ts';
import type {
  CheckOut,
  EndBreak,
  ShiftDriverLost,
  ShiftFacts,
  StartBreak,
  VehicleGiven,
  Verdict,
} from '../../workflows/domain/shifts/attendance.ts';
import { shiftRecord } from '../../workflows/domain/shifts/shift-record.ts';
import type { shiftRules } from '../../workflows/domain/shifts/shift-record.ts';
import { breakMinutes, isLongBreak } from '../../workflows/domain/shifts/worked-time.ts';
import type { Actor, Change } from '../../workflows/domain/commands.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { hourMs, istDay, ms } from '../../workflows/domain/time.ts';
import { commits, upkeep } from '../records.ts';
import type { Alone, Deps, Drawing, Effect, Effects, Rows } from '../records.ts';

type ShiftChange<Command> = Change<ShiftFacts, Command>;
type ShiftEffect<Command> = Effect<ShiftFacts, Command>;

const shiftRows: Rows<ShiftFacts> = {
  table: 'attendances',
  events: 'attendance_events',
  key: 'attendanceId',
  hasPlace: false,
  read: async (db, id) => shiftFacts(await db.attendance.findUniqueOrThrow({ where: { id }, include: withOpenBreak })),
  async isDone(db, attendanceId, commandId) {
    const key = { attendanceId_commandId: { attendanceId, commandId } };
    return (await db.attendanceEvent.findUnique({ where: key, select: { id: true } })) !== null;
  },
  changes: ({ set: { status, approvalStatus, cashStatus, checkOutTime, vehicleId } }) => ({
    columns: { status, approvalStatus, cashStatus, checkOutTime, vehicleId },
    set: {},
  }),
};

/** Records the manager's verdict and tells the driver. */
const decide: ShiftEffect<Verdict> = async (tx, change, write) => {
  const { by, textId } = change.command;
  const { attendanceId, driverId, checkInTime } = change.facts;
  const rejected = change.set.approvalStatus === 'REJECTED';
  if (change.set.status === 'REJECTED') await lockDrivers(tx, [driverId]);
  const decider = await tx.user.findUniqueOrThrow({ where: { id: by.userId }, select: { name: true } });
  const { adminRemarks } = await tx.attendance.findUniqueOrThrow({
    where: { id: attendanceId },
    select: { adminRemarks: true },
  });
  // A verdict without remarks does not erase why a shift was closed by force.
  const remarks = (await textOf(tx, textId))?.remarks ?? adminRemarks ?? (rejected ? 'Rejected' : null);
  const written = await write({
    columns: { approvedBy: by.userId, approvedByName: decider.name, approvedAt: change.at, adminRemarks: remarks },
  });
  if (change.set.status === 'REJECTED') await closeDayOf(tx, driverId, istDay(ms(checkInTime)));
  const { userId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { userId: true } });
  await putIntoInbox(tx, {
    to: [userId],
    event: rejected ? 'attendance:rejected' : 'attendance:approved',
    title: rejected ? 'Your shift was rejected' : 'Your shift was approved',
    payload: { attendanceId, status: change.set.approvalStatus ?? null, remarks },
    cause: `${attendanceId}:${change.set.approvalStatus}`,
  });
  await audit(tx, by, auditOf(change, rejected ? 'attendance.rejected' : 'attendance.approved'));
  return written;
};

const openBreak: Drawing<ShiftFacts, StartBreak> = {
  draws: 'BRK',
  async effect(tx, change, write, shortId) {
    const { attendanceId } = change.facts;
    const written = await write();
    await tx.break.create({
      data: { id: change.command.breakId, shortId, attendanceId, startTime: new Date(change.at) },
    });
    await auditOnBehalf(tx, change, 'attendance.breakStartedOnBehalf');
    return written;
  },
};

const closeBreak: ShiftEffect<EndBreak> = async (tx, change, write) => {
  const written = await write();
  await raise(tx, change, await endOpenBreak(tx, change, change.command.by.driverId ? 'DRIVER' : 'ADMIN'));
  await auditOnBehalf(tx, change, 'attendance.breakEndedOnBehalf');
  return written;
};

/** Checks the driver out: break, odometer, declared cash. */
const close: ShiftEffect<CheckOut> = async (tx, change, write) => {
  const { by, odometerEnd, cashDepositedPaise, at, forced, textId } = change.command;
  const { driverId } = change.facts;
  await lockDrivers(tx, [driverId]);
  const started = forced ? null : await startedTrip(tx, { driverId });
  if (started) throw refusal('TRIP_IN_PROGRESS', started);
  const text = await textOf(tx, textId);
  const written = await write({
    columns: {
      ...{ odometerEnd, cashDepositedPaise, closedBy: by.userId },
      ...{ checkOutLat: at?.lat ?? null, checkOutLng: at?.lng ?? null },
      ...(text?.imageUrl ? { odometerImageUrl: text.imageUrl } : {}),
      ...(text?.remarks ? { adminRemarks: text.remarks } : {}),
    },
  });
  await raise(tx, change, change.facts.openBreak ? await endOpenBreak(tx, change, 'CHECK_OUT') : []);
  const { attendanceId, fleetId, hubId, vehicleId, checkInTime } = change.facts;
  await declareCash(tx, {
    ...{ attendanceId, driverId, fleetId, hubId, vehicleId, checkInTime },
    ...{ cash: cashDepositedPaise, at: change.at, by: by.userId },
  });
  await auditOnBehalf(tx, change, forced ? 'attendance.forcedClosed' : 'attendance.checkedOutOnBehalf');
  return written;
};

/** Ends the break of a driver who may not drive any more. */
const loseDriver: ShiftEffect<ShiftDriverLost> = async (tx, change, write) => {
  const written = await write();
  await raise(tx, change, await endOpenBreak(tx, change, 'SYSTEM'));
  return written;
};

const shiftAlone: Alone<ShiftFacts, VehicleGiven | object> = { alone: (_change, write) => write() };

const effects: Effects<ShiftFacts, typeof shiftRules> = {
  approve: decide,
  reject: decide,
  startBreak: openBreak,
  endBreak: closeBreak,
  checkOut: close,
  driverLost: loseDriver,
  vehicleGiven: shiftAlone,
  recordCashReconciled: shiftAlone,
  recordCashReopened: shiftAlone,
};

/** Everything that happens to a shift, as commits. */
export const attendanceActivities = (deps: Deps) => {
  const commands = commits(deps, shiftRecord, shiftRows, effects);

  /** Flags a shift that nobody ended and tells its staff. Safe to repeat: a flag and a message are there once. */
  const stale = async (facts: ShiftFacts, dueMs: number): Promise<null> => {
    const { attendanceId, driverId, shortId, fleetId, hubId, checkInTime } = facts;
    await deps.db.$transaction(async (tx) => {
      await raise(tx, { facts }, ['STALE']);
      await putIntoInbox(tx, {
        to: await staffOf(tx, fleetId, hubId),
        event: 'attendance:stale',
        title: `Shift ${shortId} was never ended`,
        payload: { attendanceId, driverId, hoursOpen: Math.round((dueMs - ms(checkInTime)) / hourMs) },
        cause: attendanceId,
      });
    });
    return null;
  };

  return { ...commands, ...upkeep(deps, shiftRecord, shiftRows, commands, { stale }) };
};

const auditOf = ({ facts, set }: ShiftChange<unknown>, action: string) => ({
  ...{ action, subject: 'attendance', subjectId: facts.attendanceId },
  before: { stage: shiftStage(facts), approvalStatus: facts.approvalStatus },
  after: { stage: shiftStage({ ...facts, ...set }), approvalStatus: set.approvalStatus ?? facts.approvalStatus },
});

/** What staff does in the place of a driver is audited; what they do themselves is told by the events. */
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

/** Adds flags to the shift; those that the rule raised come along. */
const raise = async (
  tx: Tx,
  { facts, flags = [] }: Pick<ShiftChange<unknown>, 'facts' | 'flags'>,
  found: string[],
): Promise<void> => {
  const raised = [...flags, ...found];
  if (raised.length === 0) return;
  await tx.$executeRaw`
    UPDATE "attendances" SET "flags" = (SELECT array_agg(DISTINCT flag) FROM unnest("flags" || ${raised}) AS flag)
    WHERE "id" = ${facts.attendanceId}::uuid`;
};
