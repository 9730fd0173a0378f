import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  approve,
  checkOut,
  dutyState,
  endBreak,
  isSettled,
  reject,
  startBreak,
} from '../../../workflows/domain/shifts/attendance.ts';
import { recordCashReconciled } from '../../../workflows/domain/shifts/cash.ts';
import type { ShiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { aShift, checkInMs, driver, inPaise, refusalOf } from '../facts.ts';
import { asStaff } from '../../world/actors.ts';

interface Step {
  command: 'approve' | 'reject' | 'startBreak' | 'endBreak' | 'checkOut' | 'reconcile';
  afterMs: number;
  decider: 'creator' | 'somebody else';
  remarks: boolean;
  odometerEnd: number | null;
  cash: number;
  forced: boolean;
}

/** A shift in the words of the contract, and nothing of the code's. */
interface Model {
  place: 'pending' | 'working' | 'resting' | 'rejected' | 'over';
  counts: 'undecided' | 'yes' | 'no';
  cash: 'none' | 'declared' | 'reconciled';
}

/** The shift after the step, the same one when nothing changes, or null when the step is refused. */
const after = (shift: Model, step: Step, nowMs: number): Model | null => {
  const { place } = shift;
  const onDuty = place === 'working' || place === 'resting';
  const undecided = place === 'pending' || (place === 'over' && shift.counts === 'undecided');
  const owesRemarks = step.decider === 'creator' && nowMs < checkInMs + 60_000 && !step.remarks;
  switch (step.command) {
    case 'approve':
      if (onDuty) return shift;
      if (!undecided || owesRemarks) return null;
      return { ...shift, counts: 'yes', place: place === 'pending' ? 'working' : place };
    case 'reject':
      if (place === 'rejected') return shift;
      if (!undecided || owesRemarks) return null;
      return { ...shift, counts: 'no', place: place === 'pending' ? 'rejected' : place };
    case 'startBreak':
      return place === 'working' ? { ...shift, place: 'resting' } : null;
    case 'endBreak':
      return place === 'resting' ? { ...shift, place: 'working' } : null;
    case 'checkOut': {
      const readable = step.odometerEnd === null ? step.forced : step.odometerEnd >= 1000;
      if (!readable || !(onDuty || place === 'pending')) return null;
      return { ...shift, place: 'over', cash: step.cash > 0 ? 'declared' : 'none' };
    }
    case 'reconcile':
      return shift.cash === 'none' ? null : { ...shift, cash: 'reconciled' };
  }
};

const seenAs = (shift: ShiftFacts): Model => {
  const places = { PENDING: 'pending', APPROVED: 'working', REJECTED: 'rejected', CHECKED_OUT: 'over' } as const;
  return {
    place: shift.openBreak ? 'resting' : places[shift.status],
    counts: ({ PENDING: 'undecided', APPROVED: 'yes', REJECTED: 'no' } as const)[shift.approvalStatus],
    cash: ({ NONE: 'none', DECLARED: 'declared', RECONCILED: 'reconciled' } as const)[shift.cashStatus],
  };
};

const handle = (shift: ShiftFacts, step: Step, nowMs: number): ShiftFacts => {
  const verdict = {
    by: asStaff(step.decider === 'creator' ? 'user-9' : 'user-8'),
    textId: step.remarks ? 'text-1' : null,
  };
  const decide = () => {
    switch (step.command) {
      case 'approve':
        return approve(shift, verdict, nowMs);
      case 'reject':
        return reject(shift, verdict, nowMs);
      case 'startBreak':
        return startBreak(shift, { by: driver, breakId: 'break-1' }, nowMs);
      case 'endBreak':
        return endBreak(shift, { by: driver }, nowMs);
      case 'checkOut': {
        const { odometerEnd, forced } = step;
        const declared = { odometerEnd, forced, cashDepositedPaise: inPaise(step.cash), at: null, textId: null };
        return checkOut(shift, { by: driver, ...declared }, nowMs);
      }
      case 'reconcile':
        return recordCashReconciled(shift, { reconciliationId: 'reconciliation-1' }, nowMs);
    }
  };
  return { ...shift, ...decide()?.set };
};

/** What must never be, however the shift came here. */
const faults = (shift: ShiftFacts, before: ShiftFacts): string[] => {
  const open = shift.status === 'PENDING' || shift.status === 'APPROVED';
  return [
    ...(open === (shift.checkOutTime === null) ? [] : ['an open shift has no end, a closed one has']),
    ...(open === (dutyState(shift) !== 'OFF_DUTY') ? [] : ['who has an open shift is on duty']),
    ...(shift.openBreak && shift.status !== 'APPROVED' ? ['a break needs an approved shift'] : []),
    ...(shift.status !== 'CHECKED_OUT' && shift.cashStatus !== 'NONE' ? ['cash comes with the check-out'] : []),
    ...(shift.status !== 'CHECKED_OUT' && shift.status !== shift.approvalStatus ? ['a verdict shows'] : []),
    ...(before.checkOutTime && before.checkOutTime !== shift.checkOutTime ? ['a shift ends once'] : []),
    ...(isSettled(before) && shift !== before ? ['a settled shift rests'] : []),
  ];
};

const aStep: fc.Arbitrary<Step> = fc.record({
  command: fc.constantFrom('approve', 'reject', 'startBreak', 'endBreak', 'checkOut', 'reconcile'),
  // Half minutes meet the border of the remarks rule, a millisecond steps over it.
  afterMs: fc.constantFrom(0, 1, 29_999, 30_000, 60_000, 3_600_000),
  decider: fc.constantFrom('creator', 'somebody else'),
  remarks: fc.boolean(),
  odometerEnd: fc.constantFrom(null, 999, 1000, 1801),
  cash: fc.constantFrom(0, 0.01, 1500),
  forced: fc.boolean(),
});

test('whatever is asked of a shift in whatever order, it follows its lifecycle and rests when it is settled', () => {
  const seen = new Set<string>();

  fc.assert(
    fc.property(fc.array(aStep, { minLength: 5, maxLength: 20 }), (steps) => {
      const expected: unknown[] = [];
      const actual: unknown[] = [];
      let model: Model = { place: 'pending', counts: 'undecided', cash: 'none' };
      let shift = aShift({ createdBy: 'user-9' });
      let nowMs = checkInMs;

      for (const step of steps) {
        nowMs += step.afterMs;
        const before = shift;
        const moved = after(model, step, nowMs);
        model = moved ?? model;
        const refused = refusalOf(() => {
          const handled = handle(before, step, nowMs);
          if (JSON.stringify(handled) !== JSON.stringify(before)) shift = handled;
        });
        expected.push([step.command, { refused: moved === null }, model, []]);
        actual.push([step.command, { refused: refused !== null }, seenAs(shift), faults(shift, before)]);
        seen.add(model.place).add(`counts: ${model.counts}`).add(`cash: ${model.cash}`);
        seen.add(refused?.key ?? 'accepted').add(`settled: ${isSettled(shift)}`);
      }

      expect(actual).toEqual(expected);
    }),
    { numRuns: 400 },
  );

  // Every place was seen and every no was heard, so agreement means something.
  expect([...seen].toSorted()).toEqual(
    [
      ...['pending', 'working', 'resting', 'rejected', 'over', 'accepted', 'settled: true', 'settled: false'],
      ...['counts: undecided', 'counts: yes', 'counts: no', 'cash: none', 'cash: declared', 'cash: reconciled'],
      ...['NO_ACTIVE_SHIFT', 'NO_ACTIVE_BREAK', 'SHIFT_NOT_APPROVED', 'BREAK_IN_PROGRESS', 'INVALID_ODOMETER'],
      ...['INVALID_STATE_TRANSITION', 'REMARKS_REQUIRED'],
    ].toSorted(),
  );
});
