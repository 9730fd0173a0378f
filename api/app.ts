import cors from 'cors';
import express from 'express';
import type { Express, NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { randomUUID } from 'node:crypto';
import { refusal } from '../workflows/domain/refusals.ts';
import { endpoints } from './endpoints.ts';
import { isLocal } from './env.ts';
import { docs } from './document/docs.ts';
import { mount } from './http/mount.ts';
import { sendError } from './http/send.ts';
import { limitAddress } from './http/serve.ts';
import type { Services } from './services.ts';

const requestIdPattern = /^[A-Za-z0-9-]{1,64}$/;

/** The whole API as an Express app. */
export const createApp = (services: Services): Express => {
  const { env } = services;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('case sensitive routing', true);
  app.set('trust proxy', env.TRUST_PROXY_HOPS ?? (isLocal(env) ? 0 : 1));
  app.set('query parser', 'simple');
  app.use(identifyRequest(services));
  app.use(helmet({ contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } } }));
  app.use(crossOrigin(env.ALLOWED_ORIGINS));
  app.use(docs(limitAddress(services)));
  app.use(forbidStoring);
  app.use(mount(endpoints, services));
  app.use(() => {
    throw refusal('NOT_FOUND', { resource: 'route' });
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    sendError(error, services, response);
  });
  return app;
};

/** Gives every request an id, echoes it, and writes one log line when it is answered. */
const identifyRequest =
  ({ log }: Services) =>
  (request: Request, response: Response, next: NextFunction) => {
    const sent = request.get('x-request-id');
    const requestId = sent && requestIdPattern.test(sent) ? sent : randomUUID();
    const startedAtMs = performance.now();
    response.locals['requestId'] = requestId;
    response.set('x-request-id', requestId);
    response.on('finish', () => {
      const durationMs = Math.round(performance.now() - startedAtMs);
      log.info({ requestId, method: request.method, path: request.path, status: response.statusCode, durationMs });
    });
    next();
  };

const crossOrigin = (origins: string[] | undefined) =>
  cors({
    origin: origins ?? '*',
    credentials: origins !== undefined,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    allowedHeaders: ['Content-Type', 'Authorization', 'x-client-type', 'x-request-id', 'Idempotency-Key'],
    exposedHeaders: ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After', 'x-request-id'],
  });

/** Answers are personal, or of the moment: no cache on the way keeps them. */
const forbidStoring = (_request: Request, response: Response, next: NextFunction) => {
  response.set('Cache-Control', 'no-store');
  next();
};
