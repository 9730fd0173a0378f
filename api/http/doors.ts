import { createHash, timingSafeEqual } from 'node:crypto';
import { refusal } from '../../workflows/domain/refusals.ts';
import { isLocal } from '../env.ts';
import type { ApiEnv } from '../env.ts';
import { signaturesOf } from './easebuzz-signature.ts';

/** What a machine that calls us can show: its headers, and its body for signatures over it. */
interface Machine {
  header: (name: string) => string | undefined;
  body: unknown;
}

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

const acceptsFlat = (env: ApiEnv): boolean =>
  (env.EASEBUZZ_WEBHOOK_DIALECT ?? (isLocal(env) ? 'both' : 'public')) !== 'public';

/**
 * Proofs other than a bearer token: how partners come in, one door each, by name in `allow`. A door whose secret is not configured
 * stays shut. Sources: partner-mmt.md and partner-rapido.md, Endpoints; easebuzz.md, Inbound summary.
 */
const keepers = {
  'easebuzz-signature': ({ body }: Machine, env: ApiEnv): boolean => {
    const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt } = env;
    if (!key || !salt) return false;
    const wire = { key: env.EASEBUZZ_WIRE_KEY ?? key, salt: env.EASEBUZZ_WIRE_SALT ?? salt };
    const { shown, expected } = signaturesOf(body, { payIn: { key, salt }, wire }, acceptsFlat(env));
    return expected.some((signature) => same(shown.toLowerCase(), signature));
  },
  'mmt-basic': (
    { header }: Machine,
    { MMT_INBOUND_USERNAME: user, MMT_INBOUND_PASSWORD: password }: ApiEnv,
  ): boolean => {
    const shown = basicOf(header('authorization'));
    if (!shown || !user || !password) return false;
    return [same(shown[0], user), same(shown[1], password)].every(Boolean);
  },
  'rapido-key': ({ header }: Machine, { RAPIDO_WEBHOOK_API_KEY: key }: ApiEnv): boolean =>
    key !== undefined && same(header('apikey') ?? '', key),
};

export type Door = keyof typeof keepers;

export const isDoor = (allow: string): allow is Door => Object.hasOwn(keepers, allow);

/** Lets a machine in, or refuses it as its partner expects to be refused. */
export const requireProof = (door: Door, machine: Machine, env: ApiEnv): void => {
  if (keepers[door](machine, env)) return;
  throw door === 'easebuzz-signature' ? refusal('INVALID_SIGNATURE') : refusal('UNAUTHORIZED', { reason: 'MALFORMED' });
};
