import { z } from 'zod';
import type { DailyCollection } from '../../../prisma/generated/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import { invalidField, refusal, refusalIn, refusals } from '../../../workflows/domain/refusals.ts';
import { payoutProcess } from '../../../workflows/processes.ts';
import { post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import { asked } from './asking.ts';
import { beginAggregate } from './payout-changes.ts';
import { PayoutMade, payoutMade } from './payout-views.ts';

const daysMax = 500;

const OfDriver = z.object({
  driverId: z.string(),
  collectionIds: z.array(z.string()),
  payout: PayoutMade.nullable(),
  refusal: z.object({ code: z.string(), message: z.string() }).nullable(),
});

const Processed = z.object({ begun: z.number(), refused: z.number(), drivers: z.array(OfDriver) });
z.globalRegistry.add(Processed, { id: 'ProcessedPayouts' });

type Context = Base & { actor: Actor };

/** Reads the days that a list names, each once. Throws NOT_FOUND, and SCOPE_FORBIDDEN when one is not the caller's to pay. */
const namedDays = async ({ db, visible }: Context, names: string[]): Promise<DailyCollection[]> => {
  const ids = names.filter((name) => z.uuid().safeParse(name).success);
  const where = { OR: [{ id: { in: ids } }, { shortId: { in: names } }] };
  const days = await db.dailyCollection.findMany({ where, orderBy: [{ driverId: 'asc' }, { date: 'asc' }] });
  const known = new Set(days.flatMap(({ id, shortId }) => [id, shortId]));
  if (names.some((name) => !known.has(name))) throw refusal('NOT_FOUND', { resource: 'collection' });
  const seen = await db.dailyCollection.count({ where: { AND: [visible.collection, where] } });
  if (seen < days.length) throw refusal('SCOPE_FORBIDDEN');
  return days;
};

/** One payout of all these days of a driver, or why there is none. */
const payOut = async (
  context: Context,
  driverId: string,
  days: DailyCollection[],
): Promise<z.output<typeof OfDriver>> => {
  const { db, newId, begin } = context;
  const id = newId(driverId);
  const collectionIds = days.map((day) => day.id);
  const of = { driverId, collectionIds };
  try {
    await createOnce(() => db.$transaction((tx) => beginAggregate(tx, { id, ...of }, asked(context))));
  } catch (error) {
    const refused = refusalIn(error);
    if (!refused) throw error;
    const code = (refusals[refused.key] as { code?: string }).code ?? refused.key;
    return { ...of, payout: null, refusal: { code, message: refused.message } };
  }
  const row = await db.payout.findUniqueOrThrow({ where: { id } });
  begin(payoutProcess(payoutFacts(row)));
  return { ...of, payout: payoutMade(row), refusal: null };
};

/** Days paid together. Source: payouts.md, Later. */
export const aggregates = [
  post('/payments/admin/payouts/process', {
    allow: 'payouts:manage',
    summary: 'Pay reconciled days, those of one driver as one payout',
    says: 'Payouts begun',
    body: z.object({ collectionIds: z.array(z.string().max(40)).min(1).max(daysMax) }),
    returns: Processed,
    refuses: ['NOT_FOUND', 'SCOPE_FORBIDDEN'],
    async handle(context) {
      const { collectionIds } = context.body;
      const days = await namedDays(context, collectionIds);
      if (days.length < collectionIds.length)
        throw invalidField('collectionIds', 'unique', 'collectionIds names a collection twice');
      const drivers = [];
      for (const [driverId, ofDriver] of Map.groupBy(days, (day) => day.driverId))
        drivers.push(await payOut(context, driverId, ofDriver));
      const refused = drivers.filter(({ payout }) => payout === null).length;
      return { begun: drivers.length - refused, refused, drivers };
    },
  }),
];
