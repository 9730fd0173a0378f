import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { bundleOf } from '../../workers/bundle.ts';
import { temporal } from '../world/temporal.ts';

/** The workflows of the whole run which a worker that knows only their history could not go on with. */
export const brokenHistories = async (): Promise<string[]> => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  const workflowBundle = await bundleOf(workflowsPath, logger);
  const broken: string[] = [];
  const histories = temporal.workflow.list().intoHistories();
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
    if (error) broken.push(`Nobody can take over ${workflowId}: ${error.message}`);
  return broken;
};
