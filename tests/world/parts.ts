import { until } from './until.ts';
import { world } from './world.ts';
import type { Part } from './world.ts';

/** Sends a signal to a part of the world. A part that dies of it is started again at once. */
export const signal = async (part: Part, name: NodeJS.Signals): Promise<void> => {
  await fetch(`${world.control}/${part}/${name}`);
};

export const kill = (part: Part) => signal(part, 'SIGKILL');

/** Until the API and what it needs to be well answer again. */
export const untilUp = () =>
  until(
    () =>
      fetch(`${world.api}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    'the API',
    60_000,
  );
