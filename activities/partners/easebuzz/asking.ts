import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import type { Signed } from '../../../workflows/domain/money/gateway-hashes.ts';
import { transport } from './transport.ts';
import type { Limits, Sent } from './transport.ts';

export type Fields = Record<string, string>;

/** Nobody knows whether the gateway has acted: ask for its state before anything is repeated. */
export type Unknown = { kind: 'unknown'; reason: string };

/** The circuit is open, and nothing was sent. */
export type Unavailable = { kind: 'unavailable' };

/** A definite no: nothing has happened, and the same call would be refused again. */
export type Refused = { kind: 'refused'; reason: string };

/** The number was used before, perhaps by an attempt of ours whose answer was lost. */
export type Duplicate = { kind: 'duplicate' };

export type Listed<T> = { kind: 'listed'; rows: T[] } | Refused | Unknown | Unavailable;

type Answered<T> = { isAccepted: true; value: T } | { isAccepted: false; text: string };

type Asked<T> = { kind: 'answered'; status: number; answer: Answered<T> } | Unknown | Unavailable;

interface AskOptions<T> {
  name: string;
  /** What people know the call by. */
  number: string;
  shape: z.ZodType<Answered<T>>;
  /** How often it is sent at most; every time that the pace has, if not said. */
  attempts?: number;
  /** The states of HTTP that are a refusal, whatever shape their body has. */
  refusals?: number[];
}

const isDuplicate = (text: string) => /duplicat|already/i.test(text);
const isNotFound = (text: string) => /not (?:found|exist)|no (?:record|transaction|transfer|refund|data)/i.test(text);

/**
 * The gateway may repeat what we sent: no person, no e-mail, no UPI handle, no longer number goes further. `persons` are names and
 * the like that were sent with the call.
 */
export const withoutPersons = (text: string, ...persons: string[]): string =>
  persons
    .filter(Boolean)
    .reduce((rest, person) => rest.replaceAll(person, '…'), text)
    .replace(/\S+@\S+|\d{5,}|[0-9a-f]{32,}/gi, '…')
    .slice(0, 200);

/** The signature of a call, in hex. Source: easebuzz.md, Signing. */
export const signer =
  ({ key, salt }: { key: string; salt: string }) =>
  (what: Signed, fields: Fields): string =>
    createHash('sha512')
      .update(signedText(what, { ...fields, key, merchant_key: key, salt }))
      .digest('hex');

export const jsonRequest = (body: object, headers: Fields = {}): RequestInit => ({
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** A number that JSON carries as exactly this text. The types of the language do not know `rawJSON` yet. */
export const numberLiteral = (text: string): object =>
  (JSON as unknown as { rawJSON(text: string): object }).rawJSON(text);

const readAnswer = <T>(sent: Sent, { shape, refusals = [] }: AskOptions<T>): Asked<T> => {
  if (sent.kind === 'unknown') return { kind: 'unknown', reason: sent.reason };
  if (sent.kind === 'unavailable') return sent;
  const { status, json } = sent;
  const parsed = shape.safeParse(json);
  if (parsed.success) return { kind: 'answered', status, answer: parsed.data };
  const text = json === undefined ? '' : JSON.stringify(json);
  if (refusals.includes(status)) return { kind: 'answered', status, answer: { isAccepted: false, text } };
  return { kind: 'unknown', reason: `HTTP ${status} ${text ? 'with JSON of another shape' : 'without JSON'}` };
};

/** Sends one call, and logs its name, its number and how it went: nothing else of it may be written down. */
export const asker = (limits: Limits, log: Logger) => {
  const send = transport(limits);
  const everyAttempt = limits.pace.waitsMs.length + 1;

  return async <T>(options: AskOptions<T>, url: string, init: RequestInit): Promise<Asked<T>> => {
    const { name, number, attempts = everyAttempt } = options;
    const startedAt = performance.now();
    const sent = await send(url, init, attempts);
    const read = readAnswer(sent, options);
    log.info(
      {
        ...{ call: name, number, outcome: read.kind, ms: Math.round(performance.now() - startedAt) },
        ...(sent.kind === 'answered' && { status: sent.status }),
        ...(read.kind === 'unknown' && { reason: read.reason }),
      },
      'gateway',
    );
    return read;
  };
};

export type Ask = ReturnType<typeof asker>;

/** `persons` are those whom the call was about, if any. */
export const refused = (text: string, ...persons: string[]): Refused => ({
  ...{ kind: 'refused', reason: withoutPersons(text, ...persons) },
});

export const refusedOrDuplicate = (text: string, ...persons: string[]): Refused | Duplicate =>
  isDuplicate(text) ? { kind: 'duplicate' } : refused(text, ...persons);

/** Only the gateway's word that it knows nothing counts as such: a refused key must not look like an unpaid link. */
export const notFoundOrUnknown = (text: string): { kind: 'notFound' } | Unknown =>
  isNotFound(text) ? { kind: 'notFound' } : { kind: 'unknown', reason: withoutPersons(text) };

export const listed = <T>(asked: Asked<T[]>): Listed<T> => {
  if (asked.kind !== 'answered') return asked;
  const { answer } = asked;
  if (answer.isAccepted) return { kind: 'listed', rows: answer.value };
  return isNotFound(answer.text) ? { kind: 'listed', rows: [] } : refused(answer.text);
};
