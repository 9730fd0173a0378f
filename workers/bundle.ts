import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Logger } from '@temporalio/worker';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Named after all that goes into it: our sources, the versions of what they import, and how it is made. */
const pathOfBundle = (): string => {
  const sources = readdirSync(join(root, 'workflows'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('workflows', name))
    .sort();
  const hash = createHash('sha256');
  for (const name of [...sources, 'package-lock.json', 'workers/bundle.ts'])
    hash.update(name).update(readFileSync(join(root, name)));
  return join(root, 'node_modules/.cache/workflows', `${hash.digest('hex')}.js`);
};

/**
 * The workflows as one file, made once per state of their sources, so that a worker that died is back sooner. Made by a process
 * of its own, because a worker would keep the 150 MB that the bundler takes for a second.
 */
export const workflowBundle = async (): Promise<{ codePath: string }> => {
  const codePath = pathOfBundle();
  if (!existsSync(codePath)) await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url)]);
  return { codePath };
};

/** Executions share the modules, which keep nothing (tests/architecture): loading them anew is a third of beginning one. */
export const bundleOf = (workflowsPath: string, logger: Logger) =>
  bundleWorkflowCode({ workflowsPath, preloadModules: [workflowsPath], logger });

if (import.meta.main) {
  const codePath = pathOfBundle();
  const { code } = await bundleOf(join(root, 'workflows/index.ts'), new DefaultLogger('WARN'));
  mkdirSync(dirname(codePath), { recursive: true });
  writeFileSync(`${codePath}.${process.pid}`, code);
  renameSync(`${codePath}.${process.pid}`, codePath); // In one step: another worker may look for it now.
}
