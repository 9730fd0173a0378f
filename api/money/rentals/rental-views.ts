import { z } from 'zod';
import type { Db } from '../../../prisma/client.ts';
import type { Rental, RentalPlan } from '../../../prisma/generated/client.ts';
import { periodOf } from '../../../prisma/rentals.ts';
import { daysRemaining } from '../../../workflows/domain/money/rental-periods.ts';
import { Instant, Rupees } from '../../http/shapes.ts';

const text = z.string().nullable();

export const PlanView = z.object({
  id: z.string(),
  shortId: z.string(),
  fleetId: z.string(),
  name: z.string(),
  rentalAmount: Rupees,
  depositAmount: Rupees,
  validityDays: z.number(),
  isActive: z.boolean(),
  description: text,
  version: z.number(),
  createdBy: z.string(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(PlanView, { id: 'RentalPlan' });

export const planView = (plan: RentalPlan): z.output<typeof PlanView> => ({
  ...plan,
  rentalAmount: Number(plan.pricePaise),
  depositAmount: Number(plan.depositPaise),
});

export const rentalStatuses = ['SCHEDULED', 'ACTIVE', 'PAUSED', 'EXPIRED', 'CANCELLED'] as const;

export const RentalView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: z.string(),
  fleetId: z.string(),
  rentalPlanId: z.string(),
  transactionId: z.string(),
  planName: z.string(),
  rentalAmount: Rupees,
  depositAmount: Rupees,
  validityDays: z.number(),
  startDate: Instant,
  expiryDate: Instant,
  daysRemaining: z.number(),
  isActive: z.boolean(),
  /** As clients know it; `detailStatus` says more. */
  status: z.enum(['ACTIVE', 'EXPIRED', 'INACTIVE']),
  detailStatus: z.enum(rentalStatuses),
  pausedAt: Instant.nullable(),
  cancelledAt: Instant.nullable(),
  cancelReason: text,
  refundAmount: Rupees,
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(RentalView, { id: 'Rental' });

const clientStatus = ({ status, expiryDate }: Rental, nowMs: number): 'ACTIVE' | 'EXPIRED' | 'INACTIVE' => {
  const isPast = expiryDate.getTime() <= nowMs && status !== 'PAUSED' && status !== 'SCHEDULED';
  if (isPast) return 'EXPIRED';
  return status === 'ACTIVE' ? 'ACTIVE' : 'INACTIVE';
};

/** A period as drivers and staff see it. Source: rentals.md, GET /payments/rental/history. */
export const rentalView = (rental: Rental, nowMs: number = Date.now()): z.output<typeof RentalView> => ({
  ...rental,
  rentalAmount: Number(rental.pricePaise),
  depositAmount: Number(rental.depositPaise),
  refundAmount: Number(rental.refundPaise),
  daysRemaining: rental.status === 'CANCELLED' ? 0 : daysRemaining(periodOf(rental), nowMs),
  isActive: rental.status === 'ACTIVE',
  status: clientStatus(rental, nowMs),
  detailStatus: rental.status,
});

const historyMax = 1_000;

/** The periods of a driver, newest first. */
export const historyOf = async (db: Db, driverId: string) => {
  const rows = await db.rental.findMany({
    where: { driverId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: historyMax,
  });
  return rows.map((row) => rentalView(row));
};
