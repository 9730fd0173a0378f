import { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { createHash } from 'node:crypto';
import { serve, setup } from 'swagger-ui-express';
import type { Examples } from './curl.ts';
import type { Endpoint } from './endpoint.ts';
import { openApi } from './openapi.ts';

const path = '/openapi.json';

/** The document, serialised once, and a page that renders it from files of this installation: nothing is loaded from elsewhere. */
export const docs = (endpoints: readonly Endpoint[], examples: Examples, limit: RequestHandler): Router => {
  const router = Router();
  const document = Buffer.from(JSON.stringify(openApi(endpoints, examples)));
  const etag = `"${createHash('sha256').update(document).digest('base64url')}"`;
  const page = setup(undefined, { customSiteTitle: "Driver's Klub API", swaggerUrl: path });
  router.use([path, '/docs'], limit);
  router.get(path, (request: Request, response: Response) => {
    response.set({ ETag: etag, 'Cache-Control': 'no-cache' }).type('json');
    if (request.fresh) response.status(304).end();
    else response.send(document);
  });
  router.use('/docs', serve);
  router.get('/docs', page);
  return router;
};
