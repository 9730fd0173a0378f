import { randomUUID } from 'node:crypto';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { post } from '../api.ts';
import type { Sent } from '../api.ts';
import { db } from '../database.ts';
import { aDriver } from '../factories.ts';
import { posted } from './books.ts';

interface Fleet {
  id: string;
  hubId: string;
}

/** Puts so many paise into the deposit of a driver. */
export const payDeposit = async (driverId: string, fleetId: string, amount: number): Promise<void> => {
  const of = { driverId, fleetId, occurredAt: new Date().toISOString() };
  if (amount > 0) await posted(depositPaid({ ...of, txnid: randomUUID(), amount: paise(amount) }));
};

/** A driver who rents, unless told otherwise, with so many paise of deposit. */
export const aPaying = async (fleet: Fleet, depositPaise = 0, paymentModel: 'RENTAL' | 'PAYOUT' | null = 'RENTAL') => {
  const driver = await aDriver(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel, email: 'dinesh@example.com' } });
  await payDeposit(driver.id, fleet.id, depositPaise);
  return driver;
};

/** Asks for a penalty; of 650.00 unless told otherwise. */
export const givePenalty = (driver: { id: string }, by: Sent, more: Record<string, unknown> = {}) =>
  post(
    '/payments/admin/penalty',
    { driverId: driver.id, type: 'MONETARY', amount: 650, reason: `Scratch ${randomUUID().slice(0, 8)}`, ...more },
    by,
  );

/** The id of a penalty that was given. */
export const aPenalty = async (
  driver: { id: string },
  by: Sent,
  more: Record<string, unknown> = {},
): Promise<string> => {
  const { status, body } = await givePenalty(driver, by, more);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data.id as string;
};

export const waivePenalty = (id: string, by: Sent) =>
  post(`/payments/admin/penalty/${id}/waive`, { waiverReason: 'First time' }, by);

export const penaltyRow = (id: string) => db.penalty.findUniqueOrThrow({ where: { id } });

/** The latest link of a penalty, whatever became of it. */
export const linkOf = (penaltyId: string) =>
  db.transaction.findFirstOrThrow({
    where: { penaltyId, easebuzzTxnId: { not: null } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });

/** The row of a MONETARY penalty whose postings a test makes itself: what was paid of it, in paise. */
export const aPenaltyRow = (
  of: { driverId: string; fleetId: string },
  parts: { id?: string; depositPaise?: number; linkPaidPaise?: number; outstandingPaise?: number },
) => {
  const { id = randomUUID(), depositPaise = 0, linkPaidPaise = 0, outstandingPaise = 0 } = parts;
  const amountPaise = depositPaise + linkPaidPaise + outstandingPaise;
  const status = outstandingPaise > 0 ? 'OUTSTANDING' : 'SETTLED';
  const said = { type: 'MONETARY', status, reason: 'Scratch', createdBy: randomUUID(), begunAt: new Date() } as const;
  return db.penalty.create({
    data: { id, ...of, ...said, amountPaise, depositPaise, linkPaidPaise, outstandingPaise },
  });
};
