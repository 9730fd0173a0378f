import { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { Services } from '../services.ts';
import { aliasesOf } from '../aliases.ts';
import type { Endpoint, Method } from './endpoint.ts';
import { sendError } from './send.ts';
import { serve } from './serve.ts';

const handlerLimitMs = 30_000;

interface Route {
  method: Method;
  path: string;
  endpoint: Endpoint;
}

/** Every path of every endpoint; what is declared wins over a prefix that means something else. */
const routesOf = (endpoints: readonly Endpoint[]): Route[] => {
  const declared = endpoints.flatMap((endpoint) =>
    [endpoint.path, ...endpoint.aliases].map((path) => ({ path, endpoint })),
  );
  const byPrefix = declared.flatMap(({ path, endpoint }) =>
    aliasesOf(path).map((alias) => ({ path: alias, endpoint })),
  );
  const routes = new Map<string, Route>();
  for (const { path, endpoint } of [...declared, ...byPrefix]) {
    const name = `${endpoint.method} ${path}`;
    if (!routes.has(name)) routes.set(name, { method: endpoint.method, path, endpoint });
  }
  return [...routes.values()];
};

const firstSegment = (path: string): string => path.split('/', 2)[1]!;

/**
 * Mounts endpoints so that a literal segment always wins over a parameter, whatever order they are declared in. Express compares a
 * request with one path after the other, so it is given only those that share its first segment.
 */
export const mount = (endpoints: readonly Endpoint[], services: Services): RequestHandler => {
  // Compared by code unit: a locale would put the tilde first.
  const bySpecificity = (a: Route, b: Route) => (specificity(a.path) < specificity(b.path) ? -1 : 1);
  const routes = routesOf(endpoints).sort(bySpecificity);
  const bySegment = Map.groupBy(routes, ({ path }) => firstSegment(path));
  const routers = new Map([...bySegment].map(([segment, ofSegment]) => [segment, routerOf(ofSegment, services)]));
  return (request, response, next) => {
    const router = routers.get(firstSegment(request.path));
    if (router) router(request, response, next);
    else next();
  };
};

const routerOf = (routes: Route[], services: Services): Router => {
  const router = Router({ caseSensitive: true, strict: false });
  for (const { method, path, endpoint } of routes)
    router[method](path, (request, response) => answer(endpoint, services, request, response));
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) router.all(path, note(ofPath));
  router.use(refuseMethod);
  return router;
};

const specificity = (path: string) =>
  path
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '~' : segment))
    .join('/');

/** Remembers what a path answers to, of a request that came with another method. */
const note =
  (routes: Route[]): RequestHandler =>
  (_request, response, next) => {
    const methods = routes.map(({ method }) => method.toUpperCase());
    response.locals['allowed'] = [...((response.locals['allowed'] as string[] | undefined) ?? []), ...methods];
    next();
  };

const refuseMethod: RequestHandler = (_request, response, next) => {
  const allowed = response.locals['allowed'] as string[] | undefined;
  if (!allowed) return next();
  const withHead = allowed.includes('GET') ? ['HEAD', ...allowed] : allowed;
  throw refusal('METHOD_NOT_ALLOWED', { allowed: [...new Set(withHead)].sort() });
};

const answer = async (endpoint: Endpoint, services: Services, request: Request, response: Response): Promise<void> => {
  const requestId = response.locals['requestId'] as string;
  try {
    const send = await within(handlerLimitMs, () => serve(endpoint, services, request, response, requestId));
    await send();
  } catch (error) {
    sendError(error, services, response);
  }
};

const within = async <T>(limitMs: number, work: () => Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(refusal('SERVICE_UNAVAILABLE')), limitMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
};
