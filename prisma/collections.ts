import { randomUUID } from 'node:crypto';
import type { CollectionFacts } from '../workflows/domain/money/collections/collections.ts';
import { currentDay, isLocked, isReconciled } from '../workflows/domain/money/collections/collections.ts';
import { cashDeclared } from '../workflows/domain/money/journals/collections.ts';
import { reversal } from '../workflows/domain/money/journals/journal.ts';
import type { Happened } from '../workflows/domain/money/journals/journal.ts';
import { minus, paise, rupeeText } from '../workflows/domain/money.ts';
import type { Paise } from '../workflows/domain/money.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import { dayMs, daysAfter, istDay, istDayStartMs, ms } from '../workflows/domain/time.ts';
import type { Instant, IstDay } from '../workflows/domain/time.ts';
import { postedJournal } from './books.ts';
import type { Db, Tx } from './client.ts';
import type { DailyCollection, Prisma } from './generated/client.ts';
import { openShift, withOpenBreak } from './locks.ts';
import { financeOf, putIntoInbox } from './notifications.ts';
import { creditPenalties } from './penalties.ts';
import { post } from './post.ts';

// Whoever changes a collection has locked its driver (`lockDrivers`) until the end of the transaction.

export const dateOf = (day: IstDay): Date => new Date(`${day}T00:00:00.000Z`);
export const dayOf = (date: Date): IstDay => date.toISOString().slice(0, 10) as IstDay;

/** What the rules know of a collection besides its own columns. */
export const withOpenShift = {
  driver: { select: { attendances: { where: openShift, select: { checkInTime: true } } } },
} satisfies Prisma.DailyCollectionInclude;

type CollectionRow = Prisma.DailyCollectionGetPayload<{ include: typeof withOpenShift }>;

export const collectionFacts = ({ driver, ...row }: CollectionRow): CollectionFacts => ({
  collectionId: row.id,
  shortId: row.shortId,
  driverId: row.driverId,
  fleetId: row.fleetId,
  date: dayOf(row.date),
  status: row.status,
  totalPaise: paise(Number(row.totalPaise)),
  netPaise: row.netPaise === null ? null : paise(Number(row.netPaise)),
  hasOpenShift: driver.attendances.some(({ checkInTime }) => istDay(checkInTime.getTime()) === dayOf(row.date)),
  reconciliations: row.reconciliations,
  version: row.version,
});

export const readCollection = async (db: Db | Tx, id: string): Promise<CollectionFacts> =>
  collectionFacts(await db.dailyCollection.findUniqueOrThrow({ where: { id }, include: withOpenShift }));

interface DayOfDriver {
  driverId: string;
  fleetId: string;
  day: IstDay;
  vehicleId: string | null;
}

/** Where the checks of a day's shifts look: from midnight to midnight in India. */
export const spanOf = (day: IstDay) => ({
  gte: new Date(istDayStartMs(day)),
  lt: new Date(istDayStartMs(day) + dayMs),
});

/** A day is open while a shift of it is, and without any shift until it is over. Rule 7. */
const firstStatus = async (tx: Tx, { driverId, day }: DayOfDriver): Promise<'OPEN' | 'CLOSED'> => {
  const shifts = await tx.attendance.findMany({
    where: { driverId, checkInTime: spanOf(day) },
    select: { status: true, checkOutTime: true },
  });
  if (shifts.length === 0) return Date.now() < istDayStartMs(day) + dayMs ? 'OPEN' : 'CLOSED';
  const isOpen = shifts.some(({ status, checkOutTime }) => checkOutTime === null && status !== 'REJECTED');
  return isOpen ? 'OPEN' : 'CLOSED';
};

/** The collection of a driver's business day, made with its first money. Its process is begun by the schedule. */
const collectionOf = async (tx: Tx, of: DayOfDriver): Promise<DailyCollection> => {
  const { driverId, fleetId, day, vehicleId } = of;
  const key = { driverId_date: { driverId, date: dateOf(day) } };
  const known = await tx.dailyCollection.findUnique({ where: key });
  if (known) return known;
  const { hubId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { hubId: true } });
  const account = vehicleId ? await tx.virtualAccount.findUnique({ where: { vehicleId }, select: { id: true } }) : null;
  return tx.dailyCollection.create({
    data: {
      ...{ id: randomUUID(), driverId, fleetId, hubId, date: dateOf(day), vehicleId },
      ...{ virtualAccountId: account?.id ?? null, status: await firstStatus(tx, of) },
    },
  });
};

