import { once } from 'node:events';

export default async function stop() {
  const child = globalThis.testWorld;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
