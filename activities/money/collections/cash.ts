import { randomUUID } from 'node:crypto';
import type { Tx } from '../../../prisma/client.ts';
import { dayOf, spanOf } from '../../../prisma/collections.ts';
import type { CashDeclaration, DailyCollection } from '../../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { postAtHub } from '../../../prisma/post.ts';
import { cashCounted } from '../../../workflows/domain/money/journals/collections.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import type { Instant } from '../../../workflows/domain/time.ts';

interface Counting {
  counted: Paise;
  by: string;
  at: Instant;
  reference: string | null;
  /** Nobody counted it. */
  assumed?: boolean;
}

/** What a shift brought into a day; one that declared nothing may have brought something all the same. Throws ATTENDANCE_OF_OTHER_DAY. */
export const cashOfShift = async (tx: Tx, row: DailyCollection, attendanceId: string): Promise<CashDeclaration> => {
  const { id: collectionId, driverId, date } = row;
  const known = await tx.cashDeclaration.findUnique({ where: { attendanceId } });
  if (known?.collectionId === collectionId) return known;
  const where = { id: attendanceId, driverId, status: 'CHECKED_OUT', checkInTime: spanOf(dayOf(date)) } as const;
  const shift = known ? null : await tx.attendance.findFirst({ where });
  if (!shift) throw refusal('ATTENDANCE_OF_OTHER_DAY');
  const { hubId, vehicleId, checkOutTime } = shift;
  await tx.collectionEntry.create({
    data: {
      ...{ id: randomUUID(), collectionId, kind: 'CASH', amountPaise: 0, attendanceId, vehicleId },
      occurredAt: checkOutTime!,
    },
  });
  return tx.cashDeclaration.create({ data: { attendanceId, collectionId, driverId, hubId, declaredPaise: 0 } });
};

/** The cash of the shifts of a day, in their order. Cash that no shift has declared came with the last one. Throws CASH_WITHOUT_SHIFT. */
export const cashOfDay = async (
  tx: Tx,
  row: DailyCollection,
  countedOfDay: Paise | null,
): Promise<CashDeclaration[]> => {
  const cash = await tx.cashDeclaration.findMany({
    where: { collectionId: row.id },
    orderBy: [{ createdAt: 'asc' }, { attendanceId: 'asc' }],
  });
  if (cash.length > 0 || !countedOfDay) return cash;
  const last = await tx.attendance.findFirst({
    where: { driverId: row.driverId, status: 'CHECKED_OUT', checkInTime: spanOf(dayOf(row.date)) },
    orderBy: { checkInTime: 'desc' },
    select: { id: true },
  });
  if (!last) throw refusal('CASH_WITHOUT_SHIFT');
  return [await cashOfShift(tx, row, last.id)];
};

/** Where the cash of a shift is counted: at its hub, else at that of its driver. */
const hubOf = async (tx: Tx, { hubId, driverId }: CashDeclaration): Promise<string> => {
  const driver = hubId ? null : await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { hubId: true } });
  const hub = hubId ?? driver?.hubId;
  if (!hub) throw refusal('CASH_WITHOUT_HUB');
  return hub;
};

/** A count whose shortage was paid, netted or written off stays. Source: ledger.md, Sub-ledgers. */
const requireUnsettled = async (tx: Tx, { attendanceId: source, countedPaise }: CashDeclaration): Promise<void> => {
  const due = await tx.driverDue.findUnique({ where: { kind_source: { kind: 'CASH_SHORTAGE', source } } });
  if (due && due.outstandingPaise < due.amountPaise)
    throw refusal('COUNT_SETTLED', { counted: rupeeText(paise(Number(countedPaise))) });
};

/**
 * Books what was counted of the cash of one shift: a shortage becomes a due of the driver, and what is more than was declared is added
 * to the collection, which is returned as it is then. The same count again changes nothing. Throws COUNT_SETTLED, CASH_WITHOUT_HUB,
 * HUB_CASH_SHORT. Source: collections.md, rule 9; ledger.md 12.
 */
export const countOne = async (
  tx: Tx,
  row: DailyCollection,
  cash: CashDeclaration,
  { counted, by, at, reference, assumed = false }: Counting,
): Promise<DailyCollection> => {
  const { attendanceId } = cash;
  const before = cash.countedPaise === null ? null : paise(Number(cash.countedPaise));
  if (before === counted) {
    if (cash.assumed && !assumed) await tx.cashDeclaration.update({ where: { attendanceId }, data: { assumed } });
    return row;
  }
  if (before !== null) await requireUnsettled(tx, cash);
  const { id: collectionId, driverId, fleetId } = row;
  const declared = paise(Number(cash.declaredPaise));
  const hubId = await hubOf(tx, cash);
  const of = { driverId, fleetId, collectionId, attendanceId, hubId, occurredAt: at, by };
  await postAtHub(tx, cashCounted({ ...of, declared, counted, before, count: cash.counts + 1 }));
  await tx.cashDeclaration.update({
    where: { attendanceId },
    data: {
      ...{ countedPaise: counted, countedBy: by, countedAt: new Date(at), reference, hubId, state: 'COUNTED', assumed },
      counts: { increment: 1 },
    },
  });
  await tx.collectionEntry.update({
    where: { kind_attendanceId: { kind: 'CASH', attendanceId } },
    data: { amountPaise: counted },
  });
  if (counted !== declared)
    await tellDifference(tx, row, { attendanceId, declared, counted, by, count: cash.counts + 1 });
  const over = (amount: Paise) => Math.max(amount - declared, 0);
  return tx.dailyCollection.update({
    where: { id: collectionId },
    data: {
      cashPaise: { increment: counted - (before ?? declared) },
      totalPaise: { increment: over(counted) - over(before ?? declared) },
    },
  });
};

interface Difference {
  attendanceId: string;
  declared: Paise;
  counted: Paise;
  by: string;
  count: number;
}

const tellDifference = async (
  tx: Tx,
  { driverId, fleetId }: DailyCollection,
  { attendanceId, declared, counted, count }: Difference,
): Promise<void> => {
  const { userId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { userId: true } });
  const texts = { declared: rupeeText(declared), counted: rupeeText(counted) };
  await putIntoInbox(tx, {
    to: [userId, ...(await financeOf(tx, fleetId))],
    event: 'cash:difference',
    title: `Cash of ${texts.declared} was declared and ${texts.counted} counted`,
    payload: { attendanceId, ...texts },
    cause: `${attendanceId}:${count}`,
  });
};
