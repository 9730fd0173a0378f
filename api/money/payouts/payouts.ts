import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Payout, Prisma } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { payoutFacts, payoutKinds, payoutStatuses } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal, refusalIn } from '../../../workflows/domain/refusals.ts';
import type { RefusalKey } from '../../../workflows/domain/refusals.ts';
import { payoutEnquiry, payoutNews, payoutOutcome } from '../../../workflows/money/payouts.ts';
import { payoutProcess } from '../../../workflows/processes.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { Before, From } from '../../http/filters.ts';
import { inPages } from '../../http/in-pages.ts';
import type { After } from '../../http/in-pages.ts';
import { createOnce } from '../../http/once.ts';
import { ById, idOf, pageOf, Paging, skipTake, Text, Word } from '../../http/shapes.ts';
import { SentCode } from '../../people/sent-codes.ts';
import { linkDeadlineMs } from '../gateway/checkouts.ts';
import { asked, bankRefusals } from './asking.ts';
import { ApprovalCodeSent, sendApprovalCode, tryApprovalCode } from './approval-codes.ts';
import type { OneSource } from './owed.ts';
import { approvePayout, beginPayout, cancelPayout, contentToApprove, retryPayout } from './payout-changes.ts';
import {
  PayoutDetail,
  payoutDetail,
  PayoutMade,
  payoutMade,
  PayoutView,
  payoutView,
  withAllocations,
} from './payout-views.ts';

const processOf = (row: Payout) => payoutProcess(payoutFacts(row));

const readPayout = ({ db }: Base, { id }: { id: string }) => db.payout.findUniqueOrThrow({ where: { id } });

/**
 * Waits until the gateway has answered the first time, up to eight seconds; its process goes on. Throws TRANSFER_REJECTED. What is
 * not known in time is no error. Source: payouts.md, POST collection/:id/payout.
 */
const firstAnswer = async (context: Base, row: Payout): Promise<Payout> => {
  const { services, requestId, commandId } = context;
  const process = processOf(row);
  const updateId = commandId(payoutOutcome, `${process.workflowId}:${row.attempt}`);
  await services.temporal
    .ask(process, payoutOutcome, [], updateId, requestId, linkDeadlineMs)
    .catch((error: unknown) => {
      if (refusalIn(error)?.key !== 'SERVICE_UNAVAILABLE') throw error;
    });
  const answered = await readPayout(context, row);
  const { id: payoutId, status, failureReason: reason } = answered;
  if (status === 'FAILED') throw refusal('TRANSFER_REJECTED', { payoutId, reason });
  return answered;
};

const payOut = async (context: Base & { actor: Actor }, source: OneSource & { driverId: string }) => {
  const id = context.newId();
  await createOnce(() => context.db.$transaction((tx) => beginPayout(tx, { id, ...source }, asked(context))));
  return payoutMade(await firstAnswer(context, await readPayout(context, { id })));
};

/** Wakes its process, which reads the row; what is lost the schedule begins anew. */
const wake = ({ services, requestId }: Base, row: Payout) =>
  services.temporal.signal(processOf(row), payoutNews, requestId);

const Filter = z.object({
  driverId: idOf('driver').optional(),
  fleetId: idOf('fleet').optional(),
  kind: Word(payoutKinds).optional(),
  status: Word(payoutStatuses).optional(),
  utr: Text(40).optional(),
  from: From.optional(),
  to: Before.optional(),
  ...Paging,
});

const filtered = (query: z.infer<typeof Filter>, visible: Prisma.PayoutWhereInput): Prisma.PayoutWhereInput => {
  const { driverId, fleetId, kind, status, utr, from, to } = query;
  return {
    AND: [
      visible,
      { ...(driverId && { driverId }), ...(fleetId && { fleetId }), ...(kind && { kind }) },
      { ...(status && { status }), ...(utr && { utr }) },
      { createdAt: { ...(from && { gte: from }), ...(to && { lt: to }) } },
    ],
  };
};

const newestFirst = [{ createdAt: 'desc' }, { id: 'desc' }] satisfies Prisma.PayoutOrderByWithRelationInput[];

