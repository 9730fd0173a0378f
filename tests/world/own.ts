import { afterAll } from '@jest/globals';
import { forkWorld } from './fork.ts';

/** A world for one test file that breaks it; like in production, what was committed survives the death of its servers. */
const { world, stop } = await forkWorld('--durable');
process.env['TEST_WORLD'] = JSON.stringify(world);
afterAll(stop);
