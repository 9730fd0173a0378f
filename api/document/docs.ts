import { Router, static as files } from 'express';
import type { Request, RequestHandler } from 'express';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localOrigin } from './curl.ts';
import type { Examples } from './curl.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { openApi } from './openapi.ts';

const path = '/openapi.json';
const swaggerUi = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
/** What the page takes from it; the rest of the package is not for the public. */
const swaggerFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
const page = join(import.meta.dirname, 'page');

const hostPattern = /^[\w.:[\]-]+$/;

/** Under which address the client sees this API. */
const originOf = (request: Request): string => {
  const host = request.get('host') ?? '';
  return hostPattern.test(host) ? `${request.protocol}://${host}` : localOrigin;
};

const tagOf = (text: string): string => `"${createHash('sha256').update(text).digest('base64url')}"`;

/**
 * The document, serialised once, with the address under which it is asked for, and a page that renders it from files of this
 * installation: nothing is loaded from elsewhere.
 */
export const docs = (endpoints: readonly Endpoint[], examples: Examples, limit: RequestHandler): Router => {
  const router = Router();
  const document = JSON.stringify(openApi(endpoints, examples));
  router.use([path, '/docs'], limit);
  router.get(path, (request, response) => {
    const text = document.replaceAll(localOrigin, originOf(request));
    response.set({ ETag: tagOf(text), 'Cache-Control': 'no-cache' }).type('json');
    if (request.fresh) response.status(304).end();
    else response.send(text);
  });
  router.use('/docs', files(page));
  for (const file of swaggerFiles)
    router.get(`/docs/${file}`, (_request, response) => {
      response.sendFile(file, { root: swaggerUi });
    });
  return router;
};
