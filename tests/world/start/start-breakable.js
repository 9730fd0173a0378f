import { forkWorld } from './fork.ts';

/** A world per process of jest, for the test file that is breaking it; what was committed survives the death of its servers. */
export default async function start({ maxWorkers }) {
  const worlds = await Promise.all(Array.from({ length: maxWorkers }, () => forkWorld('--durable')));
  process.env['BREAKABLE_WORLDS'] = JSON.stringify(worlds.map(({ world }) => world));
  globalThis.stopBreakableWorlds = () => Promise.all(worlds.map(({ stop }) => stop()));
}
