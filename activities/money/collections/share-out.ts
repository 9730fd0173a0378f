import { dayOf, heldBy, spanOf, toBeTold, undoReconciliation, unreconciled } from '../../../prisma/collections.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { DailyCollection, Prisma } from '../../../prisma/generated/client.ts';
import { putIntoInbox } from '../../../prisma/notifications.ts';
import { creditPenalties } from '../../../prisma/penalties.ts';
import { postAll } from '../../../prisma/post.ts';
import { requireNotes } from '../../../workflows/domain/money/collections/collections.ts';
import {
  basisPoints,
  inOrderOfTaking,
  netted,
  sharedOut,
  varianceOf,
} from '../../../workflows/domain/money/collections/sharing.ts';
import type { OpenDue, OpenIncentive, ShortageMode } from '../../../workflows/domain/money/collections/sharing.ts';
import {
  collectionReconciled,
  duesNetted,
  shortagesWrittenOff,
} from '../../../workflows/domain/money/journals/collections.ts';
import type { DueKind, Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import type { Instant } from '../../../workflows/domain/time.ts';

/** What a reconciler said, and how the fleet shares. */
export interface Sharing {
  expected: Paise | null;
  mode: ShortageMode;
  notes: string | null;
  reconciledBy: string;
  at: Instant;
  /** What a total may be below the expectation. */
  tolerance: Paise;
}

/** Of how the driver is paid follows their share. Source: collections.md, rule 12. */
const shareOf = async (tx: Tx, driverId: string): Promise<number> => {
  const { paymentModel, revSharePercentage, fleet } = await tx.driver.findUniqueOrThrow({
    where: { id: driverId },
    select: { paymentModel: true, revSharePercentage: true, fleet: { select: { rentalQrSharePercent: true } } },
  });
  return basisPoints(paymentModel === 'RENTAL' ? fleet.rentalQrSharePercent : revSharePercentage);
};

/** Open dues of a driver, oldest first. */
const openDues = async (tx: Tx, driverId: string): Promise<OpenDue[]> => {
  const rows = await tx.driverDue.findMany({
    where: { driverId, outstandingPaise: { gt: 0 } },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ kind, source, outstandingPaise }) => ({
    ...{ kind: kind as DueKind, source },
    open: paise(Number(outstandingPaise)),
  }));
};

const openAdvances = async (tx: Tx, driverId: string): Promise<Paise> => {
  const { _sum } = await tx.payableItem.aggregate({
    where: { driverId, openPaise: { lt: 0 } },
    _sum: { openPaise: true },
  });
  return paise(-Number(_sum.openPaise ?? 0));
};

/** The incentives that this day settles: those made up to its end which nothing settles yet. Rule 14. */
const freeIncentives = async (tx: Tx, { driverId, date }: DailyCollection): Promise<OpenIncentive[]> => {
  const incentives = await tx.incentive.findMany({
    where: { driverId, status: 'UNPAID', createdAt: { lt: spanOf(dayOf(date)).lt } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true },
  });
  const ids = incentives.map(({ id }) => id);
  const items = await tx.payableItem.findMany({
    where: { kind: 'INCENTIVE', source: { in: ids }, reservedBy: null },
    select: { source: true, openPaise: true },
  });
  const open = new Map(items.map(({ source, openPaise }) => [source, paise(Number(openPaise))]));
  return ids.flatMap((incentiveId) => (open.has(incentiveId) ? [{ incentiveId, open: open.get(incentiveId)! }] : []));
};

/**
 * Shares what a collection holds between driver and platform, and takes dues from the driver's part: the journals 14 to 16, with all
 * that follows from them. Its cash is counted by now. Returns the columns of the collection. Throws NOTES_REQUIRED. Source:
 * collections.md, rules 8 to 16.
 */
