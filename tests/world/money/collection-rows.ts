import { randomBytes, randomUUID } from 'node:crypto';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { dateOf, withOpenShift } from '../../../prisma/collections.ts';
import { cashDeclared, qrCollected } from '../../../workflows/domain/money/journals/collections.ts';
import { qrUnattributed } from '../../../workflows/domain/money/journals/receipts.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { dayMs, istDay } from '../../../workflows/domain/time.ts';
import { db } from '../database.ts';
import { posted } from './books.ts';

// Rows as the processes leave them, with their books, for tests that do not play how they came about.

interface Of {
  driverId: string;
  fleetId: string;
}

/** 500.00 that were paid by QR on a day of a driver, today unless told otherwise; closed. */
export const aCollectionRow = async (of: Of, more: Partial<Prisma.DailyCollectionUncheckedCreateInput> = {}) => {
  const id = randomUUID();
  const amount = paise(50_000);
  const occurredAt = new Date().toISOString();
  await posted(qrCollected({ ...of, collectionId: id, creditId: `C${id}`, amount, occurredAt }));
  await db.dailyCollection.create({
    data: {
      ...{ id, ...of, date: dateOf(istDay(Date.now())), status: 'CLOSED', qrPaise: amount, totalPaise: amount },
      ...{ begunAt: new Date(), ...more },
    },
  });
  await db.collectionEntry.create({
    data: { id: randomUUID(), collectionId: id, kind: 'QR', amountPaise: amount, occurredAt },
  });
  return db.dailyCollection.findUniqueOrThrow({ where: { id }, include: withOpenShift });
};

/** The same day with 200.00 of cash that a shift of the driver has declared. */
export const aCollectionWithCash = async (of: Of & { hubId: string }) => {
  const { driverId, fleetId, hubId } = of;
  const row = await aCollectionRow({ driverId, fleetId });
  const at = new Date();
  const shift = await db.attendance.create({
    data: {
      ...{ id: randomUUID(), driverId, fleetId, hubId, checkInTime: at, checkOutTime: at, status: 'CHECKED_OUT' },
      ...{ approvalStatus: 'APPROVED', source: 'DRIVER', cashDepositedPaise: 20_000, cashStatus: 'DECLARED' },
      begunAt: at,
    },
  });
  const [collectionId, attendanceId] = [row.id, shift.id];
  const happened = { driverId, fleetId, occurredAt: at.toISOString(), collectionId, attendanceId };
  await posted(cashDeclared({ ...happened, revision: 1, difference: paise(20_000) }));
  await db.cashDeclaration.create({ data: { attendanceId, collectionId, driverId, hubId, declaredPaise: 20_000 } });
  await db.collectionEntry.create({
    data: { id: randomUUID(), collectionId, kind: 'CASH', amountPaise: 20_000, attendanceId, occurredAt: at },
  });
  await db.dailyCollection.update({ where: { id: row.id }, data: { cashPaise: 20_000, totalPaise: 70_000 } });
  return { collectionId, attendanceId };
};

/** The QR of a vehicle, as the gateway has made it. */
export const anAccountRow = (vehicleId: string, fleetId: string) =>
  db.virtualAccount.create({
    data: {
      ...{ id: randomUUID(), vehicleId, fleetId, number: `DKV${randomBytes(8).toString('hex')}`, status: 'ACTIVE' },
      ...{ label: `DKVEH ${vehicleId}`, gatewayId: randomUUID(), upiId: `${vehicleId}@simulator` },
      ...{ accountNumber: '9000000001', ifscCode: 'SIML0000001', begunAt: new Date() },
    },
  });

/** 300.00 that came in for nobody. */
export const aReceiptRow = async (fleetId: string | null) => {
  const id = randomUUID();
  const occurredAt = new Date();
  const happened = { occurredAt: occurredAt.toISOString(), creditId: `C${id}`, fleetId };
  await posted(qrUnattributed({ ...happened, amount: paise(30_000) }));
  return db.virtualCredit.create({
    data: {
      ...{ id, creditId: `C${id}`, utr: `U${id}`, accountGatewayId: randomUUID(), amountPaise: 30_000, mode: 'UPI' },
      ...{ occurredAt, state: 'UNATTRIBUTED', reason: 'NO_ASSIGNMENT', fleetId, begunAt: new Date() },
    },
  });
};

/** An order of 875.00 of a customer, for which nothing was paid. */
export const anOrderRow = (of: { fleetId: string | null; hubId?: string; userId: string }) => {
  const id = randomUUID();
  return db.paymentOrder.create({
    data: {
      ...{ id, ...of, customerName: 'Priya', customerPhone: '9812345678', totalPaise: 87_500 },
      ...{ expiresAt: new Date(Date.now() + 7 * dayMs), begunAt: new Date() },
      account: {
        create: {
          ...{ id: randomUUID(), number: `DKO${randomBytes(8).toString('hex')}`, label: 'DKORD', status: 'ACTIVE' },
          ...{ gatewayId: randomUUID(), upiId: `${id}@simulator`, begunAt: new Date() },
        },
      },
    },
    include: { account: true },
  });
};
