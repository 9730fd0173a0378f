import { shiftMoves } from './attendance-lifecycle.ts';
import type {
  ApprovalStatus,
  AttendanceStatus,
  CashStatus,
  Move,
  ShiftMove,
  ShiftStage,
} from './attendance-lifecycle.ts';
import type { Actor, Rule } from '../commands.ts';
import { distanceMeters } from '../geo.ts';
import type { Point } from '../geo.ts';
import type { Paise } from '../money.ts';
import { refusal } from '../refusals.ts';
import { instant, minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';

export type DutyState = 'OFF_DUTY' | 'PENDING_APPROVAL' | 'ON_DUTY' | 'ON_BREAK';

/** What the rules need to know of a shift. */
export interface ShiftFacts {
  attendanceId: string;
  shortId: string;
  driverId: string;
  fleetId: string;
  hubId: string | null;
  vehicleId: string | null;
  status: AttendanceStatus;
  approvalStatus: ApprovalStatus;
  cashStatus: CashStatus;
  openBreak: { id: string; startTime: Instant } | null;
  checkInTime: Instant;
  /** From when on it counts as forgotten while it is open. */
  staleAt: Instant;
  checkOutTime: Instant | null;
  odometerStart: number | null;
  createdBy: string | null;
  /** The driver may not drive any more; all that is left to them is the check-out. */
  driverLost: boolean;
  version: number;
}

/** A shift's row with its breaks, as far as the rules care. */
interface ShiftRow {
  id: string;
  shortId: string;
  driverId: string;
  fleetId: string;
  hubId: string | null;
  vehicleId: string | null;
  status: AttendanceStatus;
  approvalStatus: ApprovalStatus;
  cashStatus: CashStatus;
  checkInTime: Date;
  staleAt: Date;
  checkOutTime: Date | null;
  odometerStart: number | null;
  createdBy: string | null;
  flags: string[];
  version: number;
  breaks: { id: string; startTime: Date; endTime: Date | null }[];
}

export const shiftFacts = (row: ShiftRow): ShiftFacts => {
  const running = row.breaks.find(({ endTime }) => endTime === null);
  return {
    attendanceId: row.id,
    shortId: row.shortId,
    driverId: row.driverId,
    fleetId: row.fleetId,
    hubId: row.hubId,
    vehicleId: row.vehicleId,
    status: row.status,
    approvalStatus: row.approvalStatus,
    cashStatus: row.cashStatus,
    openBreak: running ? { id: running.id, startTime: running.startTime.toISOString() } : null,
    checkInTime: row.checkInTime.toISOString(),
    staleAt: row.staleAt.toISOString(),
    checkOutTime: row.checkOutTime?.toISOString() ?? null,
    odometerStart: row.odometerStart,
    createdBy: row.createdBy,
    driverLost: row.flags.includes('DRIVER_DEACTIVATED'),
    version: row.version,
  };
};

export const isOpen = ({ status, checkOutTime }: Pick<ShiftFacts, 'status' | 'checkOutTime'>): boolean =>
  (status === 'PENDING' || status === 'APPROVED') && checkOutTime === null;

/** A shift is over when it is closed, decided and its cash is settled. */
export const isSettled = (shift: ShiftFacts): boolean =>
  !isOpen(shift) && shift.approvalStatus !== 'PENDING' && shift.cashStatus !== 'DECLARED';

export const shiftStage = ({ status, openBreak }: Pick<ShiftFacts, 'status' | 'openBreak'>): ShiftStage =>
  status === 'APPROVED' && openBreak ? 'ON_BREAK' : status;

export const dutyState = (shift: Pick<ShiftFacts, 'status' | 'openBreak' | 'checkOutTime'> | null): DutyState => {
  if (!shift || !isOpen(shift)) return 'OFF_DUTY';
  if (shift.status === 'PENDING') return 'PENDING_APPROVAL';
  return shift.openBreak ? 'ON_BREAK' : 'ON_DUTY';
};

/** The stage after a move; refuses a move that the lifecycle does not know from here. */
export const nextStage = (shift: ShiftFacts, move: ShiftMove): ShiftStage => {
  const to = (shiftMoves[move] as Move).to[shiftStage(shift)];
  if (to) return to;
  throw refusedMove(shift, move);
};

const refusedMove = (shift: ShiftFacts, move: ShiftMove) => {
  switch (move) {
    case 'approve':
    case 'reject':
      return transitionRefused(shift, move === 'approve' ? 'APPROVED' : 'REJECTED');
    case 'startBreak':
      if (!isOpen(shift)) return refusal('NO_ACTIVE_SHIFT');
      return shift.openBreak ? refusal('BREAK_IN_PROGRESS', { break: shift.openBreak }) : refusal('SHIFT_NOT_APPROVED');
    case 'endBreak':
      return isOpen(shift) ? refusal('NO_ACTIVE_BREAK') : refusal('NO_ACTIVE_SHIFT');
    case 'checkOut':
      return refusal('NO_ACTIVE_SHIFT');
    case 'recordCashReconciled':
    case 'recordCashReopened':
      return refusal('INVALID_STATE_TRANSITION', {
        from: shift.status,
        to: move === 'recordCashReconciled' ? 'RECONCILED' : 'DECLARED',
      });
  }
};

const transitionRefused = (shift: ShiftFacts, to: ApprovalStatus) =>
  refusal('INVALID_STATE_TRANSITION', {
    from: shift.status,
    to,
    ...(shift.status === 'CHECKED_OUT' ? { because: `it was ${shift.approvalStatus} before` } : {}),
  });

/** `unchanged`: decided so before, the first decider stays. `late`: the shift was closed undecided and stays closed. */
export type VerdictEffect = 'unchanged' | 'open' | 'late';

/** What a verdict does to a shift; refuses to overturn another verdict. */
export const decide = (shift: ShiftFacts, verdict: 'APPROVED' | 'REJECTED'): VerdictEffect => {
  nextStage(shift, verdict === 'APPROVED' ? 'approve' : 'reject');
  if (shift.status === 'PENDING') return 'open';
  if (shift.status === verdict) return 'unchanged';
  if (shift.approvalStatus === 'PENDING') return 'late';
  throw transitionRefused(shift, verdict);
};

const selfDecisionMs = minuteMs;

/** Who checked a driver in on behalf and decides within a minute must say why. Source: attendance.md rule 4. */
export const requireDecisionRemarks = (
  shift: Pick<ShiftFacts, 'createdBy' | 'checkInTime'>,
  decision: { by: string; hasRemarks: boolean },
  nowMs: number,
): void => {
  const own = shift.createdBy === decision.by && nowMs - ms(shift.checkInTime) < selfDecisionMs;
  if (!own || decision.hasRemarks) return;
  const message = 'Remarks are required when you decide a shift that you checked in yourself';
  throw refusal('REMARKS_REQUIRED', [{ field: 'remarks', issue: 'required', message }]);
};

export interface Verdict {
  by: Actor;
  /** The remarks, written down before the command was sent. */
  textId: string | null;
}

/** Check-in and check-out are stamped by two machines; a shift never ends before it began. Rule 15. */
const closingTime = ({ checkInTime }: ShiftFacts, nowMs: number): Instant => instant(Math.max(nowMs, ms(checkInTime)));

const verdict =
  (word: 'APPROVED' | 'REJECTED', move: 'approve' | 'reject'): Rule<ShiftFacts, Verdict> =>
  (shift, { by, textId }, nowMs) => {
    const effect = decide(shift, word);
    if (effect === 'unchanged') return null;
    requireDecisionRemarks(shift, { by: by.userId, hasRemarks: textId !== null }, nowMs);
    if (effect === 'late') return { move, set: { approvalStatus: word } };
    const closed = word === 'REJECTED' ? { checkOutTime: closingTime(shift, nowMs) } : {};
    return { move, set: { status: word, approvalStatus: word, ...closed } };
  };

export const approve = verdict('APPROVED', 'approve');
export const reject = verdict('REJECTED', 'reject');

export interface StartBreak {
  by: Actor;
  breakId: string;
}

/** Needs an approved shift without a running break. */
export const startBreak: Rule<ShiftFacts, StartBreak> = (shift, { breakId }, nowMs) => {
  nextStage(shift, 'startBreak');
  if (shift.driverLost) throw refusal('SHIFT_DRIVER_LOST');
  return { move: 'startBreak', set: { openBreak: { id: breakId, startTime: instant(nowMs) } } };
};

export interface EndBreak {
  by: Actor;
  /** The break that is meant; absent: the one that runs. */
  breakId?: string;
}

/** Needs a running break; one that was named may be over already, and another one run. */
export const endBreak: Rule<ShiftFacts, EndBreak> = (shift, { breakId }) => {
  nextStage(shift, 'endBreak');
  if (breakId && breakId !== shift.openBreak?.id) throw refusal('NO_ACTIVE_BREAK');
  return { move: 'endBreak', set: { openBreak: null } };
};

/** What a check-out declares. `forced` is an administrator closing a shift that its driver cannot close. */
export interface CheckOut {
  by: Actor;
  odometerEnd: number | null;
  cashDepositedPaise: Paise;
  at: Point | null;
  forced: boolean;
  /** The remarks and the odometer photo, written down before the command was sent. */
  textId: string | null;
}

/** Possible from PENDING and APPROVED, with a reading that is not below the first one. POST /attendance/check-out. */
export const checkOut: Rule<ShiftFacts, CheckOut> = (shift, declared, nowMs) => {
  nextStage(shift, 'checkOut');
  const { odometerEnd, forced } = declared;
  const { odometerStart } = shift;
  if (odometerEnd === null && !forced) throw refusal('INVALID_ODOMETER', { odometerStart: null });
  if (odometerEnd !== null && odometerStart !== null && odometerEnd < odometerStart)
    throw refusal('INVALID_ODOMETER', { odometerStart });
  return {
    move: 'checkOut',
    set: {
      status: 'CHECKED_OUT',
      checkOutTime: closingTime(shift, nowMs),
      cashStatus: declared.cashDepositedPaise > 0 ? 'DECLARED' : 'NONE',
      openBreak: null,
    },
    flags: checkOutFlags(shift, odometerEnd),
  };
};

export const odometerJumpKm = 800;

const checkOutFlags = (shift: ShiftFacts, odometerEnd: number | null): string[] => {
  const km = odometerEnd !== null && shift.odometerStart !== null ? odometerEnd - shift.odometerStart : 0;
  return [
    ...(shift.approvalStatus === 'PENDING' ? ['CHECKED_OUT_UNAPPROVED'] : []),
    ...(km > odometerJumpKm ? ['ODOMETER_JUMP'] : []),
  ];
};

export interface ShiftDriverLost {
  driverId: string;
}

/** The shift stays open, because odometer and cash are still to come; the break ends, and an administrator is pointed at it. Rule 12. */
export const loseShiftDriver: Rule<ShiftFacts, ShiftDriverLost> = (shift) =>
  isOpen(shift)
    ? { move: 'driverLost', set: { openBreak: null, driverLost: true }, flags: ['DRIVER_DEACTIVATED'] }
    : null;

export interface VehicleGiven {
  vehicleId: string;
}

/** Only a shift without a vehicle takes one; a later change of roster does not rewrite it. */
export const giveVehicle: Rule<ShiftFacts, VehicleGiven> = (shift, { vehicleId }) =>
  isOpen(shift) && shift.vehicleId === null ? { move: 'vehicleGiven', set: { vehicleId } } : null;

/** Metres from the hub; refuses beyond its radius, inclusive. */
export const requireAtHub = (at: Point, hub: Point, radiusMeters: number): number => {
  const meters = Math.ceil(distanceMeters(at, hub) - 1e-6);
  if (meters > radiusMeters) throw refusal('GEOFENCE_VIOLATION', { distanceMeters: meters, radiusMeters });
  return meters;
};
