import { proxyActivities } from '@temporalio/workflow';
import type { ReconciliationActivities } from '../activities/reconciliation.ts';
import { background } from './profiles.ts';

const { beginMissing } = proxyActivities<ReconciliationActivities>(background);

/** Once a minute: begins what a crash between commit and begin left without its workflow. Counts are its result. */
export async function reconciliationWorkflow(): Promise<{ trips: number; shifts: number; notifications: number }> {
  return beginMissing();
}
