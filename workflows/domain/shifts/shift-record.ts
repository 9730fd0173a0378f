import type { RecordKind } from '../records.ts';
import { istDay, ms } from '../time.ts';
import {
  approve,
  checkOut,
  endBreak,
  giveVehicle,
  isOpen,
  isSettled,
  loseShiftDriver,
  reject,
  shiftStage,
  startBreak,
} from './attendance.ts';
import type { ShiftFacts } from './attendance.ts';
import { recordCashReconciled, recordCashReopened } from './cash.ts';

/** Everything that one may do with a shift. */
export const shiftRules = {
  ...{ approve, reject, startBreak, endBreak, checkOut },
  ...{ recordCashReconciled, recordCashReopened },
  ...{ driverLost: loseShiftDriver, vehicleGiven: giveVehicle },
};

export type ShiftCommand = keyof typeof shiftRules;

/** A shift as a record: from its check-in until it is closed, decided and its cash is none or reconciled. */
export const shiftRecord: RecordKind<ShiftFacts, typeof shiftRules, null> = {
  kind: 'shift',
  idOf: ({ attendanceId }) => attendanceId,
  rules: shiftRules,
  labels: (shift) => ({
    shortId: shift.shortId,
    fleetId: shift.fleetId,
    hubId: shift.hubId,
    driverId: shift.driverId,
    state: shiftStage(shift),
    businessDay: istDay(ms(shift.checkInTime)),
  }),
  clock: null,
  /** A shift that nobody ended. Source: attendance.md rule 11. */
  due: (shift) => (isOpen(shift) ? [{ name: 'stale', dueMs: ms(shift.staleAt) }] : []),
  isOver: isSettled,
};
