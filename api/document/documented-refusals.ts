import type { ApplicationFailure } from '@temporalio/common';
import { refusal, refusals } from '../../workflows/domain/refusals.ts';
import type { RefusalKey } from '../../workflows/domain/refusals.ts';
import { refusalSamples } from './refusal-samples.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { errorAnswer } from '../http/errors.ts';

/** What the kernel itself may refuse, everywhere. */
const common: RefusalKey[] = [
  'VALIDATION_ERROR',
  'RATE_LIMIT_EXCEEDED',
  'INTERNAL_SERVER_ERROR',
  'SERVICE_UNAVAILABLE',
];
const guarded: RefusalKey[] = ['UNAUTHORIZED', 'FORBIDDEN', 'SCOPE_NOT_SET'];
const addressed: RefusalKey[] = ['NOT_FOUND', 'SCOPE_FORBIDDEN'];

const namesRecords = ({ params, query, body }: Endpoint) => Boolean(params ?? query ?? body);

/** Every refusal that a client of this endpoint may meet. */
const refusalsOf = (endpoint: Endpoint): RefusalKey[] => {
  if (endpoint.bare) return endpoint.refuses;
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

const byStatus = (endpoint: Endpoint): [string, RefusalKey[]][] => [
  ...Map.groupBy(refusalsOf(endpoint), (key) => String(refusals[key].status)),
];

/** Many endpoints refuse the same with the same status, so what they refuse is the name. */
const responseName = (keys: RefusalKey[]) => keys.join('.');

const requestId = '5f0c2a4e-8d0f-4c43-9d53-7a1c1f6f2b1e';
const timestamp = '2026-11-23T04:31:07.412Z';

/** From a list of keys, a key is just a key; that its details fit is proven where the samples stand. */
const refuse = refusal as (key: RefusalKey, details: unknown) => ApplicationFailure;

/** What a client receives, rendered as any refusal is. */
const example = (key: RefusalKey) => ({
  ...errorAnswer(refuse(key, (refusalSamples as Partial<Record<RefusalKey, unknown>>)[key]), requestId).body,
  timestamp,
});

const response = (keys: RefusalKey[]) => ({
  description: keys
    .map(wireCode)
    .map(({ code, remedy }) => `\`${code}\`: ${remedy}`)
    .join('\n\n'),
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      examples: Object.fromEntries(keys.map((key) => [key, { summary: wireCode(key).code, value: example(key) }])),
    },
  },
});

/** Everything that these endpoints refuse, each response once. */
export const namedRefusals = (endpoints: readonly Endpoint[]) =>
  Object.fromEntries(endpoints.flatMap(byStatus).map(([, keys]) => [responseName(keys), response(keys)]));

/** The responses of an endpoint that refuse, by their status. */
export const refusalResponses = (endpoint: Endpoint) =>
  Object.fromEntries(
    byStatus(endpoint).map(([status, keys]) => [status, { $ref: `#/components/responses/${responseName(keys)}` }]),
  );

/** All refusals of the system as a table in Markdown. */
export const refusalTable = (): string[] => [
  '| Code | Status | What to do |',
  '|---|---|---|',
  ...(Object.keys(refusals) as RefusalKey[])
    .map(wireCode)
    .map((row) => `| \`${row.code}\` | ${row.status} | ${row.remedy} |`),
];