/** The columns of a collection that is not reconciled, or not any more. */
export const unreconciled = {
  ...{ expectedPaise: null, variancePaise: null, shareBps: null, sharePaise: null, platformPaise: null },
  ...{ advancePaise: 0, incentivePaise: 0, penaltyPaise: 0, shortagePaise: 0, netPaise: null, shortageMode: null },
  ...{ countAssumed: false, reconciledBy: null, reconciledAt: null, reconciliationNotes: null, paidAt: null },
} satisfies Prisma.DailyCollectionUncheckedUpdateInput;

const reconciliationKey = ({ id, reconciliations }: DailyCollection): string => `${id}:${reconciliations}`;

/** What keeps a reconciliation from being taken back; with the id of a collection when it is that. */
interface Hold {
  collectionId: string | null;
}

/**
 * What keeps a reconciliation from being taken back: its own shortage was settled otherwise, mostly by another collection; or a
 * penalty that it netted was waived since, and gave its money back. Null: nothing does. A penalty that is waived at this moment does
 * not count. Source: ledger.md, Sub-ledgers.
 */
export const heldBy = async (tx: Tx, row: DailyCollection, waivedId: string | null = null): Promise<Hold | null> => {
  const source = row.id;
  const own = await postedJournal(tx, 'dues_netted', reconciliationKey(row));
  const penalties = (own?.dues ?? []).flatMap(({ kind, source: id }) =>
    kind === 'PENALTY' && id !== waivedId ? [id] : [],
  );
  if ((await tx.penalty.count({ where: { id: { in: penalties }, status: 'WAIVED' } })) > 0)
    return { collectionId: null };
  const due = await tx.driverDue.findUnique({ where: { kind_source: { kind: 'REVENUE_SHORTAGE', source } } });
  if (!due) return null;
  const isThis = ({ kind, source: of }: { kind: string; source: string }) => kind === due.kind && of === source;
  const takenHere = own?.dues.find(isThis)?.used ?? 0;
  if (Number(due.amountPaise - due.outstandingPaise) <= takenHere) return null;
  const wanted = JSON.stringify({ dues: [{ kind: due.kind, source }] });
  const [other] = await tx.$queryRaw<{ key: string }[]>`
    SELECT j."event_key" AS "key" FROM "ledger_journal" j
    WHERE j."driver_id" = ${row.driverId} AND j."event_type" = 'dues_netted' AND j."metadata" @> ${wanted}::jsonb
      AND j."event_key" <> ${reconciliationKey(row)}
      AND NOT EXISTS (SELECT FROM "ledger_journal" back WHERE back."reverses_id" = j."id")
    ORDER BY j."id" DESC LIMIT 1`;
  return { collectionId: other?.key.split(':')[0] ?? null };
};

/**
 * Takes the journals of a reconciliation back, with what they did to dues, incentives and penalties, but for a penalty that is waived
 * at this moment. The columns are the caller's. Throws COLLECTION_LOCKED. Returns what penalties got from it.
 */
export const undoReconciliation = async (
  tx: Tx,
  row: DailyCollection,
  happened: Pick<Happened, 'occurredAt' | 'by'>,
  waivedId: string | null = null,
): Promise<Map<string, Paise>> => {
  const hold = await heldBy(tx, row, waivedId);
  if (hold) throw refusal('COLLECTION_LOCKED', { status: row.status, lockedBy: hold.collectionId });
  const freed = new Map<string, Paise>();
  for (const type of ['dues_netted', 'shortage_written_off', 'collection_reconciled']) {
    const posted = await postedJournal(tx, type, reconciliationKey(row));
    if (!posted) continue;
    const back = reversal(posted, happened);
    await post(tx, back);
    if (type !== 'dues_netted') continue;
    for (const { kind, source, used } of back.dues) if (kind === 'PENALTY') freed.set(source, minus(used));
    await creditPenalties(tx, { dues: back.dues.filter(({ source }) => source !== waivedId) }, 'nettedPaise');
  }
  await tx.incentive.updateMany({
    where: { collectionId: row.id, status: { in: ['ATTACHED', 'PAID'] } },
    data: { status: 'UNPAID', collectionId: null, paidAt: null },
  });
  return freed;
};

/** The shifts of collections whose cash is not in the state that the collection says, and that state. */
export const cashToTell = async (db: Db, row: Pick<DailyCollection, 'id' | 'status'>) => {
  const isSettled = isReconciled(row);
  const cash = await db.cashDeclaration.findMany({ where: { collectionId: row.id }, select: { attendanceId: true } });
  const shifts = await db.attendance.findMany({
    where: {
      id: { in: cash.map(({ attendanceId }) => attendanceId) },
      cashStatus: isSettled ? 'DECLARED' : 'RECONCILED',
    },
    include: withOpenBreak,
  });
  return { isSettled, shifts };
};

