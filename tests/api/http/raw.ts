import { request } from 'node:http';
import type { Answer } from '../../world/api.ts';
import { anAddress } from '../../world/api.ts';
import { world } from '../../world/world.ts';

/** One request as bytes: for paths, headers and bodies that `fetch` would tidy up. */
export const sendRaw = (
  method: string,
  path: string,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(world.api);
    const length = body.length > 0 ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    const sent = { 'x-forwarded-for': anAddress(), 'content-type': 'application/json', ...length, ...headers };
    const outgoing = request({ hostname, port, method, path, headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const received = new Headers(
          Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
        );
        resolve({
          status: response.statusCode!,
          headers: received,
          body: text.startsWith('{') ? JSON.parse(text) : text,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
