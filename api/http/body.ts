import { Busboy } from '@fastify/busboy';
import express from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { invalidField, refusal } from '../../workflows/domain/refusals.ts';
import type { Endpoint, Input, Upload } from './endpoint.ts';

const bytesMax = 1024 * 1024;
const uploadFieldsMax = 20;
const uploadFieldBytesMax = 10_000;

/** What arrived as the body of a request. */
export interface Received {
  body: unknown;
  /** Kept of `raw` input only. */
  bytes: Buffer;
  contentType: string;
  upload: Upload | null;
}

export const nothingReceived: Received = { body: {}, bytes: Buffer.alloc(0), contentType: '', upload: null };

const keepBytes = (_request: unknown, response: unknown, bytes: Buffer): void => {
  (response as Response).locals['bytes'] = bytes;
};

const readJson = express.json({ limit: bytesMax });
const readForm = express.urlencoded({ limit: bytesMax, extended: false });
const rawReaders = [
  express.json({ limit: bytesMax, verify: keepBytes }),
  express.urlencoded({ limit: bytesMax, extended: false, verify: keepBytes }),
];

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

/** The content types that an endpoint takes. */
export const typesOf = ({ input }: Pick<Endpoint, 'input'>): string[] => {
  if (typeof input === 'object') return ['multipart/form-data', json];
  return input === 'form' ? [form] : [json, form];
};

const readersOf = (input: Input): RequestHandler[] => {
  if (input === 'raw') return rawReaders;
  return input === 'form' ? [readForm] : [readJson, readForm];
};

const run = (reader: RequestHandler, request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    void reader(request, response, (fault?: unknown) => (fault instanceof Error ? reject(fault) : resolve()));
  });

const hasBody = (request: Request): boolean =>
  Number(request.get('content-length') ?? 0) > 0 || request.get('transfer-encoding') !== undefined;

const boundary = /;\s*boundary=\S/i;

const isMultipart = (request: Request): boolean => /^multipart\/form-data\b/i.test(request.get('content-type') ?? '');

const unreadable = () => invalidField('body', 'malformed', 'The body could not be read');

/** What the readers of Express throw, as refusals. */
const faultOfReader = (error: unknown, unsupported: () => Error): unknown => {
  const { type, status = 500 } = error as { type?: string; status?: number };
  if (type === 'entity.too.large') return refusal('PAYLOAD_TOO_LARGE', { maxBytes: bytesMax });
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') return unsupported();
  if (type === 'entity.parse.failed') return invalidField('body', 'malformed', 'The body is not valid JSON');
  return status < 500 ? unreadable() : error;
};

/** Reads one file and the fields beside it. What passes a limit is refused when it does, not when all of it has arrived. */
const readUpload = (request: Request, { field, bytesMax }: { field: string; bytesMax: number }): Promise<Received> =>
  new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    let upload: Upload | null = null;
    const refuse = (fault: Error): void => {
      request.unpipe();
      request.resume();
      reject(fault);
    };
    const type = request.get('content-type') ?? '';
    if (!boundary.test(type)) return refuse(unreadable());
    const parser = new Busboy({
      headers: { ...request.headers, 'content-type': type },
      limits: { fileSize: bytesMax, files: 1, fields: uploadFieldsMax, fieldSize: uploadFieldBytesMax },
    });
    parser.on('file', (name, stream, filename, _encoding, fileType) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => refuse(refusal('FILE_TOO_LARGE', { maxBytes: bytesMax })));
      stream.on('error', () => refuse(unreadable()));
      stream.on('end', () => {
        if (name === field) upload = { name: filename, type: fileType, content: Buffer.concat(chunks) };
      });
    });
    parser.on('field', (name, value) => fields.set(name, value));
    parser.on('filesLimit', () => refuse(invalidField(field, 'too_many', `Only one file may be sent, as ${field}`)));
    parser.on('fieldsLimit', () => refuse(unreadable()));
    parser.on('error', () => refuse(unreadable()));
    parser.on('finish', () => resolve({ ...nothingReceived, body: Object.fromEntries(fields), upload }));
    request.on('error', reject);
    request.pipe(parser);
  });

/**
 * Reads a body as its endpoint declares. Throws what is wrong with it: too large (413), of another type (415), or not what it says
 * it is (400).
 */
export const receive = async (endpoint: Endpoint, request: Request, response: Response): Promise<Received> => {
  const { input } = endpoint;
  if (!hasBody(request)) return nothingReceived;
  if (typeof input === 'object' && isMultipart(request)) return readUpload(request, input.upload);
  const unsupported = () => refusal('UNSUPPORTED_MEDIA_TYPE', { supported: typesOf(endpoint) });
  try {
    for (const reader of readersOf(input)) await run(reader, request, response);
  } catch (error) {
    throw faultOfReader(error, unsupported);
  }
  if (request.body === undefined) throw unsupported();
  const bytes = (response.locals['bytes'] as Buffer | undefined) ?? nothingReceived.bytes;
  return { body: request.body as unknown, bytes, contentType: request.get('content-type') ?? '', upload: null };
};
