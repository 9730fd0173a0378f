import type { Client } from '@temporalio/client';
import type { Db } from '../prisma/client.ts';
import { collectionFacts, withOpenShift } from '../prisma/collections.ts';
import { Prisma } from '../prisma/generated/client.ts';
import {
  openAssignment,
  openPayIn,
  openPenalty,
  openShift,
  withOpenAssignment,
  withOpenBreak,
} from '../prisma/locks.ts';
import { subscriptionFacts, withPeriods } from '../prisma/rentals.ts';
import { creditFacts } from '../workflows/domain/money/collections/credits.ts';
import { orderFacts } from '../workflows/domain/money/orders/orders.ts';
import { payInFacts } from '../workflows/domain/money/pay-ins.ts';
import { penaltyFacts } from '../workflows/domain/money/penalties.ts';
import { batchFacts } from '../workflows/domain/money/payouts/bulk-payouts.ts';
import { inFlightStatuses, payoutFacts } from '../workflows/domain/money/payouts/payouts.ts';
import { refundFacts } from '../workflows/domain/money/refunds.ts';
import { shiftFacts } from '../workflows/domain/shifts/attendance.ts';
import { dayMs } from '../workflows/domain/time.ts';
import { tripFacts } from '../workflows/domain/trips/trips.ts';
import {
  collectionProcess,
  creditProcess,
  driverLostId,
  notificationProcess,
  orderProcess,
  payInProcess,
  bulkPayoutProcess,
  payoutProcess,
  penaltyProcess,
  rentalProcess,
  refundProcess,
  shiftProcess,
  tripProcess,
  vehicleGivenId,
} from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';
import { begin, failuresOf, tell } from './begin.ts';
import { lostWorkflows } from './lost-workflows.ts';
import { moneyNews } from './money/news.ts';

/** Younger rows are still being begun by whoever inserted them. */
const graceMs = 15_000;
/** Rows of files that are on their way for longer than this get a process of their own. */
const batchGraceMs = 60_000;
const page = { orderBy: { createdAt: 'asc' }, take: 200 } as const;
const purgeBite = 10_000;
/** Links to selfies and odometers. Source: attendance.md rule 16. */
const photoDays = 180;
/** What the gateway sent, word for word. Source: easebuzz.md, rule 9. */
const bodyDays = 180;

