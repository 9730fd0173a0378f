import { z } from 'zod';
import { canonicalCity } from '../workflows/domain/geo.ts';
import { paise, paiseFrom } from '../workflows/domain/money.ts';
import type { Paise } from '../workflows/domain/money.ts';

const Positive = z.coerce.number().int().positive();
const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const List = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
const DataKey = z.string().refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64');
const Lifetime = z.string().regex(/^[1-9]\d{0,5}[smhd]$/, 'must look like 15m or 7d, and be more than 0');
const Origins = List.pipe(
  z.array(z.string().regex(/^https?:\/\/[^/*\s]+$/, 'must list origins like https://panel.example')).min(1),
);

/** Rupees with at most two decimals. */
const Amount = z.string().transform((text, context): Paise => {
  const amount = paiseFrom(text);
  if (amount === null) context.addIssue('must be rupees like 100000.00');
  return amount ?? paise(0);
});

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 };
const seconds = (text: string) => Number(text.slice(0, -1)) * unitSeconds[text.at(-1) as keyof typeof unitSeconds];

/** What the API process needs; it can verify, but it cannot send. Each variable is explained in `.env.example`. */
const Env = z
  .object({
    NODE_ENV: z.string().default('production'),
    LOG_LEVEL: z.string().default('info'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
    DATABASE_URL: z.string().min(1),
    TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
    TEMPORAL_NAMESPACE: z.string().default('default'),
    DATA_KEY: DataKey,
    JWT_ACCESS_SECRET: z.string().min(16),
    JWT_REFRESH_SECRET: z.string().min(16),
    JWT_ACCESS_EXPIRES_IN: Lifetime.default('15m').transform(seconds),
    JWT_REFRESH_EXPIRES_IN: Lifetime.default('1d').transform(seconds),
    OTP_EXPIRY_MINUTES: Positive.default(5),
    OTP_MAX_ATTEMPTS: Positive.default(3),
    OTP_BYPASS_KEY: z.string().optional(),
    OTP_SEND_INTERVAL_SECONDS: Positive.default(30),
    OTP_SEND_PER_PHONE_HOUR: Positive.default(5),
    OTP_SEND_PER_IP_HOUR: Positive.default(20),
    OTP_VERIFY_PER_PHONE_15MIN: Positive.default(10),
    OTP_VERIFY_PER_IP_15MIN: Positive.default(30),
    RATE_LIMIT_MAX: Positive.default(100),
    RATE_LIMIT_WINDOW_MS: Positive.default(60_000),
    RATE_LIMIT_IP_MAX: Positive.default(1200),
    ALLOWED_ORIGINS: Origins.optional(),
    TRUST_PROXY_HOPS: z.coerce.number().int().min(0).optional(),
    ALLOWED_ORIGIN_CITIES: List.default(['DELHI', 'NOIDA', 'GURGAON', 'FARIDABAD', 'GHAZIABAD'])
      .transform((cities) => cities.map(canonicalCity))
      .refine((cities) => cities.length > 0, 'must name a city'),
    PROVIDER_ALLOCATION: z.enum(['INTERNAL']).default('INTERNAL'),
    ALLOWED_VEHICLE_SKUS: List.default(['TATA_TIGOR_EV']),
    TRIP_RULES_RELAXED: Flag.default(false),
    KYC_REQUIRED_FOR_CHECKIN: Flag.default(false),
    ATTENDANCE_STALE_HOURS: Positive.default(16),
    MAPS_ALLOW_ANONYMOUS: Flag.default(true),
    MMT_INBOUND_USERNAME: z.string().optional(),
    MMT_INBOUND_PASSWORD: z.string().optional(),
    RAPIDO_WEBHOOK_API_KEY: z.string().optional(),
    EASEBUZZ_MERCHANT_KEY: z.string().trim().optional(),
    EASEBUZZ_SALT_KEY: z.string().trim().optional(),
    DEPOSIT_MIN: Amount.prefault('1.00'),
    MAX_TRANSACTION_AMOUNT: Amount.prefault('100000.00'),
    DEFAULT_REV_SHARE_PERCENTAGE: z.coerce.number().min(0).max(100).default(70),
    INCENTIVE_MAX: Amount.prefault('25000.00'),
    MIN_PAYOUT_AMOUNT: Amount.prefault('1.00'),
    PAYOUT_APPROVAL_THRESHOLD: Amount.prefault('100000.00'),
    APPROVAL_CODE_THRESHOLD: Amount.prefault('100000.00'),
    WALLET_LOW_THRESHOLD: Amount.prefault('50000.00'),
    SELF_PAY_MAX: Amount.prefault('1000.00'),
    DEPOSIT_COOLING_DAYS: z.coerce.number().int().min(0).max(365).default(7),
    BULK_PAYOUT_MAX_TOTAL: Amount.prefault('5000000.00'),
    BULK_APPROVAL_THRESHOLD: Amount.prefault('500000.00'),
    PAYMENT_FALLBACK_EMAIL: z.email().optional(),
    EASEBUZZ_WIRE_KEY: z.string().trim().optional(),
    EASEBUZZ_WIRE_SALT: z.string().trim().optional(),
    EASEBUZZ_WEBHOOK_DIALECT: z.enum(['public', 'both', 'legacy']).optional(),
    GOOGLE_MAPS_API_KEY: z.string().optional(),
    GOOGLE_ROUTES_URL: z.string().default('https://routes.googleapis.com'),
    GOOGLE_MAPS_URL: z.string().default('https://maps.googleapis.com'),
  })
  .superRefine((env, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (env.JWT_ACCESS_SECRET === env.JWT_REFRESH_SECRET)
      refuse('JWT_REFRESH_SECRET', 'must differ from JWT_ACCESS_SECRET');
    if (isLocal(env)) return;
    for (const name of ['ALLOWED_ORIGINS', 'EASEBUZZ_MERCHANT_KEY', 'EASEBUZZ_SALT_KEY'] as const)
      if (!env[name]) refuse(name, 'is required in production');
    if (env.TRIP_RULES_RELAXED) refuse('TRIP_RULES_RELAXED', 'is refused in production');
  });

export type ApiEnv = z.output<typeof Env>;

/** Parses the environment; throws with every fault named. */
export const apiEnv = (variables: NodeJS.ProcessEnv): ApiEnv => {
  const { ACCESS_TOKEN_EXPIRES_IN: lifetime, EASEBUZZ_KEY: key, EASEBUZZ_SALT: salt, ...rest } = variables;
  const parsed = Env.safeParse({
    ...(lifetime && { JWT_ACCESS_EXPIRES_IN: lifetime }),
    ...(key && { EASEBUZZ_MERCHANT_KEY: key }),
    ...(salt && { EASEBUZZ_SALT_KEY: salt }),
    ...rest,
  });
  if (!parsed.success) throw new Error(`The environment is not usable.\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

/** Development and test; every other name is taken for production. */
export const isLocal = ({ NODE_ENV }: { NODE_ENV: string }): boolean =>
  NODE_ENV === 'development' || NODE_ENV === 'test';
