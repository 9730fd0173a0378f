import { minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';

export const longBreakMinutes = 120;

interface Span {
  startTime: Instant;
  endTime: Instant | null;
}

const spanMs = ({ startTime, endTime }: Span, nowMs: number) =>
  Math.max(0, (endTime ? ms(endTime) : nowMs) - ms(startTime));

/** Whole minutes of all breaks; a running one counts until now. */
export const breakMinutes = (breaks: readonly Span[], nowMs: number): number =>
  Math.floor(breaks.reduce((total, span) => total + spanMs(span, nowMs), 0) / minuteMs);

export const isLongBreak = (minutes: number): boolean => minutes > longBreakMinutes;

/** Whole minutes from check-in to check-out (or now), without the breaks. */
export const workedMinutes = (shift: Span, breaks: readonly Span[], nowMs: number): number => {
  const untilMs = shift.endTime ? ms(shift.endTime) : nowMs;
  const breaksMs = breaks.reduce((total, span) => total + spanMs(span, untilMs), 0);
  return Math.max(0, Math.floor((spanMs(shift, nowMs) - breaksMs) / minuteMs));
};
