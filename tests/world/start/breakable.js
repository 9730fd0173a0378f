import { jest } from '@jest/globals';

/** The world that this process of jest may break. */
const worlds = JSON.parse(process.env['BREAKABLE_WORLDS']);
process.env['TEST_WORLD'] = JSON.stringify(worlds[Number(process.env['JEST_WORKER_ID']) - 1]);

// What dies must start again, on a machine that is busy with the same.
jest.setTimeout(300_000);
