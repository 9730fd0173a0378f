import { world } from './world.ts';
import type { Part } from './world.ts';

/** Sends a signal to a part of the world. A part that dies of it is started again at once. */
export const signal = async (part: Part, name: NodeJS.Signals): Promise<void> => {
  await fetch(`${world.control}/${part}/${name}`);
};

export const kill = (part: Part) => signal(part, 'SIGKILL');
