import express from 'express';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFaults, isMode, modes } from './faults.ts';
import type { Mode } from './faults.ts';
import { renderPage } from './page.ts';

const callsMax = 5_000;
const slowDelayMs = 10_000;

/** One request that a partner received. `id` counts up, so that `GET /calls?since=<id>` answers what came after it. */
export type Call = {
  id: number;
  at: string;
  method: string;
  path: string;
  input: object;
  fault: Mode;
  status?: number;
};

/**
 * What makes a partner itself. `routes` answers like the real one, `refuse` is its own way of an explicit refusal,
 * `views` are questions that people and tests ask and no fault touches, and `show` is what its page shows (HTML) instead
 * of the plain list of calls.
 */
type Partner = {
  title: string;
  hint: string;
  routes: (app: Express) => void;
  refuse: RequestHandler;
  views?: (app: Express) => void;
  show?: () => string;
};

/** Where it listens; on the loopback address if no host is given. */
export type Address = { port: number; host?: string };

export type Simulator = { url: string; stop(): Promise<void> };

/**
 * Serves a partner: its own routes, a page at `/`, the calls that it received, and the fault
 * switches that make it slow, down, garbage, error or refuse, for everybody or for calls that contain `match`.
 */
export const startSimulator = async (partner: Partner, address: Address): Promise<Simulator> => {
  const calls: Call[] = [];
  const faults = createFaults();
  let lastId = 0;

  const app = express();
  app.disable('x-powered-by');
  app.use(express.json(), express.urlencoded({ extended: false }));

  app.get('/', (_request, response) => {
    response.type('html').send(renderPage({ ...partner, calls, faults: faults.all() }));
  });
  app.get('/calls', (request, response) => {
    response.json(calls.filter((call) => call.id > Number(request.query.since ?? 0)));
  });
  app.delete('/calls', (_request, response) => {
    calls.length = 0;
    response.sendStatus(204);
  });
  app.get('/faults', (_request, response) => {
    response.json(faults.all());
  });
  app.post('/faults', (request, response) => {
    const wanted = (request.body ?? {}) as { mode?: unknown; delayMs?: unknown; match?: unknown };
    const { mode, delayMs = slowDelayMs, match = '' } = wanted;
    if (!isMode(mode)) return void response.status(400).json({ message: `mode is one of ${modes.join(', ')}` });
    faults.set({ mode, delayMs: Number(delayMs), match: typeof match === 'string' ? match : '' });
    response.json(faults.all());
  });
  app.delete('/faults', (request, response) => {
    faults.clear(typeof request.query.match === 'string' ? request.query.match : undefined);
    response.json(faults.all());
  });

  partner.views?.(app);
  app.use(async (request, response, next) => {
    const { mode, delayMs } = faults.of(textOf(request));
    const call: Call = { id: ++lastId, at: new Date().toISOString(), ...described(request), fault: mode };
    calls.push(call);
    if (calls.length > callsMax) calls.shift();
    response.once('finish', () => (call.status = response.statusCode));

    if (mode === 'down') return void request.socket.destroy();
    if (mode === 'garbage') return void response.type('html').send('<html><body>Bad gateway</body></html>');
    if (mode === 'error') return void response.status(500).type('text').send('Internal Server Error');
    if (mode === 'refuse') return partner.refuse(request, response, next);
    if (mode === 'slow') await sleep(delayMs, undefined, { ref: false });
    next();
  });
  partner.routes(app);
  app.use((request: Request, response: Response) => {
    response.status(404).json({ message: `The ${partner.title} does not know ${request.method} ${request.path}` });
  });

  return listen(app, address);
};

const described = (request: Request) => {
  const { key: _secret, ...query } = request.query;
  return { method: request.method, path: request.path, input: { ...query, ...(request.body as object | undefined) } };
};

const textOf = (request: Request) =>
  [request.path, JSON.stringify(request.query), JSON.stringify(request.body)].join(' ');

const listen = (app: Express, { port, host = '127.0.0.1' }: Address) =>
  new Promise<Simulator>((resolve, reject) => {
    const server = app.listen(port, host, (error) => {
      if (error) return reject(error);
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            server.closeAllConnections();
          }),
      });
    });
  });
