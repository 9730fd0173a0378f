import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { Incentive, Prisma } from '../../prisma/generated/client.ts';
import { lockDrivers, requireInFleet } from '../../prisma/locks.ts';
import { putIntoInbox } from '../../prisma/notifications.ts';
import { post as postJournal } from '../../prisma/post.ts';
import { incentiveAmount, incentiveStatuses, requireCancellable } from '../../workflows/domain/money/incentives.ts';
import { incentiveCancelled, incentiveCreated } from '../../workflows/domain/money/journals/incentives.ts';
import { paise, rupeeText } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { instant, minuteMs } from '../../workflows/domain/time.ts';
import { get, post } from '../http/endpoint.ts';
import { createOnce } from '../http/once.ts';
import { Before, From, Truth } from '../http/filters.ts';
import { AmountGiven, ById, idOf, pageOf, Paging, skipTake, Text, Word } from '../http/shapes.ts';
import { ownDriverId } from './balances.ts';
import { IncentiveSummary, IncentiveView, incentiveView } from './incentive-views.ts';

const newestFirst = [{ createdAt: 'desc' }, { id: 'desc' }] satisfies Prisma.IncentiveOrderByWithRelationInput[];

const paidOrNot = (isPaid?: 'true' | 'false'): Prisma.IncentiveWhereInput => {
  if (!isPaid) return {};
  return { status: isPaid === 'true' ? 'PAID' : { not: 'PAID' } };
};

/** Two clicks within a minute are one wish. Source: payments.md, fault 21. */
const requireNoTwin = async (
  tx: Tx,
  { driverId, amountPaise, reason, createdBy }: Prisma.IncentiveUncheckedCreateInput,
): Promise<void> => {
  const since = new Date(Date.now() - minuteMs);
  const twin = await tx.incentive.findFirst({
    where: { driverId, amountPaise, reason, createdBy, createdAt: { gt: since } },
    select: { id: true },
  });
  if (twin) throw refusal('DUPLICATE_INCENTIVE', { incentiveId: twin.id });
};

/** What a posting needs to know of an incentive. */
const bookingOf = ({ id, driverId, fleetId }: Pick<Incentive, 'id' | 'driverId' | 'fleetId'>, by: string) => ({
  ...{ incentiveId: id, driverId, fleetId, by },
  occurredAt: instant(Date.now()),
});

const summaryOf = async (db: Db, driverId: string): Promise<z.output<typeof IncentiveSummary>> => {
  const groups = await db.incentive.groupBy({
    by: ['status'],
    where: { driverId, status: { not: 'CANCELLED' } },
    _count: true,
    _sum: { amountPaise: true },
  });
  const total = (of: typeof groups) => ({
    count: of.reduce((all, { _count }) => all + _count, 0),
    amount: of.reduce((all, { _sum }) => all + Number(_sum.amountPaise), 0),
  });
  const [all, paid] = [total(groups), total(groups.filter(({ status }) => status === 'PAID'))];
  const unpaid = { count: all.count - paid.count, amount: all.amount - paid.amount };
  return {
    ...{ totalIncentives: all.count, paidIncentives: paid.count, unpaidIncentives: unpaid.count },
    ...{ totalAmount: all.amount, paidAmount: paid.amount, unpaidAmount: unpaid.amount },
    ...{ totalEarned: all.amount, paid: paid.amount, pending: unpaid.amount },
  };
};

const incentivesPage = async (
  db: Db,
  where: Prisma.IncentiveWhereInput,
  query: { page?: string | undefined; limit?: string | undefined },
) => {
  const page = pageOf(query);
  const [total, rows] = await Promise.all([
    db.incentive.count({ where }),
    db.incentive.findMany({ where, orderBy: newestFirst, ...skipTake(page) }),
  ]);
  return { ...page, total, rows: rows.map(incentiveView) };
};

