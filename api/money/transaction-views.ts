import { z } from 'zod';
import type { Transaction } from '../../prisma/generated/client.ts';
import { Instant, Rupees } from '../http/shapes.ts';

export const transactionTypes = [
  'DEPOSIT',
  'RENTAL',
  'TRIP_PAYMENT',
  'INCENTIVE',
  'PENALTY',
  'DAILY_COLLECTION',
  'PAYOUT',
  'ORDER_PAYMENT',
  'REFUND',
] as const;
export const transactionStatuses = ['PENDING', 'SUCCESS', 'FAILED', 'REFUNDED'] as const;
const directions = ['CREDIT', 'DEBIT'] as const;
const methods = ['PG_CARD', 'PG_UPI', 'PG_NETBANKING', 'VIRTUAL_QR', 'CASH', 'BANK_TRANSFER'] as const;

const text = z.string().nullable();
const known = z.union([z.string(), z.number()]).optional();

export const TransactionView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: text,
  type: z.enum(transactionTypes),
  amount: Rupees,
  direction: z.enum(directions),
  status: z.enum(transactionStatuses),
  statusReason: text,
  paymentMethod: z.enum(methods),
  description: text,
  payoutId: text,
  rentalId: text,
  penaltyId: text,
  incentiveId: text,
  collectionId: text,
  paymentOrderId: text,
  easebuzzTxnId: text,
  easebuzzPaymentId: text,
  easebuzzStatus: text,
  refundedAmount: Rupees,
  gatewayFee: Rupees.nullable(),
  gatewayTax: Rupees.nullable(),
  paymentUrl: text,
  expiresAt: Instant.nullable(),
  metadata: z.object({
    ...{ utr: known, paymentMode: known, txnDate: known, virtualAccountId: known, rentalPlanId: known },
    ...{ validityDays: known, source: known, failureReason: known },
  }),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(TransactionView, { id: 'Transaction' });

const numberOf = (amount: bigint | null): number | null => (amount === null ? null : Number(amount));

/** A transaction as its driver and finance see it. The link is shown while it can be paid. */
export const transactionView = (row: Transaction): z.output<typeof TransactionView> => ({
  ...row,
  amount: Number(row.amountPaise),
  refundedAmount: Number(row.refundedPaise),
  gatewayFee: numberOf(row.gatewayFeePaise),
  gatewayTax: numberOf(row.gatewayTaxPaise),
  paymentUrl: row.status === 'PENDING' ? row.paymentUrl : null,
  metadata: row.metadata as z.output<typeof TransactionView>['metadata'],
});
