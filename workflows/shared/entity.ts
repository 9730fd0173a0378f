import {
  allHandlersFinished,
  CancellationScope,
  condition,
  currentUpdateInfo,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import type { NotificationActivities } from '../../activities/messages/notifications.ts';
import { markdown } from './card.ts';
import type { Card } from './card.ts';
import type { Actor, Change, Outcome, Reread, Rule } from '../domain/commands.ts';
import type { Deadline } from '../domain/deadlines.ts';
import { instant } from '../domain/time.ts';
import { background, isHeldUp, patiently } from './profiles.ts';
import type { Paced } from './profiles.ts';
import { queue } from './queue.ts';
import { pairs } from './search-attributes.ts';
import type { Labels } from './search-attributes.ts';

const { beginNotifications } = proxyActivities<Pick<NotificationActivities, 'beginNotifications'>>(background);

/** An update looks at all earlier ones of its run, so a run does not grow without bound. */
const updatesMax = 500;

/** What a nudge found: the work that needed a human, which is now begun anew. Empty: nothing did, and the row was read again. */
export interface Nudged {
  retried: string[];
}

/**
 * Reads the row again, and begins anew what did not get through. Sent by operations after a repair, and by the API when a record
 * seems to have missed what its row went through.
 */
export const nudge = defineUpdate<Nudged, [{ by: Actor | null }]>('nudge');

/** What makes a noun an entity. */
interface Entity<Facts> {
  card: (facts: Facts) => Card;
  labels: (facts: Facts) => Labels;
  deadlines: (facts: Facts) => Deadline[];
  fire: (due: Deadline, facts: Facts) => Paced<void>;
  /** How long work may take to get through before a human is needed. */
  patienceMs: number;
  /** Marks its row as begun. */
  acknowledge: (facts: Facts) => Paced<void>;
  /** The row as it is now, and what became of a command. */
  read: (facts: Facts, commandId: string | null) => Paced<Reread<Facts>>;
}

const keyOf = (deadline: Deadline | undefined) => (deadline ? `${deadline.name}@${deadline.dueMs}` : '');

/**
 * A record that lives as a workflow: it takes its commands one at a time, asks their rule, makes them true in one transaction
 * and keeps its facts, its card and its search attributes up to date.
 */
export const entity = <Facts extends object>(
  facts: Facts,
  { card, labels, deadlines, fire, patienceMs, acknowledge, read }: Entity<Facts>,
) => {
  const inTurn = queue();
  const undelivered: string[] = [];
  const fired = new Set<string>();
  /** What does not get through, and since when. */
  const stuck = new Map<string, number>();
  let timer = { key: '', scope: new CancellationScope(), hasFired: false };
  let updates = 0;
  let nudges = 0;

  const nextDue = (): Deadline | undefined =>
    deadlines(facts)
      .filter((deadline) => !fired.has(keyOf(deadline)))
      .sort((a, b) => a.dueMs - b.dueMs)[0];

  const show = () => {
    setCurrentDetails(markdown(card(facts), nextDue(), stuck));
    const shown = workflowInfo().typedSearchAttributes;
    const attributes = pairs({ ...labels(facts), needsHuman: stuck.size > 0 || null });
    const changed = attributes.filter(({ key, value }) => value !== (shown.get(key) ?? null));
    if (changed.length > 0) upsertSearchAttributes(changed);
  };

  /** One timer, for the earliest deadline. */
  const setTimer = () => {
    const due = nextDue();
    if (keyOf(due) === timer.key) return;
    timer.scope.cancel();
    timer = { key: keyOf(due), scope: new CancellationScope(), hasFired: false };
    if (!due) return;
    const { scope } = timer;
    const leftMs = Math.max(1, due.dueMs - Date.now());
    const fire = () => {
      if (timer.scope === scope) timer.hasFired = true;
    };
    void scope.run(() => sleep(leftMs, { summary: due.name })).then(fire, () => undefined);
  };

  const take = (changed: Facts) => {
    facts = changed;
    show();
    setTimer();
  };

  /**
   * Does what must not be given up: soon, or else for as long as it takes. That is begun from the row, because the first attempt
   * may have committed after all or have failed at what the workflow missed. When it does not get through in time either, it goes
   * on, is shown to need a human, and a nudge begins it anew.
   */
  const insist = async <T>(name: string, work: Paced<T>): Promise<T> => {
    try {
      return await work('soon');
    } catch (error) {
      if (!isHeldUp(error)) throw error;
    }
    for (;;) {
      const scope = new CancellationScope();
      const before = nudges;
      let isDone = false;
      const running = scope
        .run(() => work('later'))
        .finally(() => {
          isDone = true;
        });
      if (await condition(() => isDone, patienceMs, { summary: `patience with ${name}` })) return running;
      stuck.set(name, Date.now());
      show();
      await condition(() => isDone || nudges > before);
      stuck.delete(name);
      show();
      if (isDone) return running;
      scope.cancel();
      await running.catch(() => undefined);
    }
  };

  /** Binds a command: its rule answers before anything is written, and again when its turn has come. */
  const on = <Command>(
    update: UpdateDefinition<Outcome<Facts>, [Command]>,
    rule: Rule<Facts, Command>,
    effect: (change: Change<Facts, Command>) => Paced<Outcome<Facts>>,
  ) => {
    const run =
      (command: Command, commandId: string): Paced<Outcome<Facts>> =>
      async (pace) => {
        const decide = () => rule(facts, command, Date.now());
        let decision = pace === 'soon' ? decide() : null;
        if (!decision) {
          // A second attempt, or nothing to do: the row may know what the workflow missed.
          const reread = await read(facts, commandId)(pace);
          take(reread.facts);
          if (reread.outcome) return reread.outcome;
          decision = decide();
        }
        if (!decision) return { set: {}, notificationIds: [] };
        return effect({ ...decision, facts, command, commandId, at: instant(Date.now()) })(pace);
      };
    setHandler(
      update,
      (command: Command) =>
        inTurn(async () => {
          updates += 1;
          const outcome = await insist(update.name, run(command, currentUpdateInfo()!.id));
          undelivered.push(...outcome.notificationIds);
          take({ ...facts, ...outcome.set });
          return outcome;
        }),
      { validator: (command: Command) => void rule(facts, command, Date.now()) },
    );
  };

  setHandler(nudge, async () => {
    updates += 1;
    nudges += 1;
    const retried = [...stuck.keys()];
    if (retried.length === 0) await inTurn(async () => take((await patiently(read(facts, null))).facts));
    return { retried };
  });

  /** Nobody waits for it, so a regular activity does it at either pace. */
  const deliver =
    (notificationIds: string[]): Paced<void> =>
    (pace) =>
      beginNotifications.executeWithOptions(pace === 'soon' ? { scheduleToCloseTimeout: patienceMs } : {}, [
        notificationIds,
      ]);

  const meetDeadline = async () => {
    const due = nextDue()!;
    fired.add(keyOf(due));
    await insist(due.name, (pace) => fire(due, facts)(pace));
    show();
    setTimer();
  };

  /** Lives until the record is over; delivers behind the commands' answers, so that nobody waits for a partner. */
  const live = async (until: (facts: Facts) => boolean, again: (facts: Facts) => Promise<never>) => {
    show();
    setTimer();
    await insist('acknowledge', acknowledge(facts));
    const full = () => workflowInfo().continueAsNewSuggested || updates >= updatesMax;
    const ends = () => (until(facts) || full()) && allHandlersFinished();
    for (;;) {
      await condition(() => undelivered.length > 0 || timer.hasFired || ends());
      if (undelivered.length > 0) {
        await insist('deliver', deliver(undelivered.splice(0)));
      } else if (timer.hasFired) {
        await meetDeadline();
      } else if (until(facts)) {
        return;
      } else {
        // One task of its own lets the last update's answer leave before the run ends.
        await sleep(1);
        if (allHandlersFinished() && undelivered.length === 0) await again(facts);
      }
    }
  };

  return { on, live };
};
