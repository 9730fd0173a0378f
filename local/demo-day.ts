import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './demo-money.ts';

interface Qr {
  upiId: string;
  /** Where the banking app of a passenger leads, at the simulated gateway. */
  paymentPage: string;
}

interface Day {
  id: string;
  shortId: string;
  status: string;
  qrCollectionAmount: number;
  cashCollectionAmount: number;
  totalCollection: number;
  netPayout: number | null;
}

/** The QR of a vehicle. */
export const qrOf = async ({ call, tell }: Stage, manager: string, vehicleId: string): Promise<Qr> => {
  const made = { method: 'POST', path: `/payments/admin/vehicle/${vehicleId}/qr` };
  const { upiId, qrCodeUrl } = await call<{ upiId: string; qrCodeUrl: string }>(made.method, made.path, manager);
  tell('Meera (MG)', `has a QR made for the vehicle: ${upiId}`);
  return { upiId, paymentPage: qrCodeUrl.replace(/\/qr\.svg$/, '') };
};

/** A passenger scans it and pays so many rupees. */
export const payQr = async ({ paymentPage }: Qr, amount: number): Promise<void> => {
  await fetch(paymentPage, { method: 'POST', body: new URLSearchParams({ amount: String(amount), mode: 'UPI' }) });
};

interface Cast {
  manager: string;
  om: string;
  driverId: string;
  shift: { id: string };
}

/** The cash of a shift is counted at the hub and its day reconciled, and the shift ends with that. */
export const settleDay = async ({ call, tell }: Stage, { manager, om, driverId, shift }: Cast): Promise<Day> => {
  const pending = `/payments/admin/collections?driverId=${driverId}`;
  const until = async <T>(read: () => Promise<T>, isDone: (found: T) => boolean): Promise<T> => {
    for (let tries = 0; tries < 100; tries += 1) {
      const found = await read();
      if (isDone(found)) return found;
      await sleep(100);
    }
    throw new Error('The day is not settled.');
  };
  const [day] = await until(
    () => call<Day[]>('GET', pending, manager),
    ([found]) => found !== undefined && found.qrCollectionAmount > 0,
  );
  const { id, shortId, qrCollectionAmount, cashCollectionAmount, totalCollection } = day!;
  tell('Meera (MG)', `sees ${shortId}: Rs ${qrCollectionAmount} by QR and Rs ${cashCollectionAmount} in cash`);
  const path = `/payments/admin/collection/${id}`;
  const counted = { attendanceId: shift.id, countedCash: cashCollectionAmount, reference: 'Bag 7' };
  await call('POST', `${path}/cash`, om, counted);
  tell('Om (OP)', `counts Rs ${cashCollectionAmount} at the hub`);
  const { netPayout } = await call<Day>('POST', `${path}/reconcile`, manager, { expectedRevenue: totalCollection });
  tell('Meera (MG)', `reconciles the day: Rs ${netPayout} of Rs ${totalCollection} are Dinesh's`);
  const read = () => call<{ cashStatus: string }>('GET', `/attendance/${shift.id}`, manager);
  const { cashStatus } = await until(read, (found) => found.cashStatus === 'RECONCILED');
  tell('Dinesh (DR)', `is done for the day: the cash of his shift is ${cashStatus}, and the shift ends`);
  return day!;
};
