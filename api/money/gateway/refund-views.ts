import { z } from 'zod';
import type { Refund } from '../../../prisma/generated/client.ts';
import { Instant, Rupees } from '../../http/shapes.ts';

export const refundStatuses = ['REQUESTED', 'UNKNOWN', 'ACCEPTED', 'SETTLED', 'FAILED'] as const;

const text = z.string().nullable();

export const RefundView = z.object({
  id: z.string(),
  shortId: z.string(),
  transactionId: text,
  gatewayEventId: text,
  driverId: text,
  fleetId: text,
  amount: Rupees,
  reason: z.string(),
  status: z.enum(refundStatuses),
  failureReason: text,
  number: z.string(),
  createdBy: z.string(),
  createdAt: Instant,
  endedAt: Instant.nullable(),
});
z.globalRegistry.add(RefundView, { id: 'Refund' });

export const refundView = (row: Refund) => ({ ...row, amount: Number(row.amountPaise) });
