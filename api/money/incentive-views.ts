import { z } from 'zod';
import type { Incentive } from '../../prisma/generated/client.ts';
import { incentiveStatuses } from '../../workflows/domain/money/incentives.ts';
import { Instant, Rupees } from '../http/shapes.ts';

export const IncentiveView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: z.string(),
  amount: Rupees,
  reason: z.string(),
  category: z.string().nullable(),
  status: z.enum(incentiveStatuses),
  isPaid: z.boolean(),
  paidAt: Instant.nullable(),
  transactionId: z.string().nullable(),
  collectionId: z.string().nullable(),
  payoutId: z.string().nullable(),
  createdBy: z.string(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(IncentiveView, { id: 'Incentive' });

/** An incentive is paid when its transfer has settled, not when it was asked for. */
export const incentiveView = (row: Incentive): z.output<typeof IncentiveView> => ({
  ...row,
  amount: Number(row.amountPaise),
  isPaid: row.status === 'PAID',
});

/** How often and how much: of all incentives of a driver but those that were cancelled. */
export const IncentiveSummary = z.object({
  totalIncentives: z.number(),
  paidIncentives: z.number(),
  unpaidIncentives: z.number(),
  totalAmount: Rupees,
  paidAmount: Rupees,
  unpaidAmount: Rupees,
  // As earlier versions of the app call the three amounts.
  totalEarned: Rupees,
  paid: Rupees,
  pending: Rupees,
});
