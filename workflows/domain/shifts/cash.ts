import type { Rule } from '../commands.ts';
import { refusal } from '../refusals.ts';
import { nextStage } from './attendance.ts';
import type { ShiftFacts } from './attendance.ts';

export interface CashReconciled {
  reconciliationId: string;
}

/** The collection that the cash went into is reconciled. */
export const recordCashReconciled: Rule<ShiftFacts, CashReconciled> = (shift) => {
  nextStage(shift, 'recordCashReconciled');
  if (shift.cashStatus === 'RECONCILED') return null;
  requireCash(shift, 'RECONCILED');
  return { move: 'recordCashReconciled', set: { cashStatus: 'RECONCILED' } };
};

/** The reconciliation was taken back. */
export const recordCashReopened: Rule<ShiftFacts, CashReconciled> = (shift) => {
  nextStage(shift, 'recordCashReopened');
  if (shift.cashStatus === 'DECLARED') return null;
  requireCash(shift, 'DECLARED');
  return { move: 'recordCashReopened', set: { cashStatus: 'DECLARED' } };
};

const requireCash = ({ cashStatus }: ShiftFacts, to: string): void => {
  if (cashStatus === 'NONE')
    throw refusal('INVALID_STATE_TRANSITION', { from: 'CHECKED_OUT', to, because: 'no cash was declared' });
};
