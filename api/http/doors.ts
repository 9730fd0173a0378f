import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiEnv } from '../env.ts';

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

/**
 * Proofs other than a bearer token: how partners come in, one door each, by name in `allow`. A door whose secret is not configured
 * stays shut. Sources: partner-mmt.md and partner-rapido.md, Endpoints.
 */
const keepers = {
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

/** Whether a machine may come in by this door. */
export const admits = (door: Door, machine: Machine, env: ApiEnv): boolean => keepers[door](machine, env);
