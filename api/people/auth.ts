import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import { lockUser } from '../../prisma/locks.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { isLocal } from '../env.ts';
import type { ApiEnv } from '../env.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { isScopeSet } from '../http/scope.ts';
import { Instant, Phone } from '../http/shapes.ts';
import { bearerOf } from '../http/tokens.ts';
import { onboardingStatus } from './driver-views.ts';
import { codeHash, sendCode, SentCode } from './sent-codes.ts';
import { endSession, isStaffOfClosedFleet, openSession, refreshSession, userOfSession } from './sessions.ts';
import { UserView, userView } from './user-views.ts';

const sameText = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** An exact bucket that says how long to wait. */
const takeSend = async ({ services }: Base, bucket: 'otpSendIp' | 'otpInterval' | 'otpSendPhone', key: string) => {
  const { retryAfterSeconds } = await services.limits.take(bucket, key);
  if (retryAfterSeconds !== null) throw refusal('OTP_RESEND_TOO_SOON', { retryAfterSeconds });
};

const hasBypass = (env: ApiEnv, verifiedKey: string | undefined): boolean =>
  isLocal(env) &&
  Boolean(env.OTP_BYPASS_KEY) &&
  verifiedKey !== undefined &&
  sameText(verifiedKey, env.OTP_BYPASS_KEY!);

/**
 * Uses up one attempt before it compares, in one statement, so that parallel guesses never exceed the limit; consumes the code
 * once, so that of two right answers one wins.
 */
const consumeCode = async (context: Base, phone: string, code: string): Promise<void> => {
  const { db, env, sealer } = context.services;
  const attempts = await db.$queryRaw<{ id: string; codeHash: string; attempts: number }[]>`
    UPDATE "otp_challenges" SET "attempts" = "attempts" + 1
    WHERE "phone" = ${phone} AND "purpose" = 'LOGIN' AND "consumedAt" IS NULL AND "supersededAt" IS NULL
      AND "expiresAt" > now() AND "attempts" < ${env.OTP_MAX_ATTEMPTS}
    RETURNING "id", "codeHash", "attempts"`;
  const challenge = attempts[0];
  if (!challenge) {
    const live = { phone, purpose: 'LOGIN' as const, consumedAt: null, supersededAt: null };
    const locked = await db.otpChallenge.count({ where: { ...live, expiresAt: { gt: new Date() } } });
    throw locked > 0 ? refusal('OTP_ATTEMPT_EXCEEDED', { maxAttempts: env.OTP_MAX_ATTEMPTS }) : refusal('OTP_EXPIRED');
  }
  if (!sameText(codeHash(sealer, challenge.id, code), challenge.codeHash)) {
    await auditWrongCode(context, phone);
    const attemptsLeft = env.OTP_MAX_ATTEMPTS - challenge.attempts;
    throw attemptsLeft > 0
      ? refusal('INVALID_CREDENTIALS', { attemptsLeft })
      : refusal('OTP_ATTEMPT_EXCEEDED', { maxAttempts: env.OTP_MAX_ATTEMPTS });
  }
  const won = await db.otpChallenge.updateMany({
    where: { id: challenge.id, consumedAt: null, supersededAt: null },
    data: { consumedAt: new Date() },
  });
  if (won.count === 0) throw refusal('OTP_EXPIRED');
};

/** Somebody guesses, or mistypes; nobody is proven yet. */
const auditWrongCode = async ({ db, requestId }: Base, phone: string): Promise<void> => {
  const user = await db.user.findUnique({ where: { phone }, select: { id: true } });
  if (!user) return;
  const stranger = { userId: null, role: null, requestId };
  await audit(db, stranger, { action: 'login.wrongCode', subject: 'user', subjectId: user.id });
};

const loginDriver = { id: true, shortId: true, fleetId: true, hubId: true, status: true, kycStatus: true } as const;

const usableUser = async ({ db }: Base, phone: string) => {
  const user = await db.user.findUnique({
    where: { phone },
    include: { hubs: true, fleet: true, driver: { select: loginDriver } },
  });
  if (!user) throw refusal('USER_NOT_REGISTERED');
  if (!user.isActive) throw refusal('USER_INACTIVE');
  const hubIds = user.hubs.map(({ hubId }) => hubId);
  if (!isScopeSet({ role: user.role, fleetId: user.fleetId, hubIds })) throw refusal('SCOPE_NOT_SET');
  if (isStaffOfClosedFleet(user)) throw refusal('OWN_FLEET_INACTIVE');
  return user;
};

const TokenPair = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  accessTokenExpiresAt: Instant,
  refreshTokenExpiresAt: Instant,
});

