export type AttendanceStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'CHECKED_OUT';
export type ApprovalStatus = 'PENDING' | 'APPROVED' | 'REJECTED';
export type CashStatus = 'NONE' | 'DECLARED' | 'RECONCILED';

/** A row of the lifecycle table: how far a shift is. */
export type ShiftStage = 'PENDING' | 'APPROVED' | 'ON_BREAK' | 'REJECTED' | 'CHECKED_OUT';

export interface Move {
  /** From each stage in which the move is possible, where it leads; everything else is refused. */
  to: Partial<Record<ShiftStage, ShiftStage>>;
  actor: 'staff' | 'driver' | 'system';
}

/** The lifecycle table. Source: attendance.md, Lifecycle. */
export const shiftMoves = {
  approve: {
    to: { PENDING: 'APPROVED', APPROVED: 'APPROVED', ON_BREAK: 'ON_BREAK', CHECKED_OUT: 'CHECKED_OUT' },
    actor: 'staff',
  },
  reject: { to: { PENDING: 'REJECTED', REJECTED: 'REJECTED', CHECKED_OUT: 'CHECKED_OUT' }, actor: 'staff' },
  startBreak: { to: { APPROVED: 'ON_BREAK' }, actor: 'driver' },
  endBreak: { to: { ON_BREAK: 'APPROVED' }, actor: 'driver' },
  checkOut: { to: { PENDING: 'CHECKED_OUT', APPROVED: 'CHECKED_OUT', ON_BREAK: 'CHECKED_OUT' }, actor: 'driver' },
  recordCashReconciled: { to: { CHECKED_OUT: 'CHECKED_OUT' }, actor: 'system' },
  recordCashReopened: { to: { CHECKED_OUT: 'CHECKED_OUT' }, actor: 'system' },
} as const satisfies Record<string, Move>;

export type ShiftMove = keyof typeof shiftMoves;
