import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { commandOptions, startOptions } from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';

/** A workflow that cannot answer must not keep the others from hearing their news. */
const tellDeadlineMs = 4_000;

/** Tells a record something, beginning its workflow if it is missing. Heard once per `updateId`; over is as good as told. */
export const tell = async (
  client: Client,
  process: Process,
  news: { update: string; input: unknown; updateId: string },
): Promise<void> => {
  const { workflowId, ...options } = commandOptions(process);
  try {
    await client.withDeadline(Date.now() + tellDeadlineMs, () =>
      client.workflow.executeUpdateWithStart(news.update, {
        startWorkflowOperation: new WithStartWorkflowOperation(process.type, { workflowId, ...options }),
        args: [news.input],
        updateId: news.updateId,
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
};

/** Lets a record know that there is news of it, beginning its workflow if it is missing. Its rows say what the news are. */
export const wake = async (client: Client, process: Process, signal: string): Promise<void> => {
  const { workflowId, ...options } = commandOptions(process);
  await client.workflow.signalWithStart(process.type, { workflowId, ...options, signal });
};

/** Begins a workflow unless it runs or has already ended: both are what was wanted. */
export const begin = async (client: Client, process: Process): Promise<void> => {
  try {
    await client.workflow.start(process.type, startOptions(process));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
};
