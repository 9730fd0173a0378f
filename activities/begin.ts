import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { commandOptions, startOptions } from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';

/** A workflow that cannot answer must not keep the others from hearing their news. */
const tellDeadlineMs = 4_000;

/** Tells a record something, beginning its workflow if it is missing. Heard once per `updateId`; one that is over lets it pass. */
export const tell = async (
  client: Client,
  process: Process,
  news: { update: string; input: unknown; updateId: string },
): Promise<void> => {
  const { workflowId, ...options } = commandOptions(process);
  await client.withDeadline(Date.now() + tellDeadlineMs, () =>
    client.workflow.executeUpdateWithStart(news.update, {
      startWorkflowOperation: new WithStartWorkflowOperation(process.type, { workflowId, ...options }),
      args: [news.input],
      updateId: news.updateId,
    }),
  );
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

const atOnce = 20;

/** Does work for each, some at once, so that one that does not answer does not keep the others waiting. Returns how many failed. */
export const failuresOf = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<number> => {
  let failed = 0;
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      // The next tick sees it again.
      await work(item).catch(() => {
        failed += 1;
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return failed;
};
