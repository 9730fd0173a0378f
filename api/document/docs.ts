import { Router, static as files } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localOrigin } from './curl.ts';

const swaggerUi = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
/** What the page takes from it; the rest of the package is not for the public. */
const swaggerFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
const page = join(import.meta.dirname, 'page');

const document = join(import.meta.dirname, '../../docs/openapi.json');
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
 * The document, as `npm run docs` writes it, serialised once per address under which it is asked for, and a page that renders it from
 * files of this installation: nothing is loaded from elsewhere.
 */
export const docs = (limit: RequestHandler): Router => {
  const router = Router();
  const text = JSON.stringify(JSON.parse(readFileSync(document, 'utf8')));
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
  router.use('/docs', files(page));
  for (const file of swaggerFiles)
    router.get(`/docs/${file}`, (_request, response) => {
      response.sendFile(file, { root: swaggerUi });
    });
  return router;
};
