import { continueAsNew, defineUpdate } from '@temporalio/workflow';
import type { AttendanceActivities } from '../../activities/shifts/attendance.ts';
import type { Card } from '../shared/card.ts';
import {
  approve,
  checkOut,
  endBreak,
  giveVehicle,
  isOpen,
  isSettled,
  loseShiftDriver,
  recordCashReconciled,
  reject,
  shiftStage,
  startBreak,
} from '../domain/shifts/attendance.ts';
import type {
  CashReconciled,
  CheckOut,
  EndBreak,
  ShiftDriverLost,
  ShiftFacts,
  StartBreak,
  VehicleGiven,
  Verdict,
} from '../domain/shifts/attendance.ts';
import type { Outcome } from '../domain/commands.ts';
import { patienceMs, shiftDeadlines } from '../domain/deadlines.ts';
import { istText } from '../domain/time.ts';
import { entity } from '../shared/entity.ts';
import { shiftLabels } from '../processes.ts';
import { transactions } from '../shared/profiles.ts';

export type ShiftOutcome = Outcome<ShiftFacts>;

export const approveShift = defineUpdate<ShiftOutcome, [Verdict]>('approveShift');
export const rejectShift = defineUpdate<ShiftOutcome, [Verdict]>('rejectShift');
export const startShiftBreak = defineUpdate<ShiftOutcome, [StartBreak]>('startShiftBreak');
export const endShiftBreak = defineUpdate<ShiftOutcome, [EndBreak]>('endShiftBreak');
export const checkOutShift = defineUpdate<ShiftOutcome, [CheckOut]>('checkOutShift');
/** Told when the driver of an open shift may not drive any more. */
export const shiftDriverLost = defineUpdate<ShiftOutcome, [ShiftDriverLost]>('driverLost');
/** Told when a driver gets a vehicle during a shift that began without one. */
export const shiftVehicleGiven = defineUpdate<ShiftOutcome, [VehicleGiven]>('vehicleGiven');
/** Sent by the daily collection when the declared cash was counted. */
export const recordShiftCash = defineUpdate<ShiftOutcome, [CashReconciled]>('recordCashReconciled');

const commit = transactions<AttendanceActivities>();

/** One execution per shift, from check-in until it is closed, decided and its cash is none or reconciled. */
export async function shiftWorkflow(facts: ShiftFacts): Promise<void> {
  const shift = entity(facts, {
    card: shiftCard,
    labels: shiftLabels,
    deadlines: shiftDeadlines,
    fire: ({ dueMs }, latest) => commit('flagStale', { facts: latest, dueMs }, 'open for too long'),
    patienceMs,
    acknowledge: ({ attendanceId }) => commit('acknowledgeShift', attendanceId, 'mark the row as begun'),
    read: ({ attendanceId }, commandId) => commit('readShift', { attendanceId, commandId }, 'read the row again'),
  });
  shift.on(approveShift, approve, (change) => commit('recordVerdict', change, 'approve'));
  shift.on(rejectShift, reject, (change) => commit('recordVerdict', change, 'reject'));
  shift.on(startShiftBreak, startBreak, (change) => commit('openBreak', change, 'start a break'));
  shift.on(endShiftBreak, endBreak, (change) => commit('closeBreak', change, 'end the break'));
  shift.on(checkOutShift, checkOut, (change) => commit('closeShift', change, 'check out'));
  shift.on(shiftDriverLost, loseShiftDriver, (change) =>
    commit('flagDriverLost', change, 'the driver may not drive any more'),
  );
  shift.on(shiftVehicleGiven, giveVehicle, (change) => commit('fillVehicle', change, 'a vehicle was given'));
  shift.on(recordShiftCash, recordCashReconciled, (change) => commit('settleCash', change, 'cash reconciled'));

  await shift.live(isSettled, (latest) => continueAsNew<typeof shiftWorkflow>(latest));
}

const waitsFor = (shift: ShiftFacts): string => {
  if (isOpen(shift)) {
    if (shift.openBreak) return `the end of the break that began at ${istText(shift.openBreak.startTime)} IST`;
    return shift.status === 'PENDING' ? 'the decision of the fleet manager' : 'the check-out of the driver';
  }
  const open = [
    ...(shift.approvalStatus === 'PENDING' ? ['the late decision of the fleet manager'] : []),
    ...(shift.cashStatus === 'DECLARED' ? ['the reconciliation of the declared cash'] : []),
  ];
  return open.join(' and ') || 'nothing';
};

const may = (shift: ShiftFacts): string => {
  if (shift.approvalStatus === 'PENDING') return 'decide: `POST /attendance/:id/approve` or `/reject`';
  if (isOpen(shift)) return 'close it for the driver: `POST /attendance/check-out` with `force` and `remarks`';
  return shift.cashStatus === 'DECLARED' ? 'reconcile the daily collection of the driver' : 'read the row';
};

const shiftCard = (shift: ShiftFacts): Card => ({
  title: `Shift ${shift.shortId} since ${istText(shift.checkInTime)} IST`,
  state: `${shiftStage(shift)}, approval ${shift.approvalStatus}, cash ${shift.cashStatus}, driver \`${shift.driverId}\``,
  waitsFor: waitsFor(shift),
  may: may(shift),
});
