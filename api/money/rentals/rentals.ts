import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Prisma, Rental } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { post as postJournal } from '../../../prisma/post.ts';
import { startPeriod, subscriptionFacts, withPeriods } from '../../../prisma/rentals.ts';
import { rentalChargedOffline } from '../../../workflows/domain/money/journals/rentals.ts';
import { refundFacts } from '../../../workflows/domain/money/refunds.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { invalidField, refusal } from '../../../workflows/domain/refusals.ts';
import { dayMs, instant } from '../../../workflows/domain/time.ts';
import { refundProcess, rentalProcess } from '../../../workflows/processes.ts';
import { writeText } from '../../command-texts.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import { Before } from '../../http/filters.ts';
import { ById, idOf, pageOf, Paging, skipTake, Text, Word } from '../../http/shapes.ts';
import { nudged, NudgedView } from '../../nudges.ts';
import { beginRefund } from '../gateway/refunds.ts';
import { requireFree, snapshotOf } from './purchase.ts';
import { askRental } from './rental-commands.ts';
import { rentalStatuses, rentalView, RentalView } from './rental-views.ts';

const Filter = z.object({
  fleetId: idOf('fleet').optional(),
  hubId: idOf('hub').optional(),
  driverId: idOf('driver').optional(),
  status: Word(rentalStatuses).optional(),
  expiringBefore: Before.optional(),
  ...Paging,
});

const filters = ({
  fleetId,
  hubId,
  driverId,
  status,
  expiringBefore,
}: z.output<typeof Filter>): Prisma.RentalWhereInput => ({
  ...(fleetId ? { fleetId } : {}),
  ...(hubId ? { driver: { hubId } } : {}),
  ...(driverId ? { driverId } : {}),
  ...(status ? { status } : {}),
  ...(expiringBefore ? { expiryDate: { lt: expiringBefore } } : {}),
});

const subscriptionOf = ({ db }: Base, { driverId: id }: Rental) =>
  db.rentalSubscription.findUniqueOrThrow({ where: { id }, include: withPeriods });

/** Who changes a period, and why. */
const commandOf = async (
  context: Base & { actor: Actor },
  { id: rentalId }: Rental,
  { reason }: { reason: string },
) => ({
  by: context.actor,
  textId: (await writeText(context, { remarks: reason }))!,
  rentalId,
});

const readRental = async ({ db }: Base, { id }: Rental) =>
  rentalView(await db.rental.findUniqueOrThrow({ where: { id } }));

/**
 * What a cancelled period owes its driver goes back to where it was paid from, which the gateway does for half a year. Otherwise it
 * stays owed to them. Source: rentals.md rule 16.
 */
const sendBack = async (
  { db, begin, newId }: Base,
  { id, transactionId }: Rental,
  { by, reason }: { by: Actor; reason: string },
): Promise<void> => {
  const { refundPaise } = await db.rental.findUniqueOrThrow({ where: { id } });
  const { createdAt, easebuzzTxnId } = await db.transaction.findUniqueOrThrow({ where: { id: transactionId } });
  const isTooOld = Date.now() - createdAt.getTime() > gatewayRefundDays * dayMs;
  if (refundPaise === 0n || easebuzzTxnId === null || isTooOld) return;
  const wanted = { id: newId('refund'), transactionId, amount: paise(Number(refundPaise)), reason, by };
  begin(refundProcess(refundFacts(await db.$transaction((tx) => beginRefund(tx, wanted)))));
};

const gatewayRefundDays = 180;

const offlineMethods = ['CASH', 'BANK_TRANSFER'] as const;

