import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import { readCollection, undoReconciliation, unreconciled } from '../../../prisma/collections.ts';
import { remarksOf } from '../../../prisma/command-texts.ts';
import type { CashDeclaration, DailyCollection, Prisma } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { putIntoInbox, staffOf } from '../../../prisma/notifications.ts';
import { post } from '../../../prisma/post.ts';
import type { Actor, Change } from '../../../workflows/domain/commands.ts';
import { collectionRecord } from '../../../workflows/domain/money/collections/collection-record.ts';
import type { collectionRules } from '../../../workflows/domain/money/collections/collection-record.ts';
import { isReconciled } from '../../../workflows/domain/money/collections/collections.ts';
import type {
  Adjust,
  CollectionFacts,
  CountCash,
  Reconcile,
} from '../../../workflows/domain/money/collections/collections.ts';
import { countsOf } from '../../../workflows/domain/money/collections/sharing.ts';
import { collectionAdjusted } from '../../../workflows/domain/money/journals/collections.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { commits, upkeep } from '../../records.ts';
import type { Alone, Deps, Effect, Effects, Rows } from '../../records.ts';
import { cashOfDay, cashOfShift, countOne } from './cash.ts';
import { shareOut, tellDriver } from './share-out.ts';

type CollectionChange<Command = unknown> = Change<CollectionFacts, Command>;
type CollectionEffect<Command> = Effect<CollectionFacts, Command>;

const collectionRows: Rows<CollectionFacts> = {
  table: 'daily_collections',
  events: 'collection_events',
  key: 'collectionId',
  hasPlace: false,
  read: readCollection,
  async isDone(db, collectionId, commandId) {
    const key = { collectionId_commandId: { collectionId, commandId } };
    return (await db.collectionEvent.findUnique({ where: key, select: { id: true } })) !== null;
  },
  // Whoever commits knows by then what others changed.
  changes: ({ set: { status, reconciliations } }) => ({
    columns: { status, reconciliations, unheardSince: null },
    set: {},
  }),
};

const rowOf = (tx: Tx, { facts }: CollectionChange): Promise<DailyCollection> =>
  tx.dailyCollection.findUniqueOrThrow({ where: { id: facts.collectionId } });

/** The row under the lock of its driver; a reconciliation that stands is taken back, because what follows changes what it shared. */
const lockedRow = async (
  tx: Tx,
  change: CollectionChange<{ by: Actor }>,
): Promise<{ row: DailyCollection; columns: Prisma.DailyCollectionUncheckedUpdateInput }> => {
  await lockDrivers(tx, [change.facts.driverId]);
  const row = await rowOf(tx, change);
  if (!isReconciled(row)) return { row, columns: {} };
  await undoReconciliation(tx, row, { occurredAt: change.at, by: change.command.by.userId });
  return { row, columns: { ...unreconciled, untoldSince: new Date() } };
};

const auditOf = async (
  tx: Tx,
  { facts, command, move }: CollectionChange<{ by: Actor }>,
  after: Record<string, string | number | null>,
): Promise<void> =>
  audit(tx, command.by, {
    ...{ action: `collection.${move}`, subject: 'collection', subjectId: facts.collectionId },
    ...{ before: { status: facts.status, total: rupeeText(facts.totalPaise) }, after },
  });

/** Counts what nobody counted, shares the day out, and tells the driver. Source: collections.md, rules 8 to 16. */
const reconcileDay =
  (tolerance: Paise): CollectionEffect<Reconcile> =>
  async (tx, change, write) => {
    const { command, at } = change;
    const { by, textId, expectedPaise, countedPaise, shortageMode } = command;
    const { row } = await lockedRow(tx, change);
    // A shift may have begun since the day was looked at, which does not change its row.
    if (!command.force && (await readCollection(tx, row.id)).hasOpenShift) throw refusal('SHIFT_STILL_OPEN');
    const cash = await cashOfDay(tx, row, countedPaise);
    const counts = countsOf(
      cash.map(({ attendanceId, declaredPaise, countedPaise: counted }) => ({
        attendanceId,
        declared: paise(Number(declaredPaise)),
        counted: counted === null ? null : paise(Number(counted)),
      })),
      countedPaise,
    );
    let counted = row;
    for (const declaration of cash) {
      const isCounted = countedPaise !== null || (declaration.countedPaise !== null && !declaration.assumed);
      counted = await countOne(tx, counted, declaration, {
        ...{ counted: counts.get(declaration.attendanceId)!, by: by.userId, at },
        ...{ reference: declaration.reference, assumed: !isCounted },
      });
    }
    const notes = await remarksOf(tx, textId);
    const sharing = { expected: expectedPaise, mode: shortageMode, notes, reconciledBy: by.userId, at, tolerance };
    const { status, ...columns } = await shareOut(tx, counted, sharing);
    const countAssumed = countedPaise === null && cash.some((one) => one.countedPaise === null || one.assumed);
    const written = await write({
      columns: { ...columns, countAssumed, untoldSince: at },
      set: { status, netPaise: columns.netPaise, totalPaise: paise(Number(counted.totalPaise)) },
    });
    await auditOf(tx, change, { net: rupeeText(columns.netPaise), shortageMode, notes });
    await tellDriver(tx, row, columns.netPaise, columns.reconciliations);
    return written;
  };

