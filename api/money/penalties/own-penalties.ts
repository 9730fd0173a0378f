import { z } from 'zod';
import type { Penalty, Prisma } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { liveLink, wantLink } from '../../../prisma/penalties.ts';
import { penaltyTypes } from '../../../workflows/domain/money/penalties.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { Truth } from '../../http/filters.ts';
import { ById, Word } from '../../http/shapes.ts';
import { checkoutOf, checkoutRefusals, CheckoutView, hasEmail } from '../gateway/checkouts.ts';
import { penaltyView, PenaltyView } from './penalty-views.ts';

const listMax = 1_000;

const requireOpen = ({ isWaived, isPaid }: Penalty): void => {
  if (isWaived) throw refusal('PENALTY_WAIVED');
  if (isPaid) throw refusal('PENALTY_SETTLED');
};

/** The payment of what is open of a penalty: the live one, or a new one. Throws PENALTY_WAIVED, PENALTY_SETTLED, PAYER_EMAIL_MISSING. */
const paymentOf = (context: Base, id: string, driverId: string) =>
  context.db.$transaction(async (tx) => {
    await lockDrivers(tx, [driverId]);
    const penalty = await tx.penalty.findUniqueOrThrow({
      where: { id },
      include: { driver: { include: { fleet: true } } },
    });
    requireOpen(penalty);
    const transactionId = context.newId('transaction');
    const where = { OR: [{ id: transactionId }, { ...liveLink, penaltyId: id }] };
    const known = await tx.transaction.findFirst({ where });
    if (known) return known;
    if (!hasEmail(context, penalty.driver)) throw refusal('PAYER_EMAIL_MISSING');
    return wantLink(tx, penalty, paise(Number(penalty.outstandingPaise)), transactionId);
  });

/** A driver's own penalties. Source: payments.md, Driver endpoints. */
export const ownPenalties = [
  get('/payments/penalties', {
    allow: 'payments:own',
    summary: "List the driver's own penalties, newest first, each with the page where it can be paid",
    query: z.object({ type: Word(penaltyTypes).optional(), isPaid: Truth, isWaived: Truth }),
    returns: z.array(PenaltyView.extend({ paymentUrl: z.string().nullable() })),
    async handle({ query: { type, isPaid, isWaived }, db, visible }) {
      const where: Prisma.PenaltyWhereInput = {
        AND: [
          visible.penalty,
          type ? { type } : {},
          isPaid ? { isPaid: isPaid === 'true' } : {},
          isWaived ? { isWaived: isWaived === 'true' } : {},
        ],
      };
      const rows = await db.penalty.findMany({
        where,
        include: { transactions: { where: liveLink, select: { paymentUrl: true } } },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: listMax,
      });
      return rows.map(({ transactions: [link], ...row }) => ({
        ...penaltyView(row),
        paymentUrl: link?.paymentUrl ?? null,
      }));
    },
  }),

  post('/payments/penalties/:id/pay', {
    allow: 'payments:own',
    summary: 'Pay what is outstanding of a penalty; answers the checkout page of the gateway',
    says: 'Payment link created',
    params: ById('penalty'),
    returns: CheckoutView,
    refuses: ['PENALTY_SETTLED', 'PENALTY_WAIVED', ...checkoutRefusals],
    async handle(context) {
      const { id, driverId } = context.penalty;
      const payment = await paymentOf(context, id, driverId);
      return checkoutOf(context, payment).catch(async (error: unknown) => {
        // It may have been settled or waived while the page was being made.
        requireOpen(await context.db.penalty.findUniqueOrThrow({ where: { id } }));
        throw error;
      });
    },
  }),
];