export const reconciliationActivities = ({ db, client }: { db: Db; client: Client }) => {
  const beginAll = async (processes: Process[]): Promise<{ begun: number; failed: number }> => {
    const failed = await failuresOf(processes, (process) => begin(client, process));
    return { begun: processes.length - failed, failed };
  };

  const news = moneyNews({ db, client });

  /** In bites, so that no statement outlasts its limit however much there is. */
  const inBites = async (bite: () => Promise<number>): Promise<number> => {
    for (let total = 0; ;) {
      const gone = await bite();
      total += gone;
      if (gone < purgeBite) return total;
    }
  };

  const purge = (table: string, expired: Prisma.Sql): Promise<number> => {
    const name = Prisma.raw(`"${table}"`);
    return inBites(
      () =>
        db.$executeRaw`DELETE FROM ${name} WHERE ctid IN (SELECT ctid FROM ${name} WHERE ${expired} LIMIT ${purgeBite})`,
    );
  };

  /** By hand, because panels show when a shift was changed last as the time of its decision. */
  const forgetPhotos = (before: Date): Promise<number> =>
    inBites(
      () => db.$executeRaw`
        UPDATE "attendances" SET "selfieUrl" = NULL, "odometerImageUrl" = NULL WHERE ctid IN (
          SELECT ctid FROM "attendances" WHERE "createdAt" < ${before}
            AND ("selfieUrl" IS NOT NULL OR "odometerImageUrl" IS NOT NULL) LIMIT ${purgeBite}
        )`,
    );

  const forgetBodies = (before: Date): Promise<number> =>
    inBites(
      () => db.$executeRaw`
        UPDATE "gateway_event" SET "sealed_body" = NULL WHERE ctid IN (
          SELECT ctid FROM "gateway_event"
          WHERE "received_at" < ${before} AND "sealed_body" IS NOT NULL LIMIT ${purgeBite}
        )`,
    );

  return {
    /** Begins rows that wait for their workflow, and tells payments and write-offs what they missed, a page per tick. Safe to retry: one that runs is left as it is. */
    async beginMissing() {
      const before = new Date(Date.now() - graceMs);
      const trips = await db.trip.findMany({
        where: { begunAt: null, createdAt: { lt: before } },
        include: withOpenAssignment,
        ...page,
      });
      const shifts = await db.attendance.findMany({
        where: { begunAt: null, createdAt: { lt: before } },
        include: withOpenBreak,
        ...page,
      });
      const notifications = await db.notification.findMany({
        where: { status: 'QUEUED', createdAt: { lt: before }, attempts: { none: {} } },
        select: { id: true },
        ...page,
      });
      const payIns = await db.transaction.findMany({
        where: { ...openPayIn, begunAt: null, createdAt: { lt: before } },
        ...page,
      });
      const penalties = await db.penalty.findMany({
        where: { ...openPenalty, begunAt: null, createdAt: { lt: before } },
        ...page,
      });
      const rentals = await db.rentalSubscription.findMany({
        where: { begunAt: null, createdAt: { lt: before } },
        include: withPeriods,
        ...page,
      });
      const refunds = await db.refund.findMany({ where: { begunAt: null, createdAt: { lt: before } }, ...page });
      const unbegun = { where: { begunAt: null, createdAt: { lt: before } }, ...page } as const;
      const collections = await db.dailyCollection.findMany({ ...unbegun, include: withOpenShift });
      const credits = await db.virtualCredit.findMany(unbegun);
      const orders = await db.paymentOrder.findMany(unbegun);
      const rowsBefore = new Date(Date.now() - batchGraceMs);
      const payouts = await db.payout.findMany({
        ...unbegun,
        where: {
          ...{ ...unbegun.where, status: { in: [...inFlightStatuses] } },
          OR: [{ kind: { not: 'BULK_ROW' } }, { createdAt: { lt: rowsBefore } }],
        },
      });
      const batches = await db.bulkPayout.findMany(unbegun);
      return {
        trips: await beginAll(trips.map((row) => tripProcess(tripFacts(row)))),
        shifts: await beginAll(shifts.map((row) => shiftProcess(shiftFacts(row)))),
        notifications: await beginAll(notifications.map(({ id }) => notificationProcess(id))),
        payIns: await beginAll(payIns.map((row) => payInProcess(payInFacts(row)))),
        rentals: await beginAll(rentals.map((row) => rentalProcess(subscriptionFacts(row)))),
        penalties: await beginAll(penalties.map((row) => penaltyProcess(penaltyFacts(row)))),
        payouts: await beginAll(payouts.map((row) => payoutProcess(payoutFacts(row)))),
        batches: await beginAll(batches.map((row) => bulkPayoutProcess(batchFacts(row)))),
        refunds: await beginAll(refunds.map((row) => refundProcess(refundFacts(row)))),
        collections: await beginAll(collections.map((row) => collectionProcess(collectionFacts(row)))),
        credits: await beginAll(credits.map((row) => creditProcess(creditFacts(row)))),
        orders: await beginAll(orders.map((row) => orderProcess(orderFacts(row)))),
        accounts: await news.beginAccounts(before),
        unheard: await news.wakeUnheard(before),
        deposits: await news.settleDeposits(),
        batchNews: await news.wakeBatches(),
        writeOffs: await news.tellDuesClosed(),
        periods: await news.tellPeriodsChanged(),
        changed: await news.tellChanged(),
        cash: await news.tellCashSettled(),
      };
    },

    /**
     * Tells shifts and trips whose driver, user or fleet is not active any more, by the state of the rows and not by what was sent
     * before. Safe to retry: the news has a name, so it is heard once.
     */
    async tellDriversLost() {
      const lost: Prisma.DriverWhereInput = {
        OR: [{ status: { not: 'ACTIVE' } }, { user: { isActive: false } }, { fleet: { status: 'INACTIVE' } }],
      };
      const shifts = await db.attendance.findMany({
        where: {
          ...openShift,
          driver: lost,
          NOT: { flags: { has: 'DRIVER_DEACTIVATED' } },
        },
        include: withOpenBreak,
        ...page,
      });
      const assignments = await db.tripAssignment.findMany({
        where: { ...openAssignment, driver: lost },
        include: { trip: { include: withOpenAssignment } },
        ...page,
      });
      const records = [
        ...shifts.map((shift) => ({ ...shift, process: shiftProcess(shiftFacts(shift)) })),
        ...assignments.map((assignment) => ({ ...assignment, process: tripProcess(tripFacts(assignment.trip)) })),
      ];
      const failed = await failuresOf(records, ({ id, driverId, process }) =>
        tell(client, process, { update: 'driverLost', input: { driverId }, updateId: driverLostId(id) }),
      );
      return { shifts: shifts.length, trips: assignments.length, failed };
    },

    /** Tells open shifts without a vehicle which one their driver has by now. Safe to retry: the news has a name. */
    async tellVehiclesGiven() {
      const shifts = await db.attendance.findMany({
        where: { ...openShift, vehicleId: null, driver: { assignments: { some: { status: 'ACTIVE' } } } },
        include: { ...withOpenBreak, driver: { select: { assignments: { where: { status: 'ACTIVE' }, take: 1 } } } },
        ...page,
      });
      const failed = await failuresOf(shifts, async (shift) => {
        for (const { id, vehicleId } of shift.driver.assignments) {
          const news = { update: 'vehicleGiven', input: { vehicleId }, updateId: vehicleGivenId(id) };
          await tell(client, shiftProcess(shiftFacts(shift)), news);
        }
      });
      return { shifts: shifts.length, failed };
    },

    /**
     * Starts again the workflows that open rows lost, a page per tick. Safe to retry: what runs is left as it is, and a page that was
     * not finished has its turn in the next round.
     */
    restartLost: lostWorkflows({ db, client }),

    /** Deletes what has outlived its use, table by table. Safe to retry: gone is gone. */
    async purgeExpired() {
      const ago = (days: number) => new Date(Date.now() - days * dayMs);
      await db.otpChallenge.updateMany({
        where: { expiresAt: { lt: ago(0) }, sealedCode: { not: null } },
        data: { sealedCode: null },
      });
      return {
        sessions: await purge('sessions', Prisma.sql`"expiresAt" < ${ago(0)}`),
        spentTokens: await purge('spent_refresh_tokens', Prisma.sql`"spentAt" < ${ago(1)}`),
        codes: await purge('otp_challenges', Prisma.sql`"expiresAt" < ${ago(1)}`),
        answers: await purge('idempotency_keys', Prisma.sql`"createdAt" < ${ago(1)}`),
        limits: await purge('rate_limits', Prisma.sql`"expire" < ${Date.now()}`),
        maps: await purge('maps_cache', Prisma.sql`"expiresAt" < ${ago(0)}`),
        positions: await purge('trip_locations', Prisma.sql`"receivedAt" < ${ago(30)}`),
        notifications: await purge('notifications', Prisma.sql`"expiresAt" < ${ago(0)}`),
        // Its command has copied it by then, or was refused; one that waits for a human for so long loses its remarks.
        texts: await purge('command_texts', Prisma.sql`"createdAt" < ${ago(30)}`),
        photos: await forgetPhotos(ago(photoDays)),
        bodies: await forgetBodies(ago(bodyDays)),
      };
    },
  };
};

export type ReconciliationActivities = ReturnType<typeof reconciliationActivities>;
