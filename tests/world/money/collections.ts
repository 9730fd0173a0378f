import { randomInt, randomUUID } from 'node:crypto';
import type { Credit } from '../../../local/partners/easebuzz/accounts.ts';
import type { CreditWanted } from '../../../local/partners/easebuzz/credits.ts';
import { payoutLateSuccess } from '../../../workflows/domain/money/journals/payouts.ts';
import { paise, rupees } from '../../../workflows/domain/money.ts';
import { istDay, istDayStartMs, minuteMs } from '../../../workflows/domain/time.ts';
import { get, post } from '../api.ts';
import type { Sent } from '../api.ts';
import { db } from '../database.ts';
import { aDriver, hubPoint } from '../factories.ts';
import { temporal } from '../temporal.ts';
import { until } from '../until.ts';
import { world } from '../world.ts';
import { posted } from './books.ts';
import { gatewayAt } from './gateway.ts';

export const gateway = gatewayAt(world.gateway);

interface Fleet {
  id: string;
  hubId: string;
  manager: Sent;
}

type Driver = Awaited<ReturnType<typeof aDriver>>;

/** A driver who is paid a share, on a vehicle of their own. */
export const aSharingDriver = async (fleet: Fleet, revSharePercentage = 70) => {
  const driver = await aDriver(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'PAYOUT', revSharePercentage } });
  return { ...driver, vehicleId: driver.vehicleId! };
};