export const shareOut = async (
  tx: Tx,
  row: DailyCollection,
  { expected, mode, notes, reconciledBy, at, tolerance }: Sharing,
) => {
  const { id: collectionId, driverId, fleetId } = row;
  const total = paise(Number(row.totalPaise));
  const { variance, shortage } = varianceOf(total, expected, tolerance);
  requireNotes({ variance, mode }, notes);
  const recoveredShortage = mode === 'RECOVER' ? shortage : paise(0);
  const shareBps = await shareOf(tx, driverId);
  const { share, platform } = sharedOut(sum(total, recoveredShortage), shareBps);

  const cash = await tx.cashDeclaration.findMany({ where: { collectionId }, select: { attendanceId: true } });
  const attendanceIds = cash.map(({ attendanceId }) => attendanceId);
  const known = await openDues(tx, driverId);
  const isOwnCash = ({ kind, source }: OpenDue) => kind === 'CASH_SHORTAGE' && attendanceIds.includes(source);
  const writtenOff = mode === 'WRITE_OFF' ? known.filter(isOwnCash) : [];
  const own = { kind: 'REVENUE_SHORTAGE' as const, source: collectionId, open: recoveredShortage };
  const dues = inOrderOfTaking(
    [...known.filter((due) => !writtenOff.includes(due)), ...(recoveredShortage > 0 ? [own] : [])],
    { collectionId, attendanceIds },
  );
  const incentives = await freeIncentives(tx, row);
  const taken = netted(share, await openAdvances(tx, driverId), incentives, dues);

  const version = row.reconciliations + 1;
  const of = { driverId, fleetId, collectionId, version, occurredAt: at, by: reconciledBy };
  const journals: Journal[] = [];
  if (total + recoveredShortage > 0) journals.push(collectionReconciled({ ...of, total, recoveredShortage, share }));
  if (writtenOff.length > 0)
    journals.push(
      shortagesWrittenOff({
        ...of,
        shortages: writtenOff.map(({ source, open }) => ({ attendanceId: source, amount: open })),
      }),
    );
  if (taken.dues.length > 0) {
    const netting = duesNetted({ ...of, dues: taken.dues, fromIncentives: taken.fromIncentives });
    journals.push(netting);
  }
  await postAll(tx, journals);
  for (const journal of journals) await creditPenalties(tx, journal, 'nettedPaise');
  // Nothing is left to be paid: rule 16.
  const isSettled = taken.net === 0;
  await tx.incentive.updateMany({
    where: { id: { in: incentives.map(({ incentiveId }) => incentiveId) } },
    data: { collectionId, ...(isSettled ? { status: 'PAID', paidAt: new Date(at) } : { status: 'ATTACHED' }) },
  });

  return {
    ...{ expectedPaise: expected, variancePaise: variance, shareBps, sharePaise: share, platformPaise: platform },
    ...{ advancePaise: taken.advance, penaltyPaise: taken.penaltyTaken, shortagePaise: taken.shortageTaken },
    incentivePaise: sum(...incentives.map(({ open }) => open)),
    ...{ netPaise: taken.net, shortageMode: mode, reconciliationNotes: notes },
    ...{ reconciledBy, reconciledAt: new Date(at), reconciliations: version },
    ...{ status: isSettled ? ('PAID' as const) : ('RECONCILED' as const), paidAt: isSettled ? new Date(at) : null },
  } satisfies Prisma.DailyCollectionUncheckedUpdateInput;
};

/** Tells the driver what the day is worth to them by now. */
export const tellDriver = async (tx: Tx, row: DailyCollection, net: Paise, version: number): Promise<void> => {
  const { userId } = await tx.driver.findUniqueOrThrow({ where: { id: row.driverId }, select: { userId: true } });
  const date = dayOf(row.date);
  await putIntoInbox(tx, {
    to: [userId],
    event: 'collection:reconciled',
    title: `Your collection of ${date} is reconciled: ${rupeeText(net)} are yours`,
    payload: { collectionId: row.id, date, netPayout: rupeeText(net) },
    cause: `${row.id}:${version}`,
  });
};

interface OfWaiver extends Pick<Sharing, 'at' | 'tolerance'> {
  driverId: string;
  penaltyId: string;
  by: string;
}

/**
 * Takes back the reconciliations that were not paid yet and took something for a penalty, which is being waived. Returns what they
 * took, and what reconciles them anew once it is waived. Source: payments.md, rule 10.
 */
export const withoutWaived = async (
  tx: Tx,
  { driverId, penaltyId, at, by, tolerance }: OfWaiver,
): Promise<{ freed: Paise; reconcileAnew: () => Promise<void> }> => {
  const wanted = JSON.stringify({ dues: [{ kind: 'PENALTY', source: penaltyId }] });
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT c."id" FROM "daily_collections" c JOIN "ledger_journal" j
      ON j."event_type" = 'dues_netted' AND j."event_key" = c."id" || ':' || c."reconciliations"
    WHERE c."driverId" = ${driverId}::uuid AND c."status" = 'RECONCILED' AND j."metadata" @> ${wanted}::jsonb ORDER BY c."date"`;
  const collections = await tx.dailyCollection.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    orderBy: { date: 'asc' },
  });
  let freed = paise(0);
  const undone: DailyCollection[] = [];
  for (const row of collections.toReversed()) {
    // One that cannot be taken back counts as paid.
    if (await heldBy(tx, row, penaltyId)) continue;
    const gave = await undoReconciliation(tx, row, { occurredAt: at, by }, penaltyId);
    freed = sum(freed, gave.get(penaltyId) ?? paise(0));
    undone.unshift(row);
  }
  return {
    freed,
    async reconcileAnew() {
      for (const row of undone) {
        const columns = await shareOut(tx, row, {
          expected: row.expectedPaise === null ? null : paise(Number(row.expectedPaise)),
          ...{
            mode: row.shortageMode!,
            notes: row.reconciliationNotes,
            reconciledBy: row.reconciledBy!,
            at,
            tolerance,
          },
        });
        const data = { ...unreconciled, countAssumed: row.countAssumed, ...columns, ...toBeTold() };
        await tx.dailyCollection.update({ where: { id: row.id }, data: { ...data, version: { increment: 1 } } });
        await tellDriver(tx, row, columns.netPaise, columns.reconciliations);
      }
    },
  };
};
