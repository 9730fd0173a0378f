import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createApp } from '../../../api/app.ts';
import { apiEnv } from '../../../api/env.ts';
import { createServices } from '../../../api/services.ts';
import { connect } from '../../../prisma/client.ts';
import { temporal } from '../../world/temporal.ts';
import { world } from '../../world/world.ts';

/** Asks an API of other settings, in this process, for as long as the work takes. */
export const withSettings = async (settings: NodeJS.ProcessEnv, work: () => Promise<void>): Promise<void> => {
  const { db, pool, close } = connect(world.databaseUrl, 2);
  const parts = { db, pool, client: temporal, log: pino({ level: 'silent' }) };
  const services = createServices(apiEnv({ ...world.apiEnvironment, ...settings }), parts);
  const server = createApp(services).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const usual = world.api;
  world.api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await work();
  } finally {
    world.api = usual;
    server.closeAllConnections();
    server.close();
    await close();
  }
};
