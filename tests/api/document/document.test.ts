import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { request } from 'node:http';
import { endpoints } from '../../../api/endpoints.ts';
import { fieldTexts } from '../../../api/document/field-texts.ts';
import { refusalSamples } from '../../../api/document/refusal-samples.ts';
import { refusals } from '../../../workflows/domain/refusals.ts';
import type { RefusalKey } from '../../../workflows/domain/refusals.ts';
import { get } from '../../world/api.ts';
import { world } from '../../world/world.ts';

interface Content {
  schema: object;
  example?: unknown;
  examples?: Record<string, { value: { message: string; error: { details: unknown } } }>;
}

interface Operation {
  summary: string;
  tags: string[];
  parameters: { name: string; in: string; required: boolean; schema: object; example?: string }[];
  responses: Record<string, { description: string; content?: Record<string, Content> }>;
  security?: object[];
}

interface Document {
  openapi: string;
  info: { description: string };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: object; responses: Record<string, { content: Record<string, Content> }> };
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

test('the document shows every refusal that an endpoint declares', async () => {
  const { paths } = await theDocument();

  for (const { method, path, refuses } of endpoints) {
    const { responses } = paths[path.replace(/:(\w+)/g, '{$1}')]![method]!;
    const statuses = refuses.map((key) => String(refusals[key].status));
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(statuses));
  }
});

/** Every answer that the document shows, and where in the document its schema is. Files are not shown. */
const shownAnswers = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content)
          .filter(([type]) => type !== 'text/csv')
          .map(([type, { example }]) => ({
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

test('every refusal that the document shows is one that its schema allows, and says its details', async () => {
  const { components } = await theDocument();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });

  const shown = Object.values(components.responses).flatMap(({ content }) =>
    Object.entries(content['application/json']!.examples!).map(([key, { value }]) => ({ key, value })),
  );
  const error = (components.schemas as Record<string, object>)['Error']!;

  expect(new Set(shown.map(({ key }) => key)).size).toBeGreaterThan(50);
  expect(shown.filter(({ value }) => !ajv.validate(error, value))).toEqual([]);
  expect(shown.filter(({ value }) => /undefined|null|NaN/.test(value.message))).toEqual([]);
});

test('every refusal with details has a sample of them', () => {
  const withDetails = (Object.keys(refusals) as RefusalKey[]).filter((key) => refusals[key].says.length > 0);

  expect(withDetails.filter((key) => !(key in refusalSamples))).toEqual([]);
});

test('every route stands in one group, and every group is explained', async () => {
  const { paths, tags } = await theDocument();

  const used = Object.values(paths).flatMap((methods) => Object.values(methods).map((operation) => operation.tags));
  expect(used.filter((names) => names.length !== 1)).toEqual([]);
  expect([...new Set(used.flat())].sort()).toEqual(tags.map(({ name }) => name).sort());
  expect(tags.filter(({ description }) => !/^[A-Z].*\.$/.test(description))).toEqual([]);
});

test.each(['Log in', 'Try', 'Idempotency', 'Paging', 'Errors', 'Time zone and values', 'Refusals'])(
  'the document has a chapter: %s',
  async (title) => {
    expect((await theDocument()).info.description).toContain(`\n## ${title}\n`);
  },
);

test('a limit that a field has stands in the schema of the field', async () => {
  const { paths } = await theDocument();
  const check = paths['/attendance/check-in']!['post'] as unknown as {
    requestBody: { content: Record<string, Content> };
  };
  const { properties } = check.requestBody.content['application/json']!.schema as { properties: object };
  const page = paths['/admin/trips']!['get']!.parameters.find(({ name }) => name === 'limit');

  expect(properties).toMatchObject({ lat: { minimum: -90, maximum: 90 }, lng: { minimum: -180, maximum: 180 } });
  expect(page).toMatchObject({
    schema: { type: 'integer', minimum: 1, maximum: 200 },
    description: expect.any(String),
  });
});

test('a field whose name does not say what it means is explained wherever it appears', async () => {
  const document = JSON.stringify(await theDocument());

  expect(Object.keys(fieldTexts).filter((name) => !document.includes(`"${name}"`))).toEqual([]);
  expect(Object.values(fieldTexts).filter((text) => !document.includes(JSON.stringify(text).slice(1, -1)))).toEqual([]);
});

test.each([
  [{ host: 'api.example.com' }, 'http://api.example.com'],
  [{ host: 'api.example.com', 'x-forwarded-proto': 'https' }, 'https://api.example.com'],
  [{ host: 'ex"ample.com' }, 'http://127.0.0.1:3000'],
])('asked with %j, the document gives %s as the address of the API', async (headers, origin) => {
  const { hostname, port } = new URL(world.api);
  const text = await new Promise<string>((resolve, reject) => {
    request({ hostname, port, path: '/openapi.json', headers }, (response) => {
      response
        .setEncoding('utf8')
        .toArray()
        .then((parts) => resolve(parts.join('')), reject);
    }).end();
  });

  const { servers, info } = JSON.parse(text) as Document;
  expect(servers).toEqual([{ url: origin }]);
  expect(info.description).toContain(`API=${origin}\n`);
});

test('the page of the document needs nothing from elsewhere', async () => {
  const page = await get('/docs/');

  expect(page.status).toBe(200);
  const loaded = [...(page.body as string).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
  expect(loaded.length).toBeGreaterThan(3);
  for (const path of [...loaded, '/docs/parts.js']) expect((await get(path)).status).toBe(200);
  expect((await get('/docs/package.json')).status).toBe(404);
  expect(page.body).not.toMatch(/(?:src|href)="https?:/);
});