export const auth = [
  post('/auth/send-otp', {
    allow: 'public',
    summary: 'Send a login code by SMS',
    says: 'OTP sent successfully',
    body: z.object({ phone: Phone }),
    returns: z.object({ message: z.string(), expiresInSeconds: z.number(), resendAfterSeconds: z.number() }),
    refuses: ['USER_NOT_REGISTERED', 'USER_INACTIVE', 'OTP_RESEND_TOO_SOON', 'OTP_DELIVERY_FAILED'],
    async handle(context) {
      const { body, db, ip, services } = context;
      const { phone } = body;
      const { env } = services;
      // Also for strangers, or asking would list who is registered.
      await takeSend(context, 'otpSendIp', ip);
      const user = await db.user.findUnique({ where: { phone }, select: { isActive: true } });
      if (!user?.isActive) throw refusal(user ? 'USER_INACTIVE' : 'USER_NOT_REGISTERED');
      await takeSend(context, 'otpInterval', phone);
      await takeSend(context, 'otpSendPhone', phone);
      const lifeMs = env.OTP_EXPIRY_MINUTES * 60_000;
      const delivery = await sendCode(services, { phone, purpose: 'LOGIN', lifeMs });
      // A partner that is down is known to be; the code lives on, because the second attempt may still bring it.
      if (delivery === 'REFUSED' || delivery === 'UNREACHABLE') throw refusal('OTP_DELIVERY_FAILED');
      return {
        message: 'OTP sent successfully',
        expiresInSeconds: env.OTP_EXPIRY_MINUTES * 60,
        resendAfterSeconds: env.OTP_SEND_INTERVAL_SECONDS,
      };
    },
  }),

  post('/auth/verify-otp', {
    allow: 'public',
    summary: 'Log in with the code',
    says: 'Login successful',
    body: z.object({ phone: Phone, otp: SentCode, verifiedKey: z.string().max(200).optional().catch(undefined) }),
    returns: TokenPair.extend({
      user: UserView.extend({
        driver: z
          .object({
            id: z.string(),
            shortId: z.string(),
            fleetId: z.string(),
            hubId: z.string().nullable(),
            status: z.string(),
            kycStatus: z.string(),
            onboardingStatus: z.string(),
          })
          .nullable(),
      }),
    }),
    refuses: [
      'OTP_EXPIRED',
      'OTP_ATTEMPT_EXCEEDED',
      'INVALID_CREDENTIALS',
      'USER_NOT_REGISTERED',
      'USER_INACTIVE',
      'SCOPE_NOT_SET',
      'OWN_FLEET_INACTIVE',
    ],
    async handle(context) {
      const { body, db, ip, header, services, requestId } = context;
      await requireAttempt(context, body.phone, ip);
      if (!hasBypass(services.env, body.verifiedKey)) await consumeCode(context, body.phone, body.otp);
      const user = await usableUser(context, body.phone);
      const clientType = header('x-client-type') === 'app' ? 'app' : 'web';
      const pair = await db.$transaction(async (tx) => {
        // Whose phone it was a moment ago logs in no more.
        await lockUser(tx, { id: user.id });
        const isTheirs = await tx.user.count({ where: { id: user.id, phone: body.phone } });
        if (isTheirs === 0) throw refusal('USER_NOT_REGISTERED');
        const opened = await openSession(tx, services, user, {
          clientType,
          ip,
          userAgent: header('user-agent') ?? null,
        });
        await tx.user.update({ where: { id: user.id }, data: { lastLoginAt: new Date() }, select: { id: true } });
        await audit(
          tx,
          { userId: user.id, role: user.role, requestId },
          { action: 'login', subject: 'user', subjectId: user.id },
        );
        return opened;
      });
      const { driver } = user;
      return {
        ...pair,
        user: {
          ...userView(user),
          driver: driver && { ...driver, onboardingStatus: onboardingStatus(driver.kycStatus) },
        },
      };
    },
  }),

  post('/auth/refresh', {
    allow: 'public',
    summary: 'Exchange a refresh token for a new pair',
    lenient: true,
    says: 'Token refreshed successfully',
    body: z.object({ refreshToken: z.string().max(4096).optional().catch(undefined) }),
    returns: TokenPair,
    refuses: ['UNAUTHORIZED', 'TOKEN_REUSED'],
    async handle({ body, services, ip, header, requestId }) {
      if (!body.refreshToken) throw refusal('UNAUTHORIZED', { reason: 'MISSING' });
      const device = { ip, userAgent: header('user-agent') ?? null };
      return refreshSession(services, body.refreshToken, device, requestId);
    },
  }),

  post('/auth/logout', {
    allow: 'public',
    summary: 'End the session; never refuses',
    lenient: true,
    says: 'Logged out successfully',
    body: z.object({
      refreshToken: z.string().max(4096).optional().catch(undefined),
      allDevices: z.boolean().optional().catch(undefined),
    }),
    returns: z.null(),
    async handle({ body, services, header }) {
      const sessions = [
        userOfSession(services, 'access', bearerOf(header('authorization'))),
        userOfSession(services, 'refresh', body.refreshToken ?? null),
      ];
      for (const session of sessions) if (session) await endSession(services, session, body.allDevices === true);
      return null;
    },
  }),
];

const requireAttempt = async ({ services: { limits } }: Base, phone: string, ip: string): Promise<void> => {
  for (const [bucket, key] of [
    ['otpVerifyIp', ip],
    ['otpVerifyPhone', phone],
  ] as const) {
    const { retryAfterSeconds } = await limits.take(bucket, key);
    if (retryAfterSeconds !== null) throw refusal('OTP_ATTEMPT_EXCEEDED', { retryAfterSeconds });
  }
};
