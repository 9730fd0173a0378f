import { z } from 'zod';
import { usualConfirmAbovePaise } from '../workflows/domain/money/collections/credits.ts';
import { usualTolerancePaise } from '../workflows/domain/money/collections/sharing.ts';
import { paiseFrom, rupees } from '../workflows/domain/money.ts';
import { taskQueues } from '../workflows/shared/task-queues.ts';

const DataKey = z.string().refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64');
const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A blank variable is none: with an empty salt anybody could sign. */
const Given = z
  .string()
  .trim()
  .transform((text) => text || undefined)
  .optional();

/** An amount in rupees, in paise inside. */
const Rupees = z.string().transform((text, context) => {
  const amount = paiseFrom(text);
  if (amount !== null) return amount;
  context.addIssue('must be an amount in rupees, like 10.00');
  return z.NEVER;
});

/** A page that a payer's browser is sent to. */
const ResultPage = z
  .string()
  .regex(
    /^https:\/\/[^\s/]+|^http:\/\/(?:127\.0\.0\.1|localhost)[:/]/,
    'must be absolute, with https but on this machine',
  );

/** A text with the place of its code. */
const CodeText = z
  .string()
  .refine((text) => /\{\{otp\}\}|\{otp\}|#VAR#/.test(text), 'must contain {{otp}}, {otp} or #VAR#');

/** Names of task queues, apart by commas. */
const Queues = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))])
  .pipe(z.array(z.enum(taskQueues)));

/** What the worker needs: the only process that holds what can send messages. Each variable is explained in `.env.example`. */
const Settings = z.object({
  NODE_ENV: z.string().default('production'),
  LOG_LEVEL: z.string().default('info'),
  DATABASE_URL: z.string().min(1),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  WORKER_QUEUES: Queues.default([...taskQueues]),
  DATA_KEY: DataKey,
  REQUIRE_KYC_FOR_DISPATCH: Flag.default(false),
  REQUIRE_VEHICLE_FOR_DISPATCH: Flag.default(true),
  FARE_OVERRIDE_MAX_PERCENT: z.coerce.number().int().min(0).max(100).default(20),
  EXOTEL_BASE_URL: z.string().default('https://api.exotel.com'),
  EXOTEL_ACCOUNT_SID: z.string().optional(),
  EXOTEL_API_KEY: z.string().optional(),
  EXOTEL_API_TOKEN: z.string().optional(),
  EXOTEL_SENDER_ID: z.string().default('DRVKLB'),
  EXOTEL_SMS_ENDPOINT: z.enum(['send', 'sendCopy']).default('send'),
  EXOTEL_SMS_BODY_TEMPLATE: CodeText.default("{{otp}} is your Driver's Klub login code. It is valid for 5 minutes."),
  EXOTEL_APPROVAL_BODY_TEMPLATE: CodeText.default(
    "{{otp}} approves a payout of Driver's Klub. It is valid for 5 minutes. Give it to nobody.",
  ),
  EXOTEL_DLT_ENTITY_ID: z.string().optional(),
  EXOTEL_DLT_TEMPLATE_ID: z.string().optional(),
  EXOTEL_SMS_TYPE: z.string().optional(),
  EXOTEL_SMS_PRIORITY: z.string().optional(),
  EASEBUZZ_MERCHANT_KEY: z.string().trim().optional(),
  EASEBUZZ_SALT_KEY: z.string().trim().optional(),
  EASEBUZZ_ENV: z.enum(['test', 'production']).optional(),
  EASEBUZZ_PAY_BASE_URL: z.url().optional(),
  EASEBUZZ_DASHBOARD_BASE_URL: z.url().optional(),
  EASEBUZZ_WIRE_BASE_URL: Given.pipe(z.url().optional()),
  EASEBUZZ_WIRE_KEY: Given,
  EASEBUZZ_WIRE_SALT: Given,
  EASEBUZZ_WIRE_API_KEY: Given,
  EASEBUZZ_WIRE_ACCOUNT: Given,
  PAYMENT_SUCCESS_URL: ResultPage.optional(),
  PAYMENT_FAILURE_URL: ResultPage.optional(),
  PAYMENT_FALLBACK_EMAIL: z.email().optional(),
  VARIANCE_TOLERANCE: Rupees.default(usualTolerancePaise),
  MIN_PAYOUT_AMOUNT: Rupees.default(rupees(1)),
  MAX_TRANSACTION_AMOUNT: Rupees.default(rupees(100_000)),
  PAYOUT_APPROVAL_THRESHOLD: Rupees.default(rupees(100_000)),
  SELF_PAY_MAX: Rupees.default(rupees(1_000)),
  DEPOSIT_COOLING_DAYS: z.coerce.number().int().min(0).max(365).default(7),
  BULK_PAYOUT_CONCURRENCY: z.coerce.number().int().min(1).max(5).default(5),
  PAYOUT_RATE_PER_SECOND: z.coerce.number().positive().max(100).default(25),
  VA_CONFIRM_THRESHOLD: Rupees.default(usualConfirmAbovePaise),
});

const neededInProduction = [
  ...(['EASEBUZZ_MERCHANT_KEY', 'EASEBUZZ_SALT_KEY'] as const),
  ...(['PAYMENT_SUCCESS_URL', 'PAYMENT_FAILURE_URL'] as const),
];

const Env = Settings.superRefine((env, context) => {
  if (isLocal(env)) return;
  for (const name of neededInProduction)
    if (!env[name]) context.addIssue({ code: 'custom', path: [name], message: 'is required in production' });
});

export type WorkerEnv = z.output<typeof Env>;

/** Parses the environment; throws with every fault named. */
export const workerEnv = (variables: NodeJS.ProcessEnv): WorkerEnv => {
  const { EASEBUZZ_KEY: key, EASEBUZZ_SALT: salt, ...rest } = variables;
  const parsed = Env.safeParse({
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
