import { z } from 'zod';
import type { Payout, Prisma } from '../../../prisma/generated/client.ts';
import {
  decidedOutcomes,
  decisionStatuses,
  payoutHolds,
  payoutKinds,
  payoutStatuses,
  transferModes,
  wireStatus,
} from '../../../workflows/domain/money/payouts/payouts.ts';
import { Instant, Rupees } from '../../http/shapes.ts';

const text = z.string().nullable();
const wireStatuses = ['PENDING', 'SUCCESS', 'FAILED'] as const;

export const PayoutView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: text,
  fleetId: text,
  orderId: text,
  kind: z.enum(payoutKinds),
  sourceId: text,
  amount: Rupees,
  mode: z.enum(transferModes),
  accountName: z.string(),
  accountNumber: z.string(),
  ifscCode: text,
  status: z.enum(wireStatuses),
  detailStatus: z.enum(payoutStatuses),
  heldFor: z.array(z.enum(payoutHolds)),
  uniqueRequestNumber: z.string(),
  attempt: z.number(),
  gatewayTransferId: text,
  gatewayStatus: text,
  utr: text,
  serviceCharge: Rupees.nullable(),
  gst: Rupees.nullable(),
  failureReason: text,
  queuedOnLowBalance: z.boolean(),
  description: z.string(),
  reason: text,
  requestedBy: z.string(),
  approvedBy: text,
  requestedAt: Instant,
  approvedAt: Instant.nullable(),
  releasableAt: Instant.nullable(),
  settledAt: Instant.nullable(),
  transactionId: z.string(),
});
z.globalRegistry.add(PayoutView, { id: 'Payout' });

const numberOf = (amount: bigint | null): number | null => (amount === null ? null : Number(amount));

export const payoutView = (row: Payout): z.output<typeof PayoutView> => ({
  ...row,
  amount: Number(row.amountPaise),
  accountNumber: row.maskedAccountNumber,
  status: wireStatus(row),
  detailStatus: row.status,
  uniqueRequestNumber: row.number,
  serviceCharge: numberOf(row.feePaise),
  gst: numberOf(row.taxPaise),
  requestedAt: row.createdAt,
  transactionId: row.id,
});

const AllocationView = z.object({
  attempt: z.number(),
  kind: z.string(),
  source: z.string(),
  amount: Rupees,
  undoneAt: Instant.nullable(),
});

const JournalView = z.object({ id: z.string(), eventType: z.string(), eventKey: z.string(), postedAt: Instant });
const EventView = z.object({ id: z.string(), status: text, state: z.string(), error: text, receivedAt: Instant });

/** What somebody says became of a payout. */
export const DecisionView = z.object({
  id: z.string(),
  payoutId: z.string(),
  attempt: z.number(),
  outcome: z.enum(decidedOutcomes),
  utr: text,
  evidence: z.string(),
  status: z.enum(decisionStatuses),
  createdBy: z.string(),
  createdAt: Instant,
  approvedBy: text,
  approvedAt: Instant.nullable(),
});
z.globalRegistry.add(DecisionView, { id: 'PayoutDecision' });

/** A payout with all that it consists of. */
export const PayoutDetail = PayoutView.extend({
  allocations: z.array(AllocationView),
  decisions: z.array(DecisionView),
  journals: z.array(JournalView),
  events: z.array(EventView),
});
z.globalRegistry.add(PayoutDetail, { id: 'PayoutDetail' });

export const withAllocations = {
  allocations: { orderBy: { id: 'asc' } },
  decisions: { orderBy: { createdAt: 'asc' } },
} satisfies Prisma.PayoutInclude;

type WithAllocations = Prisma.PayoutGetPayload<{ include: typeof withAllocations }>;

interface Around {
  journals: { id: bigint; eventType: string; eventKey: string; postedAt: Date }[];
  events: { id: string; fields: Prisma.JsonValue; state: string; error: string | null; receivedAt: Date }[];
}

export const payoutDetail = (row: WithAllocations, { journals, events }: Around): z.output<typeof PayoutDetail> => ({
  ...payoutView(row),
  allocations: row.allocations.map(({ attempt, itemKind: kind, itemSource: source, amountPaise, undoneAt }) => ({
    ...{ attempt, kind, source, amount: Number(amountPaise), undoneAt },
  })),
  decisions: row.decisions,
  journals: journals.map((journal) => ({ ...journal, id: String(journal.id) })),
  events: events.map(({ fields, ...event }) => ({
    ...event,
    status: (fields as { status?: string }).status ?? null,
  })),
});

/** What a client gets that asked for a payout. */
export const PayoutMade = z.object({
  success: z.boolean(),
  txnId: z.string(),
  status: z.enum(wireStatuses),
  detailStatus: z.enum(payoutStatuses),
  utr: text,
  amount: Rupees,
  payoutId: z.string(),
  heldFor: z.array(z.enum(payoutHolds)),
});
z.globalRegistry.add(PayoutMade, { id: 'PayoutMade' });

export const payoutMade = (row: Payout): z.output<typeof PayoutMade> => ({
  success: wireStatus(row) !== 'FAILED',
  txnId: row.number,
  status: wireStatus(row),
  detailStatus: row.status,
  utr: row.utr,
  amount: Number(row.amountPaise),
  payoutId: row.id,
  heldFor: row.heldFor,
});
