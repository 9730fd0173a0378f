import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  defineUpdate,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Actor } from '../domain/commands.ts';
import { invalidField, refusal } from '../domain/refusals.ts';
import { attributes } from './search-attributes.ts';

/** What a person found out about a call of which nobody knows what became of it. */
export interface Decided<Answer> {
  answer: Answer;
  by: Actor;
}

/** Ends the wait for a person. Refused before that, and after. */
export const decide = defineUpdate<unknown, [Decided<unknown>]>('decide');

/** Where a call stands: on its way, unknown and enquired about, or unknown to the end. */
type CallState = 'calling' | 'enquiring' | 'needsHuman';

interface OutsideCall<Answer> {
  /** Commits that the call is about to be made. Returns its number: drawn once, and the same however often it is asked for. */
  aboutToCall: () => Promise<string>;
  /**
   * The call itself: an activity with one attempt. Made again under its number it has no second effect; a partner that refuses the
   * number as known has said nothing of the outcome, which is `unknown`.
   */
  call: (number: string) => Promise<Answer | 'unknown'>;
  /** Asks the partner what became of the number: an activity with one attempt. */
  enquire: (number: string) => Promise<Answer | 'unknown'>;
  /** Commits the answer, also that it is unknown so far. `by` is the person who decided. */
  answered: (answer: Answer | 'unknown', by: Actor | null) => Promise<unknown>;
  /** Before each enquiry. */
  waitsMs: readonly number[];
  /** Whether the partner said something since it was asked last; then it is asked at once, besides the ladder. */
  hasNews?: () => boolean;
  /** Whether a person may decide so. */
  isAnswer?: (found: unknown) => boolean;
  /** Shows on the card where the call stands. */
  show: (state: CallState) => void;
  /** Shows on the card when the partner is asked next. */
  showUntil?: (dueMs: number) => void;
}

/** An activity that failed, timed out or lost its worker may have reached the partner all the same. */
const orUnknown = async <Answer>(call: Promise<Answer | 'unknown'>): Promise<Answer | 'unknown'> => {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return 'unknown';
  }
};

/**
 * A call to a partner that moves something there and has three answers: yes, no and unknown. It is committed before it is made, with
 * the number under which it may be repeated, and so is its answer. Unknown is no failure: the call is never made under a second
 * number, but enquired about after a ladder of waits, and at its end a person decides. Returns the answer, which says yes or no.
 */
export const outsideCall = async <Answer>({
  aboutToCall,
  call,
  enquire,
  answered,
  waitsMs,
  hasNews = () => false,
  isAnswer = () => true,
  show,
  showUntil = () => undefined,
}: OutsideCall<Answer>): Promise<Answer> => {
  let needsHuman = false;
  let decided: Decided<Answer> | null = null;
  let isAnswered = false;

  const requireUndecided = () => {
    if (!needsHuman || decided) throw refusal('NOTHING_TO_DECIDE');
  };
  setHandler(
    decide,
    async (found) => {
      requireUndecided();
      decided = found as Decided<Answer>;
      await condition(() => isAnswered);
    },
    {
      validator: ({ answer }: Decided<unknown>) => {
        requireUndecided();
        if (!isAnswer(answer)) throw invalidField('answer', 'invalid', 'answer is none that the partner could give');
      },
    },
  );

  /** A person decides, unless the partner has news that say it. */
  const byPerson = async (number: string): Promise<{ answer: Answer; by: Actor | null }> => {
    needsHuman = true;
    show('needsHuman');
    upsertSearchAttributes([{ key: attributes.NeedsHuman, value: true }]);
    let answer: Answer | 'unknown' = 'unknown';
    while (!decided && answer === 'unknown') {
      await condition(() => decided !== null || hasNews());
      if (!decided) answer = await orUnknown(enquire(number));
    }
    upsertSearchAttributes([{ key: attributes.NeedsHuman, value: null }]);
    return answer === 'unknown' ? decided! : { answer, by: null };
  };

  const number = await aboutToCall();
  show('calling');
  let answer = await orUnknown(call(number));
  if (answer === 'unknown') {
    await answered('unknown', null);
    show('enquiring');
  }
  for (const [n, waitMs] of waitsMs.entries()) {
    const dueMs = Date.now() + waitMs;
    if (answer === 'unknown') showUntil(dueMs);
    while (answer === 'unknown') {
      const isNews = await condition(hasNews, Math.max(1, dueMs - Date.now()), { summary: `before enquiry ${n + 1}` });
      answer = await orUnknown(enquire(number));
      if (!isNews) break;
    }
  }
  const known = answer === 'unknown' ? await byPerson(number) : { answer, by: null };
  await answered(known.answer, known.by);
  isAnswered = true;
  await condition(allHandlersFinished);
  return known.answer;
};
