import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { refusals } from '../../workflows/domain/refusals.ts';
import type { RefusalKey } from '../../workflows/domain/refusals.ts';
import { isDoor } from './doors.ts';
import type { Endpoint } from './endpoint.ts';
import { permissions } from './permissions.ts';

const schema = (shape: z.ZodType) => {
  const { $schema: _, ...json } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  return json;
};

/** What the kernel itself may refuse, everywhere. */
const common: RefusalKey[] = [
  'VALIDATION_ERROR',
  'RATE_LIMIT_EXCEEDED',
  'INTERNAL_SERVER_ERROR',
  'SERVICE_UNAVAILABLE',
];
const guarded: RefusalKey[] = ['UNAUTHORIZED', 'FORBIDDEN', 'SCOPE_NOT_SET'];
const addressed: RefusalKey[] = ['NOT_FOUND', 'SCOPE_FORBIDDEN'];

const namesRecords = (endpoint: Endpoint) =>
  [endpoint.params, endpoint.query, endpoint.body].some((shape) => shape !== undefined);

/** Every refusal that a client of this endpoint may meet. */
const refusalsOf = (endpoint: Endpoint): RefusalKey[] => {
  if (endpoint.raw) return [];
  const keys = [
    ...common,
    ...(endpoint.allow === 'public' ? [] : guarded),
    ...(endpoint.allow !== 'public' && namesRecords(endpoint) ? addressed : []),
    ...endpoint.refuses,
  ];
  return [...new Set(keys)].sort();
};

const wireCode = (key: RefusalKey): { code: string; status: number; remedy: string } => {
  const entry: { code?: string; status: number; remedy: string } = refusals[key];
  return { code: entry.code ?? key, status: entry.status, remedy: entry.remedy };
};

const keyParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: '1 to 64 visible characters; a repeated request with the same key has one effect and one answer.',
  schema: { type: 'string', maxLength: 64 },
};

const parameters = (endpoint: Endpoint) => [
  ...(endpoint.method === 'post' && endpoint.allow !== 'public' ? [keyParameter] : []),
  ...(['path', 'query'] as const).flatMap((place) => {
    const shape = (place === 'path' ? endpoint.params : endpoint.query) as z.ZodObject | undefined;
    return Object.entries(shape?.shape ?? {}).map(([name, field]) => ({
      name,
      in: place,
      required: place === 'path',
      schema: schema(field as z.ZodType),
    }));
  }),
];

const envelope = (endpoint: Endpoint) => {
  const data = schema(endpoint.returns);
  if (endpoint.raw) return data;
  const head = { success: { const: true }, statusCode: { type: 'integer' }, message: { type: 'string' } };
  const pagination = {
    type: 'object',
    properties: Object.fromEntries(['page', 'limit', 'total', 'totalPages'].map((key) => [key, { type: 'integer' }])),
  };
  return {
    type: 'object',
    required: ['success', 'statusCode', 'message', 'data'],
    properties: {
      ...head,
      data: endpoint.list ? { type: 'array', items: data } : data,
      ...(endpoint.list ? { pagination } : {}),
    },
  };
};

const errorResponses = (endpoint: Endpoint) => {
  const byStatus = Map.groupBy(refusalsOf(endpoint).map(wireCode), ({ status }) => String(status));
  return Object.fromEntries(
    [...byStatus].map(([status, entries]) => [
      status,
      {
        description: entries.map(({ code, remedy }) => `\`${code}\`: ${remedy}`).join('\n\n'),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
};

const rolesOf = ({ allow }: Endpoint) => {
  if (allow === 'public') return 'Public.';
  return isDoor(allow) ? `Partner, by ${allow}.` : `Roles: ${permissions[allow].join(', ')}.`;
};

const operation = (endpoint: Endpoint) => ({
  summary: endpoint.summary,
  description: rolesOf(endpoint),
  tags: [endpoint.path.split('/')[1] || 'health'],
  ...(endpoint.allow === 'public' ? { security: [] } : {}),
  parameters: parameters(endpoint),
  ...(endpoint.body ? { requestBody: { content: { 'application/json': { schema: schema(endpoint.body) } } } } : {}),
  responses: {
    [String(endpoint.status ?? 200)]: {
      description: endpoint.says ?? 'OK',
      content: { 'application/json': { schema: envelope(endpoint) } },
    },
    ...errorResponses(endpoint),
  },
});

const refusalTable = () => {
  const rows = (Object.keys(refusals) as RefusalKey[]).map(wireCode);
  return [
    '| Code | Status | What to do |',
    '|---|---|---|',
    ...rows.map((row) => `| \`${row.code}\` | ${row.status} | ${row.remedy} |`),
  ];
};

const description = [
  'Success: `{ success, statusCode, message, data }`. Error: `{ success: false, statusCode, message, errorCode, error: { code, details } }`.',
  'Ids may be UUIDs or short ids. Send an `Idempotency-Key` with every POST: a repeated request then has one effect and one answer.',
  '',
  '## Log in',
  '`POST /auth/send-otp {"phone"}`, then `POST /auth/verify-otp {"phone", "otp"}` with the code of the SMS; send `accessToken` as',
  '`Authorization: Bearer …`. A 401 is answered with one `POST /auth/refresh`; the same refresh token may be sent again for 30 s.',
  '',
  '## A day',
  'Check in (`/attendance/check-in`), approve, book (`/trips`), assign (`/admin/trips/assign`), start, arrived, onboard, complete, check out.',
  '',
  '## Refusals',
  ...refusalTable(),
].join('\n');

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

/** The API as an OpenAPI 3.1 document, derived from the endpoints themselves. */
export const openApi = (endpoints: readonly Endpoint[]) => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    for (const path of [endpoint.path, ...endpoint.aliases]) {
      const key = path.replace(/:(\w+)/g, '{$1}');
      paths[key] = { ...paths[key], [endpoint.method]: operation(endpoint) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: "Driver's Klub API", version: packageJson.version, description },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Error: errorSchema },
    },
  };
};
