import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { World } from '../world.ts';

/** A world that outlives the death of its servers, and a worker more, as in production. */
type Flag = '--durable' | '--two-workers';

/** Starts a world in a process of its own, so that its processes are what they are in production. */
export const forkWorld = async (...flags: Flag[]): Promise<{ world: World; stop: () => Promise<void> }> => {
  const child = fork(fileURLToPath(new URL('../main.ts', import.meta.url)), flags, { execArgv: [] });
  const ended = once(child, 'exit');
  const started = once(child, 'message').then(([world]) => world as World);
  const world = await Promise.race([started, ended.then(() => Promise.reject(new Error('The world did not start.')))]);
  return {
    world,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
