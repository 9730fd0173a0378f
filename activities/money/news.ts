import type { Client } from '@temporalio/client';
import type { Db } from '../../prisma/client.ts';
import { cashToTell, collectionFacts, withOpenShift } from '../../prisma/collections.ts';
import { unsettledPenalty } from '../../prisma/locks.ts';
import { subscriptionFacts, withPeriods } from '../../prisma/rentals.ts';
import { creditFacts } from '../../workflows/domain/money/collections/credits.ts';
import { virtualAccountFacts } from '../../workflows/domain/money/collections/virtual-accounts.ts';
import { orderFacts } from '../../workflows/domain/money/orders/orders.ts';
import { payInFacts } from '../../workflows/domain/money/pay-ins.ts';
import { batchFacts } from '../../workflows/domain/money/payouts/bulk-payouts.ts';
import { payoutFacts } from '../../workflows/domain/money/payouts/payouts.ts';
import { penaltyFacts } from '../../workflows/domain/money/penalties.ts';
import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import {
  bulkPayoutProcess,
  cashNews,
  changedId,
  collectionProcess,
  creditProcess,
  dueWriteOffProcess,
  orderProcess,
  payInProcess,
  payoutProcess,
  penaltyProcess,
  periodsChangedId,
  rentalProcess,
  shiftProcess,
  virtualAccountProcess,
} from '../../workflows/processes.ts';
import { begin, failuresOf, tell, wake } from '../begin.ts';
import { waitsForGateway } from './collections/credits.ts';

/** A page per tick. */
const page = { orderBy: { createdAt: 'asc' }, take: 200 } as const;

