import { LRUCache } from 'lru-cache';
import type { Db } from '../../prisma/client.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { Caller } from '../http/scope.ts';
import type { VerifiedAccess, Tokens } from '../http/tokens.ts';

const cachedMs = 5_000;
const cachedMax = 20_000;

interface Standing {
  caller: Caller;
  isActive: boolean;
  isRevoked: boolean;
  tokenVersion: number;
}

const standingOf = async (db: Db, sessionId: string): Promise<Standing | null> => {
  const session = await db.session.findUnique({
    where: { id: sessionId },
    select: {
      revokedAt: true,
      user: {
        select: {
          id: true,
          role: true,
          isActive: true,
          tokenVersion: true,
          fleetId: true,
          hubs: { select: { hubId: true } },
          driver: { select: { id: true, fleetId: true, hubId: true } },
        },
      },
    },
  });
  if (!session) return null;
  const { user, revokedAt } = session;
  const { driver } = user;
  const hubIds = driver ? (driver.hubId ? [driver.hubId] : []) : user.hubs.map(({ hubId }) => hubId);
  return {
    caller: {
      userId: user.id,
      role: user.role,
      fleetId: driver ? driver.fleetId : user.fleetId,
      hubIds,
      driverId: driver?.id ?? null,
      sessionId,
    },
    isActive: user.isActive,
    isRevoked: revokedAt !== null,
    tokenVersion: user.tokenVersion,
  };
};

/**
 * Who stands behind an access token, as the database knows them: role, scope and activity are never taken from the token. Read at
 * most every five seconds per session; whoever changes a user here forgets them at once.
 */
export const callers = (db: Db, tokens: Tokens) => {
  const known = new LRUCache<string, Standing>({ max: cachedMax, ttl: cachedMs });
  const verified = new LRUCache<string, VerifiedAccess>({ max: cachedMax });

  /** A signature stays right until its token expires; verifying it anew took a sixteenth of the time of a read. */
  const claimsOf = (token: string): VerifiedAccess => {
    const before = verified.get(token);
    if (before) return before;
    const claims = tokens.verifyAccess(token);
    verified.set(token, claims, { ttl: Math.max(1, claims.exp * 1000 - Date.now()) });
    return claims;
  };

  const standing = async ({ sid, sub, ver }: VerifiedAccess): Promise<Standing> => {
    const cached = known.get(sid);
    // Another version than the known one is newer or older than it: only the database can tell.
    if (cached?.tokenVersion === ver) return cached;
    const fresh = await standingOf(db, sid);
    if (!fresh || fresh.caller.userId !== sub) throw refusal('UNAUTHORIZED', { reason: 'REVOKED' });
    known.set(sid, fresh);
    return fresh;
  };

  return {
    /** Throws UNAUTHORIZED with the reason; never FORBIDDEN, because clients answer a 401 with a refresh. */
    async identify(token: string): Promise<Caller> {
      const claims = claimsOf(token);
      const { caller, isActive, isRevoked, tokenVersion } = await standing(claims);
      if (isRevoked) throw refusal('UNAUTHORIZED', { reason: 'REVOKED' });
      if (!isActive) throw refusal('UNAUTHORIZED', { reason: 'INACTIVE' });
      if (tokenVersion !== claims.ver) throw refusal('UNAUTHORIZED', { reason: 'STALE_CLAIMS' });
      return caller;
    },

    forgetUser(userId: string): void {
      for (const [sessionId, { caller }] of known.entries()) if (caller.userId === userId) known.delete(sessionId);
    },

    forgetFleet(fleetId: string): void {
      for (const [sessionId, { caller }] of known.entries()) if (caller.fleetId === fleetId) known.delete(sessionId);
    },

    forgetSession(sessionId: string): void {
      known.delete(sessionId);
    },
  };
};

export type Callers = ReturnType<typeof callers>;
