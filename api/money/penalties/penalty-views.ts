import { z } from 'zod';
import type { Penalty } from '../../../prisma/generated/client.ts';
import { penaltyTypes } from '../../../workflows/domain/money/penalties.ts';
import { Instant, Rupees } from '../../http/shapes.ts';

const text = z.string().nullable();
const moment = Instant.nullable();

export const PenaltyView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: z.string(),
  type: z.enum(penaltyTypes),
  status: z.enum(['OUTSTANDING', 'PARTLY_DEDUCTED', 'SETTLED', 'SCHEDULED', 'IN_FORCE', 'ENDED', 'WAIVED']),
  amount: Rupees,
  reason: z.string(),
  category: text,
  isPaid: z.boolean(),
  paidAt: moment,
  deductedFromDeposit: z.boolean(),
  depositDeductionAt: moment,
  depositDeductionAmount: Rupees,
  nettedAmount: Rupees,
  linkPaidAmount: Rupees,
  outstandingAmount: Rupees,
  suspensionStartDate: moment,
  suspensionEndDate: moment,
  depositSettledAt: moment,
  settlementWaitsFor: text,
  isActive: z.boolean(),
  isWaived: z.boolean(),
  waivedBy: text,
  waivedAt: moment,
  waiverReason: text,
  reviewedBy: text,
  reviewedAt: moment,
  reviewNotes: text,
  transactionId: text,
  createdBy: z.string(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(PenaltyView, { id: 'Penalty' });

export const penaltyView = (penalty: Penalty): z.output<typeof PenaltyView> => ({
  ...penalty,
  amount: Number(penalty.amountPaise),
  deductedFromDeposit: penalty.depositPaise > 0n,
  depositDeductionAmount: Number(penalty.depositPaise),
  nettedAmount: Number(penalty.nettedPaise),
  linkPaidAmount: Number(penalty.linkPaidPaise),
  outstandingAmount: Number(penalty.outstandingPaise),
});
