import { z } from 'zod';
import type { Db, Tx } from '../../prisma/client.ts';
import { periodOf } from '../../prisma/rentals.ts';
import { daysRemaining } from '../../workflows/domain/money/rental-periods.ts';
import { Instant, Rupees } from '../http/shapes.ts';

export const BalanceView = z.object({
  driverId: z.string(),
  currency: z.literal('INR'),
  depositBalance: Rupees,
  currentBalance: Rupees,
  pendingDues: Rupees,
  paymentModel: z.enum(['RENTAL', 'PAYOUT']).nullable(),
  hasActiveRental: z.boolean(),
  rental: z
    .object({
      id: z.string(),
      shortId: z.string(),
      planName: z.string(),
      startDate: Instant,
      expiryDate: Instant,
      daysRemaining: z.number(),
      isExpired: z.boolean(),
      amount: Rupees,
      vehicle: z.object({ id: z.string(), shortId: z.string(), number: z.string(), model: z.string() }).nullable(),
    })
    .nullable(),
});
z.globalRegistry.add(BalanceView, { id: 'Balance' });

interface BalanceRow {
  paymentModel: 'RENTAL' | 'PAYOUT' | null;
  deposit: number;
  due: number;
  payable: number;
}

/** What a driver has and owes, in paise. Source: ledger.md, Derived figures. */
export const balanceOf = async (db: Db, driverId: string): Promise<BalanceRow> => {
  const rows = await db.$queryRaw<BalanceRow[]>`
    SELECT d."paymentModel",
      coalesce((SELECT deposit_paise FROM driver_deposit_view WHERE id = d.id::text), 0)::float8 AS deposit,
      coalesce((SELECT debit_paise - credit_paise FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.code = 1070 AND a.owner_id = d.id::text), 0)::float8 AS due,
      coalesce((SELECT t.credit_paise - t.debit_paise FROM ledger_account a, ledger_total(a.id) t
        WHERE a.code = 2020 AND a.owner_id = d.id::text), 0)::float8 AS payable
    FROM drivers d WHERE d.id = ${driverId}::uuid`;
  return rows[0]!;
};

/** The period that a driver rents at present, with the vehicle of the roster. Source: rentals.md rules 3 and 15. */
export const rentalOf = async (db: Db, driverId: string) => {
  const now = new Date();
  const found = await db.rental.findFirst({
    where: {
      driverId,
      expiryDate: { gte: now },
      // A period that was bought ahead runs from its start on, also when nobody has ended the one before it yet.
      OR: [
        { status: 'ACTIVE' },
        { status: 'SCHEDULED', startDate: { lte: now }, driver: { rentals: { none: { status: 'PAUSED' } } } },
      ],
    },
    include: {
      driver: { select: { assignments: { where: { status: 'ACTIVE' }, include: { vehicle: true }, take: 1 } } },
    },
  });
  if (!found) return null;
  const { id, shortId, planName, startDate, expiryDate, validityDays, pricePaise, driver } = found;
  const days = daysRemaining(periodOf(found), now.getTime());
  const vehicle = driver.assignments[0]?.vehicle;
  return {
    ...{ id, shortId, planName, startDate, expiryDate, validityDays, amount: Number(pricePaise) },
    depositAmount: Number(found.depositPaise),
    ...{ daysRemaining: days, isExpired: days <= 0 },
    vehicle: vehicle
      ? { id: vehicle.id, shortId: vehicle.shortId, number: vehicle.vehicleNumber, model: vehicle.vehicleModel }
      : null,
  };
};

/** The deposit of a driver, in paise. */
export const depositOf = async (db: Db | Tx, driverId: string): Promise<number> => {
  const rows = await db.$queryRaw<{ paise: number }[]>`
    SELECT deposit_paise::float8 AS paise FROM driver_deposit_view WHERE id = ${driverId}`;
  return rows[0]?.paise ?? 0;
};
