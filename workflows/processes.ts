import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import type { ShiftFacts } from './domain/shifts/attendance.ts';
import { collectionRecord } from './domain/money/collections/collection-record.ts';
import type { CollectionFacts } from './domain/money/collections/collections.ts';
import { creditLabels } from './domain/money/collections/credits.ts';
import type { CreditFacts } from './domain/money/collections/credits.ts';
import { virtualAccountLabels } from './domain/money/collections/virtual-accounts.ts';
import type { VirtualAccountFacts } from './domain/money/collections/virtual-accounts.ts';
import type { Month } from './domain/money/ledger.ts';
import { orderRecord } from './domain/money/orders/order-record.ts';
import type { OrderFacts } from './domain/money/orders/orders.ts';
import { payInLabels } from './domain/money/pay-ins.ts';
import type { PayInFacts } from './domain/money/pay-ins.ts';
import { penaltyRecord } from './domain/money/penalty-record.ts';
import type { PenaltyFacts } from './domain/money/penalties.ts';
import { rentalRecord } from './domain/money/rental-record.ts';
import type { SubscriptionFacts } from './domain/money/rentals.ts';
import { batchLabels } from './domain/money/payouts/bulk-payouts.ts';
import type { BatchFacts } from './domain/money/payouts/bulk-payouts.ts';
import { payoutLabels } from './domain/money/payouts/payouts.ts';
import type { PayoutFacts } from './domain/money/payouts/payouts.ts';
import { refundLabels } from './domain/money/refunds.ts';
import type { RefundFacts } from './domain/money/refunds.ts';
import type { Labels } from './domain/records.ts';
import { shiftRecord } from './domain/shifts/shift-record.ts';
import { tripRecord } from './domain/trips/trip-record.ts';
import type { TripFacts } from './domain/trips/trips.ts';
import type * as workflows from './index.ts';
import { momentText } from './shared/card.ts';
import { attributes, pairs } from './shared/search-attributes.ts';
import { coreQueue } from './shared/task-queues.ts';

type WorkflowType = keyof typeof workflows;

/** What it takes to begin a workflow, again if need be, from the facts of its row. */
export interface Process<T extends WorkflowType = WorkflowType> {
  type: T;
  workflowId: string;
  args: Parameters<(typeof workflows)[T]>;
  /** One line for the list of the Temporal UI; nothing personal. */
  summary: string;
  labels: Labels | null;
  /** A record's row decides whether it is over; what has no such row is done once it has completed. */
  isRecord: boolean;
}

export const tripProcess = (trip: TripFacts): Process<'tripWorkflow'> => ({
  type: 'tripWorkflow',
  workflowId: `trip:${trip.tripId}`,
  args: [trip],
  summary: `${trip.shortId} · ${trip.tripType} · pickup ${momentText(trip.pickupTime)}`,
  labels: tripRecord.labels(trip),
  isRecord: true,
});

export const shiftId = (attendanceId: string): string => `shift:${attendanceId}`;

export const shiftProcess = (shift: ShiftFacts): Process<'shiftWorkflow'> => ({
  type: 'shiftWorkflow',
  workflowId: shiftId(shift.attendanceId),
  args: [shift],
  summary: `${shift.shortId} · shift since ${momentText(shift.checkInTime)}`,
  labels: shiftRecord.labels(shift),
  isRecord: true,
});

export const notificationProcess = (notificationId: string): Process<'notificationWorkflow'> => ({
  type: 'notificationWorkflow',
  workflowId: `notification:${notificationId}`,
  args: [notificationId],
  summary: 'SMS to the passenger of a trip',
  labels: null,
  isRecord: false,
});

export const payInProcess = (payIn: PayInFacts): Process<'payInWorkflow'> => ({
  type: 'payInWorkflow',
  workflowId: `pay-in:${payIn.transactionId}`,
  args: [payIn],
  summary: `${payIn.shortId} · ${payIn.type}`,
  labels: payInLabels(payIn),
  isRecord: true,
});

export const penaltyProcess = (penalty: PenaltyFacts): Process<'penaltyWorkflow'> => ({
  type: 'penaltyWorkflow',
  workflowId: `penalty:${penalty.penaltyId}`,
  args: [penalty],
  summary: `${penalty.shortId} · ${penalty.type}`,
  labels: penaltyRecord.labels(penalty),
  isRecord: true,
});

export const rentalProcess = (subscription: SubscriptionFacts): Process<'rentalWorkflow'> => ({
  type: 'rentalWorkflow',
  workflowId: `rental:${subscription.subscriptionId}`,
  args: [subscription],
  summary: `${subscription.shortId} · rental`,
  labels: rentalRecord.labels(subscription),
  isRecord: true,
});

export const refundProcess = (refund: RefundFacts): Process<'refundWorkflow'> => ({
  type: 'refundWorkflow',
  workflowId: `refund:${refund.refundId}`,
  args: [refund],
  summary: `${refund.shortId} · refund at the gateway`,
  labels: refundLabels(refund),
  isRecord: true,
});

export const virtualAccountProcess = (account: VirtualAccountFacts): Process<'virtualAccountWorkflow'> => ({
  type: 'virtualAccountWorkflow',
  workflowId: `account:${account.id}`,
  args: [account],
  summary: `${account.shortId} · account at the gateway`,
  labels: virtualAccountLabels(account),
  isRecord: true,
});

export const creditProcess = (credit: CreditFacts): Process<'creditWorkflow'> => ({
  type: 'creditWorkflow',
  workflowId: `credit:${credit.id}`,
  args: [credit],
  summary: `${credit.creditId} · credit to an account`,
  labels: creditLabels(credit),
  isRecord: true,
});

