import { randomUUID } from 'node:crypto';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { post } from '../api.ts';
import type { Sent } from '../api.ts';
import { db } from '../database.ts';
import { aPaying } from './penalties.ts';

interface Fleet {
  id: string;
  hubId: string;
  manager: Sent;
}

/** A plan of 3499.00 for 14 days, unless told otherwise. */
export const aPlan = async (fleet: Fleet, more: Record<string, unknown> = {}): Promise<string> => {
  const plan = { rentalAmount: 3499, depositAmount: 0, validityDays: 14, ...more };
  const name = `Weekly ${randomUUID().slice(0, 8)}`;
  const { status, body } = await post('/payments/admin/rental-plans', { name, ...plan }, fleet.manager);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data.id as string;
};

export const buy = (driver: { token: string }, rentalPlanId: string) =>
  post('/payments/rental', { rentalPlanId }, driver);

/** A period that was paid into the bank. */
export const grant = (fleet: Fleet, driverId: string, rentalPlanId: string, more: object = {}) =>
  post(
    '/payments/admin/rentals/grant',
    {
      ...{ driverId, rentalPlanId, reason: 'Paid at the counter', paymentReference: randomUUID().slice(0, 30) },
      ...{ method: 'BANK_TRANSFER', ...more },
    },
    fleet.manager,
  );

/** A driver who rents, with the id of the period that runs. */
export const aRenter = async (fleet: Fleet, more: Record<string, unknown> = {}) => {
  const driver = await aPaying(fleet, 0, null);
  const planId = await aPlan(fleet, more);
  const { status, body } = await grant(fleet, driver.id, planId);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return { driver, planId, rentalId: body.data.id as string };
};

export const rentalRow = (id: string) => db.rental.findUniqueOrThrow({ where: { id } });

export const rentalsOf = (driverId: string) =>
  db.rental.findMany({ where: { driverId }, orderBy: [{ startDate: 'asc' }, { createdAt: 'asc' }] });

/** As if so many milliseconds had passed for the periods of a driver, paused ones too. */
export const letPass = async (driverId: string, passedMs: number): Promise<void> => {
  for (const { id, startDate, expiryDate, pausedAt } of await rentalsOf(driverId)) {
    const earlier = (at: Date) => new Date(at.getTime() - passedMs);
    const data: Prisma.RentalUpdateInput = { startDate: earlier(startDate), expiryDate: earlier(expiryDate) };
    await db.rental.update({ where: { id }, data: pausedAt ? { ...data, pausedAt: earlier(pausedAt) } : data });
  }
  await db.rentalSubscription.updateMany({ where: { id: driverId }, data: { version: { increment: 1 } } });
};
