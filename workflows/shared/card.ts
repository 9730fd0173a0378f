import type { Deadline } from '../domain/records.ts';
import { instant, istText } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';

/** What the Temporal UI shows of a record: what it is, what it waits for and from when, and what one may call, with its ids. */
export interface Card {
  title: string;
  state: string;
  waitsFor: string;
  /** From when on what it waits for is possible, in words; null: now. */
  from?: string | null;
  may: string;
}

/** What happens at a deadline, in words, by its name. */
export type DeadlineTexts = Readonly<Record<string, string>>;

/** A moment as a card shows it: with its year, unless it is this year. */
export const momentText = (at: Instant): string => `${istText(at, Date.now())} IST`;

const needs = (stuck: ReadonlyMap<string, number>): string =>
  [...stuck].map(([name, sinceMs]) => `\`${name}\` since ${momentText(instant(sinceMs))}`).join('; ');

const untilRow = (due: Deadline | undefined, texts: DeadlineTexts): string[] =>
  due ? [`| **Until** | ${momentText(instant(due.dueMs))}; then ${texts[due.name] ?? `\`${due.name}\``} |`] : [];

/**
 * The card as markdown, with the next deadline of what it waits for. A table alone, because the page cuts off what a heading pushes
 * down. What is stuck stands where the record says what it waits for, and in few words; the pending activity says why, and the
 * runbook what to do.
 */
export const markdown = (
  { title, state, waitsFor, from = null, may }: Card,
  due: Deadline | undefined,
  stuck: ReadonlyMap<string, number>,
  texts: DeadlineTexts = {},
): string =>
  [
    `| | ${title} |`,
    '|---|---|',
    `| **State** | ${state} |`,
    ...(stuck.size > 0
      ? [`| **Stuck** | needs a human: ${needs(stuck)}; repair, then nudge |`]
      : [`| **Waits for** | ${waitsFor} |`, ...(from ? [`| **From** | ${from} |`] : []), ...untilRow(due, texts)]),
    `| **One may** | ${may} |`,
    '',
  ].join('\n');
