import { Router } from 'express';
import { serve, setup } from 'swagger-ui-express';
import type { Examples } from './curl.ts';
import type { Endpoint } from './endpoint.ts';
import { openApi } from './openapi.ts';

/** The document and a page that renders it, from files of this installation: nothing is loaded from elsewhere. */
export const docs = (endpoints: readonly Endpoint[], examples: Examples): Router => {
  const router = Router();
  const document = openApi(endpoints, examples);
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.use('/docs', serve, setup(document, { customSiteTitle: "Driver's Klub API" }));
  return router;
};
