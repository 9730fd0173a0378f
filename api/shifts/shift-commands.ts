import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { shiftRecord } from '../../workflows/domain/shifts/shift-record.ts';
import { shiftProcess } from '../../workflows/processes.ts';
import { withOpenBreak } from '../../prisma/locks.ts';
import { asks } from '../commands.ts';
import type { Loaded } from '../http/scope.ts';

/** Sends a command to a shift. */
export const askShift = asks({
  kind: shiftRecord,
  factsOf: (shift: Loaded['shift']) => shiftFacts(shift),
  reread: ({ db }, id) => db.attendance.findUnique({ where: { id }, include: withOpenBreak }),
  processOf: shiftProcess,
  async isDone(db, attendanceId, commandId) {
    const key = { attendanceId_commandId: { attendanceId, commandId } };
    return (await db.attendanceEvent.findUnique({ where: key })) !== null;
  },
});
