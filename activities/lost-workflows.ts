import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { audit, bySystem } from '../prisma/audit.ts';
import type { Db } from '../prisma/client.ts';
import { collectionFacts, withOpenShift } from '../prisma/collections.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { openPayIn, openPenalty, withOpenAssignment, withOpenBreak } from '../prisma/locks.ts';
import { subscriptionFacts, withPeriods } from '../prisma/rentals.ts';
import { collectionRecord } from '../workflows/domain/money/collections/collection-record.ts';
import { creditFacts } from '../workflows/domain/money/collections/credits.ts';
import { orderFacts } from '../workflows/domain/money/orders/orders.ts';
import { payInFacts } from '../workflows/domain/money/pay-ins.ts';
import { penaltyFacts } from '../workflows/domain/money/penalties.ts';
import { rentalRecord } from '../workflows/domain/money/rental-record.ts';
import { batchFacts, openBatchStatuses } from '../workflows/domain/money/payouts/bulk-payouts.ts';
import { inFlightStatuses, payoutFacts } from '../workflows/domain/money/payouts/payouts.ts';
import { refundFacts } from '../workflows/domain/money/refunds.ts';
import { shiftFacts } from '../workflows/domain/shifts/attendance.ts';
import { shiftRecord } from '../workflows/domain/shifts/shift-record.ts';
import { minuteMs } from '../workflows/domain/time.ts';
import { tripRecord } from '../workflows/domain/trips/trip-record.ts';
import { tripFacts } from '../workflows/domain/trips/trips.ts';
import {
  collectionProcess,
  creditProcess,
  orderProcess,
  payInProcess,
  penaltyProcess,
  bulkPayoutProcess,
  payoutProcess,
  refundProcess,
  rentalProcess,
  shiftProcess,
  startOptions,
  tripProcess,
} from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';
import { failuresOf } from './begin.ts';

const roundMs = 15 * minuteMs;
const zeroId = '00000000-0000-0000-0000-000000000000';

interface OpenRecord {
  id: string;
  process: Process;
}

/** A kind of record whose open rows are compared with running workflows. */
interface Kind {
  /** In the audit; its name in `sweeps` is that of the table. */
  subject: string;
  table: string;
  /** As in the partial index of the table, by which the rows are found. */
  isOpen: Prisma.Sql;
  /** Of these, what is still open. */
  open: (db: Db, ids: string[]) => Promise<OpenRecord[]>;
  workflowId: (id: string) => string;
}

const trips: Kind = {
  subject: 'trip',
  table: 'trips',
  isOpen: Prisma.sql`"status" IN ('BLOCKED', 'CREATED', 'DRIVER_ASSIGNED', 'STARTED')`,
  open: async (db, ids) => {
    const rows = await db.trip.findMany({ where: { id: { in: ids } }, include: withOpenAssignment });
    const facts = rows.map(tripFacts).filter((trip) => !tripRecord.isOver(trip));
    return facts.map((trip) => ({ id: trip.tripId, process: tripProcess(trip) }));
  },
  workflowId: (id) => `trip:${id}`,
};

const shifts: Kind = {
  subject: 'attendance',
  table: 'attendances',
  isOpen: Prisma.sql`("status" IN ('PENDING', 'APPROVED') OR "approvalStatus" = 'PENDING' OR "cashStatus" = 'DECLARED')`,
  open: async (db, ids) => {
    const rows = await db.attendance.findMany({ where: { id: { in: ids } }, include: withOpenBreak });
    const facts = rows.map(shiftFacts).filter((shift) => !shiftRecord.isOver(shift));
    return facts.map((shift) => ({ id: shift.attendanceId, process: shiftProcess(shift) }));
  },
  workflowId: (id) => `shift:${id}`,
};

/** Without its process nobody asks the gateway what became of a payment. */
const payIns: Kind = {
  subject: 'transaction',
  table: 'transactions',
  isOpen: Prisma.sql`"status" = 'PENDING'`,
  open: async (db, ids) => {
    const rows = await db.transaction.findMany({ where: { id: { in: ids }, ...openPayIn } });
    return rows.map((row) => ({ id: row.id, process: payInProcess(payInFacts(row)) }));
  },
  workflowId: (id) => `pay-in:${id}`,
};

