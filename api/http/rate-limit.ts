import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { ApiEnv } from '../env.ts';

export interface LimitState {
  limit: number;
  remaining: number;
  resetAtSeconds: number;
  /** Null while within the limit. */
  retryAfterSeconds: number | null;
}

type Limiter = RateLimiterMemory | RateLimiterPostgres;

/** Takes one from a bucket and says how it stands. Throws when an exact bucket cannot be reached: then the answer is no. */
const take = async (limiter: Limiter, key: string): Promise<LimitState> => {
  const state = (result: RateLimiterRes, refused: boolean): LimitState => ({
    limit: limiter.points,
    remaining: result.remainingPoints,
    resetAtSeconds: Math.ceil((Date.now() + result.msBeforeNext) / 1000),
    retryAfterSeconds: refused ? Math.max(1, Math.ceil(result.msBeforeNext / 1000)) : null,
  });
  try {
    return state(await limiter.consume(key), false);
  } catch (result) {
    if (result instanceof RateLimiterRes) return state(result, true);
    throw result;
  }
};

const quarterHour = 15 * 60;
const hour = 60 * 60;

/**
 * The buckets of conventions section 13. General ones live in the memory of the process; those around codes and tokens are rows,
 * exact across processes.
 */
export const rateLimits = (env: ApiEnv, pool: Pool) => {
  const windowSeconds = env.RATE_LIMIT_WINDOW_MS / 1000;
  const memory = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterMemory({ keyPrefix, points, duration });
  const exact = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'rate_limits',
      tableCreated: true,
      keyPrefix,
      points,
      duration,
      clearExpiredByTimeout: false,
    });
  const buckets = {
    general: memory('general', env.RATE_LIMIT_MAX, windowSeconds),
    ip: memory('ip', env.RATE_LIMIT_IP_MAX, windowSeconds),
    preview: memory('preview', 60, 60),
    maps: memory('maps', 120, 60),
    resultPage: memory('result-page', 300, 60),
    hint: memory('hint', 120, 60),
    enquiry: memory('enquiry', 1, 30),
    mapsAnonymous: memory('maps-anonymous', 30, 60),
    otpInterval: exact('otp-interval', 1, env.OTP_SEND_INTERVAL_SECONDS),
    otpSendPhone: exact('otp-send-phone', env.OTP_SEND_PER_PHONE_HOUR, hour),
    otpSendIp: exact('otp-send-ip', env.OTP_SEND_PER_IP_HOUR, hour),
    otpVerifyPhone: exact('otp-verify-phone', env.OTP_VERIFY_PER_PHONE_15MIN, quarterHour),
    otpVerifyIp: exact('otp-verify-ip', env.OTP_VERIFY_PER_IP_15MIN, quarterHour),
    approvalSend: exact('approval-send', 10, quarterHour),
    refresh: exact('refresh', 30, 60),
    /** Messages of partners with a wrong proof. Source: easebuzz.md, rule 14. */
    forged: memory('forged', 20, 5 * 60),
    boarding: exact('boarding', 5, quarterHour),
  };
  return {
    take: (bucket: keyof typeof buckets, key: string): Promise<LimitState> => take(buckets[bucket], key),
    /** Gives back what was taken for something that did not happen. */
    async giveBack(bucket: keyof typeof buckets, key: string): Promise<void> {
      await buckets[bucket].reward(key);
    },
  };
};

export type RateLimits = ReturnType<typeof rateLimits>;
export type LimitName = Parameters<RateLimits['take']>[0];

/** Takes one, or refuses. */
export const requireWithin = async (limits: RateLimits, bucket: LimitName, key: string): Promise<void> => {
  const { retryAfterSeconds } = await limits.take(bucket, key);
  if (retryAfterSeconds !== null) throw refusal('RATE_LIMIT_EXCEEDED', { retryAfterSeconds });
};
