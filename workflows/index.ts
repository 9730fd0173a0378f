// Every workflow, one export line each: the entry of the bundle.
export { shiftWorkflow } from './shifts/attendance.ts';
export { dueWriteOffWorkflow } from './money/write-offs.ts';
export { gatewayEventWorkflow } from './money/gateway-events.ts';
export { ledgerCheckWorkflow, manualJournalWorkflow, monthCloseWorkflow, monthsDueWorkflow } from './money/ledger.ts';
export { collectionWorkflow } from './money/collections.ts';
export { creditWorkflow } from './money/credits.ts';
export { gatewayDaysWorkflow } from './money/gateway-days.ts';
export { orderWorkflow } from './money/orders.ts';
export { virtualAccountWorkflow } from './money/virtual-accounts.ts';
export { penaltyWorkflow } from './money/penalties.ts';
export { payInWorkflow } from './money/pay-ins.ts';
export { rentalIncomeWorkflow, rentalWorkflow } from './money/rentals.ts';
export { bulkPayoutWorkflow } from './money/bulk-payouts.ts';
export { payoutWorkflow } from './money/payouts.ts';
export { refundWorkflow } from './money/refunds.ts';
export { notificationWorkflow } from './messages/notifications.ts';
export { purgeWorkflow, reconciliationWorkflow } from './reconciliation.ts';
export { tripWorkflow } from './trips/trips.ts';