/** Without its process a suspension never begins, or never ends. */
const penalties: Kind = {
  subject: 'penalty',
  table: 'penalties',
  isOpen: Prisma.sql`("status" = 'SCHEDULED' OR "status" = 'IN_FORCE' AND ("type" = 'SUSPENSION' OR "type" = 'BLACKLIST' AND "depositSettledAt" IS NULL))`,
  open: async (db, ids) => {
    const rows = await db.penalty.findMany({ where: { id: { in: ids }, ...openPenalty } });
    return rows.map((row) => ({ id: row.id, process: penaltyProcess(penaltyFacts(row)) }));
  },
  workflowId: (id) => `penalty:${id}`,
};

/** Without its process a period never ends. */
const rentals: Kind = {
  subject: 'rental',
  table: 'rental_subscriptions',
  isOpen: Prisma.sql`EXISTS (SELECT FROM "rentals" r WHERE r."driverId" = "rental_subscriptions"."id" AND r."status" IN ('ACTIVE', 'PAUSED'))`,
  open: async (db, ids) => {
    const rows = await db.rentalSubscription.findMany({ where: { id: { in: ids } }, include: withPeriods });
    const facts = rows.map(subscriptionFacts).filter((subscription) => !rentalRecord.isOver(subscription));
    return facts.map((subscription) => ({ id: subscription.subscriptionId, process: rentalProcess(subscription) }));
  },
  workflowId: (id) => `rental:${id}`,
};

/** Without its process nobody sends a refund, nor asks whether it is paid. */
const refunds: Kind = {
  subject: 'refund',
  table: 'refunds',
  isOpen: Prisma.sql`"endedAt" IS NULL`,
  open: async (db, ids) => {
    const rows = await db.refund.findMany({ where: { id: { in: ids }, endedAt: null } });
    return rows.map((row) => ({ id: row.id, process: refundProcess(refundFacts(row)) }));
  },
  workflowId: (id) => `refund:${id}`,
};

/** Without its process nobody sends a payout, nor asks whether it is paid. */
const payouts: Kind = {
  subject: 'payout',
  table: 'payouts',
  isOpen: Prisma.sql`"status" IN ('CREATED', 'HELD', 'SUBMITTING', 'ACCEPTED', 'UNKNOWN')`,
  open: async (db, ids) => {
    const rows = await db.payout.findMany({ where: { id: { in: ids }, status: { in: [...inFlightStatuses] } } });
    return rows.map((row) => ({ id: row.id, process: payoutProcess(payoutFacts(row)) }));
  },
  workflowId: (id) => `payout:${id}`,
};

/** Without its process the rows of a file are not sent, and nobody sees what it waits for. */
const bulkPayouts: Kind = {
  subject: 'bulkPayout',
  table: 'bulk_payouts',
  isOpen: Prisma.sql`"status" IN ('AWAITING_APPROVAL', 'PROCESSING', 'PAUSED')`,
  open: async (db, ids) => {
    const rows = await db.bulkPayout.findMany({ where: { id: { in: ids }, status: { in: [...openBatchStatuses] } } });
    return rows.map((row) => ({ id: row.id, process: bulkPayoutProcess(batchFacts(row)) }));
  },
  workflowId: (id) => `bulk-payout:${id}`,
};

/** Without its process a day never closes, and nobody sees what it waits for. */
const collections: Kind = {
  subject: 'collection',
  table: 'daily_collections',
  isOpen: Prisma.sql`"status" <> 'PAID'`,
  open: async (db, ids) => {
    const rows = await db.dailyCollection.findMany({ where: { id: { in: ids } }, include: withOpenShift });
    const facts = rows.map(collectionFacts).filter((collection) => !collectionRecord.isOver(collection));
    return facts.map((collection) => ({ id: collection.collectionId, process: collectionProcess(collection) }));
  },
  workflowId: (id) => `collection:${id}`,
};

/** Without its process an order never expires. */
const orders: Kind = {
  subject: 'order',
  table: 'payment_orders',
  isOpen: Prisma.sql`"status" IN ('PENDING', 'PARTIAL')`,
  open: async (db, ids) => {
    const rows = await db.paymentOrder.findMany({ where: { id: { in: ids }, status: { in: ['PENDING', 'PARTIAL'] } } });
    return rows.map((row) => ({ id: row.id, process: orderProcess(orderFacts(row)) }));
  },
  workflowId: (id) => `order:${id}`,
};