/** What of a collection has to be told to others, as columns. */
export const toBeTold = () => ({ untoldSince: new Date(), unheardSince: new Date() });

/** A day that was reconciled is open again, because of what came in; whoever reconciled it has to do so once more. Rule 17. */
const reopenFor = async (
  tx: Tx,
  row: DailyCollection,
  happened: Pick<Happened, 'occurredAt' | 'by'>,
  why: string,
): Promise<void> => {
  await undoReconciliation(tx, row, happened);
  await tx.dailyCollection.update({
    where: { id: row.id },
    data: { ...unreconciled, ...toBeTold(), status: 'CLOSED', version: { increment: 1 } },
  });
  await putIntoInbox(tx, {
    to: await financeOf(tx, row.fleetId),
    event: 'collection:reopened',
    title: `${row.shortId} of ${dayOf(row.date)} has to be reconciled anew: ${why}`,
    payload: { collectionId: row.id, amount: rupeeText(paise(Number(row.totalPaise))), reason: why },
    cause: reconciliationKey(row),
  });
};

/**
 * The collection that takes money of a business day: its own, unless that is settled or cannot be taken back; then that of the day
 * which is current for the driver, and `originalDate` says where it belongs. A reconciled one is open again. Rule 17.
 */
export const collectionFor = async (
  tx: Tx,
  of: DayOfDriver,
  happened: Pick<Happened, 'occurredAt'>,
  why: string,
): Promise<{ row: DailyCollection; originalDate: Date | null }> => {
  const open = await tx.attendance.findFirst({
    where: { driverId: of.driverId, ...openShift },
    select: { checkInTime: true },
  });
  const isTaken = async (row: DailyCollection) =>
    isLocked(row) || (row.status === 'RECONCILED' && (await heldBy(tx, row)) !== null);
  let day = of.day;
  for (let row = await collectionOf(tx, of); ; row = await collectionOf(tx, { ...of, day })) {
    if (!(await isTaken(row))) {
      if (row.status === 'RECONCILED') await reopenFor(tx, row, happened, why);
      return { row, originalDate: day === of.day ? null : dateOf(of.day) };
    }
    const current = currentDay(Date.now(), open?.checkInTime.toISOString() ?? null);
    day = day < current ? current : daysAfter(day, 1);
  }
};

interface Declared {
  attendanceId: string;
  driverId: string;
  fleetId: string;
  hubId: string | null;
  vehicleId: string | null;
  checkInTime: Instant;
  cash: Paise;
  at: Instant;
  by: string;
}

/** What a driver says at check-out goes into the collection of the shift's business day. Source: collections.md, rule 5; ledger.md 11. */
export const declareCash = async (tx: Tx, declared: Declared): Promise<void> => {
  const { attendanceId, driverId, fleetId, hubId, vehicleId, checkInTime, cash, at: occurredAt, by } = declared;
  const day = istDay(ms(checkInTime));
  if (cash > 0) {
    const of = { driverId, fleetId, day, vehicleId };
    const { row, originalDate } = await collectionFor(tx, of, { occurredAt }, 'cash was declared at check-out');
    const collectionId = row.id;
    await tx.cashDeclaration.create({ data: { attendanceId, collectionId, driverId, hubId, declaredPaise: cash } });
    await tx.collectionEntry.create({
      data: {
        ...{ id: randomUUID(), collectionId, kind: 'CASH', amountPaise: cash, attendanceId, vehicleId },
        ...{ occurredAt: new Date(occurredAt), originalDate, createdBy: by },
      },
    });
    await tx.dailyCollection.update({
      where: { id: collectionId },
      data: {
        ...{ cashPaise: { increment: cash }, totalPaise: { increment: cash } },
        version: { increment: 1 },
      },
    });
    await post(
      tx,
      cashDeclared({
        occurredAt,
        businessDay: day,
        by,
        driverId,
        fleetId,
        collectionId,
        attendanceId,
        revision: 1,
        difference: cash,
      }),
    );
  }
  await closeDayOf(tx, driverId, day);
};

/** With the last shift of a day its collection is closed. A driver has one open shift at most. Rule 7. */
export const closeDayOf = async (tx: Tx, driverId: string, day: IstDay): Promise<void> => {
  await tx.dailyCollection.updateMany({
    where: { driverId, date: dateOf(day), status: 'OPEN' },
    data: { status: 'CLOSED', unheardSince: new Date(), version: { increment: 1 } },
  });
};
