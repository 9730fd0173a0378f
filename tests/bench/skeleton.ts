import { Client, Connection, WithStartWorkflowOperation, WorkflowIdConflictPolicy } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { commandCount } from './journey.ts';
import type { skeletonWorkflow } from './skeleton-workflow.ts';
import { step } from './skeleton-workflow.ts';
import { startProcess } from './system.ts';
import type { System } from './system.ts';

/** A worker that does nothing on the server of the system, and a client that asks it the way the API asks a trip. */
export const startSkeleton = async (system: System) => {
  const { temporalAddress } = system;
  const env = { ...process.env, TEMPORAL_ADDRESS: temporalAddress };
  const worker = await startProcess(system, 'skeleton', 'skeleton-worker.ts', env);
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });

  const optionsOf = (workflowId: string) => ({
    ...{ workflowId, taskQueue: 'skeleton', workflowTaskTimeout: '3s' as const },
    args: [commandCount] as [number],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
  const begin = async (): Promise<string> => {
    const workflowId = `skeleton:${randomUUID()}`;
    await client.workflow.start<typeof skeletonWorkflow>('skeletonWorkflow', optionsOf(workflowId));
    return workflowId;
  };
  const command = (workflowId: string): Promise<unknown> =>
    client.workflow.executeUpdateWithStart(step, {
      startWorkflowOperation: new WithStartWorkflowOperation<typeof skeletonWorkflow>(
        'skeletonWorkflow',
        optionsOf(workflowId),
      ),
      updateId: randomUUID(),
    });

  return {
    begin,
    command,
    /** One life, from its start to its end. */
    live: async (): Promise<void> => {
      const workflowId = await begin();
      for (let count = 0; count < commandCount; count += 1) await command(workflowId);
    },
    stop: async () => {
      await connection.close();
      await worker.stop();
    },
  };
};

export type Skeleton = Awaited<ReturnType<typeof startSkeleton>>;
