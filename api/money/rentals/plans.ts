import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { RentalPlan } from '../../../prisma/generated/client.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { invalidField, refusal } from '../../../workflows/domain/refusals.ts';
import { get, patch, post, remove } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import type { Caller } from '../../http/scope.ts';
import { Amount, ById, idOf } from '../../http/shapes.ts';
import { depositOf } from '../balance-views.ts';
import { ownDriverId } from '../balances.ts';
import { planView, PlanView } from './rental-views.ts';

const plansMax = 1_000;

const Fields = {
  // It goes into the gateway's text of the product.
  name: z.string().regex(/^[A-Za-z0-9 -]{1,45}$/, 'must have 1 to 45 letters, digits, spaces or hyphens'),
  rentalAmount: Amount,
  depositAmount: Amount,
  validityDays: z.int().min(1).max(365),
  description: z.string().max(200).nullable(),
};

/** A period costs at least a rupee, and no more than one payment may be. */
const requirePrice = ({ services }: Base, price: Paise): void => {
  const { MAX_TRANSACTION_AMOUNT: max } = services.env;
  if (price < 100 || price > max)
    throw invalidField('rentalAmount', 'out_of_range', `rentalAmount must be between 1.00 and ${rupeeText(max)}`);
};

/** The fleet that a plan is for: the caller's own, unless a SUPER_ADMIN says which. */
const fleetOf = ({ role, fleetId }: Caller, named: { id: string } | undefined): string => {
  if (named) return named.id;
  if (role === 'SUPER_ADMIN') throw refusal('FLEET_REQUIRED');
  if (!fleetId) throw refusal('SCOPE_NOT_SET');
  return fleetId;
};

const audited = ({ name, pricePaise, depositPaise, validityDays, isActive }: RentalPlan) => ({
  ...{ name, validityDays, isActive },
  rentalAmount: rupeeText(paise(Number(pricePaise))),
  depositAmount: rupeeText(paise(Number(depositPaise))),
});

/** What fleets offer for rent. Source: rentals.md, Endpoints. */
export const rentalPlans = [
  get('/payments/rental/plans', {
    allow: 'payments:own',
    summary: "The plans that the driver's fleet offers, newest first, and what deposit is missing for each",
    returns: z.array(PlanView.extend({ eligible: z.boolean(), shortfall: PlanView.shape.rentalAmount })),
    async handle({ caller, db }) {
      const driverId = ownDriverId(caller);
      const deposit = await depositOf(db, driverId);
      const plans = await db.rentalPlan.findMany({
        where: { isActive: true, fleet: { drivers: { some: { id: driverId } } } },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: plansMax,
      });
      return plans.map((plan) => {
        const shortfall = Math.max(0, Number(plan.depositPaise) - deposit);
        return { ...planView(plan), eligible: shortfall === 0, shortfall };
      });
    },
  }),

  post('/payments/admin/rental-plans', {
    allow: 'rentals:manage',
    summary: 'Offer a plan for rent',
    says: 'Rental plan created',
    status: 201,
    body: z.object({
      fleetId: idOf('fleet').optional(),
      ...{ name: Fields.name, rentalAmount: Fields.rentalAmount, depositAmount: Fields.depositAmount },
      ...{ validityDays: Fields.validityDays, description: Fields.description.optional() },
    }),
    returns: PlanView,
    refuses: ['FLEET_REQUIRED', 'PLAN_NAME_TAKEN'],
    async handle(context) {
      const { body, fleet, caller, actor, db, newId } = context;
      const { name, rentalAmount: pricePaise, depositAmount: depositPaise, validityDays, description = null } = body;
      requirePrice(context, pricePaise);
      const id = newId();
      const data = { id, name, pricePaise, depositPaise, validityDays, description };
      await createOnce(() =>
        db.$transaction(async (tx) => {
          const fleetId = fleetOf(caller, fleet);
          const after = audited(await tx.rentalPlan.create({ data: { ...data, fleetId, createdBy: actor.userId } }));
          await audit(tx, actor, { action: 'rentalPlan.created', subject: 'rentalPlan', subjectId: id, after });
        }),
      );
      return planView(await db.rentalPlan.findUniqueOrThrow({ where: { id } }));
    },
  }),

  get('/payments/admin/rental-plans/:fleetId', {
    allow: 'rentals:manage',
    summary: 'The plans of a fleet, newest first; those that are offered no more with `activeOnly=false`',
    params: z.object({ fleetId: idOf('fleet') }),
    query: z.object({ activeOnly: z.string().default('true') }),
    returns: z.array(PlanView),
    async handle({ fleet, query, db }) {
      const plans = await db.rentalPlan.findMany({
        where: { fleetId: fleet.id, ...(query.activeOnly === 'true' ? { isActive: true } : {}) },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: plansMax,
      });
      return plans.map(planView);
    },
  }),

  patch('/payments/admin/rental-plans/:id', {
    allow: 'rentals:manage',
    summary: 'Change a plan; what was bought and what is being paid keep the plan as it was',
    says: 'Rental plan updated',
    params: ById('rentalPlan'),
    body: z.object({ ...Fields, isActive: z.boolean() }).partial(),
    returns: PlanView,
    refuses: ['PLAN_NAME_TAKEN'],
    async handle(context) {
      const { rentalPlan, body, actor, db } = context;
      const { rentalAmount: pricePaise, depositAmount: depositPaise, ...fields } = body;
      if (pricePaise !== undefined) requirePrice(context, pricePaise);
      const prices = {
        ...(pricePaise === undefined ? {} : { pricePaise }),
        ...(depositPaise === undefined ? {} : { depositPaise }),
      };
      const isPriced = pricePaise !== undefined || body.validityDays !== undefined;
      const data = { ...fields, ...prices, ...(isPriced ? { version: { increment: 1 } } : {}) };
      return db.$transaction(async (tx) => {
        const plan = await tx.rentalPlan.update({ where: { id: rentalPlan.id }, data });
        const change = { before: audited(rentalPlan), after: audited(plan) };
        await audit(tx, actor, { action: 'rentalPlan.updated', subject: 'rentalPlan', subjectId: plan.id, ...change });
        return planView(plan);
      });
    },
  }),

  remove('/payments/admin/rental-plans/:id', {
    allow: 'rentals:manage',
    summary: 'Offer a plan no more; what was bought goes on',
    says: 'Rental plan deactivated',
    params: ById('rentalPlan'),
    returns: PlanView,
    async handle({ rentalPlan: { id }, actor, db }) {
      return db.$transaction(async (tx) => {
        const plan = await tx.rentalPlan.update({ where: { id }, data: { isActive: false } });
        await audit(tx, actor, { action: 'rentalPlan.deactivated', subject: 'rentalPlan', subjectId: id });
        return planView(plan);
      });
    },
  }),
];
