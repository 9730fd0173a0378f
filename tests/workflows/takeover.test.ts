import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { approveShift } from '../../workflows/shifts/attendance.ts';
import { shiftProcess } from '../../workflows/processes.ts';
import { asStaff } from '../world/actors.ts';
import { temporal } from '../world/temporal.ts';
import { aShiftFacts, fakeTransactions } from './fakes.ts';
import { eventsOf, gate, onTemporal, replays } from './on-temporal.ts';
import { until } from '../world/until.ts';

const rows = fakeTransactions(['recordVerdict']);
const slow = gate();
const { beginWith } = onTemporal({ ...rows.activities, acknowledgeShift: () => slow.opened });

test('a shift whose first command overtakes the mark of its row can be taken over by another worker', async () => {
  const facts = aShiftFacts();

  const approved = beginWith(shiftProcess(facts), approveShift, { by: asStaff(randomUUID(), 'MANAGER'), textId: null });
  await until(() => Promise.resolve(rows.committed(facts.attendanceId).length > 0), 'the verdict before the mark');
  slow.open();
  await approved;

  const shift = temporal.workflow.getHandle(`shift:${facts.attendanceId}`);
  await until(async () => (await eventsOf(shift)).some((event) => event.timerStartedEventAttributes), 'its timer');
  expect(await replays(shift)).toBe(true);
});
