import { z } from 'zod';
import type { Tx } from '../../../prisma/client.ts';
import type { BulkPayout } from '../../../prisma/generated/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { batchFacts } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import type { RefusalKey } from '../../../workflows/domain/refusals.ts';
import { bulkPayoutNews } from '../../../workflows/money/bulk-payouts.ts';
import { bulkPayoutProcess } from '../../../workflows/processes.ts';
import { post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { ById } from '../../http/shapes.ts';
import { SentCode } from '../../people/sent-codes.ts';
import { ApprovalCodeSent, sendApprovalCode, tryApprovalCode } from './approval-codes.ts';
import { approveBatch, batchToApprove, cancelRest, pauseBatch, resumeBatch } from './bulk-changes.ts';
import { BatchView, batchView } from './bulk-views.ts';

/** Wakes its process, which reads the row; what is lost the schedule tells again. */
const wake = ({ services, requestId }: Base, batch: BulkPayout) =>
  services.temporal.signal(bulkPayoutProcess(batchFacts(batch)), bulkPayoutNews, requestId);

const subjectOf = ({ id: subjectId }: BulkPayout) => ({ subject: 'bulkPayout', subjectId }) as const;

/** A change that needs nothing but the batch and who makes it. */
const changing = (
  verb: 'pause' | 'resume' | 'cancel',
  summary: string,
  change: (tx: Tx, batch: BulkPayout, by: Actor) => Promise<BulkPayout>,
  ...refuses: RefusalKey[]
) =>
  post(`/payments/admin/bulk-payout/:id/${verb}`, {
    allow: 'payouts:manage',
    summary,
    params: ById('bulkPayout'),
    returns: BatchView,
    refuses: ['BATCH_STATE_INVALID', ...refuses],
    async handle(context) {
      const batch = await context.db.$transaction((tx) => change(tx, context.bulkPayout, context.actor));
      wake(context, batch);
      return batchView(batch);
    },
  });

/** What finance does with a file of payouts. Source: payouts.md. */
export const bulkControl = [
  post('/payments/admin/bulk-payout/:id/approve', {
    allow: 'payouts:manage',
    summary: 'Release a file of payouts; not by whoever uploaded it',
    says: 'File released',
    params: ById('bulkPayout'),
    body: z.object({ code: SentCode.optional() }),
    returns: BatchView,
    refuses: [
      ...(['BATCH_STATE_INVALID', 'APPROVER_IS_CREATOR', 'BULK_IN_PROGRESS'] as const),
      ...(['APPROVAL_CODE_INVALID', 'APPROVAL_CODE_STALE'] as const),
    ],
    async handle(context) {
      const { bulkPayout, actor, body, db, services } = context;
      const tried = await tryApprovalCode(services, subjectOf(bulkPayout), body.code, actor);
      const code = { threshold: services.env.APPROVAL_CODE_THRESHOLD, tried };
      const batch = await db.$transaction((tx) => approveBatch(tx, bulkPayout, actor, code));
      wake(context, batch);
      return batchView(batch);
    },
  }),

  post('/payments/admin/bulk-payout/:id/approval-code', {
    allow: 'payouts:manage',
    summary: 'Send the caller a code by SMS with which they release a large file of payouts as it is now',
    says: 'Code sent',
    params: ById('bulkPayout'),
    returns: ApprovalCodeSent,
    refuses: ['BATCH_STATE_INVALID', 'APPROVER_IS_CREATOR', 'OTP_RESEND_TOO_SOON', 'OTP_DELIVERY_FAILED'],
    handle: ({ bulkPayout, actor, services }) =>
      sendApprovalCode(services, subjectOf(bulkPayout), batchToApprove(bulkPayout, actor), actor),
  }),

  changing('pause', 'Stop a file of payouts after the rows that are being sent', pauseBatch),
  changing('resume', 'Go on with a file of payouts that was stopped', resumeBatch, 'BULK_IN_PROGRESS'),
  changing('cancel', 'Pass over the rows of a file of payouts that were not begun', cancelRest),
];