/** Without its process nobody asks the gateway for a credit. */
const credits: Kind = {
  subject: 'credit',
  table: 'virtual_credits',
  isOpen: Prisma.sql`("state" IN ('RECEIVED', 'WAITING', 'CONFIRMING') OR "reason" IS NOT NULL AND "resolvedAt" IS NULL)`,
  open: async (db, ids) => {
    const open = [
      { state: { in: ['RECEIVED', 'WAITING', 'CONFIRMING'] } },
      { reason: { not: null }, resolvedAt: null },
    ] satisfies Prisma.VirtualCreditWhereInput[];
    const rows = await db.virtualCredit.findMany({ where: { id: { in: ids }, OR: open } });
    return rows.map((row) => ({ id: row.id, process: creditProcess(creditFacts(row)) }));
  },
  workflowId: (id) => `credit:${id}`,
};

/**
 * Starts again what was lost: open rows that were begun and have no running workflow, because somebody cancelled or terminated it, or
 * the server came back from an older backup. Looks at one page of rows per call, in the order of their ids, and begins a round every
 * 15 minutes at most.
 */
export const lostWorkflows = ({ db, client, pageMax = 500 }: { db: Db; client: Client; pageMax?: number }) => {
  /** The next page of ids; empty when the round is complete and the next one is not due. */
  const nextPage = async ({ table, isOpen }: Kind): Promise<string[]> => {
    const sweep = await db.sweep.findUnique({ where: { name: table } });
    const isComplete = !sweep?.afterId;
    if (sweep && isComplete && sweep.roundBegunAt.getTime() > Date.now() - roundMs) return [];
    const rows = await db.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM ${Prisma.raw(`"${table}"`)}
      WHERE ${isOpen} AND "begunAt" IS NOT NULL AND "id" > ${sweep?.afterId ?? zeroId}::uuid
      ORDER BY "id" LIMIT ${pageMax}`;
    const ids = rows.map(({ id }) => id);
    const afterId = ids.length < pageMax ? null : ids.at(-1)!;
    const roundBegunAt = sweep && !isComplete ? sweep.roundBegunAt : new Date();
    const position = { afterId, roundBegunAt };
    await db.sweep.upsert({ where: { name: table }, create: { name: table, ...position }, update: position });
    return ids;
  };

  const runningOf = async (workflowIds: string[]): Promise<Set<string>> => {
    const listed = workflowIds.map((id) => `"${id}"`).join(', ');
    const query = `WorkflowId IN (${listed}) AND ExecutionStatus = "Running"`;
    const running = new Set<string>();
    for await (const { workflowId } of client.workflow.list({ query, pageSize: pageMax })) running.add(workflowId);
    return running;
  };

  /** False: it runs, and the list of running workflows was late. */
  const restart = async ({ process }: OpenRecord): Promise<boolean> => {
    const options = { ...startOptions(process), workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL };
    try {
      await client.workflow.start(process.type, options);
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  };

  const restartLost = async (kind: Kind): Promise<{ restarted: number; failed: number }> => {
    const ids = await nextPage(kind);
    if (ids.length === 0) return { restarted: 0, failed: 0 };
    const running = await runningOf(ids.map(kind.workflowId));
    // Read again: what closed meanwhile was not lost.
    const lost = await kind.open(
      db,
      ids.filter((id) => !running.has(kind.workflowId(id))),
    );
    let restarted = 0;
    const failed = await failuresOf(lost, async (record) => {
      if (!(await restart(record))) return;
      restarted += 1;
      const { subject } = kind;
      await audit(db, bySystem, { action: `${subject}.restarted`, subject, subjectId: record.id });
    });
    return { restarted, failed };
  };

  return async () => ({
    trips: await restartLost(trips),
    shifts: await restartLost(shifts),
    payIns: await restartLost(payIns),
    penalties: await restartLost(penalties),
    rentals: await restartLost(rentals),
    refunds: await restartLost(refunds),
    payouts: await restartLost(payouts),
    bulkPayouts: await restartLost(bulkPayouts),
    collections: await restartLost(collections),
    orders: await restartLost(orders),
    credits: await restartLost(credits),
  });
};
