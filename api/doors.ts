import { createHash, timingSafeEqual } from 'node:crypto';
import { refusal } from '../workflows/domain/refusals.ts';
import type { ApiEnv } from './env.ts';
import { gatewaySecrets, readGatewayEvent } from './partners/gateway-events.ts';
import type { GatewayEvent, GatewayFault } from './partners/gateway-events.ts';
import type { Received } from './http/body.ts';

type Header = (name: string) => string | undefined;

/** Compared by hash, so that neither time nor length tells how much of a secret was right. */
const same = (shown: string, expected: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(expected));
};

/** User and password of an Authorization header; the password may contain colons. */
const basicOf = (header: string | undefined): [string, string] | null => {
  const [, encoded] = /^basic\s+(\S+)\s*$/i.exec(header ?? '') ?? [];
  if (!encoded) return null;
  const [user, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [user ?? '', password.join(':')];
};

/**
 * Proofs other than a bearer token: how partners come in, one door each, by name in `allow`. A door whose secret is not configured
 * stays shut. A key stands in the headers and is asked for before the body is read. Sources: partner-mmt.md and partner-rapido.md,
 * Endpoints.
 */
const keys = {
  'mmt-basic': (header: Header, { MMT_INBOUND_USERNAME: user, MMT_INBOUND_PASSWORD: password }: ApiEnv): boolean => {
    const shown = basicOf(header('authorization'));
    if (!shown || !user || !password) return false;
    return [same(shown[0], user), same(shown[1], password)].every(Boolean);
  },
  'rapido-key': (header: Header, { RAPIDO_WEBHOOK_API_KEY: key }: ApiEnv): boolean =>
    key !== undefined && same(header('apikey') ?? '', key),
};

/** What a partner has signed. */
export type SignedMessage = GatewayEvent;

/** A signature is over what was received, which is a message or must not pass. Source: easebuzz.md, Inbound summary. */
const signatures = {
  'easebuzz-signature': ({ bytes, contentType }: Received, env: ApiEnv): SignedMessage | GatewayFault => {
    const secrets = gatewaySecrets(env);
    return secrets ? readGatewayEvent(bytes, contentType, secrets) : { fault: 'INVALID_SIGNATURE' };
  },
};

/** A hint proves nothing and is never believed: it only makes us ask. Source: easebuzz.md 5. */
const hints = ['easebuzz-hint'] as const;

type KeyDoor = keyof typeof keys;
type SignatureDoor = keyof typeof signatures;
type HintDoor = (typeof hints)[number];
export type Door = KeyDoor | SignatureDoor | HintDoor;

const hasKey = (door: string): door is KeyDoor => Object.hasOwn(keys, door);
const isSigned = (door: string): door is SignatureDoor => Object.hasOwn(signatures, door);

const isHint = (door: string): door is HintDoor => hints.some((hint) => hint === door);

export const isDoor = (allow: string): allow is Door => hasKey(allow) || isSigned(allow) || isHint(allow);

/** Lets a machine with the key of its door pass, or refuses it. */
export const requireKey = (door: Door, header: Header, env: ApiEnv): void => {
  if (hasKey(door) && !keys[door](header, env)) throw refusal('UNAUTHORIZED', { reason: 'MALFORMED' });
};

/** The message that came with the signature of its door, or refuses it as its partner expects; null at a door without signatures. */
export const requireSignature = (door: Door, received: Received, env: ApiEnv): SignedMessage | null => {
  const read = isSigned(door) ? signatures[door](received, env) : null;
  if (read && 'fault' in read) throw refusal(read.fault);
  return read;
};
