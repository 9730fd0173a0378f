import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
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
import type { Tx } from '../../../prisma/client.ts';
import { aFleet } from '../../world/factories.ts';
import { temporal } from '../../world/temporal.ts';
import { world } from '../../world/world.ts';

const { db, pool, close } = connect(world.databaseUrl, 6);
const isPublic = { allow: 'public', summary: 'Runs into the database', returns: z.string() } as const;

let fleets: [string, string];
let tries = 0;
let conflicts = 0;

const touch = (tx: Tx, id: string) => tx.fleet.update({ where: { id }, data: { updatedAt: new Date() } });

/** Two who lock the same two rows, each the other's first; both have the first before one takes the second. */
let arrived = 0;
let both: () => void;
let bothArrived: Promise<void>;
const deadlocked = (order: [string, string]) =>
  db.$transaction(async (tx) => {
    tries += 1;
    await touch(tx, order[0]);
    arrived += 1;
    if (arrived === 2) both();
    await bothArrived;
    await touch(tx, order[1]);
    return 'done';
  });

/** A transaction whose row is changed under it, as often as `conflicts` says. */
const serialized = () =>
  db.$transaction(
    async (tx) => {
      tries += 1;
      await tx.fleet.findUnique({ where: { id: fleets[0] } });
      if (tries <= conflicts) await touch(db, fleets[0]);
      await touch(tx, fleets[0]);
      return 'done';
    },
    { isolationLevel: 'RepeatableRead' },
  );

const endpoints = [
  post('/slow/raw', {
    ...isPublic,
    handle: () =>
      db.$transaction(async (tx) => {
        await tx.$executeRaw`SET LOCAL statement_timeout = 20`;
        await tx.$executeRaw`SELECT pg_sleep(5)`;
        return 'done';
      }),
  }),
  post('/slow/model', {
    ...isPublic,
    handle: () =>
      db.$transaction(async (other) => {
        await touch(other, fleets[0]);
        await db.$transaction(async (tx) => {
          await tx.$executeRaw`SET LOCAL statement_timeout = 20`;
          await touch(tx, fleets[0]);
        });
        return 'done';
      }),
  }),
  post('/deadlock/a', { ...isPublic, handle: () => deadlocked(fleets) }),
  post('/deadlock/b', { ...isPublic, handle: () => deadlocked([fleets[1], fleets[0]]) }),
  post('/serialized', { ...isPublic, handle: serialized }),
];

let server: Server;
beforeAll(async () => {
  fleets = [(await aFleet()).id, (await aFleet()).id];
  const parts = { db, pool, client: temporal, log: pino({ level: 'silent' }) };
  const app = express().use(mount(endpoints, createServices(apiEnv(world.apiEnvironment), parts)));
  await new Promise<void>((resolve) => (server = app.listen(0, '127.0.0.1', () => resolve())));
});
beforeEach(() => {
  [tries, arrived] = [0, 0];
  bothArrived = new Promise((resolve) => (both = resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await close();
});

const call = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method: 'POST' });
  const { errorCode } = (await response.json()) as { errorCode?: string };
  return { status: response.status, errorCode };
};

const away = { status: 503, errorCode: 'SERVICE_UNAVAILABLE' };

test.each(['/slow/raw', '/slow/model'])(
  'a statement that takes too long is no bug of ours: try again (%s)',
  async (path) => {
    expect(await call(path)).toEqual(away);
  },
);

test('of two who wait for each other, one is rolled back and done again', async () => {
  const answers = await Promise.all([call('/deadlock/a'), call('/deadlock/b')]);

  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(tries).toBeGreaterThanOrEqual(3); // The database may roll back both, when they look in the same moment.
});

test.each([
  [2, { status: 200 }, 3],
  [9, away, 3],
])(
  'a transaction whose row was changed under it %i times is done again, at most twice',
  async (times, answer, wanted) => {
    conflicts = times;

    expect(await call('/serialized')).toMatchObject(answer);
    expect(tries).toBe(wanted);
  },
);
