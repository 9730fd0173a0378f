import { allHandlersFinished, condition, defineUpdate, proxyLocalActivities, setHandler } from '@temporalio/workflow';

const { nothing } = proxyLocalActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '2s' });

export const step = defineUpdate('step');

/** The least that could be called a trip: as many updates and local activities, which do nothing. */
export async function skeletonWorkflow(steps: number): Promise<void> {
  let done = 0;
  setHandler(step, async () => {
    await nothing();
    done += 1;
  });
  await nothing();
  await condition(() => done === steps && allHandlersFinished());
}
