import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { World } from './world.ts';

/** Starts a world in a process of its own, so that its processes are what they are in production. */
export const forkWorld = async (...flags: '--durable'[]): Promise<{ world: World; stop: () => Promise<void> }> => {
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), flags, { execArgv: [] });
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
