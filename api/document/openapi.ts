import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { groupOf, groups } from './areas.ts';
import { permissions } from '../permissions.ts';
import { typesOf } from '../http/body.ts';
import { description } from './chapters.ts';
import { curlOf, localOrigin, pathVariable } from './curl.ts';
import type { Example, Examples } from './curl.ts';
import { namedRefusals, refusalResponses } from './documented-refusals.ts';
import { isDoor } from '../doors.ts';
import { isRepeatable, nameOf } from '../http/endpoint.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { statusOf } from '../http/present.ts';
import { fieldText, namedSchemas, schemaOf } from './schemas.ts';
import type { JsonSchema } from './schemas.ts';

const keyParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    '1 to 64 visible characters; a repeated request with the same key has one effect and one answer, a refusal too; a new attempt takes a new key. Keys are per caller and route; a request that was refused for its form leaves its key free.',
  schema: { type: 'string', maxLength: 64 },
};

const parameter = (endpoint: Endpoint, place: 'path' | 'query', name: string, field: z.ZodType, example: Example) => {
  const { description: _, ...schema } = schemaOf(field);
  const value = place === 'path' ? pathVariable(endpoint, name) : example.query?.[name];
  return {
    ...{ name, in: place, required: place === 'path' },
    ...fieldText(name, schemaOf(field)),
    ...{ schema, ...(value === undefined ? {} : { example: value }) },
  };
};

const parameters = (endpoint: Endpoint, example: Example) => [
  ...(isRepeatable(endpoint) ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ...(['path', 'query'] as const).flatMap((place) => {
    const shape = (place === 'path' ? endpoint.params : endpoint.query) as z.ZodObject | undefined;
    return Object.entries(shape?.shape ?? {}).map(([name, field]) =>
      parameter(endpoint, place, name, field as z.ZodType, example),
    );
  }),
];

const countsOf = (names: readonly string[]): JsonSchema => ({
  properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
});

const paginationOf = ({ counts }: Endpoint): JsonSchema => {
  const pagination = { $ref: '#/components/schemas/Pagination' };
  return counts ? { allOf: [pagination, countsOf(counts)] } : pagination;
};

const envelope = (endpoint: Endpoint): JsonSchema => {
  const row = schemaOf(endpoint.returns);
  if (endpoint.bare) return row;
  const data = endpoint.list ? { type: 'array', items: row } : row;
  const isPaged = endpoint.list || endpoint.paged;
  return {
    allOf: [{ $ref: '#/components/schemas/Success' }],
    required: ['data'],
    properties: { data, ...(isPaged ? { pagination: paginationOf(endpoint) } : {}) },
  };
};

const rolesOf = ({ allow }: Endpoint) => {
  if (allow === 'public') return 'Public.';
  return isDoor(allow) ? `Partner, by ${allow}.` : `Roles: ${permissions[allow].join(', ')}.`;
};

type Content = Record<string, { schema: JsonSchema; example?: unknown }>;

const shown = (schema: JsonSchema, example: unknown) => ({ schema, ...(example === undefined ? {} : { example }) });

const requestContent = (endpoint: Endpoint, body: z.ZodType, example: unknown): Content => {
  const schema = schemaOf(body);
  const { input } = endpoint;
  if (typeof input !== 'object') return { [typesOf(endpoint)[0]!]: shown(schema, example) };
  const file = { type: 'string', format: 'binary' };
  const properties = { ...(schema['properties'] as JsonSchema | undefined), [input.upload.field]: file };
  return { 'multipart/form-data': { schema: { ...schema, properties } }, 'application/json': shown(schema, example) };
};

/** What does not travel in an envelope. */
const otherTypes = { csv: 'text/csv', html: 'text/html', file: 'application/octet-stream' };

const answerContent = (endpoint: Endpoint, example: unknown): Content => {
  const { output } = endpoint;
  if (output === 'redirect') return {};
  if (output !== 'json') return { [otherTypes[output]]: shown({ type: 'string' }, example) };
  const isText = endpoint.bare && endpoint.returns instanceof z.ZodString;
  return {
    [isText ? 'text/plain' : 'application/json']: shown(envelope(endpoint), example),
    ...(endpoint.csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
  };
};

const takesToken = ({ allow }: Endpoint): boolean => allow !== 'public' && !isDoor(allow);

const operation = (endpoint: Endpoint, path: string, example: Example) => ({
  summary: endpoint.summary,
  description: `${rolesOf(endpoint)}\n\n\`\`\`sh\n${curlOf(endpoint, path, example)}\n\`\`\``,
  tags: [groupOf(path)],
  ...(takesToken(endpoint) ? {} : { security: [] }),
  parameters: parameters(endpoint, example),
  ...(endpoint.body ? { requestBody: { content: requestContent(endpoint, endpoint.body, example.body) } } : {}),
  responses: {
    [String(statusOf(endpoint))]: {
      description: endpoint.says ?? 'OK',
      content: answerContent(endpoint, example.answer),
    },
    ...refusalResponses(endpoint),
  },
});

const successSchema = {
  type: 'object',
  required: ['success', 'statusCode', 'message'],
  properties: { success: { const: true }, statusCode: { type: 'integer' }, message: { type: 'string' } },
};

const paginationSchema = {
  type: 'object',
  ...countsOf(['page', 'limit', 'total', 'totalPages']),
};

const errorSchema = {
  type: 'object',
  required: ['success', 'statusCode', 'message', 'errorCode', 'error', 'data', 'timestamp', 'requestId'],
  properties: {
    success: { const: false },
    statusCode: { type: 'integer' },
    message: { type: 'string' },
    errorCode: { type: 'string' },
    error: { type: 'object', properties: { code: { type: 'string' }, details: {} } },
    data: { type: 'null' },
    timestamp: { type: 'string', format: 'date-time' },
    requestId: { type: 'string' },
  },
};

/** The API as an OpenAPI 3.1 document, derived from the endpoints themselves and from an example of each. */
export const openApi = (endpoints: readonly Endpoint[], examples: Examples) => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    for (const path of [endpoint.path, ...endpoint.aliases]) {
      const key = path.replace(/:(\w+)/g, '{$1}');
      paths[key] = { ...paths[key], [endpoint.method]: operation(endpoint, path, examples[nameOf(endpoint)] ?? {}) };
    }
  }
  const tags = new Set(endpoints.flatMap(({ path, aliases }) => [path, ...aliases]).map(groupOf));
  const schemas = { Success: successSchema, Pagination: paginationSchema, Error: errorSchema };
  return {
    openapi: '3.1.0',
    info: { title: "Driver's Klub API", version: packageJson.version, description: description() },
    servers: [{ url: localOrigin }],
    tags: groups.filter(({ name }) => tags.has(name)).map(({ name, about }) => ({ name, description: about })),
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      parameters: { IdempotencyKey: keyParameter },
      responses: namedRefusals(endpoints),
      schemas: { ...schemas, ...namedSchemas(endpoints.map(({ returns }) => returns)) },
    },
  };
};
