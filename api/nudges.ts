import { z } from 'zod';
import { audit } from '../prisma/audit.ts';
import type { Actor } from '../workflows/domain/commands.ts';
import { shiftFacts } from '../workflows/domain/shifts/attendance.ts';
import { tripFacts } from '../workflows/domain/trips/trips.ts';
import { nudge } from '../workflows/shared/record.ts';
import type { Nudged } from '../workflows/shared/record.ts';
import { shiftProcess, tripProcess } from '../workflows/processes.ts';
import type { Process } from '../workflows/processes.ts';
import { post } from './http/endpoint.ts';
import type { Base } from './http/endpoint.ts';
import { ById } from './http/shapes.ts';
import { ProcessOver } from './http/temporal.ts';

const NudgedView = z.object({ retried: z.array(z.string()) });

type Nudging = Base & { actor: Actor };

const auditNudge = ({ db, actor }: Nudging, subject: 'trip' | 'attendance', subjectId: string) =>
  audit(db, actor, { action: `${subject}.nudged`, subject, subjectId });

/** Also a record whose row is over is asked, because its workflow may not know; one that ended has nothing to retry. */
const nudged = async ({ ask, actor }: Nudging, process: Process): Promise<Nudged> => {
  try {
    return await ask(process, nudge, { by: actor });
  } catch (error) {
    if (error instanceof ProcessOver) return { retried: [] };
    throw error;
  }
};

/** What operations do with a record that shows in the Temporal UI that it needs a human, once the cause is repaired. */
export const nudges = [
  post('/trips/:id/nudge', {
    allow: 'trips:dispatch',
    summary: 'Make a trip read its row again and begin anew what did not get through',
    says: 'Trip nudged',
    params: ById('trip'),
    returns: NudgedView,
    async handle(context) {
      await auditNudge(context, 'trip', context.trip.id);
      return nudged(context, tripProcess(tripFacts(context.trip)));
    },
  }),

  post('/attendance/:id/nudge', {
    allow: 'attendance:decide',
    summary: 'Make a shift read its row again and begin anew what did not get through',
    says: 'Shift nudged',
    params: ById('shift'),
    returns: NudgedView,
    async handle(context) {
      await auditNudge(context, 'attendance', context.shift.id);
      return nudged(context, shiftProcess(shiftFacts(context.shift)));
    },
  }),
];