/** The QR of a vehicle, made through the API; a gateway that a busy machine keeps waiting is asked for it again, as people do. */
export const aQr = async (fleet: Fleet, vehicleId: string): Promise<{ id: string; gatewayId: string }> => {
  const ask = async () => {
    const answer = await post(`/payments/admin/vehicle/${vehicleId}/qr`, {}, fleet.manager);
    return answer.status !== 504 && answer;
  };
  const { status, body } = await until(ask, `the QR of vehicle ${vehicleId}`);
  if (status !== 201 && status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return { id: body.data.id as string, gatewayId: body.data.virtualAccountId as string };
};

/** A driver with a QR on their vehicle. */
export const aDriverWithQr = async (fleet: Fleet, revSharePercentage = 70) => {
  const driver = await aSharingDriver(fleet, revSharePercentage);
  return { ...driver, qr: await aQr(fleet, driver.vehicleId) };
};

/** Checks a driver in and approves the shift. */
export const beginShift = async (fleet: Fleet, driver: Driver): Promise<string> => {
  const { lat, lng } = hubPoint;
  const selfieUrl = 'https://files.example.com/selfie.jpg';
  const begun = await post('/attendance/check-in', { lat, lng, odometer: 1000, selfieUrl }, driver);
  if (begun.status !== 201 && begun.status !== 200) throw new Error(`${begun.status} ${JSON.stringify(begun.body)}`);
  const id = begun.body.data.id as string;
  await post(`/attendance/${id}/approve`, {}, fleet.manager);
  return id;
};

/** Checks a driver out with so many rupees of cash. */
export const endShift = async (driver: Driver, cashDeposited: number): Promise<void> => {
  const { status, body } = await post('/attendance/check-out', { odometer: 1080, cashDeposited }, driver);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
};

/** A shift from check-in to check-out with so many rupees of cash. */
export const aShift = async (fleet: Fleet, driver: Driver, cashDeposited: number): Promise<string> => {
  const id = await beginShift(fleet, driver);
  await endShift(driver, cashDeposited);
  return id;
};

export const aUtr = () => String(randomInt(100_000_000_000, 999_999_999_999));

/** Somebody pays into an account at the simulator, which tells us. */
export const pay = (account: string, amount: number, more: Partial<CreditWanted> = {}): Promise<Credit> =>
  gateway.credit({ account, amount, utr: aUtr(), ...more });

export const creditRow = (creditId: string) => db.virtualCredit.findUniqueOrThrow({ where: { creditId } });

/** Until a credit is in one of these states. */
export const untilCredit = (creditId: string, ...states: string[]) =>
  until(
    async () => {
      const row = await db.virtualCredit.findUnique({ where: { creditId } });
      return row !== null && states.includes(row.state) && row;
    },
    `credit ${creditId} to be ${states.join(' or ')}`,
  );

/** The days of a driver, oldest first. */
export const daysOf = (driverId: string) =>
  db.dailyCollection.findMany({ where: { driverId }, orderBy: { date: 'asc' } });

/** The only day of a driver. */
export const dayOf = async (driverId: string) => {
  const [day, ...others] = await daysOf(driverId);
  if (!day || others.length > 0) throw new Error(`The driver has ${others.length + (day ? 1 : 0)} days.`);
  return day;
};

/** A driver's day with so many rupees of cash, whose shift is over. */
export const aDayWithCash = async (fleet: Fleet, driver: Driver, cash: number) => {
  const attendanceId = await aShift(fleet, driver, cash);
  return { attendanceId, id: (await dayOf(driver.id)).id };
};

export const reconcile = (id: string, by: Sent, body: Record<string, unknown> = {}, headers?: Record<string, string>) =>
  post(`/payments/admin/collection/${id}/reconcile`, body, { ...by, ...(headers ? { headers } : {}) });

export const countCash = (id: string, attendanceId: string, countedCash: number, by: Sent) =>
  post(`/payments/admin/collection/${id}/cash`, { attendanceId, countedCash }, by);

export const readCollection = async (id: string, by: Sent) =>
  (await get(`/payments/admin/collection/${id}`, by)).body.data as Record<string, never>;

/** Until the workflow of a shift has ended. */
export const untilShiftEnds = (attendanceId: string) =>
  until(async () => {
    const { status } = await temporal.workflow.getHandle(`shift:${attendanceId}`).describe();
    return status.name === 'COMPLETED';
  }, `shift ${attendanceId} to end`);

/** An incentive that a day settles. */
export const give = (driverId: string, amount: number, by: Sent) =>
  post('/payments/admin/incentive', { driverId, amount, reason: `Ten trips ${randomUUID().slice(0, 8)}` }, by);

export const inPaise = (amount: number) => BigInt(rupees(amount));

/** What staff may do with a day besides reconciling it and counting its cash. */
export const adjust = (id: string, amount: unknown, by: Sent, reason = 'Found in the car') =>
  post(`/payments/admin/collection/${id}/adjust`, { amount, reason }, by);
export const setAside = (id: string, verb: 'dispute' | 'reopen', by: Sent) =>
  post(`/payments/admin/collection/${id}/${verb}`, { reason: 'The driver objects' }, by);
export const bank = (hubId: string, amount: unknown, slipNumber: string, by: Sent) =>
  post(`/payments/admin/cash/hub/${hubId}/banking`, { amount, slipNumber }, by);

export const dayRow = (id: string) => db.dailyCollection.findUniqueOrThrow({ where: { id } });

/** The moment so many minutes after the midnight in India with which today began; negative: before it. */
export const fromMidnight = (minutes: number): Date => new Date(istDayStartMs(istDay(Date.now())) + minutes * minuteMs);

/** Moves the check-in of a running shift; its process sees the new version, and reads it again. */
export const beganAt = (attendanceId: string, at: Date) =>
  db.attendance.update({ where: { id: attendanceId }, data: { checkInTime: at, version: { increment: 1 } } });

/** A shift that began so many days ago and brought so many rupees, and its day. */
export const anEarlierDay = async (fleet: Fleet, driver: Driver, cash: number, daysAgo = 1) => {
  const attendanceId = await beginShift(fleet, driver);
  const began = fromMidnight(600 - daysAgo * 24 * 60);
  await beganAt(attendanceId, began);
  await endShift(driver, cash);
  await db.attendance.update({
    where: { id: attendanceId },
    data: { checkOutTime: new Date(began.getTime() + 60 * minuteMs), version: { increment: 1 } },
  });
  const { id } = await db.dailyCollection.findFirstOrThrow({
    where: { driverId: driver.id },
    orderBy: { date: 'asc' },
  });
  return { attendanceId, id, began };
};

/** The journals of a driver in their order, each as `event: D code paise, …`; a reversal says what it takes back. */
export const journalsOf = async (driverId: string): Promise<string[]> => {
  const rows = await db.ledgerJournal.findMany({
    where: { driverId },
    orderBy: { id: 'asc' },
    include: { entries: { orderBy: { id: 'asc' }, include: { account: { select: { code: true } } } } },
  });
  const typeOf = new Map(rows.map(({ id, eventType }) => [id, eventType]));
  return rows.map(({ eventType, reversesId, entries }) => {
    const lines = entries.map(({ side, account, amountPaise }) => `${side} ${account.code} ${amountPaise}`);
    return `${reversesId === null ? eventType : `back ${typeOf.get(reversesId)}`}: ${lines.join(', ')}`;
  });
};

/** What is open of the dues of a driver, oldest first. */
export const duesOf = async (driverId: string) => {
  const rows = await db.driverDue.findMany({
    where: { driverId, outstandingPaise: { gt: 0 } },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ kind, outstandingPaise }) => [kind, Number(outstandingPaise)]);
};

/** What is open of the payable items of a driver, oldest first. */
export const itemsOf = async (driverId: string) => {
  const rows = await db.payableItem.findMany({ where: { driverId, openPaise: { not: 0 } }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, openPaise }) => [kind, Number(openPaise)]);
};

/** Brings the payable of a driver so many paise below zero: a transfer beyond what was owed. */
export const advance = (driverId: string, fleetId: string, amount: number) =>
  posted(
    payoutLateSuccess({
      ...{ driverId, fleetId, occurredAt: new Date().toISOString(), amount: paise(amount) },
      ...{ payoutId: randomUUID(), attempt: 1, from: 'PAYABLE', depositBalance: paise(0) },
    }),
  );

/** Messages of one kind about a day. */
export const toldOf = (event: string, collectionId: string) =>
  db.notification.findMany({ where: { event, payload: { path: ['collectionId'], equals: collectionId } } });

export const cashStatusOf = async (attendanceId: string) =>
  (await db.attendance.findUniqueOrThrow({ where: { id: attendanceId } })).cashStatus;
export const untilCash = (attendanceId: string, status: 'DECLARED' | 'RECONCILED') =>
  until(async () => (await cashStatusOf(attendanceId)) === status, `cash of ${attendanceId} to be ${status}`);
