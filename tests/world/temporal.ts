import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { atEnd } from './at-end.ts';
import { until } from './until.ts';
import { world } from './world.ts';

let isClosing = false;
const usual = defaultGrpcRetryOptions();

/** A call that ends because its file does is not made again: on a closed connection that would fail the next file. */
const retries = makeGrpcRetryInterceptor({
  ...usual,
  retryableDecider: (attempt, status) => !isClosing && usual.retryableDecider(attempt, status),
});
const connection = Connection.lazy({ address: world.temporalAddress, interceptors: [retries] });

/** The Temporal server of the run. */
export const temporal = new Client({ connection });

atEnd(() => {
  isClosing = true;
  return connection.close();
});

/** Deletes a workflow with its history, as if Temporal had lost it. */
export const deleteWorkflow = async (workflowId: string): Promise<void> => {
  await temporal.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId } });
  const isGone = () =>
    temporal.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => false,
        () => true,
      );
  await until(isGone, 'the history to be gone');
};
