import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The world runs beside jest, not inside it, so that its processes are what they are in production. */
export default async function start() {
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), { execArgv: [] });
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('The test world did not start.');
    }),
  ]);
  process.env['TEST_WORLD'] = JSON.stringify(message);
  globalThis.testWorld = child;
}
