import { expect, test } from '@jest/globals';
import express from 'express';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../local/ports.ts';
import { serverOf } from '../../../api/server.ts';
import { get } from '../../world/api.ts';
import { world } from '../../world/world.ts';

test('a connection lives longer than that of a balancer, and an unfinished request shorter', async () => {
  const server = serverOf(express());

  expect(server).toMatchObject({ keepAliveTimeout: 65_000, headersTimeout: 10_000, requestTimeout: 30_000 });
  expect((await get('/health')).headers.get('keep-alive')).toBe('timeout=65');
});

const connected = async (port: number, said: string): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(said);
  return socket;
};

test('an API that is told to stop is gone within ten seconds, whatever hangs on it', async () => {
  const port = await freePort(0);
  const main = fileURLToPath(new URL('../../../api/main.ts', import.meta.url));
  const api = fork(main, { env: { ...world.apiEnvironment, PORT: String(port) }, stdio: 'ignore', execArgv: [] });
  await once(api, 'message');
  const silent = await connected(port, '');
  const unfinished = await connected(port, 'POST /auth/send-otp HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n');

  const toldAtMs = Date.now();
  api.kill('SIGTERM');
  const [code] = (await once(api, 'exit')) as [number | null];

  expect(code).toBe(0);
  expect(Date.now() - toldAtMs).toBeLessThan(15_000);
  for (const socket of [silent, unfinished]) socket.destroy();
});