/** What the schedule tells the processes of money that they may have missed. Each is safe to repeat. */
export const moneyNews = ({ db, client }: { db: Db; client: Client }) => {
  /** Wakes the payments, credits and payouts of events and decisions that were stored and not heard, and payouts that somebody changed. */
  const wakeUnheard = async (before: Date): Promise<{ begun: number; failed: number }> => {
    const unheard = await db.gatewayEvent.findMany({
      where: {
        state: 'RECEIVED',
        source: { in: ['PG', 'VA', 'WIRE', 'POLL'] },
        subjectId: { not: null },
        receivedAt: { lt: before },
        OR: [{ error: null }, { error: { not: waitsForGateway } }],
      },
      ...{ select: { subjectId: true }, orderBy: { receivedAt: 'asc' }, take: page.take },
    });
    const decided = await db.payoutDecision.findMany({
      where: { status: 'APPROVED', approvedAt: { lt: before } },
      ...{ select: { payoutId: true }, orderBy: { approvedAt: 'asc' }, take: page.take },
    });
    const ids = [...unheard.map(({ subjectId }) => subjectId!), ...decided.map(({ payoutId }) => payoutId)];
    const payIns = await db.transaction.findMany({ where: { id: { in: ids } } });
    const credits = await db.virtualCredit.findMany({ where: { id: { in: ids } } });
    const changed = await db.payout.findMany({
      where: { unheardSince: { lt: before } },
      ...{ orderBy: { unheardSince: 'asc' }, take: page.take },
    });
    const payouts = [...(await db.payout.findMany({ where: { id: { in: ids } } })), ...changed];
    const processes = [
      ...payIns.map((row) => payInProcess(payInFacts(row))),
      ...credits.map((row) => creditProcess(creditFacts(row))),
      ...payouts.map((row) => payoutProcess(payoutFacts(row))),
    ];
    const failed = await failuresOf(processes, (process) => wake(client, process, 'news'));
    return { begun: processes.length - failed, failed };
  };

  /** Wakes files of payouts whose rows are over, or that somebody changed. They clear the mark when they have looked. */
  const wakeBatches = async () => {
    const unheard = await db.bulkPayout.findMany({
      where: { unheardSince: { not: null } },
      orderBy: { unheardSince: 'asc' },
      take: page.take,
    });
    const failed = await failuresOf(unheard, (row) => wake(client, bulkPayoutProcess(batchFacts(row)), 'news'));
    return { begun: unheard.length - failed, failed };
  };

  /** Tells collections and orders that they were changed beside their process. Safe to retry: the news has a name. */
  const tellChanged = async () => {
    const unheard = {
      where: { unheardSince: { not: null } },
      orderBy: { unheardSince: 'asc' },
      take: page.take,
    } as const;
    const collections = await db.dailyCollection.findMany({ ...unheard, include: withOpenShift });
    const orders = await db.paymentOrder.findMany(unheard);
    // Not if it has changed meanwhile: then there is something else to hear.
    const heard = ({ id, unheardSince }: { id: string; unheardSince: Date | null }) => ({
      ...{ where: { id, unheardSince }, data: { unheardSince: null } },
    });
    const records = [
      ...collections.map((row) => ({
        ...{ id: row.id, version: row.version, process: collectionProcess(collectionFacts(row)) },
        done: () => db.dailyCollection.updateMany(heard(row)),
      })),
      ...orders.map((row) => ({
        ...{ id: row.id, version: row.version, process: orderProcess(orderFacts(row)) },
        done: () => db.paymentOrder.updateMany(heard(row)),
      })),
    ];
    const failed = await failuresOf(records, async ({ id, version, process, done }) => {
      await tell(client, process, { update: 'look', input: {}, updateId: changedId(id, version) });
      await done();
    });
    return { records: records.length, failed };
  };

  /** Tells shifts whether the cash that they brought is settled. Safe to retry: the news has a name, and who was told stays told. */
  const tellCashSettled = async () => {
    const untold = await db.dailyCollection.findMany({
      where: { untoldSince: { not: null } },
      orderBy: { untoldSince: 'asc' },
      take: page.take,
    });
    const failed = await failuresOf(untold, async (row) => {
      const { isSettled, shifts } = await cashToTell(db, row);
      const news = cashNews({ ...row, isSettled });
      for (const shift of shifts) await tell(client, shiftProcess(shiftFacts(shift)), news);
      // Not if it has changed meanwhile: then there is something else to tell.
      const told = { id: row.id, untoldSince: row.untoldSince };
      await db.dailyCollection.updateMany({ where: told, data: { untoldSince: null } });
    });
    return { collections: untold.length, failed };
  };

  /** Begins the processes of accounts of which something is wanted that the gateway has not done. */
  const beginAccounts = async (before: Date): Promise<{ begun: number; failed: number }> => {
    const rows = await db.virtualAccount.findMany({
      where: {
        // What the gateway has refused waits for a person.
        ...{ updatedAt: { lt: before }, failureReason: null },
        OR: [{ status: 'CREATING' }, { status: 'ACTIVE', isWanted: false }, { status: 'INACTIVE', isWanted: true }],
      },
      orderBy: { id: 'asc' },
      take: page.take,
    });
    const failed = await failuresOf(rows, (row) => begin(client, virtualAccountProcess(virtualAccountFacts(row))));
    return { begun: rows.length - failed, failed };
  };

  /** Tells write-offs whose due was closed otherwise. The news has a name, so that it is heard once for each time. */
  const tellDuesClosed = async (): Promise<{ begun: number; failed: number }> => {
    const settled = await db.dueWriteOff.findMany({
      where: { status: 'WAITING', due: { outstandingPaise: 0 } },
      ...{ select: { id: true, due: { select: { updatedAt: true } } }, ...page },
    });
    const failed = await failuresOf(settled, ({ id, due }) =>
      tell(client, dueWriteOffProcess(id), {
        ...{ update: 'lapseWriteOff', input: id, updateId: `dueClosed:${due.updatedAt.getTime()}` },
      }),
    );
    return { begun: settled.length - failed, failed };
  };

  /** Tells subscriptions that their periods were changed beside them, by a payment or a sanction. Safe to retry: the news has a name. */
  const tellPeriodsChanged = async () => {
    const unheard = await db.rentalSubscription.findMany({
      where: { unheardSince: { not: null } },
      orderBy: { unheardSince: 'asc' },
      take: page.take,
      include: withPeriods,
    });
    const failed = await failuresOf(unheard.map(subscriptionFacts), (facts) =>
      tell(client, rentalProcess(facts), { update: 'look', input: {}, updateId: periodsChangedId(facts) }),
    );
    return { subscriptions: unheard.length, failed };
  };

  /** Settles deposits that could not be settled, once for every change of their driver. Safe to retry: the news has a name. */
  const settleDeposits = async (): Promise<{ begun: number; failed: number }> => {
    const waiting = await db.penalty.findMany({
      where: { ...unsettledPenalty, begunAt: { not: null } },
      include: { driver: { select: { updatedAt: true } } },
      orderBy: { createdAt: 'asc' },
      take: page.take,
    });
    const failed = await failuresOf(waiting, (row) =>
      tell(client, penaltyProcess(penaltyFacts(row)), {
        ...{ update: 'settle', input: {}, updateId: `settle:${row.id}:${row.driver.updatedAt.getTime()}` },
      }),
    );
    return { begun: waiting.length - failed, failed };
  };

  return {
    settleDeposits,
    wakeUnheard,
    wakeBatches,
    tellDuesClosed,
    tellPeriodsChanged,
    tellChanged,
    tellCashSettled,
    beginAccounts,
  };
};
