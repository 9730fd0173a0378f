import { allHandlersFinished, condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { InspectionActivities } from '../../activities/fleet/inspections.ts';
import type { Actor } from '../domain/commands.ts';
import { requirePassable } from '../domain/fleet/inspections.ts';
import type { InspectionFacts } from '../domain/fleet/inspections.ts';
import { ms } from '../domain/time.ts';

interface Pass {
  by: Actor;
}

export const passInspection = defineUpdate<InspectionFacts, [Pass]>('passInspection');

const { recordPassed, recordMissed } = proxyActivities<InspectionActivities>({ startToCloseTimeout: '10s' });

/** One execution per inspection, until the vehicle passes or the inspection is due. */
export async function inspectionWorkflow(ordered: InspectionFacts): Promise<void> {
  let inspection = ordered;
  const { inspectionId, dueAt } = ordered;
  const pass = async ({ by }: Pass): Promise<InspectionFacts> => {
    inspection = await recordPassed({ inspectionId, by });
    return inspection;
  };
  const validator = (_pass: Pass) => requirePassable(inspection, Date.now());
  setHandler(passInspection, pass, { validator });
  const isPassed = await condition(() => inspection.status !== 'ORDERED', ms(dueAt) - Date.now());
  if (!isPassed) inspection = await recordMissed(inspectionId);
  await condition(allHandlersFinished);
}
