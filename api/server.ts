import type { Express } from 'express';
import { createServer } from 'node:http';
import type { Server } from 'node:http';

/** Connections live longer than those of a balancer, or it would send a request into one that closes. Conventions section 1. */
const limits = {
  keepAliveTimeout: 65_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
};

/** How long the end of the process waits for answers, and for all that follows them. */
const answersMs = 7_000;
const exitMs = 9_500;

export const serverOf = (app: Express): Server => createServer(limits, app);

/** Finishes what is being answered, then `last`; whatever hangs, the process ends within ten seconds. */
export const stop = (server: Server, last: () => Promise<void>): void => {
  server.close(() => void last().finally(() => process.exit(0)));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), answersMs).unref();
  setTimeout(() => process.exit(0), exitMs).unref();
};