/** What staff does with the periods of drivers. Source: rentals.md, Later. */
export const rentals = [
  get('/payments/admin/rentals', {
    allow: 'rentals:manage',
    summary: 'List periods of rent by fleet, hub, driver, status or expiry, newest first',
    query: Filter,
    list: true,
    returns: RentalView,
    async handle({ query, db, visible }) {
      const where: Prisma.RentalWhereInput = { AND: [visible.rental, filters(query)] };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.rental.count({ where }),
        db.rental.findMany({ where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map((row) => rentalView(row)) };
    },
  }),

  post('/payments/admin/rentals/grant', {
    allow: 'rentals:manage',
    summary: 'Start a period that was paid in cash at a hub or into the bank',
    says: 'Rental granted',
    status: 201,
    body: z.object({
      driverId: idOf('driver'),
      rentalPlanId: idOf('rentalPlan'),
      reason: Text(500),
      paymentReference: Text(40),
      method: Word(offlineMethods),
      hubId: idOf('hub').optional(),
    }),
    returns: RentalView,
    refuses: [
      ...(['RENTAL_PLAN_OTHER_FLEET', 'RENTAL_PLAN_INACTIVE', 'RENTAL_ALREADY_RENEWED'] as const),
      ...(['DRIVER_NOT_ACTIVE', 'PAYMENT_REFERENCE_TAKEN', 'FLEET_MISMATCH'] as const),
    ],
    async handle(context) {
      const { body, driver, rentalPlan: plan, hub, actor, db, newId, begin } = context;
      if (!plan.isActive) throw refusal('RENTAL_PLAN_INACTIVE');
      if (body.method === 'CASH' && !hub)
        throw invalidField('hubId', 'required', 'hubId is required, because the cash becomes that of a hub');
      if (hub && hub.fleetId !== driver.fleetId) throw refusal('FLEET_MISMATCH');
      const transactionId = newId('transaction');
      const snapshot = snapshotOf(plan);
      const grant = () =>
        db.$transaction(async (tx) => {
          await lockDrivers(tx, [driver.id]);
          const current = await tx.driver.findUniqueOrThrow({ where: { id: driver.id } });
          if (current.status !== 'ACTIVE') throw refusal('DRIVER_NOT_ACTIVE', { status: current.status });
          if (plan.fleetId !== current.fleetId) throw refusal('RENTAL_PLAN_OTHER_FLEET');
          await requireFree(tx, driver.id);
          const { fleetId } = current;
          await tx.transaction.create({
            data: {
              ...{
                id: transactionId,
                driverId: driver.id,
                fleetId,
                type: 'RENTAL',
                direction: 'DEBIT',
                status: 'SUCCESS',
              },
              ...{ amountPaise: snapshot.pricePaise, paymentMethod: body.method, description: `Rent: ${plan.name}` },
              ...{ rentalPlan: { ...snapshot }, paymentReference: body.paymentReference },
            },
          });
          const nowMs = Date.now();
          const period = (await startPeriod(tx, { driver: current, transactionId, plan: snapshot, nowMs }))!;
          const happened = { driverId: driver.id, fleetId, by: actor.userId, occurredAt: instant(nowMs) };
          const paid = { transactionId, rentalId: period.rentalId, amount: snapshot.pricePaise };
          await postJournal(
            tx,
            rentalChargedOffline({ ...happened, ...paid, hubId: body.method === 'CASH' ? hub!.id : null }),
          );
          const after = { reason: body.reason, method: body.method, amount: rupeeText(snapshot.pricePaise) };
          await audit(tx, actor, { action: 'rental.granted', subject: 'rental', subjectId: period.rentalId, after });
        });
      await createOnce(grant);
      const rental = await db.rental.findUniqueOrThrow({ where: { transactionId } });
      begin(rentalProcess(subscriptionFacts(await subscriptionOf(context, rental))));
      return rentalView(rental);
    },
  }),

  post('/payments/admin/rentals/:id/cancel', {
    allow: 'rentals:manage',
    summary: 'End a period before its time, with the unused rent given back or not',
    says: 'Rental cancelled',
    params: ById('rental'),
    body: z.object({
      reason: Text(500),
      refund: Word(['NONE', 'PRORATA']),
      gatewayRefund: z.boolean().default(false),
    }),
    returns: RentalView,
    refuses: ['RENTAL_NOT_ACTIVE'],
    async handle(context) {
      const { rental, body, actor } = context;
      const command = { ...(await commandOf(context, rental, body)), refunds: body.refund === 'PRORATA' };
      await askRental(context, await subscriptionOf(context, rental), 'cancel', command);
      if (body.gatewayRefund) await sendBack(context, rental, { by: actor, reason: body.reason });
      return readRental(context, rental);
    },
  }),

  post('/payments/admin/rentals/:id/pause', {
    allow: 'rentals:manage',
    summary: 'Pause a period; what is left is kept',
    says: 'Rental paused',
    params: ById('rental'),
    body: z.object({ reason: Text(500) }),
    returns: RentalView,
    refuses: ['RENTAL_STATE'],
    async handle(context) {
      const { rental, body } = context;
      const command = await commandOf(context, rental, body);
      await askRental(context, await subscriptionOf(context, rental), 'pause', command);
      return readRental(context, rental);
    },
  }),

  post('/payments/admin/rentals/:id/resume', {
    allow: 'rentals:manage',
    summary: 'Let a paused period go on with what was left',
    says: 'Rental resumed',
    params: ById('rental'),
    body: z.object({ reason: Text(500) }),
    returns: RentalView,
    refuses: ['RENTAL_STATE', 'DRIVER_UNDER_PENALTY'],
    async handle(context) {
      const { rental, body } = context;
      const command = await commandOf(context, rental, body);
      await askRental(context, await subscriptionOf(context, rental), 'resume', command);
      return readRental(context, rental);
    },
  }),

  post('/payments/admin/rentals/:id/extend', {
    allow: 'rentals:manage',
    summary: 'Give hours for nothing at the end of a period',
    says: 'Rental extended',
    params: ById('rental'),
    body: z.object({ hours: z.int().min(1).max(720), reason: Text(500) }),
    returns: RentalView,
    refuses: ['RENTAL_NOT_ACTIVE'],
    async handle(context) {
      const { rental, body } = context;
      const command = { ...(await commandOf(context, rental, body)), hours: body.hours };
      await askRental(context, await subscriptionOf(context, rental), 'extend', command);
      return readRental(context, rental);
    },
  }),

  post('/payments/admin/rentals/:id/nudge', {
    allow: 'rentals:manage',
    summary: 'Make a rental read its row again and begin anew what did not get through',
    says: 'Rental nudged',
    params: ById('rental'),
    returns: NudgedView,
    async handle(context) {
      const facts = subscriptionFacts(await subscriptionOf(context, context.rental));
      return nudged(context, rentalProcess(facts), 'rental', context.rental.id);
    },
  }),
];
