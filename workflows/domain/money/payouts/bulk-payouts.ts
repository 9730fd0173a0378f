import { paise, sum } from '../../money.ts';
import type { Paise } from '../../money.ts';
import type { Labels } from '../../records.ts';
import { hourMs, istDay, minuteMs, ms } from '../../time.ts';
import type { Instant } from '../../time.ts';

export const openBatchStatuses = ['AWAITING_APPROVAL', 'PROCESSING', 'PAUSED'] as const;
export const batchStatuses = [...openBatchStatuses, 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'CANCELLED'] as const;
export type BatchStatus = (typeof batchStatuses)[number];

export const rowStatuses = ['VALID', 'PROCESSING', 'PENDING', 'SUCCESS', 'FAILED', 'SKIPPED'] as const;
export type RowStatus = (typeof rowStatuses)[number];

/** Why a batch waits: a person stopped it, the gateway could take no more of it, or we err in row after row. Rules 13 and 14. */
export const pauseReasons = ['MANUAL', 'LOW_BALANCE', 'NOT_ALLOWED', 'GATEWAY_UNAVAILABLE', 'ROW_FAULTS'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** A batch, as far as its process cares: how many of its rows are how far, and no person. */
export interface BatchFacts {
  batchId: string;
  shortId: string;
  fleetId: string | null;
  status: BatchStatus;
  pausedFor: PauseReason | null;
  /** Rows that wait to be sent, that are on their way, and that are over. */
  waiting: number;
  underWay: number;
  succeeded: number;
  failed: number;
  skipped: number;
  amountPaise: Paise;
  disbursedPaise: Paise;
  createdAt: Instant;
}

interface BatchRow {
  id: string;
  shortId: string;
  fleetId: string | null;
  status: BatchStatus;
  pausedFor: PauseReason | null;
  rowsValid: number;
  rowsPending: number;
  rowsSucceeded: number;
  rowsFailed: number;
  rowsSkipped: number;
  amountPaise: bigint;
  disbursedPaise: bigint;
  createdAt: Date;
}

export const batchFacts = (row: BatchRow): BatchFacts => ({
  batchId: row.id,
  shortId: row.shortId,
  fleetId: row.fleetId,
  status: row.status,
  pausedFor: row.pausedFor,
  waiting: row.rowsValid,
  underWay: row.rowsPending,
  succeeded: row.rowsSucceeded,
  failed: row.rowsFailed,
  skipped: row.rowsSkipped,
  amountPaise: paise(Number(row.amountPaise)),
  disbursedPaise: paise(Number(row.disbursedPaise)),
  createdAt: row.createdAt.toISOString(),
});

export const batchLabels = ({ shortId, fleetId, status, createdAt }: BatchFacts): Labels => ({
  ...{ shortId, fleetId, driverId: null, hubId: null, state: status },
  businessDay: istDay(ms(createdAt)),
});

export const isOpenBatch = ({ status }: { status: BatchStatus }): boolean =>
  openBatchStatuses.some((open) => open === status);

/** Every time that a batch keeps. Source: payouts.md, Lifecycle. */
export interface BatchClock {
  /** After its upload: when a batch that nobody approved is cancelled. */
  approvalMs: number;
  /** Between two looks at the rows that are on their way; the last one is kept. */
  looksMs: readonly number[];
}

export const batchClock: BatchClock = {
  approvalMs: 72 * hourMs,
  looksMs: [1_000, 2_000, 5_000, 10_000, 30_000, minuteMs, 5 * minuteMs, hourMs],
};

/** What the environment says of bulk payouts. */
export interface BatchLimits {
  /** Above it nothing is taken. */
  total: Paise;
  /** Above it, on one Indian day, by one person, a second person releases. */
  approval: Paise;
}

/** Whether a second person has to release a batch. `today`: what else whoever uploads it has sent on this Indian day. Rules 11a, 15. */
export const needsApproval = (
  { total, today, isRepeated }: { total: Paise; today: Paise; isRepeated: boolean },
  { approval }: BatchLimits,
): boolean => isRepeated || sum(total, today) > approval;
