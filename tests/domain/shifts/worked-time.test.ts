import { expect, test } from '@jest/globals';
import { breakMinutes, isLongBreak, workedMinutes } from '../../../workflows/domain/shifts/worked-time.ts';
import { checkInMs, iso } from '../facts.ts';

const minute = 60_000;
const later = checkInMs + 8 * 60 * minute;

const span = (fromMinutes: number, toMinutes: number | null) => ({
  startTime: iso(checkInMs + fromMinutes * minute),
  endTime: toMinutes === null ? null : iso(checkInMs + toMinutes * minute),
});

test.each([
  ['no breaks', 0, []],
  ['two breaks', 45, [span(60, 90), span(120, 135)]],
  ['two halves of a minute', 1, [span(60, 60.5), span(90, 90.5)]],
  ['a break that is not yet a minute', 0, [span(60, 60.99)]],
  ['an ended and a running break', 40, [span(60, 90), span(470, null)]],
])('after eight hours %s make %d minutes', (_, minutes, breaks) => {
  expect(breakMinutes(breaks, later)).toBe(minutes);
});

test.each([
  ['120 minutes', false, [span(60, 180)]],
  ['121 minutes', true, [span(60, 181)]],
  ['121 minutes in two parts', true, [span(60, 120), span(200, 261)]],
])('breaks of %s are long: %s', (_, long, breaks) => {
  expect(isLongBreak(breakMinutes(breaks, later))).toBe(long);
});

test.each([
  ['a running shift', span(0, null), [], 480],
  ['a running shift with a break', span(0, null), [span(60, 90)], 450],
  ['a running shift in its break', span(0, null), [span(470, null)], 470],
  ['a closed shift', span(0, 300), [span(60, 90)], 270],
  ['a closed shift whose break was never ended', span(0, 300), [span(290, null)], 290],
  ['a shift of a moment', span(0, 0.99), [], 0],
  ['a shift that was nothing but a break', span(0, 60), [span(0, 60)], 0],
])('eight hours after its check-in %s has worked', (_, shift, breaks, minutes) => {
  expect(workedMinutes(shift, breaks, later)).toBe(minutes);
});
