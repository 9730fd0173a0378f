import { continueAsNew } from '@temporalio/workflow';
import { isOpen, shiftStage } from '../domain/shifts/attendance.ts';
import type { ShiftFacts } from '../domain/shifts/attendance.ts';
import { shiftRecord } from '../domain/shifts/shift-record.ts';
import { momentText } from '../shared/card.ts';
import type { Card } from '../shared/card.ts';
import { liveAsRecord, usualPatienceMs, usualUpdatesMax } from '../shared/record.ts';

/** One execution per shift, from check-in until it is closed, decided and its cash is none or reconciled. Tests shorten its runs. */
export async function shiftWorkflow(facts: ShiftFacts, updatesMax: number = usualUpdatesMax): Promise<void> {
  const again = (latest: ShiftFacts) => continueAsNew<typeof shiftWorkflow>(latest, updatesMax);
  await liveAsRecord(shiftRecord, facts, {
    card,
    deadlineTexts,
    clock: null,
    patienceMs: usualPatienceMs,
    updatesMax,
    again,
  });
}

const deadlineTexts = { stale: 'its staff are told that nobody ended it' };

const waitsFor = (shift: ShiftFacts): string => {
  if (isOpen(shift)) {
    if (shift.openBreak) return `the end of the break that began at ${momentText(shift.openBreak.startTime)}`;
    return shift.status === 'PENDING' ? 'the decision of the fleet manager' : 'the check-out of the driver';
  }
  const open = [
    ...(shift.approvalStatus === 'PENDING' ? ['the late decision of the fleet manager'] : []),
    ...(shift.cashStatus === 'DECLARED' ? ['the reconciliation of the declared cash'] : []),
  ];
  return open.join(' and ') || 'nothing';
};

const may = (shift: ShiftFacts): string => {
  if (shift.approvalStatus === 'PENDING')
    return `decide: \`POST /attendance/${shift.attendanceId}/approve\` or \`/reject\``;
  if (isOpen(shift)) {
    const body = JSON.stringify({ attendanceId: shift.attendanceId, force: true, remarks: '…' });
    return `close it for the driver: \`POST /attendance/check-out\` \`${body}\``;
  }
  return shift.cashStatus === 'DECLARED' ? 'reconcile the daily collection of the driver' : 'read the row';
};

const card = (shift: ShiftFacts): Card => ({
  title: `Shift ${shift.shortId} since ${momentText(shift.checkInTime)}`,
  state: `${shiftStage(shift)}, approval ${shift.approvalStatus}, cash ${shift.cashStatus}, driver \`${shift.driverId}\``,
  waitsFor: waitsFor(shift),
  may: may(shift),
});