const detailOf = async ({ db }: Base, { id }: Payout) => {
  const row = await db.payout.findUniqueOrThrow({ where: { id }, include: withAllocations });
  const keys = Array.from({ length: row.attempt }, (_, n) => `${id}:${n + 1}`);
  const types = [
    ...['initiated', 'settled', 'failed', 'reversed', 'fee', 'late_success'].map((type) => `payout_${type}`),
    ...['order_refund_initiated', 'refund_settled', 'refund_failed'],
  ];
  const [journals, events] = await Promise.all([
    db.ledgerJournal.findMany({ where: { eventType: { in: types }, eventKey: { in: keys } }, orderBy: { id: 'asc' } }),
    db.gatewayEvent.findMany({ where: { subjectId: id }, orderBy: { receivedAt: 'asc' }, take: 100 }),
  ]);
  return payoutDetail(row, { journals, events });
};

const dayRefusals: RefusalKey[] = ['COLLECTION_ALREADY_PAID', 'COLLECTION_NOT_RECONCILED'];
const incentiveRefusals: RefusalKey[] = ['INCENTIVE_ALREADY_PAID', 'INCENTIVE_ATTACHED', 'INCENTIVE_CANCELLED'];
const depositRefusals: RefusalKey[] = ['DEPOSIT_DUES_OUTSTANDING', 'DEPOSIT_EXCEEDED'];
const sourceRefusals: RefusalKey[] = [
  ...dayRefusals,
  ...incentiveRefusals,
  ...depositRefusals,
  'ORDER_REFUND_EXCEEDED',
];

