import { forkWorld } from '../world/start/fork.ts';

const { world } = await forkWorld('--durable', '--two-workers'); // It ends with this process.
process.env['TEST_WORLD'] = JSON.stringify(world);
await import('./soak.ts'); // What it imports asks for the world when it is loaded.
