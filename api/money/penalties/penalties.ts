import { z } from 'zod';
import type { Penalty, Prisma } from '../../../prisma/generated/client.ts';
import { liveLink } from '../../../prisma/penalties.ts';
import { isSanction, penaltyFacts, penaltyTypes, suspensionSpan } from '../../../workflows/domain/money/penalties.ts';
import { paise, paiseFrom, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { invalidField, refusal, refusalIn } from '../../../workflows/domain/refusals.ts';
import { ms } from '../../../workflows/domain/time.ts';
import { penaltyProcess } from '../../../workflows/processes.ts';
import { writeText } from '../../command-texts.ts';
import { tellDriversLost } from '../../fleet/cascades.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import { Before, From, Truth } from '../../http/filters.ts';
import {
  AmountGiven,
  ById,
  DayIn,
  idOf,
  InstantIn,
  pageOf,
  Paging,
  Rupees,
  skipTake,
  Text,
  Word,
} from '../../http/shapes.ts';
import { nudged, NudgedView } from '../../nudges.ts';
import { checkoutOf, hasEmail } from '../gateway/checkouts.ts';
import type { Payer } from '../gateway/checkouts.ts';
import { askPenalty } from './penalty-commands.ts';
import { tellPeriodsChanged } from '../rentals/rental-commands.ts';
import { issuePenalty } from './penalty-issue.ts';
import { penaltyView, PenaltyView } from './penalty-views.ts';

/** A day as a date field sends it, which is midnight in UTC, or a moment. */
const Moment = z.union([DayIn.transform((day) => new Date(`${day}T00:00:00.000Z`)), InstantIn]);

const NewPenalty = z.object({
  driverId: idOf('driver'),
  type: Word(penaltyTypes).optional(),
  amount: AmountGiven,
  reason: Text(500),
  category: z.string().max(40).optional(),
  suspensionStartDate: Moment.optional(),
  suspensionEndDate: Moment.optional(),
});
type NewPenalty = z.output<typeof NewPenalty>;

/** A published client leaves the type of a monetary one out. */
const typeOf = ({ type, amount }: NewPenalty) => {
  if (type) return type;
  if (paiseFrom(amount)) return 'MONETARY';
  throw invalidField('type', 'required', 'type is required');
};

const penaltyAmount = (amount: unknown): Paise => {
  const wanted = paiseFrom(amount);
  if (!wanted) throw refusal('AMOUNT_INVALID');
  return wanted;
};

const spanOf = ({ suspensionStartDate: start, suspensionEndDate: end }: NewPenalty) => {
  const span = start && end && suspensionSpan(start, end);
  if (!span || span.endsAt < span.startsAt || span.endsAt.getTime() <= Date.now())
    throw refusal('SUSPENSION_DATES_REQUIRED');
  return span;
};

const DepositProcessing = z.object({
  message: z.string(),
  amount: Rupees,
  remainingAmount: Rupees,
  paymentUrl: z.string().optional(),
  error: z.string().optional(),
});

/** What the penalty of a driver who rents took from the deposit, and where the rest can be paid. */
const depositProcessing = async (
  context: Base,
  { id: penaltyId, depositPaise, outstandingPaise }: Penalty,
): Promise<z.output<typeof DepositProcessing>> => {
  const [amount, remainingAmount] = [Number(depositPaise), Number(outstandingPaise)];
  const message = `${rupeeText(paise(amount))} taken from the deposit, ${rupeeText(paise(remainingAmount))} remain`;
  const known = { message, amount, remainingAmount };
  if (remainingAmount === 0) return known;
  const link = await context.db.transaction.findFirst({ where: { ...liveLink, penaltyId } });
  if (!link) return { ...known, error: 'PAYER_EMAIL_MISSING' };
  try {
    return { ...known, paymentUrl: (await checkoutOf(context, link)).paymentUrl };
  } catch (error) {
    const refused = refusalIn(error);
    if (!refused) throw error;
    return { ...known, error: refused.key };
  }
};

/** Begins the process of a sanction. One whose time has come is in force before that is answered. */
const beginSanction = async (context: Base, penalty: Penalty): Promise<void> => {
  const facts = penaltyFacts(penalty);
  if (facts.startsAt && ms(facts.startsAt) > Date.now()) return context.begin(penaltyProcess(facts));
  await askPenalty(context, penalty, 'impose', {});
  await tellDriversLost(context, { id: penalty.driverId });
  await tellPeriodsChanged(context, penalty.driverId);
};

const readPenalty = async ({ db }: Base, id: string) =>
  penaltyView(await db.penalty.findUniqueOrThrow({ where: { id } }));

const Filter = z.object({
  driverId: idOf('driver').optional(),
  fleetId: idOf('fleet').optional(),
  hubId: idOf('hub').optional(),
  type: Word(penaltyTypes).optional(),
  ...{ isPaid: Truth, isWaived: Truth, isActive: Truth },
  ...{ from: From.optional(), to: Before.optional() },
  ...Paging,
});

const filters = ({
  type,
  isPaid,
  isWaived,
  isActive,
  driverId,
  fleetId,
  hubId,
  from,
  to,
}: z.output<typeof Filter>) => ({
  ...(type ? { type } : {}),
  ...(isPaid ? { isPaid: isPaid === 'true' } : {}),
  ...(isWaived ? { isWaived: isWaived === 'true' } : {}),
  ...(isActive ? { isActive: isActive === 'true' } : {}),
  ...(driverId ? { driverId } : {}),
  ...(fleetId ? { fleetId } : {}),
  ...(hubId ? { driver: { hubId } } : {}),
  createdAt: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) },
});

