import jsonwebtoken from 'jsonwebtoken';
import { createHash, createSecretKey } from 'node:crypto';
import { z } from 'zod';
import type { ClientType, Role } from '../../prisma/generated/enums.ts';
import { refusal } from '../../workflows/domain/refusals.ts';

export interface AccessClaims {
  sub: string;
  role: Role;
  phone: string;
  fleetId: string | null;
  hubIds: string[];
  clientType: ClientType;
  sid: string;
  ver: number;
}

export interface RefreshClaims {
  sub: string;
  sid: string;
  clientType: ClientType;
}

export interface TokenStamp {
  tokenId: string;
  issuedAtSeconds: number;
  expiresAtSeconds: number;
}

const algorithm = 'HS256';

/** What every token of ours has; the rest of its claims is a copy for the panel. */
const Claims = z.object({ sub: z.guid(), sid: z.guid(), jti: z.guid(), iat: z.int(), exp: z.int() });
const claimsOf = {
  access: Claims.extend({ typ: z.literal('access'), ver: z.int() }),
  refresh: Claims.extend({ typ: z.literal('refresh') }),
};

/**
 * Signs and verifies both kinds of token. The algorithm is pinned and the kind is a claim, so that neither `none` nor a token of
 * the other kind is ever taken. Signing is deterministic: the same stamp gives the same token, which is how a refresh within its
 * grace window gets the same successor though no token is stored.
 */
export const tokens = (secrets: { access: string; refresh: string }) => {
  const keys = {
    access: createSecretKey(Buffer.from(secrets.access)),
    refresh: createSecretKey(Buffer.from(secrets.refresh)),
  };
  const sign = (kind: keyof typeof keys, claims: object, stamp: TokenStamp) => {
    const { tokenId: jti, issuedAtSeconds: iat, expiresAtSeconds: exp } = stamp;
    return jsonwebtoken.sign({ ...claims, typ: kind, jti, iat, exp }, keys[kind], { algorithm });
  };
  const verify = <K extends keyof typeof keys>(kind: K, token: string): z.output<(typeof claimsOf)[K]> => {
    try {
      const { header, payload } = jsonwebtoken.verify(token, keys[kind], { algorithms: [algorithm], complete: true });
      // RFC 7515, 4.1.11: what a token calls critical and we do not know makes it invalid.
      if ('crit' in header) throw refusal('UNAUTHORIZED', { reason: 'MALFORMED' });
      return claimsOf[kind].parse(payload) as z.output<(typeof claimsOf)[K]>;
    } catch (error) {
      const expired = error instanceof jsonwebtoken.TokenExpiredError;
      throw refusal('UNAUTHORIZED', { reason: expired ? 'EXPIRED' : 'MALFORMED' });
    }
  };
  return {
    signAccess: (claims: AccessClaims, stamp: TokenStamp): string => sign('access', claims, stamp),
    signRefresh: (claims: RefreshClaims, stamp: TokenStamp): string => sign('refresh', claims, stamp),
    verifyAccess: (token: string) => verify('access', token),
    verifyRefresh: (token: string) => verify('refresh', token),
  };
};

export type VerifiedAccess = z.output<(typeof claimsOf)['access']>;
export type Tokens = ReturnType<typeof tokens>;

/** What is stored of a refresh token. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The token of an Authorization header; the scheme is compared without case. */
export const bearerOf = (header: string | undefined): string | null =>
  /^bearer\s+(\S+)\s*$/i.exec(header ?? '')?.[1] ?? null;
