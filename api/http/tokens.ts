import jsonwebtoken from 'jsonwebtoken';
import { createHash, createSecretKey } from 'node:crypto';
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
  const verify = (kind: keyof typeof keys, token: string): jsonwebtoken.JwtPayload => {
    try {
      const payload = jsonwebtoken.verify(token, keys[kind], { algorithms: [algorithm] });
      if (typeof payload === 'string' || payload['typ'] !== kind)
        throw refusal('UNAUTHORIZED', { reason: 'MALFORMED' });
      return payload;
    } catch (error) {
      const expired = error instanceof jsonwebtoken.TokenExpiredError;
      throw refusal('UNAUTHORIZED', { reason: expired ? 'EXPIRED' : 'MALFORMED' });
    }
  };
  return {
    signAccess: (claims: AccessClaims, stamp: TokenStamp): string => sign('access', claims, stamp),
    signRefresh: (claims: RefreshClaims, stamp: TokenStamp): string => sign('refresh', claims, stamp),
    verifyAccess: (token: string) => verify('access', token) as unknown as AccessClaims & { exp: number },
    verifyRefresh: (token: string) => verify('refresh', token) as unknown as RefreshClaims,
  };
};

export type Tokens = ReturnType<typeof tokens>;

/** What is stored of a refresh token. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The token of an Authorization header; the scheme is compared without case. */
export const bearerOf = (header: string | undefined): string | null =>
  /^bearer\s+(\S+)\s*$/i.exec(header ?? '')?.[1] ?? null;
