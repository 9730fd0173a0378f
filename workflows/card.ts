import { instant, istText } from './domain/time.ts';

/** What the Temporal UI shows of a record: what it is, what it waits for, until when, and what one may do. */
export interface Card {
  title: string;
  state: string;
  waitsFor: string;
  may: string;
}

const needs = (stuck: ReadonlyMap<string, number>): string =>
  [...stuck]
    .map(([name, sinceMs]) => `\`${name}\` does not get through since ${istText(instant(sinceMs))} IST`)
    .join('; ');

/**
 * The card as markdown. Three rows are what the page shows without scrolling, so what is stuck stands where the record says what
 * it waits for; the pending activity says why, and the runbook what to do.
 */
export const markdown = ({ title, state, waitsFor, may }: Card, stuck: ReadonlyMap<string, number>): string =>
  [
    `### ${title}`,
    '',
    '| | |',
    '|---|---|',
    `| **State** | ${state} |`,
    stuck.size > 0
      ? `| **Needs a human** | ${needs(stuck)}: repair its cause, then nudge |`
      : `| **Waits for** | ${waitsFor} |`,
    `| **One may** | ${may} |`,
    '',
  ].join('\n');
