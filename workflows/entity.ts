import {
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import type { NotificationActivities } from '../activities/notifications.ts';
import type { Change, Outcome, Rule } from './domain/commands.ts';
import type { Deadline } from './domain/deadlines.ts';
import { instant } from './domain/time.ts';
import { background } from './profiles.ts';
import { queue } from './queue.ts';
import { pairs } from './search-attributes.ts';
import type { Labels } from './search-attributes.ts';

const { beginNotifications } = proxyActivities<Pick<NotificationActivities, 'beginNotifications'>>(background);

/** An update looks at all earlier ones of its run, so a run does not grow without bound. */
const updatesMax = 500;

/** What the Temporal UI shows of a record: what it is, what it waits for, until when, and what one may do. */
export interface Card {
  title: string;
  state: string;
  waitsFor: string;
  may: string;
}

const keyOf = (deadline: Deadline | undefined) => (deadline ? `${deadline.name}@${deadline.dueMs}` : '');

const markdown = ({ title, state, waitsFor, may }: Card) =>
  `### ${title}\n\n| | |\n|---|---|\n| **State** | ${state} |\n| **Waits for** | ${waitsFor} |\n| **One may** | ${may} |\n`;

/**
 * A record that lives as a workflow: it takes its commands one at a time, asks their rule, makes them true in one transaction
 * and keeps its facts, its card and its search attributes up to date.
 */
export const entity = <Facts extends object>(
  facts: Facts,
  shows: { card: (facts: Facts) => Card; labels: (facts: Facts) => Labels },
  watch: { deadlines: (facts: Facts) => Deadline[]; fire: (due: Deadline, facts: Facts) => Promise<void> },
) => {
  const inTurn = queue();
  const undelivered: string[] = [];
  const fired = new Set<string>();
  let updates = 0;
  let shown = JSON.stringify(shows.labels(facts));

  const show = () => {
    setCurrentDetails(markdown(shows.card(facts)));
    const labels = shows.labels(facts);
    if (JSON.stringify(labels) === shown) return;
    shown = JSON.stringify(labels);
    upsertSearchAttributes(pairs(labels));
  };

  const take = ({ set, notificationIds }: Outcome<Facts>) => {
    facts = { ...facts, ...set };
    undelivered.push(...notificationIds);
    show();
  };

  /** Binds a command: its rule answers before anything is written, and again when its turn has come. */
  const on = <Command>(
    update: UpdateDefinition<Outcome<Facts>, [Command]>,
    rule: Rule<Facts, Command>,
    effect: (change: Change<Facts, Command>) => Promise<Outcome<Facts>>,
  ) =>
    setHandler(
      update,
      (command: Command) =>
        inTurn(async () => {
          updates += 1;
          const nowMs = Date.now();
          const decision = rule(facts, command, nowMs);
          if (!decision) return { set: {}, notificationIds: [] };
          const commandId = currentUpdateInfo()!.id;
          const outcome = await effect({ ...decision, facts, command, commandId, at: instant(nowMs) });
          take(outcome);
          return outcome;
        }),
      { validator: (command: Command) => void rule(facts, command, Date.now()) },
    );

  const nextDue = (): Deadline | undefined =>
    watch
      .deadlines(facts)
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
    await watch.fire(due, facts);
    return false;
  };

  /** Lives until the record is over; delivers behind the commands' answers, so that nobody waits for a partner. */
  const live = async (until: (facts: Facts) => boolean, again: (facts: Facts) => Promise<never>) => {
    show();
    const full = () => workflowInfo().continueAsNewSuggested || updates >= updatesMax;
    while (!until(facts) || undelivered.length > 0 || !allHandlersFinished()) {
      const wakes = () => undelivered.length > 0 || ((until(facts) || full()) && allHandlersFinished());
      if (!(await woken(wakes)) || !wakes()) continue;
      if (undelivered.length > 0) {
        await beginNotifications(undelivered.splice(0));
      } else if (!until(facts)) {
        // One task of its own lets the last update's answer leave before the run ends.
        await sleep(1);
        if (allHandlersFinished() && undelivered.length === 0) await again(facts);
      }
    }
  };

  return { on, live };
};
