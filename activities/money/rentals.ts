import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import { remarksOf } from '../../prisma/command-texts.ts';
import { lockDrivers } from '../../prisma/locks.ts';
import { financeOf, putIntoInbox } from '../../prisma/notifications.ts';
import { periodOf, readSubscription, recognize, savePeriods } from '../../prisma/rentals.ts';
import type { Rental } from '../../prisma/generated/client.ts';
import type { Actor, Change } from '../../workflows/domain/commands.ts';
import { runningOf } from '../../workflows/domain/money/rental-periods.ts';
import { rentalRecord } from '../../workflows/domain/money/rental-record.ts';
import type { rentalRules } from '../../workflows/domain/money/rental-record.ts';
import type { Reminder, SubscriptionFacts } from '../../workflows/domain/money/rentals.ts';
import { commits, upkeep } from '../records.ts';
import type { Alone, Deps, Effect, Effects, Rows } from '../records.ts';

type RentalChange<Command = unknown> = Change<SubscriptionFacts, Command>;

const rentalRows: Rows<SubscriptionFacts> = {
  table: 'rental_subscriptions',
  events: 'rental_events',
  key: 'subscriptionId',
  hasPlace: false,
  read: async (db, id) => (await readSubscription(db, id))!,
  async isDone(db, subscriptionId, commandId) {
    const key = { subscriptionId_commandId: { subscriptionId, commandId } };
    return (await db.rentalEvent.findUnique({ where: key, select: { id: true } })) !== null;
  },
  // Whoever commits knows by then what others changed.
  changes: () => ({ columns: { unheardSince: null }, set: { isUnheard: false } }),
};

/** What happened by itself is dated by its moment, also when it is heard of later. */
const momentOf = ({ move, facts, at }: RentalChange): string => {
  const running = runningOf(facts.periods);
  return move === 'expire' && running ? running.expiresAt : at;
};

const saveDecided: Effect<SubscriptionFacts, { by?: Actor; textId?: string }> = async (tx, change, write) => {
  const { facts, set, command, move } = change;
  await lockDrivers(tx, [facts.subscriptionId]);
  const written = await write();
  const reason = await remarksOf(tx, command.textId);
  const changing = { at: momentOf(change), by: command.by?.userId ?? null, reason };
  await savePeriods(tx, facts.subscriptionId, facts.periods, set.periods ?? [], changing);
  if (move === 'endPause') await tellFinance(tx, facts);
  if (command.by) {
    const subject = { action: `rental.${move}`, subject: 'rental', subjectId: facts.subscriptionId };
    await audit(tx, command.by, { ...subject, after: { reason, periods: statesOf(set.periods) } });
  }
  return written;
};

/** Nobody resumed it for 90 days, which should not happen unnoticed. Source: rentals.md, Lifecycle. */
const tellFinance = async (tx: Tx, { periods, fleetId, shortId }: SubscriptionFacts): Promise<void> => {
  const { rentalId, planName } = runningOf(periods)!;
  await putIntoInbox(tx, {
    to: await financeOf(tx, fleetId),
    event: 'rental:cancelled',
    title: `${planName} of ${shortId} was paused for 90 days and is cancelled; the unused rent is owed to the driver`,
    payload: { rentalId, planName },
    cause: `${rentalId}:endPause`,
  });
};

const statesOf = (periods: SubscriptionFacts['periods'] = []) =>
  periods.map(({ rentalId, status, expiresAt }) => ({ rentalId, status, expiresAt }));

const lookOnly: Alone<SubscriptionFacts, object> = { alone: (_change, write) => write() };

const effects: Effects<SubscriptionFacts, typeof rentalRules> = {
  look: lookOnly,
  expire: saveDecided,
  endPause: saveDecided,
  pause: saveDecided,
  resume: saveDecided,
  extend: saveDecided,
  cancel: saveDecided,
};

/** So many rows are locked at a time, for a moment. */
const pageMax = 100;

/** Everything that happens to a subscription, as commits. */
export const rentalActivities = (deps: Deps) => {
  const { db } = deps;
  const commands = commits(deps, rentalRecord, rentalRows, effects);

  /** Tells the driver that a period ends soon. Safe to repeat: a message is there once. */
  const remind = (name: Reminder) => async (facts: SubscriptionFacts) => {
    const { rentalId, planName, expiresAt } = runningOf(facts.periods)!;
    await db.$transaction(async (tx) => {
      const { userId } = await tx.driver.findUniqueOrThrow({
        where: { id: facts.subscriptionId },
        select: { userId: true },
      });
      await putIntoInbox(tx, {
        to: [userId],
        event: 'rental:expiring',
        title: `${planName} ends ${name === 'remind24h' ? 'tomorrow' : 'in two days'}`,
        payload: { rentalId, planName, until: expiresAt },
        cause: `${rentalId}:${name}@${expiresAt}`,
      });
    });
    return null;
  };

  return {
    ...commands,
    ...upkeep(deps, rentalRecord, rentalRows, commands, {
      remind48h: remind('remind48h'),
      remind24h: remind('remind24h'),
    }),
  };
};

const nextPage = (tx: Tx, afterId: string) => tx.$queryRaw<Rental[]>`
  SELECT * FROM "rentals" WHERE "status" IN ('ACTIVE', 'PAUSED') AND "id" > ${afterId}::uuid ORDER BY "id" LIMIT ${pageMax} FOR UPDATE`;

const zeroId = '00000000-0000-0000-0000-000000000000';

export const rentalIncomeActivities = ({ db, now = Date.now }: Pick<Deps, 'db' | 'now'>) => ({
  /**
   * Books what was earned of every running period, whole days only, page by page: missed nights are caught up with. Safe to repeat: a
   * day is a journal once. Source: rentals.md rule 14.
   */
  async recognizeIncome(): Promise<{ rentals: number }> {
    const nowMs = now();
    const bookPage = (afterId: string) =>
      db.$transaction(async (tx) => {
        const periods = (await nextPage(tx, afterId)).map(periodOf);
        await recognize(tx, periods, nowMs);
        return periods;
      });
    let rentals = 0;
    for (let afterId = zeroId; ;) {
      const periods = await bookPage(afterId);
      rentals += periods.length;
      if (periods.length < pageMax) return { rentals };
      afterId = periods.at(-1)!.rentalId;
    }
  },
});

export type RentalIncomeActivities = ReturnType<typeof rentalIncomeActivities>;