export const collectionProcess = (collection: CollectionFacts): Process<'collectionWorkflow'> => ({
  type: 'collectionWorkflow',
  workflowId: `collection:${collection.collectionId}`,
  args: [collection],
  summary: `${collection.shortId} · collection of ${collection.date}`,
  labels: collectionRecord.labels(collection),
  isRecord: true,
});

export const orderProcess = (order: OrderFacts): Process<'orderWorkflow'> => ({
  type: 'orderWorkflow',
  workflowId: `order:${order.orderId}`,
  args: [order],
  summary: `${order.shortId} · order of a customer`,
  labels: orderRecord.labels(order),
  isRecord: true,
});

export const bulkPayoutProcess = (batch: BatchFacts): Process<'bulkPayoutWorkflow'> => ({
  type: 'bulkPayoutWorkflow',
  workflowId: `bulk-payout:${batch.batchId}`,
  args: [batch],
  summary: `${batch.shortId} · a file of payouts`,
  labels: batchLabels(batch),
  isRecord: true,
});

export const payoutProcess = (payout: PayoutFacts): Process<'payoutWorkflow'> => ({
  type: 'payoutWorkflow',
  workflowId: `payout:${payout.payoutId}`,
  args: [payout],
  summary: `${payout.shortId} · payout`,
  labels: payoutLabels(payout),
  isRecord: true,
});

/** One for all who ask at the same time. */
export const walletProcess = (): Process<'walletWorkflow'> => ({
  type: 'walletWorkflow',
  workflowId: 'wallet',
  args: [],
  summary: 'The balance of our wallet at the gateway',
  labels: null,
  isRecord: true,
});

export const manualJournalProcess = (manualJournalId: string): Process<'manualJournalWorkflow'> => ({
  type: 'manualJournalWorkflow',
  workflowId: `manual-journal:${manualJournalId}`,
  args: [manualJournalId],
  summary: 'A journal written by hand, waits for a second person',
  labels: null,
  isRecord: false,
});

export const dueWriteOffProcess = (writeOffId: string): Process<'dueWriteOffWorkflow'> => ({
  type: 'dueWriteOffWorkflow',
  workflowId: `due-write-off:${writeOffId}`,
  args: [writeOffId],
  summary: 'A due to be written off, waits for a second person',
  labels: null,
  isRecord: false,
});

/** One per decision: an event whose refund has failed waits for another one. */
export const gatewayEventProcess = (gatewayEventId: string, refunds: number): Process<'gatewayEventWorkflow'> => ({
  type: 'gatewayEventWorkflow',
  workflowId: `gateway-event:${gatewayEventId}${refunds > 0 ? `:${refunds}` : ''}`,
  args: [gatewayEventId],
  summary: 'An event of the gateway, waits for finance',
  labels: null,
  isRecord: false,
});

export const monthCloseProcess = (month: Month): Process<'monthCloseWorkflow'> => ({
  type: 'monthCloseWorkflow',
  workflowId: `month-close:${month}`,
  args: [month],
  summary: `The books of ${month} are closed`,
  labels: null,
  isRecord: true,
});

/** Names the news that a driver is lost to a shift or an assignment, so that it is heard once however often it is told. */
export const driverLostId = (recordId: string): string => `driverLost:${recordId}`;

/** Names the news that the periods of a driver changed beside their process. */
export const periodsChangedId = ({ subscriptionId, version }: SubscriptionFacts): string =>
  `look:${subscriptionId}:${version}`;

/** Names the news that a record changed beside its process. */
export const changedId = (recordId: string, version: number): string => `look:${recordId}:${version}`;

/** How the shifts of a collection hear whether their cash is settled; the news has a name, so that it is heard once. */
export const cashNews = ({
  id,
  reconciliations,
  isSettled,
}: {
  id: string;
  reconciliations: number;
  isSettled: boolean;
}) => {
  const updateId = `cash:${id}:${reconciliations}:${isSettled}`;
  const update = isSettled ? 'recordCashReconciled' : 'recordCashReopened';
  return { update, updateId, input: { reconciliationId: updateId } };
};

/** Names the news that the driver of a shift has a vehicle by now. */
export const vehicleGivenId = (assignmentId: string): string => `vehicleGiven:${assignmentId}`;

const present = (attribute: SearchAttributeUpdatePair): attribute is SearchAttributePair => attribute.value !== null;

const requestIdOf = (requestId?: string): SearchAttributeUpdatePair => ({
  key: attributes.RequestId,
  value: requestId ?? null,
});

/**
 * Options that a command carries for the case that its workflow is missing: the workflow of a record may always be started again, and
 * ends at once when its row is over. What a dying worker held is taken over after three seconds. Without labels: the server would check those of every command, and a record that
 * was begun without puts them on by itself.
 */
export const commandOptions = <T extends WorkflowType>(process: Process<T>, requestId?: string) => ({
  workflowId: process.workflowId,
  args: process.args,
  taskQueue: coreQueue,
  workflowTaskTimeout: '3s' as const,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  workflowIdReusePolicy: process.isRecord
    ? WorkflowIdReusePolicy.ALLOW_DUPLICATE
    : WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
  staticSummary: process.summary,
  typedSearchAttributes: [requestIdOf(requestId)].filter(present),
});

/** Options with which a workflow is begun. */
export const startOptions = <T extends WorkflowType>(process: Process<T>, requestId?: string) => ({
  ...commandOptions(process, requestId),
  typedSearchAttributes: [...(process.labels ? pairs(process.labels) : []), requestIdOf(requestId)].filter(present),
});
