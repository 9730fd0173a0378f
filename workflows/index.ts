// Every workflow, one export line each: the entry of the bundle.
export { shiftWorkflow } from './attendance.ts';
export { notificationWorkflow, otpWorkflow } from './notifications.ts';
export { purgeWorkflow, reconciliationWorkflow } from './reconciliation.ts';
export { tripWorkflow } from './trips.ts';
