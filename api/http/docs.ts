import { Router, static as files } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localOrigin } from './curl.ts';
import type { Examples } from './curl.ts';
import type { Endpoint } from './endpoint.ts';
import { openApi } from './openapi.ts';

const swaggerUi = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
const page = join(import.meta.dirname, 'page');

const path = '/openapi.json';
const hostPattern = /^[\w.:[\]-]+$/;
/** Anybody can send another host; a few addresses are real. */
const originsMax = 8;

/** Under which address the client sees this API. */
const originOf = (request: Request): string => {
  const host = request.get('host') ?? '';
  return hostPattern.test(host) ? `${request.protocol}://${host}` : localOrigin;
};

/**
 * The document, serialised once per address under which it is asked for, and a page that renders it from files of this installation:
 * nothing is loaded from elsewhere.
 */
export const docs = (endpoints: readonly Endpoint[], examples: Examples, limit: RequestHandler): Router => {
  const router = Router();
  const text = JSON.stringify(openApi(endpoints, examples));
  const documents = new LRUCache<string, { body: Buffer; etag: string }>({
    max: originsMax,
    memoMethod(origin) {
      const body = Buffer.from(text.replaceAll(localOrigin, origin));
      return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
    },
  });
  router.use([path, '/docs'], limit);
  router.get(path, (request: Request, response: Response) => {
    const { body, etag } = documents.memo(originOf(request));
    response.set({ ETag: etag, 'Cache-Control': 'no-cache', Vary: 'Host' }).type('json');
    if (request.fresh) response.status(304).end();
    else response.send(body);
  });
  router.use('/docs', files(page), files(swaggerUi, { index: false }));
  return router;
};
