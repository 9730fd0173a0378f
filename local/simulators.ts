import { partners } from './partners/partners.ts';

// The partners alone, for a system that runs in containers and reaches them by their address in its network.

const host = '0.0.0.0';

for (const { start, port } of Object.values(partners)) await start({ port, host }, process.env);
