import { proxyActivities } from '@temporalio/workflow';
import type { ReconciliationActivities } from '../activities/reconciliation.ts';
import { sweep } from './shared/profiles.ts';

const { beginMissing, tellDriversLost, tellVehiclesGiven, purgeExpired } =
  proxyActivities<ReconciliationActivities>(sweep);

/**
 * Once a minute: begins what a crash between commit and begin left without its workflow, and tells again what a crash between
 * commit and tell may have left unsaid. Its result are the counts.
 */
export async function reconciliationWorkflow() {
  return { begun: await beginMissing(), lost: await tellDriversLost(), given: await tellVehiclesGiven() };
}

/** Once a night: forgets what has outlived its use. Its result are the counts. */
export async function purgeWorkflow() {
  return purgeExpired();
}
