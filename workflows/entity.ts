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
import type { NotificationActivities } from '../activities/notifications.ts';
import { markdown } from './card.ts';
import type { Card } from './card.ts';
import type { Actor, Change, Outcome, Reread, Rule } from './domain/commands.ts';
import type { Deadline } from './domain/deadlines.ts';
import { instant } from './domain/time.ts';
import { background } from './profiles.ts';
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
  fire: (due: Deadline, facts: Facts) => Promise<void>;
  /** How long one attempt may take to get through. */
  patienceMs: number;
  /** Marks its row as begun. */
  acknowledge: (facts: Facts) => Promise<void>;
  /** The row as it is now, and what became of a command. */
  read: (facts: Facts, commandId: string | null) => Promise<Reread<Facts>>;
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
  let updates = 0;
  let nudges = 0;
  let shown = JSON.stringify({ ...labels(facts), needsHuman: null });

  const show = () => {
    setCurrentDetails(markdown(card(facts), stuck));
    const attributes = { ...labels(facts), needsHuman: stuck.size > 0 || null };
    if (JSON.stringify(attributes) === shown) return;
    shown = JSON.stringify(attributes);
    upsertSearchAttributes(pairs(attributes));
  };

  const take = (changed: Facts) => {
    facts = changed;
    show();
  };

  /**
   * Does what must not be given up. The activity inside goes on trying by itself; what is not through in time is dropped and begun
   * anew, because the next attempt looks at the row first. When that does not help either, it is shown to need a human, whose
   * nudge makes the next attempt.
   */
  const insist = async <T>(name: string, attempt: (isFirst: boolean) => Promise<T>): Promise<T> => {
    for (let isFirst = true; ; isFirst = false) {
      const scope = new CancellationScope();
      const before = nudges;
      let isDone = false;
      const running = scope
        .run(() => attempt(isFirst))
        .finally(() => {
          isDone = true;
        });
      if (await condition(() => isDone, patienceMs, { summary: `patience with ${name}` })) return running;
      if (!isFirst) {
        stuck.set(name, Date.now());
        show();
        await condition(() => isDone || nudges > before);
        stuck.delete(name);
        show();
        if (isDone) return running;
      }
      scope.cancel();
      await running.catch(() => undefined);
    }
  };

  /** Binds a command: its rule answers before anything is written, and again when its turn has come. */
  const on = <Command>(
    update: UpdateDefinition<Outcome<Facts>, [Command]>,
    rule: Rule<Facts, Command>,
    effect: (change: Change<Facts, Command>) => Promise<Outcome<Facts>>,
  ) => {
    const run = async (command: Command, commandId: string): Promise<Outcome<Facts>> => {
      const nowMs = Date.now();
      const decision = rule(facts, command, nowMs);
      if (!decision) return { set: {}, notificationIds: [] };
      return effect({ ...decision, facts, command, commandId, at: instant(nowMs) });
    };
    /** An earlier attempt may have committed and only its answer be lost. */
    const runAgain = async (command: Command, commandId: string): Promise<Outcome<Facts>> => {
      const reread = await read(facts, commandId);
      take(reread.facts);
      return reread.outcome ?? run(command, commandId);
    };
    setHandler(
      update,
      (command: Command) =>
        inTurn(async () => {
          updates += 1;
          const { id } = currentUpdateInfo()!;
          const outcome = await insist(update.name, (isFirst) => (isFirst ? run(command, id) : runAgain(command, id)));
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
    if (retried.length === 0) await inTurn(async () => take((await read(facts, null)).facts));
    return { retried };
  });

  const nextDue = (): Deadline | undefined =>
    deadlines(facts)
      .filter((deadline) => !fired.has(keyOf(deadline)))
      .sort((a, b) => a.dueMs - b.dueMs)[0];

  /** Waits until something is to be done: true, or until a deadline passes: false. One timer, for the earliest one. */
  const woken = async (wakes: () => boolean): Promise<boolean> => {
    const due = nextDue();
    if (!due) {
      await condition(() => wakes() || nextDue() !== undefined);
      return true;
    }
    const moved = () => keyOf(nextDue()) !== keyOf(due);
    const leftMs = Math.max(1, due.dueMs - Date.now());
    if (await condition(() => wakes() || moved(), leftMs, { summary: due.name })) return true;
    fired.add(keyOf(due));
    await insist(due.name, () => fire(due, facts));
    return false;
  };

  /** Lives until the record is over; delivers behind the commands' answers, so that nobody waits for a partner. */
  const live = async (until: (facts: Facts) => boolean, again: (facts: Facts) => Promise<never>) => {
    show();
    await insist('acknowledge', () => acknowledge(facts));
    const full = () => workflowInfo().continueAsNewSuggested || updates >= updatesMax;
    while (!until(facts) || undelivered.length > 0 || !allHandlersFinished()) {
      const wakes = () => undelivered.length > 0 || ((until(facts) || full()) && allHandlersFinished());
      if (!(await woken(wakes)) || !wakes()) continue;
      if (undelivered.length > 0) {
        const ids = undelivered.splice(0);
        await insist('deliver', () => beginNotifications(ids));
      } else if (!until(facts)) {
        // One task of its own lets the last update's answer leave before the run ends.
        await sleep(1);
        if (allHandlersFinished() && undelivered.length === 0) await again(facts);
      }
    }
  };

  return { on, live };
};
