import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { endpoints } from '../../../api/endpoints.ts';
import { get } from '../../world/api.ts';

interface Content {
  schema: object;
  example?: unknown;
}

interface Operation {
  summary: string;
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  responses: Record<string, { description: string; content?: Record<string, Content> }>;
  security?: object[];
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: object };
}

const theDocument = async () => (await get('/openapi.json')).body as Document;

const refsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
};

const resolved = (document: Document, ref: string): unknown =>
  ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], document);

test('the document lists every endpoint under every path of it, and nothing else', async () => {
  const { openapi, paths } = await theDocument();

  const declared = endpoints.flatMap(({ method, path, aliases }) =>
    [path, ...aliases].map((each) => `${method} ${each.replace(/:(\w+)/g, '{$1}')}`),
  );
  const listed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(openapi).toMatch(/^3\.1/);
  expect(listed.sort()).toEqual(declared.sort());
});

test('whatever the document refers to is in it', async () => {
  const document = await theDocument();

  const refs = [...new Set(refsIn(document))];

  expect(refs.length).toBeGreaterThan(0);
  expect(refs.filter((ref) => resolved(document, ref) === undefined)).toEqual([]);
});

test('the document declares every parameter of a path, once, as required', async () => {
  const { paths } = await theDocument();

  for (const [path, methods] of Object.entries(paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const { parameters } of Object.values(methods)) {
      const declared = parameters.filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name).sort()).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  }
});

test('the document says of every operation what it is for, what it answers and, unless public, that it may refuse', async () => {
  const { paths } = await theDocument();

  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    expect(operation.summary).toMatch(/\S/);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining([expect.stringMatching(/^20[01]$/)]));
    if (!operation.security)
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['400', '401', '403', '429', '500', '503']),
      );
  }
});

/** Every answer that the document shows, and where in the document its schema is. */
const shownAnswers = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content).map(([type, { example }]) => ({
          example,
          schemaAt: ['paths', path, method, 'responses', status, 'content', type, 'schema'],
        })),
      ),
    ),
  );

const pointer = (keys: string[]) =>
  keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

test('every answer that the document shows is one that its schema allows', async () => {
  const document = await theDocument();
  const ajv = new Ajv2020({ strict: false, validateFormats: false, inlineRefs: false }).addSchema(document, 'document');

  const shown = shownAnswers(document);
  const isAllowed = ({ schemaAt, example }: (typeof shown)[number]) =>
    ajv.validate({ $ref: `document#/${pointer(schemaAt)}` }, example);

  expect(shown.length).toBeGreaterThanOrEqual(endpoints.length);
  expect(shown.filter((answer) => !isAllowed(answer)).map(({ schemaAt }) => schemaAt)).toEqual([]);
});

test('the page of the document needs nothing from elsewhere', async () => {
  const page = await get('/docs/');

  expect(page.status).toBe(200);
  expect(page.body).toContain('swagger-ui');
  expect(page.body).not.toMatch(/(?:src|href)="https?:/);
});
