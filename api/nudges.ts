import { z } from 'zod';
import { audit } from '../prisma/audit.ts';
import type { Actor } from '../workflows/domain/commands.ts';
import { nudge } from '../workflows/shared/record.ts';
import type { Nudged } from '../workflows/shared/record.ts';
import type { Process } from '../workflows/processes.ts';
import type { Base } from './http/endpoint.ts';

export const NudgedView = z.object({ retried: z.array(z.string()) });

/**
 * What operations do with a record that shows in the Temporal UI that it needs a human, once the cause is repaired. Also a record
 * whose row is over is asked, because its workflow may not know.
 */
export const nudged = async (
  { db, ask, actor }: Base & { actor: Actor },
  process: Process,
  subject: string,
  subjectId: string,
): Promise<Nudged> => {
  await audit(db, actor, { action: `${subject}.nudged`, subject, subjectId });
  return ask(process, nudge, { by: actor });
};
