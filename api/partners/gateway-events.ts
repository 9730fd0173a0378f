import { createHash, timingSafeEqual } from 'node:crypto';
import { isLocal } from '../env.ts';
import type { ApiEnv } from '../env.ts';
import { literalJson } from '../../workflows/domain/literal-json.ts';
import { signedLiterals } from '../../workflows/domain/money/gateway-amounts.ts';
import { isUnambiguous, signedText } from '../../workflows/domain/money/gateway-hashes.ts';
import type { Signed } from '../../workflows/domain/money/gateway-hashes.ts';

/** Key and salt of one product of the gateway. */
export interface KeyPair {
  key: string;
  salt: string;
}

export interface GatewaySecrets {
  payIn: KeyPair;
  wire: KeyPair;
  /** Whether the flat credit of the older dialect is understood. */
  acceptsFlat: boolean;
}

/** The secrets of a process; null where they are not configured. Source: easebuzz.md, Credentials and 6. */
export const gatewaySecrets = (env: ApiEnv): GatewaySecrets | null => {
  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt } = env;
  if (!key || !salt) return null;
  const dialect = env.EASEBUZZ_WEBHOOK_DIALECT ?? (isLocal(env) ? 'both' : 'public');
  return {
    payIn: { key, salt },
    // A blank variable is none: with an empty salt anybody could sign.
    wire: { key: env.EASEBUZZ_WIRE_KEY || key, salt: env.EASEBUZZ_WIRE_SALT || salt },
    acceptsFlat: dialect !== 'public',
  };
};

type SignedKind = 'payment' | 'credit' | 'transfer' | 'flatCredit';

/**
 * A verified event of the gateway, or a hint that our wallet runs low, of which nothing is kept because nobody signs it. All values are the text that was sent, so that ids keep every digit; those of inner objects
 * stand under dotted names (`virtual_account.id`). `amountLiteral` is the amount of the signed object.
 */
export interface GatewayEvent {
  kind: SignedKind | 'lowBalance';
  fields: Readonly<Record<string, string>>;
  amountLiteral: string;
}

export interface GatewayFault {
  fault: 'MALFORMED' | 'INVALID_SIGNATURE';
}

type Fields = Record<string, string>;
type Part = Record<string, unknown>;

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value);

const depthMax = 4;
const bytesMax = 256 * 1024;

/** Null is a field that was not sent; lists carry nothing that we read. */
const flat = (part: Part, prefix = '', depth = 0): [string, string][] =>
  Object.entries(part).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'string' || typeof value === 'boolean') return [[prefix + name, String(value)]];
    return isPart(value) && depth < depthMax ? flat(value, `${prefix}${name}.`, depth + 1) : [];
  });

const formOf = (text: string): Part | null => {
  const form = new URLSearchParams(text);
  // Of a field sent twice nobody can say which one was signed.
  return new Set(form.keys()).size === form.size ? Object.fromEntries(form) : null;
};

/** The body as it was sent; null when it is neither a form nor an object in JSON, in UTF-8. */
const bodyOf = (bytes: Uint8Array, contentType: string): Part | null => {
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (mediaType === 'application/x-www-form-urlencoded') return formOf(text);
    const body = mediaType === 'application/json' ? literalJson(text) : null;
    return isPart(body) ? body : null;
  } catch {
    return null;
  }
};

interface Message {
  kind: SignedKind;
  fields: Fields;
  /** Where the signature stands. */
  shown: string | undefined;
  pair: KeyPair;
}

/** Which kind a message is follows from its form alone. Source: easebuzz.md 5. */
const messageOf = (body: Part, { payIn, wire }: GatewaySecrets): Message => {
  const { data, event } = body;
  if (isPart(data)) {
    const fields = Object.fromEntries(flat(data));
    const kind = event === 'TRANSACTION_CREDIT' ? 'credit' : 'transfer';
    return { kind, fields, shown: fields['Authorization'], pair: wire };
  }
  const fields = Object.fromEntries(flat(body));
  return { kind: 'txn_id' in fields ? 'flatCredit' : 'payment', fields, shown: fields['hash'], pair: payIn };
};

/** A payment must show our key; others need not show one, but must not show another. Source: easebuzz.md, rule 12. */
const hasOurKey = ({ kind, fields, pair }: Message): boolean =>
  kind === 'payment' ? fields['key'] === pair.key : (fields['key'] ?? fields['merchant_key'] ?? pair.key) === pair.key;

/** Compared by hash, so that neither time nor length tells how much was right. */
const same = (shown: string, expected: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(expected));
};

/** A payment is signed over the amount exactly as sent; the other products lose or add zeros. Source: easebuzz.md, Amounts. */
const isSigned = ({ kind, fields, shown = '', pair: { key, salt } }: Message): boolean => {
  if (!isUnambiguous(kind, fields)) return false;
  const amount = fields['amount'] ?? '';
  const hashOf = (literal: string) =>
    createHash(kind === 'flatCredit' ? 'sha256' : 'sha512')
      .update(signedText(kind satisfies Signed, { ...fields, amount: literal, key, merchant_key: key, salt }))
      .digest('hex');
  const literals = kind === 'payment' ? [amount] : signedLiterals(amount);
  return literals.some((literal) => same(shown.toLowerCase(), hashOf(literal)));
};

/**
 * Reads an event of the gateway from the bytes that were received, at most 256 KiB: first its form, then our key, then its
 * signature. Source: easebuzz.md 1.2, 2.3, 4.3, 4.4, 6, and Rules 3, 9, 12, 13.
 */
export const readGatewayEvent = (
  bytes: Uint8Array,
  contentType: string,
  secrets: GatewaySecrets,
): GatewayEvent | GatewayFault => {
  const body = bytes.length <= bytesMax ? bodyOf(bytes, contentType) : null;
  if (!body) return { fault: 'MALFORMED' };
  // Nobody signs it, so that it only makes us ask. Source: easebuzz.md 4.4.
  if (body['event'] === 'LOW_BALANCE_ALERT') return { kind: 'lowBalance', fields: {}, amountLiteral: '' };
  const message = messageOf(body, secrets);
  const isUnderstood = message.kind !== 'flatCredit' || secrets.acceptsFlat;
  if (!isUnderstood || !hasOurKey(message) || !isSigned(message)) return { fault: 'INVALID_SIGNATURE' };
  return { kind: message.kind, fields: message.fields, amountLiteral: message.fields['amount'] ?? '' };
};