/** Somebody has counted what was taken as declared; the columns of its collection. */
const counted = async (tx: Tx, { attendanceId, collectionId }: CashDeclaration) => {
  await tx.cashDeclaration.update({ where: { attendanceId }, data: { assumed: false } });
  return { countAssumed: (await tx.cashDeclaration.count({ where: { collectionId, assumed: true } })) > 0 };
};

const countShift: CollectionEffect<CountCash> = async (tx, change, write) => {
  const { by, attendanceId, countedPaise, reference } = change.command;
  const { status, netPaise } = change.facts;
  await lockDrivers(tx, [change.facts.driverId]);
  const cash = await cashOfShift(tx, await rowOf(tx, change), attendanceId);
  // The same again is the same count. What was assumed has been counted now, and no amount changes.
  if (cash.countedPaise === BigInt(countedPaise)) {
    const columns = cash.assumed ? await counted(tx, cash) : {};
    return write({ columns, set: { status, netPaise } });
  }
  const { row, columns } = await lockedRow(tx, change);
  const { totalPaise } = await countOne(tx, row, cash, {
    counted: countedPaise,
    by: by.userId,
    at: change.at,
    reference,
  });
  await auditOf(tx, change, { attendanceId, counted: rupeeText(countedPaise) });
  return write({ columns, set: { totalPaise: paise(Number(totalPaise)) } });
};

const adjustDay: CollectionEffect<Adjust> = async (tx, change, write) => {
  const { by, adjustmentId, amountPaise, textId } = change.command;
  const { row, columns } = await lockedRow(tx, change);
  const { id: collectionId, driverId, fleetId } = row;
  const reason = await remarksOf(tx, textId);
  await post(
    tx,
    collectionAdjusted({
      ...{ driverId, fleetId, collectionId, adjustmentId, amount: amountPaise },
      ...{ occurredAt: change.at, by: by.userId },
    }),
  );
  await tx.collectionEntry.create({
    data: {
      ...{ id: adjustmentId, collectionId, kind: 'ADJUSTMENT', amountPaise, reason, createdBy: by.userId },
      occurredAt: new Date(change.at),
    },
  });
  const totalPaise = paise(change.facts.totalPaise + amountPaise);
  await auditOf(tx, change, { amount: rupeeText(amountPaise), reason });
  return write({ columns: { ...columns, totalPaise }, set: { totalPaise } });
};

/** A dispute, its end, and the end of a reconciliation. */
const setAside: CollectionEffect<{ by: Actor; textId: string | null }> = async (tx, change, write) => {
  const { columns } = await lockedRow(tx, change);
  await auditOf(tx, change, { status: change.set.status!, reason: await remarksOf(tx, change.command.textId) });
  return write({ columns });
};

const alone: Alone<CollectionFacts, object> = { alone: (_change, write) => write() };

/** Everything that happens to a collection, as commits. */
export const collectionActivities = ({ varianceTolerancePaise, ...deps }: Deps & { varianceTolerancePaise: Paise }) => {
  const effects: Effects<CollectionFacts, typeof collectionRules> = {
    closeDay: alone,
    look: alone,
    reconcile: reconcileDay(varianceTolerancePaise),
    countCash: countShift,
    adjust: adjustDay,
    dispute: setAside,
    reopen: setAside,
  };
  const commands = commits(deps, collectionRecord, collectionRows, effects);

  /** Somebody is told, if a shift of yesterday is still open. Safe to repeat: a message is there once. Rule 7. */
  const shiftOpen = async (collection: CollectionFacts): Promise<null> => {
    const { collectionId, driverId, fleetId, shortId, date, hasOpenShift } = collection;
    if (!hasOpenShift) return null;
    await deps.db.$transaction(async (tx) => {
      const { hubId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { hubId: true } });
      await putIntoInbox(tx, {
        to: await staffOf(tx, fleetId, hubId),
        event: 'collection:open',
        title: `The day ${date} of ${shortId} is still open: a shift was never ended`,
        payload: { collectionId, driverId, date },
        cause: collectionId,
      });
    });
    return null;
  };

  return { ...commands, ...upkeep(deps, collectionRecord, collectionRows, commands, { shiftOpen }) };
};
