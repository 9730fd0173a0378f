import { forkWorld } from './fork.ts';

/** One world for all test files that leave it whole. */
export default async function start() {
  const { world, stop } = await forkWorld();
  process.env['TEST_WORLD'] = JSON.stringify(world);
  globalThis.stopWorlds = stop;
}
