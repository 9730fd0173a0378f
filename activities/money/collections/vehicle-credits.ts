import { randomUUID } from 'node:crypto';
import type { Tx } from '../../../prisma/client.ts';
import { collectionFor, spanOf } from '../../../prisma/collections.ts';
import type { VirtualCredit } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import type { Holders } from '../../../workflows/domain/money/collections/credits.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';

/** Who had the vehicle of an account when it was paid. */
export const holdersOf = async (tx: Tx, vehicleId: string, at: Date): Promise<Holders> => {
  const shift = await tx.attendance.findFirst({
    where: { vehicleId, checkInTime: { lte: at }, OR: [{ checkOutTime: null }, { checkOutTime: { gt: at } }] },
    orderBy: { checkInTime: 'desc' },
    select: { id: true, driverId: true, checkInTime: true },
  });
  const isGivenLater =
    shift !== null &&
    (await tx.attendanceEvent.count({ where: { attendanceId: shift.id, type: 'vehicleGiven', at: { gt: at } } })) > 0;
  if (shift && !isGivenLater) {
    const { id: attendanceId, driverId, checkInTime } = shift;
    return {
      shift: { attendanceId, driverId, checkInTime: checkInTime.toISOString() },
      link: null,
      isUsedThatDay: true,
    };
  }
  const link = await tx.assignment.findFirst({
    where: { vehicleId, startTime: { lte: at }, OR: [{ endTime: null }, { endTime: { gt: at } }] },
    orderBy: { startTime: 'desc' },
    select: { driverId: true },
  });
  if (link) return { shift: null, link, isUsedThatDay: true };
  const { gte, lt } = spanOf(istDay(at.getTime()));
  const shifts = await tx.attendance.count({
    where: { vehicleId, checkInTime: { lt }, OR: [{ checkOutTime: null }, { checkOutTime: { gte } }] },
  });
  const links = await tx.assignment.count({
    where: { vehicleId, startTime: { lt }, OR: [{ endTime: null }, { endTime: { gte } }] },
  });
  return { shift: null, link: null, isUsedThatDay: shifts + links > 0 };
};

interface OfDay {
  driverId: string;
  day: IstDay;
  attendanceId: string | null;
}

/** Puts money into a driver's day: entry, transaction and totals. The journal is the caller's. Rules 3 and 17. */
export const intoCollection = async (tx: Tx, credit: VirtualCredit, { driverId, day, attendanceId }: OfDay) => {
  const { vehicleId, occurredAt, creditId, utr, mode, accountGatewayId, feePaise, taxPaise } = credit;
  await lockDrivers(tx, [driverId]);
  const { fleetId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { fleetId: true } });
  const why = 'a credit came in late';
  const of = { driverId, fleetId, day, vehicleId };
  const { row, originalDate } = await collectionFor(tx, of, { occurredAt: occurredAt.toISOString() }, why);
  const [collectionId, transactionId] = [row.id, randomUUID()];
  const amountPaise = paise(Number(credit.amountPaise));
  await tx.transaction.create({
    data: {
      ...{ id: transactionId, driverId, fleetId, collectionId, type: 'DAILY_COLLECTION', direction: 'CREDIT' },
      ...{ status: 'SUCCESS', amountPaise, paymentMethod: 'VIRTUAL_QR', description: 'Paid by QR' },
      ...{ easebuzzTxnId: creditId, easebuzzPaymentId: utr || null },
      ...{ gatewayFeePaise: feePaise, gatewayTaxPaise: taxPaise },
      metadata: { utr, paymentMode: mode, txnDate: occurredAt.toISOString(), virtualAccountId: accountGatewayId },
    },
  });
  await tx.collectionEntry.create({
    data: {
      ...{ id: randomUUID(), collectionId, kind: 'QR', amountPaise, vehicleId, attendanceId, transactionId },
      ...{ occurredAt, originalDate },
    },
  });
  await tx.dailyCollection.update({
    where: { id: collectionId },
    data: {
      ...{ qrPaise: { increment: amountPaise }, totalPaise: { increment: amountPaise } },
      version: { increment: 1 },
    },
  });
  return { driverId, fleetId, collectionId, transactionId };
};
