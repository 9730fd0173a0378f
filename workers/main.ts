import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../activities/index.ts';
import { accountCalls } from '../activities/money/collections/gateway-calls.ts';
import { gatewayCalls } from '../activities/money/gateway-calls.ts';
import { bulkSending } from '../activities/money/payouts/bulk-sending.ts';
import { transferCalls } from '../activities/money/payouts/transfer-calls.ts';
import { walletActivities } from '../activities/money/payouts/wallet.ts';
import { loginCodes } from '../activities/messages/login-codes.ts';
import { wireAsker } from '../activities/partners/easebuzz/wire.ts';
import { exotel, withoutPartner } from '../activities/partners/sms.ts';
import { callPace } from '../prisma/call-pace.ts';
import { connect } from '../prisma/client.ts';
import { sealer } from '../prisma/sealed.ts';
import { signals } from '../prisma/signals.ts';
import { withoutValues } from '../prisma/withheld.ts';
import type { TaskQueue } from '../workflows/shared/task-queues.ts';
import { workflowBundle } from './bundle.ts';
import { isLocal, workerEnv } from './env.ts';
import type { WorkerEnv } from './env.ts';
import { checkoutPages, gatewayPartner, instaCollectPartner, transfersPartner } from './gateway.ts';
import { heartbeats } from './heartbeats.ts';
import { installRuntime } from './log.ts';
import { maskedFailures } from './masked-failures.ts';

const concurrentActivitiesMax = 20;
const concurrentWireMax = 5;
const concurrentFilesMax = 4;

const smsPartner = (env: WorkerEnv) =>
  env.EXOTEL_ACCOUNT_SID && env.EXOTEL_API_KEY && env.EXOTEL_API_TOKEN
    ? exotel({
        baseUrl: env.EXOTEL_BASE_URL,
        accountSid: env.EXOTEL_ACCOUNT_SID,
        apiKey: env.EXOTEL_API_KEY,
        apiToken: env.EXOTEL_API_TOKEN,
        senderId: env.EXOTEL_SENDER_ID,
        endpoint: env.EXOTEL_SMS_ENDPOINT,
        dltEntityId: env.EXOTEL_DLT_ENTITY_ID,
        dltTemplateId: env.EXOTEL_DLT_TEMPLATE_ID,
        smsType: env.EXOTEL_SMS_TYPE,
        priority: env.EXOTEL_SMS_PRIORITY,
      })
    : null;

const env = workerEnv(process.env);
const log = pino({ level: env.LOG_LEVEL, base: { process: 'worker' }, serializers: { err: withoutValues } });
installRuntime(log);
const partner = smsPartner(env);
const gateway = gatewayPartner(env, log);
/** Virtual accounts and transfers are one product: five calls at once, and one circuit. Source: easebuzz.md, rules 5 and 6. */
const askWire = wireAsker(log);
const instaCollect = instaCollectPartner(env, log, askWire);
const transfers = transfersPartner(env, log, askWire);
if (!partner) log.warn('no SMS partner is configured: outside development and test nobody can log in');
if (!gateway) log.warn('no payment gateway is configured: nobody can pay');
if (!instaCollect)
  log.warn('no virtual accounts are configured: no QR and no order can be made, and nothing is paid out');
// Connections first: as many as activities that may hold one at the same time.
const { db, close } = connect(env.DATABASE_URL, concurrentActivitiesMax * 2);
const messages = {
  ...{ db, log, sealer: sealer(env.DATA_KEY) },
  sms: partner ?? withoutPartner(log, isLocal(env)),
};
const payoutLimits = {
  ...{ min: env.MIN_PAYOUT_AMOUNT, max: env.MAX_TRANSACTION_AMOUNT },
  ...{ approval: env.PAYOUT_APPROVAL_THRESHOLD, ownIncentives: env.SELF_PAY_MAX },
};
const connection = await NativeConnection.connect({ address: env.TEMPORAL_ADDRESS });
const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
const common = {
  ...{ connection, namespace: env.TEMPORAL_NAMESPACE, shutdownGraceTime: '10s' as const },
  interceptors: { activity: [heartbeats, maskedFailures(log)] },
};
const transfersBy = {
  ...{ db, transfers, sealer: messages.sealer },
  pace: callPace(db, 'transfers', env.PAYOUT_RATE_PER_SECOND),
};

/** What a worker does for each queue. */
const served: Record<TaskQueue, () => Partial<WorkerOptions> | Promise<Partial<WorkerOptions>>> = {
  core: async () => ({
    workflowBundle: await workflowBundle(),
    activities: createActivities({
      ...messages,
      client,
      dispatch: { kycRequired: env.REQUIRE_KYC_FOR_DISPATCH, vehicleRequired: env.REQUIRE_VEHICLE_FOR_DISPATCH },
      fareOverrideMaxPercent: env.FARE_OVERRIDE_MAX_PERCENT,
      checkoutPage: checkoutPages(env),
      varianceTolerancePaise: env.VARIANCE_TOLERANCE,
      payouts: { limits: payoutLimits, sealer: messages.sealer, coolingDays: env.DEPOSIT_COOLING_DAYS },
      confirmAbovePaise: env.VA_CONFIRM_THRESHOLD,
    }),
    maxConcurrentActivityTaskExecutions: concurrentActivitiesMax,
    maxConcurrentLocalActivityExecutions: concurrentActivitiesMax,
    // After the death of a worker its cached workflows are taken over after a second instead of ten.
    stickyQueueScheduleToStartTimeout: '1s',
  }),
  /** Only calls to the gateway: its twenty slots are also the most that it may be asked at once. Source: easebuzz.md, rule 5. */
  gateway: () => ({
    activities: gatewayCalls({ db, gateway, fallbackEmail: env.PAYMENT_FALLBACK_EMAIL }),
    maxConcurrentActivityTaskExecutions: concurrentActivitiesMax,
  }),
  /** Calls about accounts and transfers: five at once. Source: easebuzz.md, rule 5. */
  wire: () => ({
    activities: {
      ...accountCalls({ db, gateway, instaCollect }),
      ...transferCalls(transfersBy),
      ...walletActivities({ transfers }),
    },
    maxConcurrentActivityTaskExecutions: concurrentWireMax,
  }),
  /** Files of payouts: a few at a time, each for as long as it takes. */
  bulk: () => ({
    activities: bulkSending({
      ...{ ...transfersBy, log, client, concurrency: env.BULK_PAYOUT_CONCURRENCY },
      limits: payoutLimits,
    }),
    maxConcurrentActivityTaskExecutions: concurrentFilesMax,
  }),
};
const workers = await Promise.all(
  env.WORKER_QUEUES.map(async (taskQueue) => Worker.create({ ...common, taskQueue, ...(await served[taskQueue]()) })),
);
const codesDue = signals(env.DATABASE_URL, 'loginCodeDue');
const stopping = new AbortController();
const codesSent = loginCodes({
  ...messages,
  textOf: (purpose, code) =>
    (purpose === 'APPROVAL' ? env.EXOTEL_APPROVAL_BODY_TEMPLATE : env.EXOTEL_SMS_BODY_TEMPLATE).replace(
      /\{\{otp\}\}|\{otp\}|#VAR#/,
      code,
    ),
}).run(codesDue, stopping.signal);
// A supervisor waits for this word; when it dies without a goodbye, so do we.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.send?.('ready');
log.info({ queues: env.WORKER_QUEUES }, 'ready');
await Promise.all(workers.map((worker) => worker.run()));
stopping.abort();
await codesSent;
await codesDue.close();
await connection.close();
await close();
process.exit(0);