/** Penalties as staff gives them. Source: payments.md, Penalties and incentives; rules 1 to 12. */
export const penalties = [
  post('/payments/admin/penalty', {
    allow: 'penalties:manage',
    summary: 'Give a driver a penalty: an amount, a warning, a suspension or a blacklisting',
    says: 'Penalty created',
    status: 201,
    body: NewPenalty,
    returns: PenaltyView.extend({ depositProcessing: DepositProcessing.optional() }),
    refuses: ['AMOUNT_INVALID', 'SUSPENSION_DATES_REQUIRED', 'DRIVER_ALREADY_BLACKLISTED', 'DUPLICATE_PENALTY'],
    async handle(context) {
      const { body, driver, actor, db, newId, isKeyed } = context;
      const type = typeOf(body);
      const wanted = {
        ...{ id: newId(), linkId: newId('link'), driverId: driver.id, type, by: actor, isKeyed },
        amount: type === 'MONETARY' ? penaltyAmount(body.amount) : paise(0),
        ...{ reason: body.reason, category: body.category ?? null },
        span: type === 'SUSPENSION' ? spanOf(body) : null,
        canBePaid: (payer: Payer) => hasEmail(context, payer),
      };
      await createOnce(() => db.$transaction((tx) => issuePenalty(tx, wanted)));
      const penalty = await db.penalty.findUniqueOrThrow({ where: { id: wanted.id } });
      if (isSanction(penalty)) {
        await beginSanction(context, penalty);
        return readPenalty(context, penalty.id);
      }
      const isCharged = type === 'MONETARY' && driver.paymentModel === 'RENTAL';
      return {
        ...penaltyView(penalty),
        ...(isCharged ? { depositProcessing: await depositProcessing(context, penalty) } : {}),
      };
    },
  }),

  post('/payments/admin/penalty/:id/waive', {
    allow: 'penalties:manage',
    summary: 'Waive a penalty: what was paid goes back to where it came from',
    says: 'Penalty waived',
    params: ById('penalty'),
    body: z.object({ waiverReason: Text(500) }),
    returns: PenaltyView,
    refuses: ['PENALTY_ALREADY_WAIVED'],
    async handle(context) {
      const { penalty, body, actor } = context;
      const textId = (await writeText(context, { remarks: body.waiverReason }))!;
      await askPenalty(context, penalty, 'waive', { by: actor, textId });
      await tellPeriodsChanged(context, penalty.driverId);
      return readPenalty(context, penalty.id);
    },
  }),

  post('/payments/admin/penalty/:id/lift', {
    allow: 'penalties:manage',
    summary: 'End a suspension early, without waiving it',
    says: 'Suspension lifted',
    params: ById('penalty'),
    body: z.object({ reason: Text(500) }),
    returns: PenaltyView,
    refuses: ['PENALTY_NOT_LIFTABLE'],
    async handle(context) {
      const { penalty, body, actor } = context;
      const textId = (await writeText(context, { remarks: body.reason }))!;
      await askPenalty(context, penalty, 'lift', { by: actor, textId });
      await tellPeriodsChanged(context, penalty.driverId);
      return readPenalty(context, penalty.id);
    },
  }),

  post('/payments/admin/penalty/:id/review', {
    allow: 'penalties:manage',
    summary: 'Write down that a penalty was looked at again, and what came of it',
    says: 'Penalty reviewed',
    params: ById('penalty'),
    body: z.object({ reviewNotes: Text(2000) }),
    returns: PenaltyView,
    async handle(context) {
      const { penalty, body, actor } = context;
      const textId = (await writeText(context, { remarks: body.reviewNotes }))!;
      await askPenalty(context, penalty, 'review', { by: actor, textId });
      return readPenalty(context, penalty.id);
    },
  }),

  post('/payments/admin/penalty/:id/nudge', {
    allow: 'penalties:manage',
    summary: 'Make a penalty read its row again and begin anew what did not get through',
    says: 'Penalty nudged',
    params: ById('penalty'),
    returns: NudgedView,
    handle: (context) => nudged(context, penaltyProcess(penaltyFacts(context.penalty)), 'penalty', context.penalty.id),
  }),

  get('/payments/admin/penalty/:id', {
    allow: 'penalties:manage',
    summary: 'Read a penalty',
    params: ById('penalty'),
    returns: PenaltyView,
    handle: (context) => Promise.resolve(penaltyView(context.penalty)),
  }),

  get('/payments/admin/penalties', {
    allow: 'penalties:manage',
    summary: 'List penalties, newest first',
    query: Filter,
    list: true,
    returns: PenaltyView,
    async handle({ query, db, visible }) {
      const where: Prisma.PenaltyWhereInput = { AND: [visible.penalty, filters(query)] };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.penalty.count({ where }),
        db.penalty.findMany({ where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(penaltyView) };
    },
  }),
];
