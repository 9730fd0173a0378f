import { afterAll, beforeAll } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload, UpdateDefinition } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { refusalIn } from '../../workflows/domain/refusals.ts';
import type * as workflows from '../../workflows/index.ts';
import { startOptions } from '../../workflows/processes.ts';
import type { Process } from '../../workflows/processes.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';
import { workflowBundle } from '../../workers/bundle.ts';

const quiet = new DefaultLogger('ERROR');

/** The real workflows on a worker of this file, with a task queue of its own and the given activities. */
export const onTemporal = (activities: object) => {
  const taskQueue = `test-${randomUUID()}`;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    Runtime.install({ logger: quiet });
    const connection = await NativeConnection.connect({ address: world.temporalAddress });
    const options = { connection, taskQueue, activities, stickyQueueScheduleToStartTimeout: '1s' } as const;
    const worker = await Worker.create({ ...options, workflowBundle: await workflowBundle() });
    const ended = worker.run();
    stop = async () => {
      worker.shutdown();
      await ended;
      await connection.close();
    };
  });
  afterAll(() => stop());

  const optionsOf = (process: Process) => ({ ...startOptions(process), taskQueue });
  return {
    begin: <T extends keyof typeof workflows>(process: Process<T>) =>
      temporal.workflow.start<(typeof workflows)[T]>(process.type, optionsOf(process) as never),

    /** As the API does it: one call that starts what is missing. */
    beginWith: <R, I extends unknown[]>(process: Process, update: UpdateDefinition<R, I>, ...args: I) =>
      temporal.workflow.executeUpdateWithStart(update, {
        startWorkflowOperation: new WithStartWorkflowOperation(process.type, optionsOf(process) as never),
        args,
      }),
  };
};

/** The key of the refusal that a call ends with; anything else is thrown on, or reported as an unexpected success. */
export const refusedWith = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
  } catch (error) {
    const found = refusalIn(error);
    if (found) return found.key;
    throw error;
  }
  return 'no refusal';
};

export const statusOf = async (handle: WorkflowHandle): Promise<string> => (await handle.describe()).status.name;

export const eventsOf = async (handle: WorkflowHandle) => (await handle.fetchHistory()).events ?? [];

/** What the timers of a workflow were for. */
export const timersOf = async (handle: WorkflowHandle): Promise<string[]> =>
  (await eventsOf(handle))
    .filter((event) => event.timerStartedEventAttributes)
    .map(({ userMetadata }) => defaultPayloadConverter.fromPayload<string>(userMetadata!.summary as Payload));

/** Whether the history of a workflow leads its code to where it is: what a worker asks that takes it over. */
export const replays = async (handle: WorkflowHandle): Promise<boolean> => {
  const history = await handle.fetchHistory();
  const replayed = Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, handle.workflowId);
  return replayed.then(
    () => true,
    () => false,
  );
};

/** The card that the Temporal UI shows, once there is one. */
export const cardOf = (handle: WorkflowHandle): Promise<string> =>
  until(async () => {
    const shown = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return shown.currentDetails;
  }, 'the card');

/** A door that stays shut until it is opened, to hold an activity at a chosen place. */
export const gate = () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { open: () => resolve(undefined), opened: promise };
};
