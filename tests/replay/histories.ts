import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('histories/', import.meta.url);

interface Recorded {
  name: string;
  history: object;
}

export const recordedHistories = (): Recorded[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ name: file, history: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as object }));

/** What of a history is the server's own wording: types, workers, task queues, headers of calls. */
const isOurs = (key: string) =>
  !['identity', 'workerVersion', 'binaryChecksum', 'sdkMetadata', 'stackTrace'].includes(key);

/** Every text of a history, payloads opened, each with the path that leads to it. */
export const textsIn = (value: unknown, path = ''): { path: string; text: string }[] => {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value === 'number') return [{ path, text: String(value) }];
  if (typeof value !== 'object' || value === null) return [];
  if (isPayload(value)) {
    const text = Buffer.from(value.data, 'base64').toString('utf8');
    return [...textsIn(parsed(text), path)];
  }
  return Object.entries(value).flatMap(([key, inner]) => (isOurs(key) ? textsIn(inner, `${path}.${key}`) : []));
};

const isPayload = (value: object): value is { metadata: object; data: string } =>
  'metadata' in value && 'data' in value && typeof value.data === 'string';

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
