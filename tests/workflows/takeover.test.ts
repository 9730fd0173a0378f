import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { shiftRecord } from '../../workflows/domain/shifts/shift-record.ts';
import { commandOf } from '../../workflows/shared/record.ts';
import { shiftProcess } from '../../workflows/processes.ts';
import { asStaff } from '../world/actors.ts';
import { temporal } from '../world/temporal.ts';
import { aShiftFacts, fakeCommits } from './fakes.ts';
import { eventsOf, gate, onTemporal, replays } from './on-temporal.ts';
import { until } from '../world/until.ts';

const rows = fakeCommits(shiftRecord);
const slow = gate();
const begin = rows.activities['shift.begin'] as (input: unknown) => Promise<unknown>;
const slowly = (input: unknown) => slow.opened.then(() => begin(input));
const { beginWith } = onTemporal({ ...rows.activities, 'shift.begin': slowly });

test('a shift whose first command overtakes the mark of its row can be taken over by another worker', async () => {
  const facts = aShiftFacts();

  const command = { by: asStaff(randomUUID(), 'MANAGER'), textId: null };
  const approved = beginWith(shiftProcess(facts), commandOf<typeof command>('approve'), command);
  await until(() => Promise.resolve(rows.committed(facts.attendanceId).length > 0), 'the verdict before the mark');
  slow.open();
  await approved;

  const shift = temporal.workflow.getHandle(`shift:${facts.attendanceId}`);
  await until(async () => (await eventsOf(shift)).some((event) => event.timerStartedEventAttributes), 'its timer');
  expect(await replays(shift)).toBe(true);
});
