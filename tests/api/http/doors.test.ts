import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { z } from 'zod';
import { apiEnv } from '../../../api/env.ts';
import { post } from '../../../api/http/endpoint.ts';
import { mount } from '../../../api/http/mount.ts';
import { createServices } from '../../../api/services.ts';
import { connect } from '../../../prisma/client.ts';
import { temporal } from '../../world/temporal.ts';
import { world } from '../../world/world.ts';

const secrets = { MMT_INBOUND_USERNAME: 'mmt', MMT_INBOUND_PASSWORD: 'a:b:c', RAPIDO_WEBHOOK_API_KEY: 'rapido-secret' };

const endpoints = (['mmt-basic', 'rapido-key'] as const).map((allow) =>
  post(`/${allow}`, {
    allow,
    bare: true,
    summary: 'A partner calls',
    body: z.object({}),
    returns: z.object({ caller: z.null() }),
    handle: ({ caller }) => Promise.resolve({ caller: caller as null }),
  }),
);

const { db, pool, close } = connect(world.databaseUrl, 2);

/** The kernel with two routes of partners, once with their secrets and once without. */
const serving = (env: object): Promise<Server> =>
  new Promise((resolve) => {
    const parts = { db, pool, client: temporal, log: pino({ level: 'silent' }) };
    const services = createServices(apiEnv({ ...world.apiEnvironment, ...env }), parts);
    const server: Server = express()
      .use(mount(endpoints, services))
      .listen(0, '127.0.0.1', () => resolve(server));
  });

let open: Server;
let shut: Server;

beforeAll(async () => {
  open = await serving(secrets);
  shut = await serving({});
});

afterAll(async () => {
  open.close();
  shut.close();
  await close();
});

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

const knock = async (server: Server, path: string, headers: Record<string, string>) => {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers });
  return response.status;
};

test.each([
  ['/mmt-basic', basic('mmt:a:b:c'), 200],
  ['/mmt-basic', basic('mmt:wrong'), 401],
  ['/mmt-basic', basic('other:a:b:c'), 401],
  ['/mmt-basic', basic('mmt'), 401],
  ['/mmt-basic', { authorization: 'Bearer mmt:a:b:c' }, 401],
  ['/mmt-basic', {}, 401],
  ['/rapido-key', { apiKey: 'rapido-secret' }, 200],
  ['/rapido-key', { apiKey: 'rapido-secret-and-more' }, 401],
  ['/rapido-key', basic('mmt:a:b:c'), 401],
  ['/rapido-key', {}, 401],
])('a partner at %s who shows %j is answered %i', async (path, headers, status) => {
  expect(await knock(open, path, headers as Record<string, string>)).toBe(status);
});

test.each([
  ['/mmt-basic', basic(':')],
  ['/mmt-basic', basic('mmt:a:b:c')],
  ['/rapido-key', { apiKey: '' }],
  ['/rapido-key', { apiKey: 'undefined' }],
])('the door %s stays shut while its secret is not configured', async (path, headers) => {
  expect(await knock(shut, path, headers as Record<string, string>)).toBe(401);
});
