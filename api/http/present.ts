import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { Reply } from './endpoint.ts';
import type { Endpoint, Listed } from './endpoint.ts';
import type { Answer } from './once.ts';

/** Encodes a result through `returns` and puts it into the success envelope. What cannot be encoded is our bug. */
export const present = (endpoint: Endpoint, result: unknown) => {
  const { status, value, headers } = replyOf(endpoint, result);
  const body = endpoint.bare ? z.encode(endpoint.returns, value) : envelope(endpoint, status, value);
  return { answer: { statusCode: status, body: body as Prisma.InputJsonValue } satisfies Answer, headers };
};

/** What a handler returned, with the status and the headers that go with it. */
export const replyOf = (endpoint: Endpoint, result: unknown): Reply<unknown> =>
  result instanceof Reply ? (result as Reply<unknown>) : new Reply(statusOf(endpoint), result);

/** The status of an answer unless its handler says otherwise. */
export const statusOf = ({ status, output }: Endpoint): number => status ?? (output === 'redirect' ? 303 : 200);

const envelope = (endpoint: Endpoint, statusCode: number, value: unknown) => {
  const head = { success: true, statusCode, message: endpoint.says ?? 'OK' };
  if (endpoint.paged)
    return { ...head, data: z.encode(endpoint.returns, value), pagination: paginationOf(value as Paged) };
  if (!endpoint.list) return { ...head, data: z.encode(endpoint.returns, value) ?? null };
  const listed = value as Listed<unknown>;
  return {
    ...head,
    data: listed.rows.map((row) => z.encode(endpoint.returns, row)),
    pagination: { ...listed.counts, ...paginationOf(listed) },
  };
};

type Paged = Pick<Listed<unknown>, 'page' | 'limit' | 'total'>;

const paginationOf = ({ page, limit: size, total }: Paged) => ({
  page,
  limit: size,
  total,
  totalPages: Math.ceil(total / size),
});
