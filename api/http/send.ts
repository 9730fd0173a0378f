import type { Response } from 'express';
import { stringify } from 'csv-stringify';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { CsvFile, Download, Output, Reply } from './endpoint.ts';
import { errorAnswer } from './errors.ts';
import type { Answer } from './once.ts';
import type { Services } from '../services.ts';

const plainNumber = /^-?\d+(?:\.\d+)?$/;

/** A spreadsheet computes a cell that begins so; behind an apostrophe it is text. */
const harmless = (cell: string): string => (/^[=+\-@\t\r]/.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell);

const encodedRows = async function* (shape: z.ZodType, rows: CsvFile<unknown>['rows']) {
  for await (const row of rows) yield z.encode(shape, row);
};

export type Send = () => Promise<void> | void;

/** Row by row, so that a long file takes no more memory than a short one. Waits for the first, so that its failure is an answer. */
const csv = async (response: Response, shape: z.ZodType, { name, rows }: CsvFile<unknown>): Promise<Send> => {
  const encoded = encodedRows(shape, rows);
  const first = await encoded.next();
  const all = async function* () {
    if (!first.done) yield first.value;
    yield* encoded;
  };
  const columns = Object.keys((shape as z.ZodObject).shape);
  const text = stringify({ header: true, columns, cast: { string: harmless, boolean: String } });
  return () => {
    response.attachment(name).type('text/csv');
    return pipeline(Readable.from(all()), text, response);
  };
};

const file = (response: Response, { name, type, content }: Download): Promise<void> => {
  response.attachment(name).type(type);
  return pipeline(Buffer.isBuffer(content) ? Readable.from([content]) : content, response);
};

export const sendJson = (response: Response, { statusCode, body }: Answer): void => {
  response.status(statusCode);
  if (typeof body === 'string') response.type('text').send(body);
  else response.json(body);
};

/** What sends an answer that is no JSON. */
export const sendingOf = async (
  response: Response,
  output: Exclude<Output, 'json'>,
  shape: z.ZodType,
  { status, value, headers }: Reply<unknown>,
): Promise<Send> => {
  response.status(status).set(headers);
  switch (output) {
    case 'csv':
      return csv(response, shape, value as CsvFile<unknown>);
    case 'file':
      return () => file(response, value as Download);
    case 'redirect':
      return () => response.redirect(status, value as string);
    case 'html':
      return () => void response.type('html').send(value);
  }
};

const retryAfterSeconds = 2;

/** Renders whatever was thrown; a bug is logged with its stack and says nothing to the client. */
export const sendError = (error: unknown, { log }: Pick<Services, 'log'>, response: Response): void => {
  const { status, body, key } = errorAnswer(error, response.locals['requestId'] as string);
  if (key === 'INTERNAL_SERVER_ERROR') log.error({ err: error, requestId: body['requestId'] }, 'unexpected');
  if (response.headersSent) return;
  const details = (body['error'] as { details?: { retryAfterSeconds?: number; allowed?: string[] } | null }).details;
  if (status === 503) response.set('Retry-After', String(retryAfterSeconds));
  if (details?.retryAfterSeconds) response.set('Retry-After', String(details.retryAfterSeconds));
  if (status === 405 && details?.allowed) response.set('Allow', details.allowed.join(', '));
  response.status(status).json(body);
};
