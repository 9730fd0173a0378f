import { randomInt } from 'node:crypto';
import { world } from './world.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // Tests look into answers of every shape; what they expect is what they check.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface Sent {
  token?: string | undefined;
  key?: string;
  ip?: string;
  headers?: Record<string, string>;
}

export const anAddress = (): string => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;

/** One request, from an address of its own unless one is given, so that limits of one test are not another's. */
export const send = async (method: string, path: string, body?: unknown, sent: Sent = {}): Promise<Answer> => {
  const response = await fetch(`${world.api}${path}`, {
    method,
    headers: {
      'x-forwarded-for': sent.ip ?? anAddress(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(sent.token ? { authorization: `Bearer ${sent.token}` } : {}),
      ...(sent.key ? { 'idempotency-key': sent.key } : {}),
      ...sent.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text,
  };
};

export const get = (path: string, sent: Sent = {}) => send('GET', path, undefined, sent);
export const post = (path: string, body: unknown = {}, sent: Sent = {}) => send('POST', path, body, sent);
export const patch = (path: string, body: unknown = {}, sent: Sent = {}) => send('PATCH', path, body, sent);
