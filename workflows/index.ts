// Every workflow, one export line each: the entry of the bundle.
export { shiftWorkflow } from './shifts/attendance.ts';
export { notificationWorkflow, otpWorkflow } from './messages/notifications.ts';
export { ledgerCheckWorkflow, manualJournalWorkflow, monthCloseWorkflow, monthsDueWorkflow } from './money/ledger.ts';
export { purgeWorkflow, reconciliationWorkflow } from './reconciliation.ts';
export { tripWorkflow } from './trips/trips.ts';