/** Money to drivers' banks. Source: payouts.md. */
export const payouts = [
  post('/payments/admin/collection/:id/payout', {
    allow: 'payouts:manage',
    summary: 'Pay a reconciled day to the bank of its driver',
    says: 'Payout begun',
    params: ById('collection'),
    returns: PayoutMade,
    refuses: [...dayRefusals, ...bankRefusals, 'TRANSFER_REJECTED'],
    handle: (context) => {
      const { id: sourceId, driverId } = context.collection;
      return payOut(context, { driverId, kind: 'COLLECTION', sourceId });
    },
  }),

  post('/payments/admin/incentive/:id/payout', {
    allow: 'payouts:manage',
    summary: 'Pay an incentive to the bank of its driver',
    says: 'Payout begun',
    params: ById('incentive'),
    returns: PayoutMade,
    refuses: [...incentiveRefusals, ...bankRefusals, 'TRANSFER_REJECTED'],
    handle: (context) => {
      const { id: sourceId, driverId } = context.incentive;
      return payOut(context, { driverId, kind: 'INCENTIVE', sourceId });
    },
  }),

  get('/payments/admin/payouts', {
    allow: 'payouts:manage',
    summary: 'List payouts by driver, fleet, kind, status, UTR or time, newest first',
    query: Filter,
    list: true,
    returns: PayoutView,
    async handle({ query, db, visible }) {
      const where = filtered(query, visible.payout);
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.payout.count({ where }),
        db.payout.findMany({ where, orderBy: newestFirst, ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(payoutView) };
    },
    csv({ query, db, visible }) {
      const where = filtered(query, visible.payout);
      const read = (page: After<string>) => db.payout.findMany({ where, orderBy: newestFirst, ...page });
      return Promise.resolve({ name: 'payouts.csv', rows: inPages(read, payoutView) });
    },
  }),

  get('/payments/admin/payout/:id', {
    allow: 'payouts:manage',
    summary: 'Read a payout with its allocations, journals and events of the gateway',
    params: ById('payout'),
    returns: PayoutDetail,
    handle: (context) => detailOf(context, context.payout),
  }),

  post('/payments/admin/payout/:id/approve', {
    allow: 'payouts:manage',
    summary: 'Release a payout that is held; not by whoever asked for it',
    says: 'Payout released',
    params: ById('payout'),
    body: z.object({ code: SentCode.optional() }),
    returns: PayoutView,
    refuses: [
      ...(['PAYOUT_NOT_HELD', 'APPROVER_IS_CREATOR', 'PAYOUT_NOT_RELEASABLE_YET'] as const),
      ...(['APPROVAL_CODE_INVALID', 'APPROVAL_CODE_STALE'] as const),
    ],
    async handle(context) {
      const { payout, actor, body, db, services } = context;
      const of = { subject: 'payout', subjectId: payout.id } as const;
      const code = {
        threshold: services.env.APPROVAL_CODE_THRESHOLD,
        tried: await tryApprovalCode(services, of, body.code, actor),
      };
      const row = await db.$transaction((tx) => approvePayout(tx, payout, actor, code));
      wake(context, row);
      return payoutView(row);
    },
  }),

  post('/payments/admin/payout/:id/approval-code', {
    allow: 'payouts:manage',
    summary: 'Send the caller a code by SMS with which they release a large payout as it is now',
    says: 'Code sent',
    params: ById('payout'),
    returns: ApprovalCodeSent,
    refuses: ['PAYOUT_NOT_HELD', 'APPROVER_IS_CREATOR', 'OTP_RESEND_TOO_SOON', 'OTP_DELIVERY_FAILED'],
    async handle({ payout, actor, db, services }) {
      const of = { subject: 'payout', subjectId: payout.id } as const;
      return sendApprovalCode(services, of, await contentToApprove(db, payout, actor), actor);
    },
  }),

  post('/payments/admin/payout/:id/cancel', {
    allow: 'payouts:manage',
    summary: 'Cancel a payout that was not sent; its money is owed again',
    says: 'Payout cancelled',
    params: ById('payout'),
    returns: PayoutView,
    refuses: ['PAYOUT_NOT_CANCELLABLE'],
    async handle(context) {
      const { payout, actor, db } = context;
      const row = await db.$transaction((tx) => cancelPayout(tx, payout, actor));
      wake(context, row);
      return payoutView(row);
    },
  }),

  post('/payments/admin/payout/:id/retry', {
    allow: 'payouts:manage',
    summary:
      'Send a payout again that surely failed or came back, as a new attempt to the account that the driver has now',
    says: 'Payout begun again',
    params: ById('payout'),
    returns: PayoutMade,
    refuses: ['PAYOUT_NOT_RETRYABLE', 'USE_BATCH_RETRY', 'TRANSFER_REJECTED', ...sourceRefusals, ...bankRefusals],
    async handle(context) {
      const row = await context.db.$transaction((tx) => retryPayout(tx, context.payout, asked(context)));
      wake(context, row);
      return payoutMade(await firstAnswer(context, row));
    },
  }),

  post('/payments/admin/payout/:id/refresh', {
    allow: 'payouts:manage',
    summary: 'Make a payout ask the gateway now',
    says: 'The gateway is asked',
    params: ById('payout'),
    returns: PayoutView,
    async handle(context) {
      const { payout, services, requestId } = context;
      services.temporal.signal(processOf(payout), payoutEnquiry, requestId);
      return payoutView(await readPayout(context, payout));
    },
  }),

  post('/payments/admin/drivers/:id/payout-hold', {
    allow: 'payouts:manage',
    summary: 'Hold the payouts of a driver, or lift the hold; those that are under way go on',
    says: 'Hold changed',
    params: ById('driver'),
    body: z.object({ hold: z.boolean(), reason: Text(500) }),
    returns: z.object({ driverId: z.string(), hold: z.boolean(), reason: z.string().nullable() }),
    async handle({ driver, body, actor, db }) {
      const payoutHold = body.hold ? body.reason : null;
      await db.$transaction(async (tx) => {
        await lockDrivers(tx, [driver.id]);
        const before = await tx.driver.findUniqueOrThrow({ where: { id: driver.id }, select: { payoutHold: true } });
        await tx.driver.update({ where: { id: driver.id }, data: { payoutHold }, select: { id: true } });
        await audit(tx, actor, {
          ...{ action: 'driver.payoutHold', subject: 'driver', subjectId: driver.id },
          ...{ before: { hold: before.payoutHold }, after: { hold: body.hold, reason: body.reason } },
        });
      });
      return { driverId: driver.id, hold: body.hold, reason: payoutHold };
    },
  }),
];
