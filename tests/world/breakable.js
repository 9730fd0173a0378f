/** The world that this process of jest may break. */
const worlds = JSON.parse(process.env['BREAKABLE_WORLDS']);
process.env['TEST_WORLD'] = JSON.stringify(worlds[Number(process.env['JEST_WORKER_ID']) - 1]);
