import { z } from 'zod';
import type { Transaction } from '../../../prisma/generated/client.ts';
import { orderFacts, remainingOf } from '../../../workflows/domain/money/orders/orders.ts';
import { Instant, Rupees } from '../../http/shapes.ts';
import type { OrderRow } from './order-rows.ts';
import { TransactionView, transactionView } from '../transaction-views.ts';

const text = z.string().nullable();

export const orderStatuses = ['PENDING', 'PARTIAL', 'COMPLETED', 'FAILED'] as const;

const fields = {
  id: z.string(),
  shortId: z.string(),
  userId: z.string(),
  fleetId: text,
  customerName: z.string(),
  customerPhone: z.string(),
  customerEmail: text,
  description: text,
  totalAmount: Rupees,
  collectedAmount: Rupees,
  remainingAmount: Rupees,
  excessAmount: Rupees,
  refundedAmount: Rupees,
  allowPartial: z.boolean(),
  status: z.enum(orderStatuses),
  statusReason: z.enum(['EXPIRED', 'CANCELLED', 'GATEWAY_FAILURE']).nullable(),
  expiresAt: Instant,
  virtualAccountId: text,
  virtualAccountNumber: text,
  ifscCode: text,
  upiId: text,
  qrCodeBase64: text,
  qrCodeUrl: text,
  paymentLink: text,
  uniqueRequestNumber: z.string(),
  createdAt: Instant,
  updatedAt: Instant,
};

export const OrderView = z.object(fields);
z.globalRegistry.add(OrderView, { id: 'PaymentOrder' });

/** An order as staff sees it. Source: payments.md, PaymentOrder. */
export const orderView = ({ account, ...row }: OrderRow): z.output<typeof OrderView> => ({
  ...row,
  totalAmount: Number(row.totalPaise),
  collectedAmount: Number(row.collectedPaise),
  remainingAmount: remainingOf(orderFacts(row)),
  excessAmount: Number(row.excessPaise),
  refundedAmount: Number(row.refundedPaise),
  virtualAccountId: account!.gatewayId,
  virtualAccountNumber: account!.accountNumber,
  ifscCode: account!.ifscCode,
  upiId: account!.upiId,
  qrCodeBase64: account!.qrCodeBase64,
  qrCodeUrl: account!.qrCodeUrl,
  paymentLink: account!.paymentLink,
  uniqueRequestNumber: account!.number,
});

export const OrderDetail = z.object({
  ...fields,
  transactions: z.array(TransactionView.extend({ date: Instant })),
});
z.globalRegistry.add(OrderDetail, { id: 'PaymentOrderDetail' });

export const orderDetail = (row: OrderRow, transactions: Transaction[]): z.output<typeof OrderDetail> => ({
  ...orderView(row),
  transactions: transactions.map((transaction) => ({ ...transactionView(transaction), date: transaction.createdAt })),
});
