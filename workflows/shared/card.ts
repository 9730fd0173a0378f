import type { Deadline } from '../domain/records.ts';
import { instant, istText } from '../domain/time.ts';

/** What the Temporal UI shows of a record: what it is, what it waits for, and what one may do. */
export interface Card {
  title: string;
  state: string;
  waitsFor: string;
  may: string;
}

const needs = (stuck: ReadonlyMap<string, number>): string =>
  [...stuck].map(([name, sinceMs]) => `\`${name}\` since ${istText(instant(sinceMs))} IST`).join('; ');

const until = (due: Deadline | undefined): string =>
  due ? `, until ${istText(instant(due.dueMs))} IST (then \`${due.name}\`)` : '';

/**
 * The card as markdown, with the next deadline of what it waits for. A table alone, because the page cuts off what a heading pushes
 * down. What is stuck stands where the record says what it waits for, and in few words; the pending activity says why, and the
 * runbook what to do.
 */
export const markdown = (
  { title, state, waitsFor, may }: Card,
  due: Deadline | undefined,
  stuck: ReadonlyMap<string, number>,
): string =>
  [
    `| | ${title} |`,
    '|---|---|',
    `| **State** | ${state} |`,
    stuck.size > 0
      ? `| **Stuck** | needs a human: ${needs(stuck)}; repair, then nudge |`
      : `| **Waits for** | ${waitsFor}${until(due)} |`,
    `| **One may** | ${may} |`,
    '',
  ].join('\n');
