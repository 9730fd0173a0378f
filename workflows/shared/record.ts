import {
  allHandlersFinished,
  CancellationScope,
  condition,
  currentUpdateInfo,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { markdown } from './card.ts';
import type { Card, DeadlineTexts } from './card.ts';
import type { Actor, Rule } from '../domain/commands.ts';
import type { Committed, Deadline, Met, Ordered, Reached, RecordKind, Rules } from '../domain/records.ts';
import { isHeldUp, patiently, transactions } from './profiles.ts';
import type { Paced } from './profiles.ts';
import { queue } from './queue.ts';
import { attributes, pairs } from './search-attributes.ts';

/** An update looks at all earlier ones of its run, so a run does not grow without bound. */
export const usualUpdatesMax = 500;

/** What is not through by then needs a human; a restarting database takes less. */
export const usualPatienceMs = 15_000;

/** What a nudge found: the work that needed a human, which is now begun anew. Empty: nothing did, and the row was read again. */
export interface Nudged {
  retried: string[];
}

/**
 * Reads the row again, and begins anew what did not get through. Sent by operations after a repair, and by the API when a record
 * seems to have missed what its row went through.
 */
export const nudge = defineUpdate<Nudged, [{ by: Actor | null }]>('nudge');

/** The update that carries a command of a record. */
export const commandOf = <Command>(name: string) => defineUpdate<unknown, [Command]>(name);

const keyOf = (deadline: Deadline | undefined) => (deadline ? `${deadline.name}@${deadline.dueMs}` : '');

/** The activities of a record, by the name of their command or of what else its workflow does. */
type Activities<Facts, Clock> = Record<string, (input: Ordered<Facts, unknown, Clock>) => Promise<Committed<Facts>>> & {
  begin: (input: Omit<Reached<Facts, Clock>, 'due'>) => Promise<Committed<Facts>>;
  read: (input: Omit<Reached<Facts, Clock>, 'due'>) => Promise<Committed<Facts>>;
  meet: (input: Reached<Facts, Clock>) => Promise<Met<Facts>>;
};

interface Life<Facts, Clock> {
  card: (facts: Facts) => Card;
  /** What its deadlines do, for the card. */
  deadlineTexts: DeadlineTexts;
  /** Null: the times of the code that commits. */
  clock: Clock | null;
  /** How long work may take to get through before a human is needed. */
  patienceMs: number;
  /** After so many updates the record goes on in a fresh run. */
  updatesMax: number;
  /** Goes on in a fresh run. */
  again: (facts: Facts) => Promise<never>;
}

/**
 * A record that lives as a workflow until its row is over. It takes its commands one at a time; each is one commit, whose recorded
 * result says all that follows: facts, labels, deadlines, and whether the record is over. Rules are asked here in validators only,
 * which are not replayed, so they may change while records run.
 */
export const liveAsRecord = async <Facts extends object, R extends Rules<Facts>, Clock>(
  kind: RecordKind<Facts, R, Clock>,
  first: Facts,
  { card, deadlineTexts, clock, patienceMs, updatesMax, again }: Life<Facts, Clock>,
): Promise<void> => {
  const commit = transactions<Activities<Facts, Clock>>(`${kind.kind}.`);
  const inTurn = queue();
  /** Deadlines that were met, and when the same one is due again. */
  const met = new Map<string, number | null>();
  /** What does not get through, and since when. */
  const stuck = new Map<string, number>();
  let facts = first;
  let latest: Committed<Facts> | null = null;
  let timer = { dueMs: Infinity, scope: new CancellationScope(), hasFired: false };
  let updates = 0;
  let nudges = 0;

  const dueNext = (): { due: Deadline; key: string } | undefined =>
    (latest?.due ?? [])
      .flatMap((due) => {
        const key = keyOf(due);
        const dueMs = met.has(key) ? met.get(key)! : due.dueMs;
        return dueMs === null ? [] : [{ due: { name: due.name, dueMs }, key }];
      })
      .sort((a, b) => a.due.dueMs - b.due.dueMs)[0];

  const show = () => {
    setCurrentDetails(markdown(card(facts), dueNext()?.due, stuck, deadlineTexts));
    const shown = workflowInfo().typedSearchAttributes;
    const needsHuman = stuck.size > 0 || null;
    // A command that came with the start may be stuck before anything is committed that says labels.
    const wanted = latest
      ? pairs({ ...latest.labels, needsHuman })
      : [{ key: attributes.NeedsHuman, value: needsHuman }];
    const changed = wanted.filter(({ key, value }) => value !== (shown.get(key) ?? null));
    if (changed.length > 0) upsertSearchAttributes(changed);
  };

  /** One timer, for the earliest deadline. One that fires too early costs less than one that is set anew with every command. */
  const setTimer = () => {
    const dueMs = dueNext()?.due.dueMs ?? Infinity;
    if (dueMs >= timer.dueMs && !timer.hasFired) return;
    timer.scope.cancel();
    timer = { dueMs, scope: new CancellationScope(), hasFired: false };
    if (dueMs === Infinity) return;
    const { scope } = timer;
    const fire = () => {
      if (timer.scope === scope) timer.hasFired = true;
    };
    const leftMs = Math.max(1, dueMs - Date.now());
    void scope.run(() => sleep(leftMs, { summary: 'looks at its deadlines' })).then(fire, () => undefined);
  };

  const take = (made: Committed<Facts>) => {
    latest = made;
    facts = made.facts;
    show();
    setTimer();
  };

  /**
   * Does what must not be given up: soon, or else for as long as it takes. When it does not get through in time either, it goes on,
   * is shown to need a human, and a nudge begins it anew.
   */
  const retryUntilDone = async <T>(name: string, work: Paced<T>): Promise<T> => {
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

  for (const [name, rule] of Object.entries(kind.rules)) {
    const judge = rule as Rule<Facts, unknown>;
    setHandler(
      commandOf<unknown>(name),
      (command) =>
        inTurn(async () => {
          updates += 1;
          const commandId = currentUpdateInfo()!.id;
          const ordered = { facts, command, commandId, clock };
          take(await retryUntilDone(name, commit(name, ordered, name)));
        }),
      { validator: (command) => void judge(facts, command, Date.now()) },
    );
  }

  setHandler(nudge, async () => {
    updates += 1;
    nudges += 1;
    const retried = [...stuck.keys()];
    if (retried.length === 0)
      await inTurn(async () => take(await patiently(commit('read', { facts, clock }, 'read the row again'))));
    return { retried };
  });

  const meetDeadline = async () => {
    const next = dueNext();
    if (next && next.due.dueMs <= Date.now()) {
      const { due, key } = next;
      const meet = () => retryUntilDone(due.name, commit('meet', { facts, due, clock }, due.name));
      if (due.name in kind.rules) {
        await inTurn(async () => {
          const made = await meet();
          met.set(key, made.againMs);
          take(made);
        });
      } else {
        // Nothing of the record changes, so no command waits for an alert that does not get through.
        met.set(key, (await meet()).againMs);
        show();
      }
    }
    setTimer();
  };

  show();
  await inTurn(async () => take(await retryUntilDone('begin', commit('begin', { facts, clock }, 'begin'))));
  const isOver = () => latest!.over;
  const isFull = () => workflowInfo().continueAsNewSuggested || updates >= updatesMax;
  const ends = () => (isOver() || isFull()) && allHandlersFinished();
  for (;;) {
    await condition(() => timer.hasFired || ends());
    if (isOver() && allHandlersFinished()) return;
    if (timer.hasFired) {
      await meetDeadline();
    } else {
      // One task of its own lets the last update's answer leave before the run ends.
      await sleep(1);
      if (allHandlersFinished()) await again(facts);
    }
  }
};
