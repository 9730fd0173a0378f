import { proxyActivities } from '@temporalio/workflow';
import type { ReconciliationActivities } from '../activities/reconciliation.ts';
import { sweep } from './shared/profiles.ts';

const { beginMissing, tellDriversLost, tellVehiclesGiven, restartLost, purgeExpired } =
  proxyActivities<ReconciliationActivities>(sweep);

/**
 * Once a minute: begins what a crash between commit and begin left without its workflow, and tells again what a crash between
 * commit and tell may have left unsaid; then starts again what lost its workflow. Its result are the counts.
 */
export async function reconciliationWorkflow() {
  const begun = await beginMissing();
  const lost = await tellDriversLost();
  const given = await tellVehiclesGiven();
  return { begun, lost, given, restarted: await restartLost() };
}

/** Once a night: forgets what has outlived its use. Its result are the counts. */
export async function purgeWorkflow() {
  return purgeExpired();
}
