import { expect, test } from '@jest/globals';
import { requirePassable } from '../../../workflows/domain/fleet/inspections.ts';

const dueAt = '2026-11-22T05:00:00.000Z';
const beforeMs = Date.parse(dueAt) - 1;

test('a vehicle passes until the inspection is due', () => {
  expect(() => requirePassable({ status: 'ORDERED', dueAt }, beforeMs)).not.toThrow();
});

test.each([
  ['is due', 'ORDERED', beforeMs + 1],
  ['was passed', 'PASSED', beforeMs],
  ['was missed', 'MISSED', beforeMs],
] as const)('a vehicle does not pass an inspection that %s', (_, status, nowMs) => {
  expect(() => requirePassable({ status, dueAt }, nowMs)).toThrow(expect.objectContaining({ type: 'INSPECTION_OVER' }));
});
