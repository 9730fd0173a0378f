import { randomUUID } from 'node:crypto';
import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ClientType, Role } from '../../prisma/generated/enums.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { isScopeSet } from '../http/scope.ts';
import { requireWithin } from '../http/rate-limit.ts';
import { tokenHash } from '../http/tokens.ts';
import type { TokenStamp } from '../http/tokens.ts';
import type { Services } from '../services.ts';

const daySeconds = 86_400;
/** A refresh token lives this long, and a session at most that long however often it is refreshed. Conventions section 6. */
const appRefreshSeconds = 30 * daySeconds;
const sessionMaxSeconds: Record<ClientType, number> = { app: 180 * daySeconds, web: 14 * daySeconds };
/** Panels refresh several times in parallel and across tabs; within this window they all get the same successor. */
const graceMs = 30_000;

interface SessionUser {
  id: string;
  role: Role;
  phone: string;
  fleetId: string | null;
  tokenVersion: number;
  hubs: { hubId: string }[];
  driver: { fleetId: string; hubId: string | null } | null;
}

interface Device {
  ip: string;
  userAgent: string | null;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

const refreshSeconds = ({ env }: Services, clientType: ClientType) =>
  clientType === 'app' ? appRefreshSeconds : env.JWT_REFRESH_EXPIRES_IN;

/** Signs both tokens of a session. Deterministic in the stamp, so that a repeated refresh gives the same pair. */
const signPair = (
  services: Services,
  user: SessionUser,
  session: { id: string; clientType: ClientType },
  stamp: TokenStamp,
) => {
  const { tokens, env } = services;
  const { id: sid, clientType } = session;
  const hubIds = user.driver ? (user.driver.hubId ? [user.driver.hubId] : []) : user.hubs.map(({ hubId }) => hubId);
  const fleetId = user.driver?.fleetId ?? user.fleetId;
  const { id: sub, role, phone, tokenVersion: ver } = user;
  const accessExpiresAtSeconds = stamp.issuedAtSeconds + env.JWT_ACCESS_EXPIRES_IN;
  const accessStamp = { ...stamp, expiresAtSeconds: accessExpiresAtSeconds };
  return {
    accessToken: tokens.signAccess({ sub, role, phone, fleetId, hubIds, clientType, sid, ver }, accessStamp),
    refreshToken: tokens.signRefresh({ sub, sid, clientType }, stamp),
    accessTokenExpiresAt: new Date(accessExpiresAtSeconds * 1000),
    refreshTokenExpiresAt: new Date(stamp.expiresAtSeconds * 1000),
  };
};

/** Opens a session on a device and returns its first pair of tokens. */
export const openSession = async (
  tx: Tx,
  services: Services,
  user: SessionUser,
  device: Device & { clientType: ClientType },
) => {
  const { clientType, ip, userAgent } = device;
  const id = randomUUID();
  const issuedAtSeconds = nowSeconds();
  const stamp = {
    tokenId: randomUUID(),
    issuedAtSeconds,
    expiresAtSeconds: issuedAtSeconds + refreshSeconds(services, clientType),
  };
  const pair = signPair(services, user, { id, clientType }, stamp);
  await tx.session.create({
    data: {
      id,
      userId: user.id,
      tokenHash: tokenHash(pair.refreshToken),
      tokenId: stamp.tokenId,
      tokenIssuedAt: new Date(issuedAtSeconds * 1000),
      clientType,
      ip,
      userAgent,
      expiresAt: pair.refreshTokenExpiresAt,
      absoluteExpiresAt: new Date((issuedAtSeconds + sessionMaxSeconds[clientType]) * 1000),
    },
  });
  return pair;
};

/** Staff of a closed fleet has nothing to do; its drivers still see their money and check out. Source: vehicles-fleets.md. */
export const isStaffOfClosedFleet = ({ role, fleet }: { role: Role; fleet: { status: string } | null }): boolean =>
  role !== 'DRIVER' && fleet?.status === 'INACTIVE';

/**
 * Rotates a refresh token: one statement consumes it, so of two parallel refreshes one wins and the other gets the same successor.
 * A token that was spent within the grace window leads to its own successor again, however many came after it: a slow tab signs
 * nobody out. After the window a replay ends the session: somebody else has the token. Source: conventions section 6.
 */
export const refreshSession = async (services: Services, refreshToken: string, device: Device, requestId: string) => {
  const { db, tokens, limits, log } = services;
  const claims = tokens.verifyRefresh(refreshToken);
  await requireWithin(limits, 'refresh', claims.sid);
  const session = await db.session.findUnique({
    where: { id: claims.sid },
    include: { user: { include: { hubs: true, driver: true, fleet: true } } },
  });
  if (!session || session.userId !== claims.sub || session.revokedAt)
    throw refusal('UNAUTHORIZED', { reason: 'REVOKED' });
  const { user } = session;
  const hubIds = user.hubs.map(({ hubId }) => hubId);
  const isDismissed = !user.isActive || isStaffOfClosedFleet(user);
  if (isDismissed || !isScopeSet({ role: user.role, fleetId: user.fleetId, hubIds }))
    throw refusal('UNAUTHORIZED', { reason: 'INACTIVE' });

  const presented = tokenHash(refreshToken);
  const absoluteSeconds = Math.floor(session.absoluteExpiresAt.getTime() / 1000);
  const lifeSeconds = refreshSeconds(services, session.clientType);
  const stampAt = (tokenId: string, issuedAtSeconds: number): TokenStamp => ({
    tokenId,
    issuedAtSeconds,
    expiresAtSeconds: Math.min(issuedAtSeconds + lifeSeconds, absoluteSeconds),
  });

  const stamp = stampAt(randomUUID(), nowSeconds());
  if (stamp.expiresAtSeconds <= stamp.issuedAtSeconds) throw refusal('UNAUTHORIZED', { reason: 'EXPIRED' });
  const pair = signPair(services, user, session, stamp);
  const issuedAt = new Date(stamp.issuedAtSeconds * 1000);
  const rotated = await db.$executeRaw`
    WITH "rotated" AS (
      UPDATE "sessions" SET "tokenHash" = ${tokenHash(pair.refreshToken)}, "tokenId" = ${stamp.tokenId}::uuid,
        "tokenIssuedAt" = ${issuedAt}, "expiresAt" = ${pair.refreshTokenExpiresAt}, "ip" = ${device.ip},
        "userAgent" = ${device.userAgent}
      WHERE "id" = ${session.id}::uuid AND "tokenHash" = ${presented} AND "revokedAt" IS NULL
      RETURNING "id"
    )
    INSERT INTO "spent_refresh_tokens" ("tokenHash", "sessionId", "successorId", "successorIssuedAt")
    SELECT ${presented}, "id", ${stamp.tokenId}::uuid, ${issuedAt} FROM "rotated"`;
  if (rotated === 1) return pair;

  const latest = await db.session.findUniqueOrThrow({ where: { id: session.id } });
  if (latest.revokedAt) throw refusal('UNAUTHORIZED', { reason: 'REVOKED' });
  const spent = await db.spentRefreshToken.findUnique({ where: { tokenHash: presented } });
  if (spent && Date.now() - spent.spentAt.getTime() <= graceMs) {
    const spentStamp = stampAt(spent.successorId, Math.floor(spent.successorIssuedAt.getTime() / 1000));
    return signPair(services, user, latest, spentStamp);
  }
  await revoke(services, { id: latest.id }, 'TOKEN_REUSED');
  const stranger = { userId: null, role: null, requestId };
  const after = { sessionId: latest.id };
  await audit(db, stranger, { action: 'session.tokenReused', subject: 'user', subjectId: user.id, after });
  services.callers.forgetSession(latest.id);
  log.warn({ userId: user.id, sessionId: latest.id }, 'refresh token reused; session revoked');
  throw refusal('TOKEN_REUSED');
};

const revoke = async (
  { db }: Services,
  where: { id?: string; userId?: string },
  revokeReason: string,
): Promise<void> => {
  await db.session.updateMany({ where: { ...where, revokedAt: null }, data: { revokedAt: new Date(), revokeReason } });
};

/** The session that a token of either kind belongs to; null for anything that is no token of ours. */
export const userOfSession = ({ tokens }: Services, kind: 'access' | 'refresh', token: string | null) => {
  if (!token) return null;
  try {
    const { sid, sub } = kind === 'access' ? tokens.verifyAccess(token) : tokens.verifyRefresh(token);
    return { sessionId: sid, userId: sub };
  } catch {
    return null; // An unknown or expired token has no session to end; logging out still succeeds.
  }
};

export const endSession = async (
  services: Services,
  { sessionId, userId }: { sessionId: string; userId: string },
  allDevices: boolean,
): Promise<void> => {
  if (!(await services.db.session.findFirst({ where: { id: sessionId, userId }, select: { id: true } }))) return;
  await revoke(services, allDevices ? { userId } : { id: sessionId }, 'LOGOUT');
  if (allDevices) services.callers.forgetUser(userId);
  else services.callers.forgetSession(sessionId);
};
