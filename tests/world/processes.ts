import { fileURLToPath } from 'node:url';
import { supervise } from '../../local/supervise.ts';

/** Starts one of our two processes; it is started again whenever it dies. */
export const startProcess = (name: 'api' | 'workers', env: NodeJS.ProcessEnv, logFile: string) =>
  supervise({
    ...{ name, env, logFile, command: process.execPath, onEvent: () => undefined },
    args: [fileURLToPath(new URL(`../../${name}/main.ts`, import.meta.url))],
  });
