import type { FieldIssue, Refusal } from '../refusal.ts';

/** How shifts and breaks say no. */
export const shiftsRefusals = {
  SHIFT_DRIVER_LOST: {
    code: 'DRIVER_NOT_ACTIVE',
    status: 403,
    says: () => 'The driver was deactivated during this shift; it can only be ended',
    remedy: 'Check out. Once the driver is active again, check in anew.',
  },
  ALREADY_CHECKED_IN: {
    status: 400,
    says: () => 'A shift is already open',
    remedy: 'Go on with the open shift (`attendance` in this answer), or check out first.',
  },
  NO_ACTIVE_SHIFT: {
    status: 404,
    says: (why?: { reason?: 'OLDER_THAN_SHIFT' }) =>
      why?.reason ? 'This was sent before the open shift began' : 'There is no open shift',
    remedy: 'Check in first. For an older shift that is still open, name it by `attendanceId`.',
  },
  SHIFT_NOT_APPROVED: {
    status: 404,
    says: () => 'The shift is not approved yet',
    remedy: 'Wait for the approval of the fleet manager.',
  },
  BREAK_IN_PROGRESS: {
    status: 400,
    says: (_: { break: { id: string; startTime: string } }) => 'A break is already running',
    remedy: 'End the running break first.',
  },
  NO_ACTIVE_BREAK: {
    status: 404,
    says: () => 'There is no running break',
    remedy: 'Start a break first.',
  },
  INVALID_ODOMETER: {
    status: 400,
    says: ({ odometerStart }: { odometerStart: number | null }) =>
      odometerStart === null
        ? 'The odometer reading must be a whole number of kilometres'
        : `The odometer reading must not be below the start reading ${odometerStart}`,
    remedy: 'Read the odometer again.',
  },
  INVALID_CASH_AMOUNT: {
    status: 400,
    says: () => 'The cash amount must be between 0 and 10000000 rupees with at most two decimals',
    remedy: 'Correct the amount.',
  },
  INVALID_STATE_TRANSITION: {
    status: 409,
    says: ({ from, to, because }: { from: string; to: string; because?: string }) =>
      `${from} cannot become ${to}${because ? `: ${because}` : ''}`,
    remedy: 'Reload the record; somebody may have decided already.',
  },
  REMARKS_REQUIRED: {
    code: 'VALIDATION_ERROR',
    status: 400,
    says: (issues: FieldIssue[]) => issues[0]?.message ?? 'Remarks are required',
    remedy: 'Send `remarks`.',
  },
} satisfies Record<string, Refusal>;
