import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { startOptions } from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';

/** Begins a workflow unless it runs or has already ended: both are what was wanted. */
export const begin = async (client: Client, process: Process): Promise<void> => {
  try {
    await client.workflow.start(process.type, startOptions(process));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
};
