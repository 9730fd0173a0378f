import { expect, test } from '@jest/globals';
import { reject, requireDecisionRemarks } from '../../../workflows/domain/shifts/attendance.ts';
import { aShift, checkInMs, refusalOf } from '../facts.ts';
import { asStaff } from '../../world/actors.ts';

const minute = 60_000;
const manager = { by: asStaff('user-9', 'MANAGER'), textId: null };
const missing = { key: 'REMARKS_REQUIRED', details: [{ field: 'remarks', issue: 'required' }] };

test.each([
  ['at once without remarks', 'user-9', false, 0, missing],
  ['in the last millisecond of a minute without remarks', 'user-9', false, minute - 1, missing],
  ['after a minute without remarks', 'user-9', false, minute, null],
  ['at once with remarks', 'user-9', true, 0, null],
  ['at once without remarks, as somebody else', 'user-8', false, 0, null],
])('who checked a driver in decides %s', (_, by, hasRemarks, afterMs, outcome) => {
  const shift = aShift({ createdBy: 'user-9' });

  const refused = refusalOf(() => requireDecisionRemarks(shift, { by, hasRemarks }, checkInMs + afterMs));

  if (outcome) expect(refused).toMatchObject(outcome);
  else expect(refused).toBeNull();
});

test('a verdict on an own check-in takes the written remarks', () => {
  const shift = aShift({ createdBy: 'user-9' });

  expect(refusalOf(() => reject(shift, manager, checkInMs))).toMatchObject(missing);
  expect(refusalOf(() => reject(shift, { ...manager, textId: 'text-1' }, checkInMs))).toBeNull();
});
