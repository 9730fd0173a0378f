import { hourMs, instant, ms } from '../time.ts';
import type { Instant } from '../time.ts';

const form = /^(\d{4}-\d{2}-\d{2})[T ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d{1,9})?(?:(Z)|([+-]\d{2}):?(\d{2}))?$/;

/** Date.parse takes a 30th of February for the 2nd of March. */
const isDay = (day: string) => {
  const atMs = Date.parse(`${day}T00:00:00.000Z`);
  return !Number.isNaN(atMs) && instant(atMs).startsWith(day);
};

/**
 * The instant of a time that the gateway wrote, ISO or `YYYY-MM-DD HH:MM:SS[.ffffff][+05:30]`; without a zone it is Indian time.
 * Null when it is no time of these forms. Source: easebuzz.md 2.3 and rule 11.
 */
export const gatewayInstant = (text: string): Instant | null => {
  const [, day = '', clock = '', fraction = '.0', utc, hours = '+05', minutes = '30'] = form.exec(text) ?? [];
  if (!isDay(day)) return null;
  const atMs = Date.parse(`${day}T${clock}${fraction.slice(0, 4)}${utc ?? `${hours}:${minutes}`}`);
  return Number.isNaN(atMs) ? null : instant(atMs);
};

/** An instant as the gateway wants it: `YYYY-MM-DD HH:MM:SS` in Indian time. Source: easebuzz.md 3.1. */
export const gatewayTime = (at: Instant): string =>
  instant(ms(at) + 5.5 * hourMs)
    .slice(0, 19)
    .replace('T', ' ');
