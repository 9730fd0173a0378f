import { subscriptionFacts, withPeriods } from '../../../prisma/rentals.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { rentalRecord } from '../../../workflows/domain/money/rental-record.ts';
import { periodsChangedId, rentalProcess } from '../../../workflows/processes.ts';
import { commandOf } from '../../../workflows/shared/record.ts';
import { asks } from '../../commands.ts';
import type { Base } from '../../http/endpoint.ts';

export type Subscription = Prisma.RentalSubscriptionGetPayload<{ include: typeof withPeriods }>;

/** Tells the process of a driver's rentals that a payment or a sanction changed them. What is lost, the schedule tells again. */
export const tellPeriodsChanged = async ({ db, tell }: Pick<Base, 'db' | 'tell'>, driverId: string): Promise<void> => {
  const row = await db.rentalSubscription.findUnique({ where: { id: driverId }, include: withPeriods });
  if (!row?.unheardSince) return;
  const facts = subscriptionFacts(row);
  tell(rentalProcess(facts), commandOf<object>('look'), {}, periodsChangedId(facts));
};

/** Sends a command to the subscription of a driver. */
export const askRental = asks({
  kind: rentalRecord,
  factsOf: (row: Subscription) => subscriptionFacts(row),
  reread: ({ db }, id) => db.rentalSubscription.findUnique({ where: { id }, include: withPeriods }),
  processOf: rentalProcess,
  isDone: async (db, subscriptionId, commandId) =>
    (await db.rentalEvent.findUnique({ where: { subscriptionId_commandId: { subscriptionId, commandId } } })) !== null,
});