/** What drivers get on top of their share. Source: payments.md, Penalties and incentives. */
export const incentives = [
  get('/payments/incentives', {
    allow: 'payments:own',
    summary: "List the driver's own incentives, newest first, with the sums of all of them",
    query: z.object({ isPaid: Truth, ...Paging }),
    paged: true,
    returns: z.object({
      incentives: z.array(IncentiveView),
      summary: IncentiveSummary,
      ...{ page: z.number(), limit: z.number(), total: z.number() },
    }),
    async handle({ query, caller, db, visible }) {
      const driverId = ownDriverId(caller);
      const where = { AND: [visible.incentive, paidOrNot(query.isPaid)] };
      const [{ rows, ...page }, summary] = await Promise.all([
        incentivesPage(db, where, query),
        summaryOf(db, driverId),
      ]);
      return { incentives: rows, summary, ...page };
    },
  }),

  get('/payments/admin/incentives', {
    allow: 'incentives:read',
    summary: 'List incentives by driver, payment, status, category or time, newest first',
    query: z.object({
      driverId: idOf('driver').optional(),
      isPaid: Truth,
      status: Word(incentiveStatuses).optional(),
      category: Text(40).optional(),
      from: From.optional(),
      to: Before.optional(),
      ...Paging,
    }),
    list: true,
    returns: IncentiveView,
    handle({ query, db, visible }) {
      const { driverId, isPaid, status, category, from, to } = query;
      const where: Prisma.IncentiveWhereInput = {
        AND: [
          visible.incentive,
          driverId ? { driverId } : {},
          paidOrNot(isPaid),
          status ? { status } : {},
          category ? { category } : {},
          { createdAt: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) } },
        ],
      };
      return incentivesPage(db, where, query);
    },
  }),

  post('/payments/admin/incentive', {
    allow: 'incentives:create',
    summary: 'Give a driver an incentive, which is owed to them at once and paid later',
    says: 'Incentive created',
    status: 201,
    body: z.object({
      driverId: idOf('driver'),
      amount: AmountGiven,
      reason: Text(500),
      category: Text(40).optional(),
    }),
    returns: IncentiveView,
    refuses: ['AMOUNT_INVALID', 'INCENTIVE_LIMIT', 'DUPLICATE_INCENTIVE'],
    async handle({ body, driver, caller, actor, db, newId, isKeyed, services }) {
      const { reason, category = null } = body;
      const amount = incentiveAmount(body.amount, { role: caller.role, max: services.env.INCENTIVE_MAX });
      const { id: driverId, fleetId, userId } = driver;
      const incentive = {
        ...{ id: newId(), driverId, fleetId, reason, category, amountPaise: amount },
        createdBy: actor.userId,
      };
      const written = { amount: rupeeText(amount), category };
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await lockDrivers(tx, [driverId]);
          await requireInFleet(tx, driver);
          if (!isKeyed) await requireNoTwin(tx, incentive);
          await tx.incentive.create({ data: incentive });
          await postJournal(tx, incentiveCreated({ ...bookingOf(incentive, actor.userId), amount }));
          const created = { action: 'incentive.created', subject: 'incentive', subjectId: incentive.id };
          await audit(tx, actor, { ...created, after: { driverId, reason, ...written } });
          await putIntoInbox(tx, {
            ...{ to: [userId], event: 'incentive:created', title: `Incentive of ${written.amount}` },
            payload: { incentiveId: incentive.id, ...written },
            cause: incentive.id,
          });
        }),
      );
      return incentiveView(await db.incentive.findUniqueOrThrow({ where: { id: incentive.id } }));
    },
  }),

  post('/payments/admin/incentive/:id/cancel', {
    allow: 'incentives:cancel',
    summary: 'Take an incentive back that nobody has paid or begun to pay; what covered a debt is owed again',
    says: 'Incentive cancelled',
    params: ById('incentive'),
    body: z.object({ reason: Text(500).optional() }),
    returns: IncentiveView,
    refuses: ['INCENTIVE_NOT_CANCELLABLE'],
    async handle({ incentive: { id, driverId }, body, actor, db, newId }) {
      const cancelId = newId();
      const cancelled = await db.$transaction(async (tx) => {
        await lockDrivers(tx, [driverId]);
        const row = await tx.incentive.findUniqueOrThrow({ where: { id } });
        if (row.cancelId === cancelId) return row;
        requireCancellable(row);
        const amount = paise(Number(row.amountPaise));
        await postJournal(tx, incentiveCancelled({ ...bookingOf(row, actor.userId), amount }));
        await audit(tx, actor, {
          ...{ action: 'incentive.cancelled', subject: 'incentive', subjectId: id, before: { status: row.status } },
          after: { status: 'CANCELLED', reason: body.reason ?? null },
        });
        return tx.incentive.update({ where: { id }, data: { status: 'CANCELLED', cancelId } });
      });
      return incentiveView(cancelled);
    },
  }),
];
