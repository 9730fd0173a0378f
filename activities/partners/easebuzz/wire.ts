import type { Logger } from 'pino';
import { asker, signer } from './asking.ts';
import type { Ask, Fields } from './asking.ts';
import { usualPace } from './transport.ts';
import type { Pace } from './transport.ts';

/** How Wire is called: virtual accounts, orders and transfers alike. */
export interface WireConfig {
  key: string;
  salt: string;
  apiKey: string;
  wireBaseUrl: string;
  /** Not looked at where the asker is given. */
  pace?: Pace;
}

/** Source: easebuzz.md, rules 2 and 5. */
const wirePace: Pace = { ...usualPace, timeoutMs: 45_000 };
const slots = 5;

/**
 * Asks Wire: five calls at once, and one circuit. All its products are one host, so that a process has one asker and gives it to
 * each of them.
 */
export const wireAsker = (log: Logger, pace = wirePace): Ask => asker({ pace, slots }, log);

/** What signs a call of Wire, and the parts that each has. Source: easebuzz.md, Signing, rule 3. */
export const wireSigning = (config: WireConfig) => {
  const { key, apiKey } = config;
  const headers = (authorization: string): Fields => ({ authorization, 'wire-api-key': apiKey });
  return {
    hash: signer(config),
    headers,
    get: (authorization: string): RequestInit => ({ headers: headers(authorization) }),
    query: (more: Fields = {}) => new URLSearchParams({ key, ...more }).toString(),
  };
};
